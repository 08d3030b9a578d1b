"""Components: what a page of Streamlit shows by the modules of `frontend/`, each by the name of its view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from trainer.views.modules import module_address

_MOUNT = """
export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).default(component);
"""

_component = st.components.v2.component("panda", js=_MOUNT, isolate_styles=False)


def show(view: str, key: str, data: Mapping[str, Any], **callbacks: Any) -> Any:
    """Show a view where the script is; what it asked for by an event, such as `.noted`, until the next run.

    Parameters
    ----------
    view : one of those in `main.js`
    key : of the session state; two components of a page have two
    data : JSON-ready, as the view takes it
    callbacks : `on_EVENT_change`, called before the script runs after an event
    """
    return _component(key=key, data={"view": view, "module": module_address(), **data}, **callbacks)


def wished(key: str, event: str) -> Any:
    """What a component asks for by an event, in its callback; None where it has gone: a double click asks twice."""
    component = st.session_state.get(key)
    return None if component is None else component.get(event)
