"""The box of a search, as rows typed by a person: one for each hyperparameter, with the ends of its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from trainer.engine.specs import Spec
from trainer.errors import InvalidInput
from trainer.experiments.search.axes import text_of
from trainer.experiments.search.box import Box
from trainer.experiments.search.dimension import SEARCHABLE

_ON_OFF = ("on", "off")


def show_box() -> None:
    """The widgets."""
    st.multiselect(
        "Hyperparameters",
        list(SEARCHABLE),
        key=_held("names", _names()),
        format_func=lambda name: SEARCHABLE[name].label,
        help="What differs from trial to trial. Everything else is as set up.",
        placeholder="none",
        persist_state="session",
    )
    names = _names()
    for at in range(0, len(names), 2):
        for column, name in zip(st.columns(2), names[at : at + 2], strict=False):
            with column:
                _show_row(SEARCHABLE[name])


def _show_row(spec: Spec) -> None:
    if spec.scale is None:
        key = _held(spec.name, _choice(spec.name))
        st.multiselect(spec.label, _choices(spec), key=key, help=spec.help, persist_state="session")
        return
    for column, (word, end) in zip(st.columns(2), (("from", "low"), ("to", "high")), strict=True):
        with column:
            key = _held(f"{spec.name}_{end}", _end(spec.name, end))
            st.text_input(f"{spec.label} {word}", key=key, help=spec.help, persist_state="session")


def typed_box() -> dict[str, list[str]]:
    """Name → typed ends, or chosen values; not checked yet."""
    return {
        name: _choice(name) if SEARCHABLE[name].scale is None else [_end(name, "low"), _end(name, "high")]
        for name in _names()
    }


def fill_in(ranges: Mapping[str, Sequence[Any]]) -> None:
    """Have the rows say another box; to be called before the script runs."""
    _say(_texts(ranges))


def fill_in_some(ranges: Mapping[str, Sequence[Any]]) -> None:
    """Have the rows of some hyperparameters say other ranges, and the others what is typed there; likewise."""
    _say({**typed_box(), **_texts(ranges)})


def _say(texts: Mapping[str, list[str]]) -> None:
    """The same widgets, so that nothing on the page moves."""
    if not texts:
        return
    st.session_state[_key("names")] = list(texts)
    for name, said in texts.items():
        if SEARCHABLE[name].scale is None:
            st.session_state[_key(name)] = list(said)
        else:
            st.session_state[_key(f"{name}_low")], st.session_state[_key(f"{name}_high")] = said


def _texts(ranges: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    try:
        box = Box.of(ranges)
    except InvalidInput:
        return {}  # of a newer Panda
    return {
        each.name: [text_of(each, value) for value in (each.values if each.kind == "choice" else each.bounds())]
        for each in box.dimensions
    }


def _key(name: str) -> str:
    return f"search_box_{name}"


def _held(name: str, said: str | list[str]) -> str:
    """The key of a widget that says this at first; Streamlit wants what is under a key or a default, not both."""
    key = _key(name)
    if key not in st.session_state:
        st.session_state[key] = said
    return key


def _names() -> list[str]:
    names: list[str] = st.session_state.get(_key("names"), list(Box.first().names))
    return [name for name in SEARCHABLE if name in names]


def _choice(name: str) -> list[str]:
    chosen: list[str] = st.session_state.get(_key(name), list(_choices(SEARCHABLE[name])))
    return list(chosen)


def _end(name: str, at: str) -> str:
    scale = SEARCHABLE[name].scale
    assert scale is not None  # of a number
    text: str = st.session_state.get(_key(f"{name}_{at}"), f"{scale.low if at == 'low' else scale.high:g}")
    return text


def _choices(spec: Spec) -> tuple[str, ...]:
    return spec.choices or _ON_OFF
