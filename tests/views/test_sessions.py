"""The Sessions page without a browser: what is offered for a session in each of its states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.experiments.questions import verify_question
from trainer.recorder.session import read_session
from trainer.service.process_singleton import close_controller, the_controller
from trainer.views.session_tree import tree


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with nothing in it but an empty `sessions`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sessions").mkdir()
    yield tmp_path / "sessions"
    close_controller()


def script() -> None:
    import streamlit as st

    from trainer.views import search, sessions, train

    train_page = st.Page(lambda: train.page(searching), title="Train", url_path="train")
    searching = st.Page(lambda: search.page(train_page), title="Search", url_path="search")
    listed = st.Page(lambda: sessions.page(train_page), title="Sessions", default=True)
    st.navigation([listed, train_page, searching]).run()


def visit(name: str = "", run: str = "") -> AppTest:
    at = AppTest.from_function(script, default_timeout=30)
    for key, value in {"session": name, "run": run}.items():
        if value:
            at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def buttons(at: AppTest) -> dict[str, bool]:
    """Label → whether it can be pressed."""
    return {button.label: not button.disabled for button in at.button}


def told(at: AppTest) -> str:
    return "\n".join(text.value for text in at.text)


def test_no_sessions_yet() -> None:
    at = visit()
    assert "No sessions yet" in at.text[0].value


def test_what_is_not_there_is_told_in_a_sentence() -> None:
    at = visit("missing.panda")
    assert at.text[0].value == "It cannot be opened: there is no session 'missing.panda' here."


def test_a_closed_one(folder: Path) -> None:
    small_session(folder / "x.panda")
    assert buttons(visit("x.panda")) == {
        "Verify": True,
        "Resume": True,
        "Rename": True,
        "Delete": True,
        "Find out": True,
    }


def test_a_damaged_one(folder: Path) -> None:
    path = small_session(folder / "x.panda").path
    content = bytearray(path.read_bytes())
    content[records_of(path)[3].offset + 700] ^= 1
    path.write_bytes(content)
    assert buttons(visit("x.panda")) == {
        "Verify": True,
        "Go on in a new session": True,
        "Rename": False,
        "Delete": True,
        "Find out": True,
    }


@pytest.mark.parametrize("length", [0, 100, 600])
def test_one_without_a_whole_record_is_not_offered_to_be_verified_or_resumed(folder: Path, length: int) -> None:
    path = small_session(folder / "x.panda").path
    path.write_bytes(path.read_bytes()[:length])
    at = visit("x.panda")
    assert not {"Verify", "Resume", "Go on in a new session"} & buttons(at).keys()
    assert "There is no whole record in it, so there is nothing to play back, to verify or to resume." in told(at)


def test_one_that_somebody_records(folder: Path) -> None:
    recording = Recording(folder / "x.panda")
    recording.start()
    recording.train(3)
    offered = buttons(visit("x.panda"))
    recording.log.close()
    assert offered == {
        "Show what came since": True,
        "Verify": False,
        "Resume": False,
        "Rename": True,
        "Delete": False,
    }


def test_the_latest_run_is_shown_and_others_can_be_chosen(folder: Path) -> None:
    recording = Recording(folder / "x.panda")
    recording.start()
    recording.train(2)
    recording.run = "r2"
    recording.start()
    recording.end()
    session = read_session(recording.path)
    assert [(entry["run"], entry["line"]) for entry in tree(session, "r2")] == [("r1", None), ("r2", 2)]
    for chosen in ("", "r1", "r2"):
        assert "There is no run" not in told(visit("x.panda", run=chosen))
    assert "There is no run 'r3' in it: its latest one, r2, is shown." in told(visit("x.panda", run="r3"))


def test_a_session_that_is_deleted_while_something_is_found_out_about_it(folder: Path) -> None:
    path = small_session(folder / "x.panda").path
    at = visit("x.panda")
    the_controller().findings.ask(verify_question(Path("sessions/x.panda"), "r1"))
    path.unlink()  # in another tab
    at.run()
    assert not at.exception
    assert told(at) == "It cannot be opened: there is no session 'x.panda' here."
    findings = the_controller().findings
    assert findings.finding(verify_question(Path("sessions/x.panda"), "r1")) is None
    assert findings.latest(lambda question: True) is None


def test_without_its_data_set_it_goes_on_nowhere(folder: Path) -> None:
    recording = Recording(folder / "x.panda")
    recording.start()
    recording.log.close()
    path = recording.path
    path.write_bytes(path.read_bytes().replace(b"three blobs", b"seven blobs", 1))
    assert read_session(path).state == "damaged"
    at = visit("x.panda")
    next(button for button in at.button if button.label == "Go on in a new session").click().run()
    refusal = "Not done: the data set of sessions/x.panda is damaged."
    assert refusal in told(at)
    assert list(folder.iterdir()) == [path]
    assert refusal in told(at.run()), "the script also runs for other reasons"
    del at.query_params["session"]
    at.run()
    at.query_params["session"] = "x.panda"
    assert "Not done" not in told(at.run()), "somebody has looked at something else meanwhile"


def test_why_a_file_was_not_taken_in_is_told_until_another_one_is_offered() -> None:
    at = visit()
    at.file_uploader[0].set_value([("x.panda", b"something else", "application/octet-stream")]).run()
    for _ in range(2):
        assert "Not done: x.panda" in told(at)
        at.run()


def test_why_nothing_was_found_out_is_told_until_something_else_is_wished(folder: Path) -> None:
    small_session(folder / "x.panda")
    at = visit("x.panda")
    at.number_input[1].set_value(1).run()
    next(button for button in at.button if button.label == "Find out").click().run()
    for _ in range(2):
        assert "Not done: seeds must be 0 or a whole number from 2 to 64, but got 1." in told(at)
        at.run()
    for seeds in (8, 1):
        at.number_input[1].set_value(seeds).run()
        assert "Not done: " not in told(at)
