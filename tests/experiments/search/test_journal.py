"""The file of a search under way: a full disk, a file that goes, one that is moved; nothing that is over is lost."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiments.search.searching import DATASET, PLANS, PoolHere, again, begun, plan, same, searched
from tests.recorder.astray import LOST, WHOLE, Change
from trainer.errors import RecordingError, SessionError, SessionLocked
from trainer.experiments.search import journal, record
from trainer.experiments.search.record import read_so_far
from trainer.experiments.search.search import Search
from trainer.experiments.search.trial import Leg, LegResult, run_leg


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "sessions").mkdir()
    return tmp_path / "sessions" / "x.panda"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_WAIT_SECONDS", 0.01)


class Acting(PoolHere):
    """A pool in whose leg of a number something happens."""

    def __init__(self, number: int, act: Callable[[], object]) -> None:
        super().__init__(self._leg)
        self._left, self._happens = number, act

    def _leg(self, leg: Leg) -> LegResult:
        self._left -= 1
        if not self._left:
            self._happens()
        return run_leg(leg, DATASET)


class FullDisk:
    """Takes nothing for so many attempts to write; tells what is asked meanwhile."""

    def __init__(
        self, patch: pytest.MonkeyPatch, attempts: int, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        self.left, self._patch, self._meanwhile = attempts, patch, meanwhile
        self._real = os.pwritev

    def begin(self) -> None:
        self._patch.setattr(os, "pwritev", self)

    def __call__(self, fd: int, buffers: list[memoryview], offset: int) -> int:
        self.left -= 1
        if self.left < 0:
            return self._real(fd, buffers, offset)
        self._meanwhile()
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_waited_for_and_it_is_said_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    disk = FullDisk(monkeypatch, 3, lambda: seen.append(search.look()))
    search: Search = begun(path, plan(), Acting(5, disk.begin))
    view = search.run()
    assert (view.state, view.reason, disk.left < 0) == ("finished", "", True)
    assert [each.state for each in seen[1:]] == ["blocked", "blocked"]
    assert "No space left on device" in seen[1].reason
    assert same(view.trials) == same(searched(plan()).trials)
    assert same(read_so_far(path).trials) == same(view.trials)
    assert read_so_far(path).file.damage == ()


def test_a_search_that_waits_for_the_disk_can_be_cancelled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch, 10**9, lambda: search.cancel() if disk.left < 10**9 - 3 else None)
    search: Search = begun(path, plan(), Acting(5, disk.begin))
    view = search.run()
    assert view.state == "cancelled"
    assert "No space left on device" in view.reason
    monkeypatch.undo()
    assert len(read_so_far(path).trials) == 4
    assert same(again(path).run().trials) == same(searched(plan()).trials)


def test_a_disk_that_is_full_before_the_first_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FullDisk(monkeypatch, 10**9).begin()
    with pytest.raises(RecordingError, match="No space left on device"):
        record.create(path, plan(), DATASET)
    assert not path.exists()


@pytest.mark.parametrize(("change", "what"), [*WHOLE, *LOST], ids=range(len(WHOLE) + len(LOST)))
def test_a_file_that_is_gone_is_written_anew(path: Path, change: Change, what: str) -> None:
    search = begun(path, plan(**PLANS["halving"]), Acting(9, lambda: change(path)))
    view = search.run()
    assert view.state == "finished", view.reason
    assert view.path is not None
    (remark,) = view.remarks
    assert remark.endswith(f": all of the record was written anew, to {view.path}")
    assert what.split("{")[0].rstrip() in remark
    so_far = read_so_far(view.path)
    assert same(so_far.trials) != []
    assert sorted(trial.index for trial in so_far.trials) == list(range(12))
    assert len(so_far.file.records) == 1 + 12  # nothing is there twice
    assert same(view.trials) == same(searched(plan(**PLANS["halving"])).trials)
    assert same(again(view.path).run().trials) == same(view.trials)


def test_a_file_that_is_moved_in_its_folder_is_followed(path: Path) -> None:
    moved = path.with_name("other")
    view = begun(path, plan(), Acting(5, lambda: path.rename(moved))).run()
    assert (view.state, view.path) == ("finished", moved)
    assert len(view.remarks) == 1
    assert "was moved" in view.remarks[0]
    assert len(read_so_far(moved).trials) == 12


def test_a_file_that_is_gone_while_the_disk_is_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch, 3)

    def act() -> None:
        path.unlink()
        disk.begin()

    view = begun(path, plan(), Acting(5, act)).run()
    assert (view.state, disk.left < 0) == ("finished", True)
    assert len(read_so_far(path).trials) == 12


def test_one_process_at_a_time_writes_it(path: Path) -> None:
    search = begun(path, plan())
    so_far = read_so_far(path)
    with pytest.raises(SessionLocked):
        record.reopen(so_far, DATASET)
    assert search.run().state == "finished"
    with pytest.raises(SessionError, match="was changed since it was read, so it is not gone on with: try again"):
        record.reopen(so_far, DATASET)  # what was read has nothing of what was written since
    assert len(read_so_far(path).trials) == 12
