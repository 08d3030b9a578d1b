"""The file of a run under way is removed, moved, replaced or cut a hundred times, at random moments.

Nothing is ever called applied that is not in a file that can be read, and nothing is lost that the recorder still had.
"""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.engine.watching import Log
from tests.examples import TEST, three_blobs
from trainer.engine import trainer as engine
from trainer.engine.commands import PAGE, Answer, Command, Intervene, RecordAnew, Stop
from trainer.engine.events import Trained
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.start import Start
from trainer.engine.trainer import Trainer
from trainer.experiments.verify import verify
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog

TIMES = 100
NUDGES = 8
MINE = b"mine" * 5000
DATASET = three_blobs(m=37, m_dev=6, inputs=3)
CONFIG = RunConfig(data="three blobs", layers=(4,), evaluate_every=50)

Mischief = Callable[[Path, random.Random], object]


def _elsewhere(path: Path) -> Path:
    return path.parent.parent / "elsewhere"


def _replace(path: Path, content: bytes) -> None:
    path.with_name("other").write_bytes(content)
    path.with_name("other").replace(path)


def _in_the_place(path: Path) -> None:
    path.rename(_elsewhere(path))
    path.write_bytes(MINE)


def _folder(path: Path) -> None:
    while not path.is_dir():
        path.unlink()
        with suppress(FileExistsError):  # written anew in between
            path.mkdir()


WHOLE: dict[str, Mischief] = {
    "remove": lambda path, _: path.unlink(),
    "remove the folder": lambda path, _: shutil.rmtree(path.parent),
    "move away": lambda path, _: path.rename(_elsewhere(path)),
    "move within the folder": lambda path, _: path.rename(path.with_name("moved.panda")),
    "move the folder": lambda path, _: path.parent.rename(_elsewhere(path)),
    "replace": lambda path, _: _replace(path, MINE),
    "replace by a copy": lambda path, _: _replace(path, path.read_bytes()),
    "replace by a folder": lambda path, _: _folder(path),
    "move away and put another one there": lambda path, _: _in_the_place(path),
}
LOST: dict[str, Mischief] = {
    "cut": lambda path, chance: os.truncate(path, chance.randrange(path.stat().st_size)),
    "empty": lambda path, _: path.open("wb").close(),
    "overwrite": lambda path, _: path.write_bytes(MINE * 30),
}


class Trial:
    """A run that is nudged again and again while something happens to its file."""

    def __init__(self, folder: Path, what: str, chance: random.Random) -> None:
        folder.mkdir(parents=True)
        self.what, self.chance = what, chance
        self.path = folder / "x.panda"
        self.log = SessionLog.create(self.path, DATASET)
        self.told, self.trainer = Log(), Trainer()
        self.due, self.done = threading.Event(), threading.Event()
        self.applied: list[str] = []
        self.trouble = threading.Thread(target=self._mischief)

    def run(self) -> None:
        """Everything, and what must hold at any time."""
        actor = self.chance.choice((PAGE, TEST))
        hyperparameters = Hyperparameters(mini_batch_size=8)
        start = Start(CONFIG, DATASET, "r1", self.log, (self.told,), hyperparameters, actor=actor)
        self.trouble.start()
        moment = self.chance.randrange(-1, NUDGES)
        if moment < 0:
            self.due.set()
        assert self._ask(start).status == "applied"
        for i in range(NUDGES):
            if i == moment:
                self.due.set()
            self._nudge(f"nudge {i}")
        self.trouble.join()
        self._nudge("afterwards")
        assert self._ask(Stop()).status == "applied"

    def _mischief(self) -> None:
        assert self.due.wait(60)
        for _ in range(self.chance.randint(0, 20_000)):
            pass  # somewhere between two answers
        {**WHOLE, **LOST}[self.what](self.path, self.chance)
        self.done.set()

    def _nudge(self, note: str) -> None:
        gone = self.done.is_set()
        answer = self._ask(Intervene({"momentum": self.chance.random() * 0.9}, note=note))
        assert answer.status == "applied", answer.text
        self.applied.append(note)
        if gone:  # else it may have gone after the answer
            found = self.log.found()
            assert found == self.log.path
            assert note in self._notes(self._recorded(found))

    def _ask(self, command: Command | Start) -> Answer:
        """What becomes of it; a person who is asked to have the record written anew does so, and asks again."""
        while True:
            future: Future[Answer] = self.trainer.submit(command)
            while not wait([future], timeout=0.005).done:
                if self.trainer.status().anew:
                    self.trainer.submit(RecordAnew()).result(60)
            answer = future.result()
            if not answer.text.startswith("not now: "):
                return answer

    def check(self) -> None:
        """What must be in the file in the end."""
        found = self.log.found()
        assert found is not None
        session, run = read_session(found), self._recorded(found)
        assert (session.state, session.damage, session.id) == ("closed", (), self.log.id)
        costs = np.concatenate([event.costs for event in self.told.of(Trained)]).tolist()
        notes = self._notes(run)
        if self.log.lost:
            assert self.what in LOST
            assert notes == self.applied[-len(notes) :]
            assert run.costs.tolist() == costs[len(costs) - len(run.costs) :]
        else:
            assert notes == self.applied
            assert run.costs.tolist() == costs
        assert verify(found).result == "exact"
        if self.what == "replace" or "another" in self.what:
            assert self.path.read_bytes() == MINE

    def _recorded(self, path: Path) -> RecordedRun:
        return read_session(path).runs["r1"]

    def _notes(self, run: RecordedRun) -> list[str]:
        return [change.note for change in run.interventions]


@pytest.mark.slow
def test_whatever_happens_to_the_file_what_was_applied_is_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "RETRY_SECONDS", 0.01)
    chance = random.Random(16)
    kinds = [*WHOLE, *LOST]
    for i in range(TIMES):
        trial = Trial(tmp_path / str(i) / "sessions", kinds[i % len(kinds)], random.Random(chance.random()))
        try:
            trial.run()
            trial.check()
        except Exception as error:
            error.add_note(f"trial {i}: {trial.what}, of {trial.applied}; {trial.log.remarks}")
            raise
        finally:
            trial.trainer.close()
