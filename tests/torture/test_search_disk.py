"""A full disk, and a file moved, removed, replaced or cut in the midst of a search: nothing finished is lost."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.experiments.search.searching import DATASET, PoolHere, again, begun, plan, same, searched
from tests.waiting import wait_until
from trainer.experiments.search import journal
from trainer.experiments.search.record import read_so_far
from trainer.experiments.search.trial import Leg, LegResult, run_leg
from trainer.experiments.search.view import SearchView

PLAN = plan(trials=8, epochs=1)
MINE = b"mine" * 5000


class Mischief(PoolHere):
    """A pool that does something to the disk before a leg is computed."""

    def __init__(self, act: Callable[[], object], at: int = 3) -> None:
        self._left = at
        self._mischief = act
        super().__init__(self._leg)

    def _leg(self, leg: Leg) -> LegResult:
        self._left -= 1
        if not self._left:
            self._mischief()
        return run_leg(leg, DATASET)


def _all_there(view: SearchView) -> None:
    """Every trial is in the file, once, and as undisturbed."""
    assert (view.state, view.reason) == ("finished", "")
    assert view.path is not None
    so_far = read_so_far(view.path)
    assert so_far.file.damage == ()
    assert same(so_far.trials) == same(view.trials) == same(searched(PLAN).trials)


def _moved(path: Path) -> None:
    path.rename(path.with_name("moved.panda-search"))


def _moved_away(path: Path) -> None:
    (path.parent.parent / "elsewhere").mkdir()
    path.rename(path.parent.parent / "elsewhere" / path.name)


def _replaced(path: Path) -> None:
    path.with_name("other").write_bytes(MINE)
    path.with_name("other").replace(path)


def _cut(path: Path) -> None:
    os.truncate(path, 1000)


@pytest.mark.parametrize(
    ("mischief", "remark", "name"),
    [
        (_moved, "was moved", "moved.panda-search"),
        (_moved_away, "was moved", "x.panda-search"),
        (Path.unlink, "was removed", "x.panda-search"),
        (lambda path: shutil.rmtree(path.parent), "was removed with its folder", "x.panda-search"),
        (_replaced, "was replaced by another file", "x-anew.panda-search"),
        (_cut, "was cut to 1,000 of", "x-anew.panda-search"),
    ],
)
def test_a_file_that_is_not_where_it_was(
    tmp_path: Path, mischief: Callable[[Path], None], remark: str, name: str
) -> None:
    path = tmp_path / "folder" / "x.panda-search"
    path.parent.mkdir()
    view = begun(path, PLAN, Mischief(lambda: mischief(path))).run()
    _all_there(view)
    assert (view.path, len(view.remarks)) == (path.with_name(name), 1)
    assert remark in view.remarks[0]
    if mischief is _replaced:
        assert path.read_bytes() == MINE, "what stands there is not touched"


@pytest.mark.parametrize("lost", [False, True])
def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool) -> None:
    """Also where there is no room for a new file in place of one that was removed."""
    monkeypatch.setattr(journal, "_WAIT_SECONDS", 0.01)
    real, full = os.pwritev, False
    path = tmp_path / "x.panda-search"

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, buffers, offset)

    def fill() -> None:
        nonlocal full
        full = True
        if lost:
            path.unlink()

    monkeypatch.setattr(os, "pwritev", pwritev)
    search = begun(path, PLAN, Mischief(fill))
    views: list[SearchView] = []
    thread = threading.Thread(target=lambda: views.append(search.run()))
    thread.start()
    wait_until(lambda: search.look().state == "blocked")
    assert "No space left on device" in search.look().reason
    full = False
    thread.join(60)
    _all_there(views[0])


def test_a_search_on_a_full_disk_can_be_ended_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.panda-search"

    def pwritev(fd: int, buffers: list[memoryview], offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        search = begun(path, PLAN, Mischief(lambda: patch.setattr(os, "pwritev", pwritev)))
        views: list[SearchView] = []
        thread = threading.Thread(target=lambda: views.append(search.run()))
        thread.start()
        wait_until(lambda: search.look().state == "blocked")
        search.cancel()
        thread.join(60)
    assert views[0].state == "cancelled"
    assert len(read_so_far(path).trials) == 2, "those that were recorded before it was full"
    _all_there(again(path).run())
