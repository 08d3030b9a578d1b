"""The data of the set-up, without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from tests.views.setup_page import GAP, chooser, with_file


def test_a_label_counts_that_is_chosen_before_the_next_list_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the script ends where another one is asked for, as by what is typed meanwhile."""
    (tmp_path / "table.csv").write_bytes(GAP)
    with monkeypatch.context() as patch:
        patch.setattr(st, "multiselect", lambda *_, **__: st.stop())
        at = with_file(tmp_path / "table.csv")
        assert not at.multiselect
    chooser(at, "Label column").set_value("b").run()
    assert not at.exception
    assert chooser(at, "Label column").value == "b"
    assert chooser(at, "Columns to leave out").value == []
