"""The set-up's box for the mini-batch size, which follows the data until a person types into it."""

from __future__ import annotations

import sys

import streamlit as st

from trainer.engine.mini_batch_size import usual_mini_batch_size, why_not_usual
from trainer.engine.specs import Spec
from trainer.engine.wording import capital


def know_examples(m: int | None) -> None:
    """Tell how many training examples the chosen data set has; None where that is not known."""
    st.session_state.setup_examples = sys.maxsize if m is None else m


def examples() -> int:
    """Training examples of the chosen data set; enough for any mini-batch where they are not known."""
    m: int = st.session_state.get("setup_examples", sys.maxsize)
    return m


def value() -> str:
    """What is set up, also where the box is not shown."""
    return _typed() or str(usual_mini_batch_size(examples()))


def told() -> str:
    """A sentence where the data have fewer examples than the usual mini-batch, and nothing was typed; else ""."""
    why = "" if _typed() else why_not_usual(examples())
    return f"{capital(why)}." if why else ""


def show(spec: Spec) -> None:
    """The box."""
    usual = usual_mini_batch_size(examples())
    key = f"setup_mini_batch_size_{usual}"  # another box for another usual size: a box keeps what it was told first

    def typed() -> None:
        text = st.session_state[key]
        # a browser may send what the box shows, though nobody typed it
        st.session_state.typed_mini_batch_size = "" if text.strip() == str(usual) else text

    st.text_input(spec.label, value(), key=key, help=spec.help, placeholder=str(usual), on_change=typed)


def _typed() -> str:
    typed: str = st.session_state.get("typed_mini_batch_size", "")
    return typed.strip()
