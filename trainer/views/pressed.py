"""Buttons whose press is not lost where Streamlit begins the script anew before it has come to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_KEY = "pressed"


def press_button(label: str, path: Path, **look: Any) -> bool:
    """A button of the page of a session file; whether it was pressed, until `take_press` is called.

    Parameters
    ----------
    look : as `st.button` takes it
    """
    st.button(label, on_click=_press, args=(label, path), **look)
    return bool(st.session_state.get(_KEY, {}).get(label) == path)


def take_press(label: str) -> None:
    """What was pressed is being done."""
    st.session_state.get(_KEY, {}).pop(label, None)


def forget_presses() -> None:
    """The page was left: what was pressed there is not wanted any more."""
    st.session_state.pop(_KEY, None)


def _press(label: str, path: Path) -> None:
    st.session_state.setdefault(_KEY, {})[label] = path
