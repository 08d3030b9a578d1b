"""The Train page without a browser, and what a person does in its set-up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from trainer.views.data_setup import PATH

GAP = b"a,b,label\n" + b"".join(b"%d,%d,%d\n" % (i, i % 3, i % 2) for i in range(20))


def script() -> None:
    import streamlit as st

    from trainer.views import search, train

    page = st.Page(lambda: train.page(searching), title="Train", default=True)
    searching = st.Page(lambda: search.page(page), title="Search", url_path="search")
    st.navigation([page, searching]).run()


def opened() -> AppTest:
    at = AppTest.from_function(script, default_timeout=30).run()
    assert not at.exception
    return at


def typed(label: str, text: str) -> AppTest:
    """The page after something was typed into a box of it."""
    at = opened()
    next(box for box in at.text_input if box.label == label).set_value(text).run()
    assert not at.exception
    return at


def told(at: AppTest) -> str:
    return "\n".join(text.value for text in at.text)


def with_file(path: Path) -> AppTest:
    at = opened()
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(str(path)).run()
    assert not at.exception
    return at


def chooser(at: AppTest, label: str) -> Any:
    return next(box for box in [*at.selectbox, *at.multiselect] if box.label == label)
