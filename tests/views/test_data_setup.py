"""A look at the data before Start: columns by name, what becomes of each, classes; what is chosen is trained on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st

from tests.views.setup_page import GAP, chooser, opened, told, with_file
from trainer.data import glance, loading
from trainer.data.delimited import read_delimited
from trainer.data.description import describe_data
from trainer.data.read_as import ReadAs
from trainer.data.table import Table
from trainer.data.uploads import keep_upload
from trainer.recorder.session import read_session
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views import data_setup
from trainer.views.data_preview import preview
from trainer.views.data_setup import UPLOAD


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    close_controller()


def table(folder: Path, name: str = "people.csv") -> Path:
    """A file with words, gaps and dates."""
    rows = "".join(
        f"2024-01-{i % 28 + 1:02},{'red' if i % 3 else 'blue'},{'' if i % 9 == 4 else i % 7},"
        f"{'yes' if i % 4 else 'no'}\n"
        for i in range(60)
    )
    (folder / name).write_text("born,colour,size,answer\n" + rows)
    return folder / name


def test_columns_are_chosen_by_name_and_trained_on(folder: Path) -> None:
    at = with_file(table(folder))
    where = "people.csv: line 2 (the header is line 1), column 1 ('born')"
    assert f"Cannot start: {where}: '2024-01-01' is a date" in told(at)
    assert (chooser(at, "Label column").value, chooser(at, "Columns to leave out").value) == ("answer", [])
    chooser(at, "Columns to leave out").select("born").run()
    assert "Cannot start" not in told(at)
    assert "48 examples to train on, 12 in the dev set, 4 inputs\n2 classes: no, yes" in told(at)
    chooser(at, "Label column").set_value("colour").run()
    assert not at.exception
    assert "2 classes: blue, red" in told(at)
    assert chooser(at, "Columns to leave out").options == ["born", "size", "answer"]
    assert chooser(at, "Columns to leave out").value == ["born"]
    at.button[0].click().run()
    config = the_controller().config()
    assert (config["label"], list(config["leave_out"])) == ("colour", ["born"])
    path = the_controller().path
    assert path is not None
    plans = read_session(path).dataset().columns
    assert [plan.role for plan in plans] == ["left out", "label", "input", "input"]


def test_what_was_chosen_of_one_file_is_not_asked_of_another(folder: Path) -> None:
    people, other = table(folder), folder / "other.csv"
    other.write_bytes(GAP)
    at = with_file(people)
    chooser(at, "Columns to leave out").select("born").run()
    chooser(at, "Label column").set_value("size").run()
    at.text_input(key="setup_path").set_value(str(other)).run()
    assert (chooser(at, "Label column").value, chooser(at, "Columns to leave out").value) == ("label", [])
    assert "Cannot start" not in told(at)
    at.text_input(key="setup_path").set_value(str(people)).run()
    assert (chooser(at, "Label column").value, chooser(at, "Columns to leave out").value) == ("size", ["born"])
    people.write_bytes(GAP.replace(b"a,b,", b"a,born,"))  # it holds other columns now
    at.run()
    assert not at.exception
    assert (chooser(at, "Label column").value, chooser(at, "Columns to leave out").value) == ("label", ["born"])
    assert "Cannot start" not in told(at)
    at.selectbox(key="setup_data").set_value("iris").run()
    assert "Label column" not in [box.label for box in at.selectbox]
    at.button[0].click().run()
    assert (the_controller().config()["label"], list(the_controller().config()["leave_out"])) == ("", [])


def test_a_file_is_read_once_for_what_is_chosen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def counted(path: Path, *chosen: Any) -> Table:
        reads.append(path)
        return read_delimited(path, *chosen)

    monkeypatch.setattr(loading, "read_delimited", counted)
    at = with_file(table(folder, f"{folder.name}.csv"))
    assert len(reads) == 1
    at.run()
    next(box for box in at.text_input if box.label == "Learning rate α").set_value("0.01").run()
    assert len(reads) == 1
    chooser(at, "Columns to leave out").select("born").run()
    assert len(reads) == 2


def test_the_preview_tells_each_column_the_first_rows_and_the_classes(folder: Path) -> None:
    path = str(table(folder))
    told = preview(describe_data(path, ReadAs(leave_out=("born",))))
    assert [(each["name"], each["role"], each["kind"], each["missing"]) for each in told["columns"]] == [
        ("born", "left out", "dates", 0),
        ("colour", "input", "words", 0),
        ("size", "input", "numbers", 7),
        ("answer", "label", "words", 0),
    ]
    assert told["columns"][2]["treatment"].startswith("as it is; missing: the median, ")
    assert told["rows"][:2] == [["2024-01-01", "blue", "0", "no"], ["2024-01-02", "red", "1", "yes"]]
    assert told["classes"] == [{"name": "no", "train": 12, "dev": 3}, {"name": "yes", "train": 36, "dev": 9}]
    assert any("Missing values are filled" in warning for warning in told["warnings"])
    refused = preview(describe_data(path))
    assert [each["refused"] for each in refused["columns"]] == [True, False, False, False]
    assert "'2024-01-01' is a date" in refused["columns"][0]["treatment"]
    assert refused["classes"] == []
    json.dumps([told, refused], allow_nan=False)


def test_the_preview_of_many_columns_and_classes_is_short(folder: Path) -> None:
    wide = folder / "wide.csv"
    names = ",".join(f"x{j}" for j in range(3000))
    wide.write_text(f"{names},y\n" + "".join(f"{'1,' * 3000}{i}\n" for i in (1, 2) * 9))
    told = preview(describe_data(str(wide)))
    assert (len(told["columns"]), told["more_columns"]) == (100, 2901)
    assert (len(told["rows"][0]), told["more_across"]) == (30, 2971)
    np.savez(folder / "many.npz", X=np.arange(1e4).reshape(5000, 2), y=np.arange(5000) % 1000)
    told = preview(describe_data(str(folder / "many.npz")))
    assert (len(told["classes"]), told["more_classes"]) == (40, 960)
    assert preview(describe_data("digits"))["image"] == [8, 8]


def test_a_large_file_is_glanced_at_and_read_in_full_when_it_is_wished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(glance._LARGE, "text", 1000)
    path = folder / "large.csv"
    table(folder, "large.csv")
    at = with_file(path)
    assert "Start reads all of it" in told(at)
    assert "examples to train on" not in told(at)
    chooser(at, "Columns to leave out").select("born").run()
    chooser(at, "Label column").set_value("colour").run()
    assert not at.exception
    assert "Cannot start" not in told(at)
    next(button for button in at.button if button.label == "Read all of it now").click().run()
    assert "48 examples to train on" in told(at)
    assert "2 classes: blue, red" in told(at)
    assert "Start reads all of it" not in told(at)
    path.write_text(path.read_text().replace("red", "green"))
    at.run()
    assert "Start reads all of it" in told(at)
    next(box for box in at.text_input if box.label == "Mini-batch size").set_value("16").run()
    at.button[0].click().run()
    config = the_controller().config()
    assert (config["label"], list(config["leave_out"])) == ("colour", ["born"])


def test_an_upload_is_kept_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    def counted(place: Path, files: dict[str, bytes]) -> Path:
        kept.extend(files)
        return keep_upload(place, files)

    monkeypatch.setattr(data_setup, "keep_upload", counted)
    at = opened()
    at.selectbox(key="setup_data").set_value(UPLOAD).run()
    at.file_uploader[0].set_value([("gap.csv", GAP, "text/csv")]).run()
    at.run()
    at.run()
    assert kept == ["gap.csv"]
    (path,) = (folder / "sessions" / "uploads").glob("*/gap.csv")
    path.unlink()
    at.run()
    assert path.read_bytes() == GAP
    assert "Cannot start" not in told(at)
    at.file_uploader[0].set_value([("other.csv", GAP, "text/csv")]).run()
    assert kept == ["gap.csv", "gap.csv", "other.csv"]
    assert "other.csv · 128 – 64" in told(at)


def test_of_large_arrays_there_is_nothing_to_look_at_before_they_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(glance._LARGE, "arrays", 1000)
    np.savez(folder / "large.npz", X=np.arange(400.0).reshape(200, 2), y=np.arange(200) % 2)
    at = with_file(folder / "large.npz")
    assert "There is nothing to look at before all of it is read." in told(at)
    next(button for button in at.button if button.label == "Read all of it now").click().run()
    assert "160 examples to train on" in told(at)
    assert "nothing to look at" not in told(at)


def test_a_label_counts_that_is_chosen_before_the_next_list_was_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the script ends where another one is asked for, as by what is typed meanwhile."""
    (folder / "table.csv").write_bytes(GAP)
    with monkeypatch.context() as patch:
        patch.setattr(st, "multiselect", lambda *_, **__: st.stop())
        at = with_file(folder / "table.csv")
        assert not at.multiselect
    chooser(at, "Label column").set_value("b").run()
    assert not at.exception
    assert chooser(at, "Label column").value == "b"
    assert chooser(at, "Columns to leave out").value == []
