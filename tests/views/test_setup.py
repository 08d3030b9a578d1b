"""The set-up on the Train page without a browser: what is typed is taken exactly, or refused in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.recorder.sessions import Recording
from tests.views.setup_page import GAP, opened, told, typed
from trainer.recorder.session import read_session
from trainer.recorder.writer import Writer
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.data_setup import PATH, UPLOAD


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    close_controller()


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Seed", "1e999", "seed must be a whole number of at least 0, but got '1e999'"),
        ("Seed", "-1", "seed must be a whole number of at least 0, but got '-1'"),
        ("Seed", "1.5", "seed must be a whole number of at least 0, but got '1.5'"),
        ("Iterations", "9" * 400, "iterations must be a whole number of at least 1, but got '999"),
        ("Layers", "8, 1e999", "layers must be a whole number of at least 1, but got '1e999'"),
        ("Layers", "12a", "layers must be a whole number of at least 1, but got '12a'"),
        ("Layers", "-5", "layers must be a whole number of at least 1, but got '-5'"),
        ("Layers", "128, -64", "layers must be a whole number of at least 1, but got '-64'"),
        ("Time for gauges", "0.6", "time for gauges must be a number at least 0 and at most 0.5, but got 0.6"),
        ("Time for gauges", "much", "time for gauges must be a number such as 0.01 or 1e-3, but got 'much'"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(label: str, text: str, sentence: str) -> None:
    assert f"Cannot start: {sentence}" in told(typed(label, text))


def test_no_time_for_gauges_switches_them_off() -> None:
    at = typed("Time for gauges", "0")
    at.selectbox(key="setup_data").set_value("iris").run()
    at.button[0].click().run()
    assert the_controller().config()["gauge_budget"] == 0
    assert the_controller().gauges()["names"] == []


def test_every_digit_of_a_seed_counts() -> None:
    at = typed("Seed", "9007199254740993")  # a float holds only the one before it
    at.selectbox(key="setup_data").set_value("iris").run()
    at.button[0].click().run()
    assert the_controller().config()["seed"] == 9007199254740993


@pytest.mark.parametrize("path", ["/nope/x.csv", "~nobody-at-all/x.csv", "x\0.csv"])
def test_a_file_that_is_not_there_is_told_in_a_sentence(path: str) -> None:
    at = opened()
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(path).run()
    assert not at.exception
    assert f"{path!r} is neither a file nor one of the data sets" in told(at)
    assert "Errno" not in told(at)


def test_a_file_that_cannot_be_read_is_refused_before_start(folder: Path) -> None:
    (folder / "gap.csv").write_bytes(GAP.replace(b"3,0,1", b"3,1"))
    at = opened()
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(str(folder / "gap.csv")).run()
    assert "Cannot start: gap.csv: line 5 (the header is line 1) has 2 fields, but 3 are expected" in told(at)
    (folder / "gap.csv").write_bytes(GAP)
    at.run()
    assert "Cannot start" not in told(at)


def test_why_it_did_not_start_is_told_until_something_else_would_be_started(folder: Path) -> None:
    (folder / "sessions").write_text("no folder")
    at = opened()
    at.button[0].click().run()
    for _ in range(2):
        assert "Cannot start: " in told(at)
        at.run()
    at.selectbox(key="setup_data").set_value("iris").run()
    assert "Cannot start" not in told(at)
    at.selectbox(key="setup_data").set_value("digits").run()
    assert "Cannot start" not in told(at), "it may be possible by now"


def test_why_it_was_not_resumed_is_told_until_something_else_is_wished(folder: Path) -> None:
    (folder / "sessions").mkdir()
    recording = Recording(folder / "sessions" / "x.panda")
    recording.start()
    recording.train(5)
    recording.end("interrupted")
    at = opened()
    with closing(Writer.open(recording.path)):  # somebody else writes to it
        next(button for button in at.button if button.label == "Resume it").click().run()
    next(box for box in at.text_input if box.label == "Seed").set_value("abc").run()
    assert "Cannot resume: " in told(at)
    assert "Cannot start: seed must be" in told(at)
    at.button[0].click().run()
    assert "Cannot resume: " not in told(at)
    assert "Cannot start: seed must be" in told(at)


def test_what_was_interrupted_is_offered(folder: Path) -> None:
    Path("sessions").mkdir()
    recording = Recording(Path("sessions/x.panda"))
    assert "interrupted" not in told(opened())
    recording.start()
    recording.train(5)
    recording.end("interrupted")
    at = opened()
    assert "small was interrupted at iteration 5." in told(at)
    next(button for button in at.button if button.label == "Resume it").click().run()
    assert not at.exception
    assert "under way" in told(at)
    assert the_controller().path == recording.path
    the_controller().ask({"do": "stop"}).result(30)
    close_controller()
    assert "interrupted" not in told(opened())


def test_a_file_counts_from_when_it_was_uploaded() -> None:
    at = opened()
    at.selectbox(key="setup_data").set_value(UPLOAD).run()
    assert "Cannot start: upload a file first, or choose another data set." in told(at)
    at.file_uploader[0].set_value([("gap.csv", GAP, "text/csv")]).run()
    assert not at.exception
    assert "Cannot start" not in told(at)
    assert "gap.csv · 128 – 64" in told(at)


def test_class_weights_are_chosen_and_trained_with() -> None:
    at = opened()
    at.selectbox(key="setup_data").set_value("blobs").run()
    at.selectbox(key="setup_class_weights").set_value("balanced").run()
    assert "batch norm · class weights balanced · momentum" in told(at)
    at.button[0].click().run()
    assert the_controller().config()["class_weights"] == "balanced"


def labelled(at: AppTest, label: str) -> str:
    """What stands in a box."""
    return next(box for box in at.text_input if box.label == label).value or ""


def test_the_mini_batch_size_that_nobody_typed_follows_the_data(folder: Path) -> None:
    (folder / "small.csv").write_bytes(b"a,b,label\n" + b"".join(b"%d,%d,%d\n" % (i, i % 7, i % 2) for i in range(50)))
    at = opened()
    assert labelled(at, "Mini-batch size") == "64"
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(str(folder / "small.csv")).run()
    assert labelled(at, "Mini-batch size") == "40"
    assert "Mini-batch size 40: all training examples, as they are fewer than the usual 64." in told(at)
    assert "Cannot start" not in told(at)
    at.selectbox(key="setup_data").set_value("digits").run()
    assert labelled(at, "Mini-batch size") == "64"
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.button[0].click().run()
    assert the_controller().config()["data"].endswith("small.csv")
    path = the_controller().path
    assert path is not None
    assert read_session(path).run("r1").initial.hyperparameters.mini_batch_size == 40


def test_a_mini_batch_size_that_was_typed_is_kept_or_refused_before_start(folder: Path) -> None:
    (folder / "small.csv").write_bytes(b"a,b,label\n" + b"".join(b"%d,%d,%d\n" % (i, i % 7, i % 2) for i in range(50)))
    at = typed("Mini-batch size", "41")
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(str(folder / "small.csv")).run()
    assert labelled(at, "Mini-batch size") == "41"
    refused = "Cannot start: Mini-batch size must be at most 40, the number of training examples, but got 41"
    assert refused in told(at)
    assert "all training examples" not in told(at)
    next(box for box in at.text_input if box.label == "Mini-batch size").set_value("1").run()
    assert "Cannot start: Mini-batch size must be at least 2 with batch norm" in told(at)
    at.toggle(key="setup_batch_norm").set_value(False).run()
    assert "Cannot start" not in told(at)
    next(box for box in at.text_input if box.label == "Mini-batch size").set_value("").run()
    assert "Cannot start" not in told(at)
    assert "Mini-batch size 40: all training examples" in told(at)
    assert "Cannot start: Mini-batch size must be at most 1438" in told(typed("Mini-batch size", "1439"))
    assert "Cannot start: Dev share must be" in told(typed("Dev share", "1.5"))
    assert "Cannot start: Input shift must be a number such as" in told(typed("Input shift", "far"))


def test_a_box_is_told_its_value_in_every_run_of_the_script() -> None:
    # else a run that another one replaces before the browser has it takes the value with it
    at = typed("Learning rate α", "0.0123")
    for _ in range(2):
        told_to = {box.label: box.proto.default for box in at.text_input}
        assert told_to["Learning rate α"] == "0.0123"
        assert (told_to["Seed"], told_to["Layers"], told_to["Momentum β"]) == ("1", "128, 64", "0.9")
        chosen = {box.label: box.options[box.proto.default] for box in at.selectbox}
        assert (chosen["Data set"], chosen["Optimizer"]) == ("digits", "momentum")
        at.run()


def test_what_was_typed_outlasts_the_time_in_which_it_is_not_shown() -> None:
    at = typed("Learning rate α", "0.0123")
    at.button[0].click().run()
    assert not at.text_input
    the_controller().ask({"do": "stop"}).result(30)
    at.run()
    assert "momentum, α 0.0123" in told(at)


def test_the_usual_mini_batch_size_is_not_typed_and_follows_the_data(folder: Path) -> None:
    """A browser may send what a box shows, though nobody typed it."""
    (folder / "small.csv").write_bytes(b"a,b,label\n" + b"".join(b"%d,%d,%d\n" % (i, i % 7, i % 2) for i in range(50)))
    at = typed("Mini-batch size", "32")
    next(box for box in at.text_input if box.label == "Mini-batch size").set_value("64").run()
    at.selectbox(key="setup_data").set_value(PATH).run()
    at.text_input(key="setup_path").set_value(str(folder / "small.csv")).run()
    assert labelled(at, "Mini-batch size") == "40"
    assert "Cannot start" not in told(at)
