"""A session whose file is gone is written anew, with all that was recorded as far as that is not lost."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.examples import TEST
from tests.recorder.astray import LOST, WHOLE, Change, present, refused, replaced
from tests.recorder.sessions import Recording, records_of
from trainer.engine.events import Planned, PlannedChange
from trainer.errors import RecordAstray, RecordingPaused, SessionError
from trainer.experiments.verify import verify
from trainer.recorder.lock import is_locked
from trainer.recorder.session import read_session


@pytest.mark.parametrize(("change", "what"), WHOLE)
def test_a_file_that_is_not_there_is_written_anew_with_all_that_was_recorded(
    recording: Recording, path: Path, change: Change, what: str
) -> None:
    change(path)
    standing = path.read_bytes() if path.is_file() else None
    error = refused(recording)
    said = f"the file {path} {what.format(parent=path.parent.parent)}"
    assert (str(error), error.lost) == (f"{said}; nothing is lost: all of the record can be written anew", False)
    with pytest.raises(RecordAstray):
        recording.log.retry()
    with pytest.raises(RecordAstray):
        recording.log.check()
    assert recording.log.found() is None
    recording.log.record_anew("", TEST, present(recording))
    new = recording.log.path
    assert str(new) == error.place
    assert (new == path) is (standing is None and not os.path.lexists(path.with_name("x-anew.panda")))
    assert recording.log.remarks == (f"{said}: all of the record was written anew, to {new}",)
    with new.open("rb") as file:
        assert is_locked(file.fileno())
    recording.train(3)
    recording.end()
    assert recording.log.found() == new
    session = read_session(new)
    assert (session.state, session.damage, session.id) == ("closed", (), recording.log.id)
    run = session.runs["r1"]
    assert [change.note for change in run.interventions] == ["calmer", "late"]
    assert run.costs.tolist() == recording.costs
    assert run.notes[-1].text == recording.log.remarks[0]
    assert verify(new).result == "exact"
    if standing is not None:
        assert path.read_bytes() == standing


@pytest.mark.parametrize(("change", "what"), LOST)
def test_of_a_file_that_is_cut_the_present_state_is_saved(
    recording: Recording, path: Path, change: Change, what: str
) -> None:
    size, before = path.stat().st_size, recording.log.id
    records = len(records_of(path))
    change(path)
    rest = path.read_bytes()
    error = refused(recording)
    said = f"the file {path} {what.format(size=size, rest=len(rest))}"
    rest_of_it = (
        "not all that was recorded is left in it, but the present state of the run can be written to a new file"
    )
    assert str(error) == f"{said}; {rest_of_it}"
    assert error.lost
    recording.log.record_anew("", TEST, present(recording))
    assert path.read_bytes() == rest  # nothing is written to it any more
    new = recording.log.path
    assert new == path.with_name("x-anew.panda")
    rest_of_it = (
        f"its first {records - 1} records are left, in {path}" if len(rest) == size - 600 else "nothing of it is left"
    )
    assert recording.log.lost == (
        f"{said}; {rest_of_it}. The run goes on from its state at iteration 9, recorded in {new}"
    )
    recording.interventions = 1
    recording.costs.clear()
    recording.train(6)
    recording.intervene("more", momentum=0.6)
    recording.end()
    session = read_session(new)
    assert (session.state, session.damage, session.name) == ("closed", (), "small")
    assert session.id == recording.log.id != before
    run = session.runs["r1"]
    assert run.parent is not None
    assert (run.parent.session, run.parent.run, run.parent.iteration) == (before, "r1", 9)
    assert [(change.index, change.note) for change in run.interventions] == [(0, "late"), (1, "more")]
    assert run.costs.tolist() == recording.costs
    assert verify(new).result == "exact"


def test_nothing_that_stands_somewhere_is_written_over(recording: Recording, path: Path) -> None:
    mine = path.with_name("mine.panda")
    mine.write_bytes(b"mine")
    path.with_name("x-anew.panda").symlink_to("nowhere")
    replaced(path)
    error = refused(recording)
    for place in (mine, path.parent, path.with_name("x-anew.panda")):
        with pytest.raises(SessionError, match="exists already"):
            recording.log.record_anew(str(place), TEST, present(recording))
    with pytest.raises(SessionError, match=r"cannot create .*nowhere/x.panda: No such file"):
        recording.log.record_anew(str(path.parent / "nowhere" / "x.panda"), TEST, present(recording))
    assert error.place == str(path.with_name("x-anew2.panda"))
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert (mine.read_bytes(), path.read_bytes()) == (b"mine", b"mine")
    assert verify(path.with_name("x-anew2.panda")).result == "exact"


def test_a_file_that_goes_before_its_run_has_begun(path: Path) -> None:
    recording = Recording(path)
    path.unlink()
    with pytest.raises(RecordAstray):
        recording.start()
    recording.log.record_anew("", TEST, present(recording))
    recording.train(3)
    recording.end()
    assert read_session(path).runs["r1"].costs.tolist() == recording.costs
    assert verify(path).result == "exact"


def test_a_file_that_is_cut_before_its_run_has_begun(path: Path) -> None:
    recording = Recording(path)
    os.truncate(path, 0)
    with pytest.raises(RecordAstray):
        recording.start()
    recording.log.record_anew("", TEST, present(recording))
    recording.train(3)
    recording.end()
    run = read_session(recording.log.path).runs["r1"]
    assert (run.parent, run.costs.tolist()) == (None, recording.costs)
    assert verify(recording.log.path).result == "exact"


def test_an_intervention_that_is_pending_keeps_its_state(recording: Recording, path: Path) -> None:
    state = recording.loop.state().digest()
    os.truncate(path, 0)
    refused(recording)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    run = read_session(recording.log.path).runs["r1"]
    assert run.initial.digest == run.interventions[0].digest == state


def test_what_is_left_of_a_file_that_is_cut_and_removed_is_saved(recording: Recording, path: Path) -> None:
    records = records_of(path)
    os.truncate(path, path.stat().st_size - 600)
    path.unlink()
    refused(recording)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    rest = path.with_name("x-anew.panda")
    assert recording.log.path == path
    assert f"; its first {len(records) - 1} records are left, in {rest}. The run goes on" in recording.log.lost
    assert [record.hash for record in records_of(rest)] == [record.hash for record in records[:-1]]
    assert verify(rest).result == verify(path).result == "exact"


@pytest.mark.parametrize("name", [b"a;b.panda", b"x\xff\n\x1b.panda"])
def test_names_that_are_no_names_of_a_person_are_files_as_others(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    recording = Recording(path)
    recording.start()
    recording.train(3)
    path.unlink()
    refused(recording)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert recording.log.remarks[0].startswith(f"the file {path} was removed: all of the record was written anew")
    assert read_session(path).runs["r1"].notes[-1].text.startswith(f"the file {tmp_path}")
    assert verify(path).result == "exact"


def test_a_name_that_was_given_while_the_disk_was_full_is_that_of_the_new_session(
    recording: Recording, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwritev", full)
        with pytest.raises(RecordingPaused):
            recording.log.rename("another")
    recording.log.retry()
    assert read_session(path).name == "another"
    os.truncate(path, 0)
    refused(recording)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert read_session(recording.log.path).name == "another"


def test_of_a_session_that_was_lost_the_names_of_plans_that_wait_are_taken(recording: Recording, path: Path) -> None:
    waiting, gone = (PlannedChange(f"r1-{n}", 100, {"momentum": 0.5}, TEST) for n in (1, 2))
    recording.log.record(Planned("r1", 9, waiting))
    recording.log.record(Planned("r1", 9, gone))
    os.truncate(path, 0)
    pending = PlannedChange("r1-3", 100, {"momentum": 0.5}, TEST)
    with pytest.raises(RecordAstray):
        recording.log.record(Planned("r1", 9, pending))
    recording.log.record_anew("", TEST, replace(present(recording), plans=(waiting,)))
    for known in (waiting, pending):
        with pytest.raises(ValueError, match=f"there is a plan {known.plan} in "):
            recording.log.record(Planned("r1", 9, known))
    recording.log.record(Planned("r1", 9, gone))
    recording.end()
    assert [plan.change.plan for plan in read_session(recording.log.path).runs["r1"].plans] == ["r1-1", "r1-3", "r1-2"]
