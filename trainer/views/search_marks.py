"""Marks: the ranges that a person marked in the pictures of a search, as the rows of its box say them."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from trainer.service.process_singleton import the_controller
from trainer.views.search_box import fill_in_some, typed_box

_KEY = "search_marks"


def take(shown: str, brush: Mapping[str, list[float]]) -> None:
    """Have the rows say what is marked by now, as positions in [0, 1]; where a mark was taken away, the present box."""
    ranges = the_controller().searches.brushed_box(shown, brush)
    changed = {*brush, *(name for name, (_, said) in marks(shown).items() if said)}
    fill_in_some({name: ends for name, ends in ranges.items() if name in changed})
    typed = typed_box()
    st.session_state[_KEY] = shown, {name: (ends, typed.get(name)) for name, ends in brush.items()}


def marks(shown: str) -> dict[str, tuple[list[float], bool]]:
    """What was marked last in a search, and whether the rows still say it: name → ends in [0, 1], and that."""
    last, found = st.session_state.get(_KEY, ("", {}))
    typed = typed_box()
    return {name: (ends, typed.get(name) == texts) for name, (ends, texts) in found.items()} if last == shown else {}
