"""What is recorded is in the file that its path leads to, whatever is done to that file; or what happened is said."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.examples import TEST
from tests.recorder.astray import present, refused, replaced
from tests.recorder.sessions import Recording
from trainer.errors import CommandRefused, RecordAstray
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session


def test_a_move_within_the_folder_is_followed(recording: Recording, path: Path) -> None:
    moved = path.with_name("renamed.panda")
    path.rename(moved)
    path.write_bytes(b"mine")
    recording.intervene("late", momentum=0.5)
    assert recording.log.path == moved
    assert recording.log.remarks == (f"the file {path} was moved, so the session is recorded in {moved} now",)
    recording.end()
    moved.rename(path)
    assert recording.log.found() == path
    assert read_session(path).runs["r1"].interventions[-1].note == "late"
    assert verify(path).result == "exact"


def test_a_file_that_is_moved_back_is_gone_on_with(recording: Recording, path: Path) -> None:
    aside = path.parent.parent / "aside"
    path.rename(aside)
    refused(recording)
    aside.rename(path)
    recording.log.retry()
    assert read_session(path).runs["r1"].interventions[-1].note == "late"
    with pytest.raises(CommandRefused, match=r"x.panda is where it should be, so there is nothing to write anew"):
        recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert recording.log.remarks == ()
    assert verify(path).result == "exact"


@pytest.mark.parametrize("at", [0.0, 0.5])
def test_bytes_that_something_else_writes_over_are_found_out(recording: Recording, path: Path, at: float) -> None:
    with path.open("r+b") as file:
        file.seek(int(at * path.stat().st_size))
        file.write(b"XXXX")
    with pytest.raises(RecordAstray, match=r"was overwritten by something else; not all that was recorded is left"):
        recording.intervene("late", momentum=0.5)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert verify(recording.log.path).result == "exact"


def test_a_file_that_was_only_touched_is_gone_on_with(recording: Recording, path: Path) -> None:
    os.utime(path, (1, 1))
    recording.intervene("late", momentum=0.5)
    recording.end()
    assert recording.log.remarks == ()
    assert verify(path).result == "exact"


def test_a_drive_that_numbers_its_files_anew_gets_a_sentence(
    recording: Recording, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, numbers = os.stat, iter(range(10**9, 2 * 10**9))

    def stat(which: Path | int, **more: Any) -> os.stat_result:
        found = real(which, **more)
        return os.stat_result((found[0], next(numbers), *found[2:])) if which == path else found

    monkeypatch.setattr(os, "stat", stat)
    recording.intervene("one", momentum=0.5)
    recording.intervene("two", momentum=0.6)
    recording.log.check()
    recording.end()
    assert recording.log.found() == path
    (remark,) = recording.log.remarks
    assert remark.startswith(
        f"the drive gives the file {path} another number than before; its size and its last record"
    )
    monkeypatch.undo()
    assert verify(path).result == "exact"


def test_a_copy_in_the_place_of_the_file_is_found_out_when_it_does_not_grow(recording: Recording, path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    path.rename(path.parent.parent / "aside")
    copy.rename(path)
    recording.log.check()  # all that was recorded is there
    assert "was replaced by another file" in str(refused(recording))
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert recording.log.path == path.with_name("x-anew.panda")
    assert verify(recording.log.path).result == "exact"


@pytest.mark.parametrize("name", [".nfs000000000123", ".fuse_hidden0001"])
def test_what_a_network_drive_keeps_of_a_removed_file_is_not_followed(
    recording: Recording, path: Path, name: str
) -> None:
    path.rename(path.with_name(name))
    assert "x.panda was removed;" in str(refused(recording))


def test_a_cut_between_looking_and_writing_leaves_no_hole_unnoticed(
    recording: Recording, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwritev

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        os.truncate(path, 2000)
        return real(fd, buffers, offset)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwritev", pwritev)
        assert "was overwritten by something else" in str(refused(recording))
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    assert verify(recording.log.path).result == "exact"


def test_a_file_that_goes_at_the_very_end(recording: Recording, path: Path) -> None:
    path.unlink()
    with pytest.raises(RecordAstray):
        recording.log.close()
    recording.log.record_anew("", TEST, present(recording))
    recording.log.close()
    session = read_session(path)
    assert (session.state, session.damage) == ("closed", ())
    assert session.runs["r1"].costs.tolist() == recording.costs
    path.unlink()
    assert recording.log.found() is None


def test_the_folder_that_a_relative_path_begins_in_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    recording = Recording(Path("x.panda"))
    recording.start()
    shutil.rmtree(folder)
    refused(recording)
    recording.log.record_anew("", TEST, present(recording))
    recording.end()
    monkeypatch.chdir(tmp_path)
    assert recording.log.path == folder / "x.panda"
    assert verify(folder / "x.panda").result == "exact"


def test_a_new_file_that_is_replaced_at_once_is_not_removed_for_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwritev

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        replaced(path)
        return real(fd, buffers, offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    with pytest.raises(RecordAstray):
        Recording(path)
    assert path.read_bytes() == b"mine"
