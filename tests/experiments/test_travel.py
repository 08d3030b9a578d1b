"""The time machine: any iteration of any run, undo, branches, and that nothing of it is ever forgotten or mixed up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from tests.examples import record_run
from trainer.engine.commands import Command, Intervene, Pause, RunFor, Stop
from trainer.engine.events import Event as Happened
from trainer.engine.events import Paused, RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, InvalidInput, SessionDamaged
from trainer.experiments.branching import before_last_intervention, branch, branch_here
from trainer.experiments.recorded_run import LiveSession, begin
from trainer.experiments.replay import Replay
from trainer.experiments.travel import travel
from trainer.experiments.verify import verify
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog

CONFIG = RunConfig(data="iris", layers=(5,))
SMALL = Hyperparameters(mini_batch_size=16)


class Babysitter:
    """A trainer with a session under way, paused whenever nothing is asked of it."""

    def __init__(self, path: Path) -> None:
        self.trainer = Trainer()
        self.paused = Event()
        self.live: LiveSession = begin(self.trainer, CONFIG, SMALL, path=path, subscribers=[self.watch])
        self.do(Pause())

    def watch(self, event: Happened) -> None:
        if isinstance(event, Paused):
            self.paused.set()

    @property
    def log(self) -> SessionLog:
        assert self.live.log is not None
        return self.live.log

    @property
    def session(self) -> Session:
        return read_session(self.log.path)

    @property
    def run(self) -> str:
        return self.trainer.status().run

    def do(self, command: Command) -> None:
        answer = self.trainer.submit(command).result(10)
        assert answer.status == "applied", answer

    def train(self, iterations: int) -> None:
        target = self.trainer.status().iteration + iterations
        self.paused.clear()
        self.do(RunFor(iterations))
        assert self.paused.wait(10)
        assert self.trainer.submit(Pause()).result(10).status == "refused"  # it is, and says so from now on
        assert self.trainer.status().iteration == target

    def undo(self) -> None:
        session = self.session
        visit = before_last_intervention(session, session.run(self.run))
        branch_here(self.trainer, self.log, visit, subscribers=[self.watch])

    def branch(self, run: str, at: int, **changes: Value) -> None:
        session = self.session
        change = ((at, Intervene(changes, "test")),) if changes else ()
        visit = travel(session, session.run(run), at)
        branch_here(self.trainer, self.log, visit, interventions=change, subscribers=[self.watch])

    def digest(self) -> str:
        loop = self.trainer._run.loop if self.trainer._run else None
        assert loop is not None
        return loop.state().digest()


@pytest.fixture
def panda(tmp_path: Path) -> Iterator[Babysitter]:
    made = Babysitter(tmp_path / "walk.panda")
    yield made
    made.trainer.close()


def test_undo_goes_back_to_the_boundary_before_and_waits_as_it_was(panda: Babysitter) -> None:
    born = panda.trainer.status().iteration
    panda.train(40)
    before = panda.digest()
    panda.do(Intervene({"learning_rate": 30.0}))
    panda.train(25)
    panda.undo()
    status = panda.trainer.status()
    assert (status.run, status.iteration, status.state, status.interventions) == ("r2", born + 40, "paused", 0)
    assert panda.digest() == before
    session = panda.session
    assert session.runs["r1"].ended == "left"
    assert session.runs["r1"].iteration == born + 65  # nothing is erased
    panda.train(10)
    panda.do(Stop())
    line = with_ancestors(panda.session, panda.session.run("r2"))
    assert (line.initial.iteration, line.iteration, line.interventions) == (0, born + 50, ())


def test_undo_while_it_runs_goes_on_running(tmp_path: Path) -> None:
    trainer = Trainer()
    live = begin(trainer, CONFIG, SMALL, path=tmp_path / "s.panda")
    assert live.log is not None
    trainer.submit(Intervene({"learning_rate": 0.5})).result(10)
    session = read_session(live.log.path)
    branch_here(trainer, live.log, before_last_intervention(session, session.run("r1")))
    assert trainer.status().state == "running"
    trainer.close()


def test_undo_several_times_and_redo_by_branching(panda: Babysitter) -> None:
    digests, start = [panda.digest()], panda.trainer.status().iteration
    for alpha in (0.2, 0.3, 0.4):
        panda.do(Intervene({"learning_rate": alpha}))
        panda.train(10)
        digests.append(panda.digest())
    for k in (2, 1, 0):
        panda.undo()
        assert panda.digest() == digests[k]
    with pytest.raises(CommandRefused, match="no intervention"):
        panda.undo()
    panda.branch("r1", start + 30)
    assert panda.digest() == digests[3]


def test_undo_takes_back_one_of_two_changes_at_the_same_iteration(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.2}))
    between = panda.digest()
    panda.do(Intervene({"momentum": 0.5}))
    panda.undo()
    assert panda.digest() == between
    line = with_ancestors(panda.session, panda.session.run("r2"))
    assert [dict(change.after) for change in line.interventions] == [{"learning_rate": 0.2}]
    panda.undo()
    assert panda.trainer.status().hyperparameters == SMALL


def test_an_undo_of_what_somebody_changed_meanwhile_is_refused(panda: Babysitter) -> None:
    panda.do(Intervene({"learning_rate": 0.2}))
    session = panda.session
    visit = before_last_intervention(session, session.run("r1"))
    panda.do(Intervene({"learning_rate": 0.3}))
    with pytest.raises(CommandRefused, match="changed meanwhile"):
        branch_here(panda.trainer, panda.log, visit)
    assert panda.run == "r1"


def test_a_random_walk_of_300_steps(panda: Babysitter) -> None:
    """Undo, branch, travel, intervene and train; wherever it was before, the digest is what it was then."""
    chance = random.Random(7)
    seen: dict[tuple[str, int], str] = {}
    for _ in range(300):
        session = panda.session
        run = session.run(panda.run)
        match chance.randrange(5):
            case 0 | 1:
                panda.train(chance.randint(1, 12))
                seen[panda.run, panda.trainer.status().iteration] = panda.digest()
            case 2:
                alpha = 10 ** chance.uniform(-3, -1)
                changes: list[dict[str, Value]] = [{"learning_rate": alpha}, {"momentum": 0.8}, {"optimizer": "adam"}]
                panda.do(Intervene(chance.choice(changes), "test"))
            case 3 if with_ancestors(session, run).interventions:
                panda.undo()
            case 4:
                name, at = chance.choice(list(seen)) if seen else (run.run, run.initial.iteration)
                if chance.random() < 0.5:
                    panda.branch(name, at)
                    digest = panda.digest()
                else:
                    digest = travel(session, session.run(name), at).digest
                assert digest == seen.get((name, at), digest)
    panda.do(Stop())
    session = panda.session
    assert len(session.runs) > 30
    for (name, at), digest in seen.items():
        assert travel(session, session.run(name), at).digest == digest
    for run in session.runs.values():  # each from its own beginning to its end, what was left included
        replay = Replay(session, run)
        replay.finish(run.iteration)
        assert replay.differences == []
        assert len(replay.compared) == len(run.checkpoints)
    assert verify(session.path).result == "exact"


def test_a_branch_with_the_recorded_interventions_is_the_same_run(tmp_path: Path) -> None:
    changes = [(30, Intervene({"learning_rate": 0.03})), (60, Intervene({"decay": "exponential", "decay_rate": 0.9}))]
    path = tmp_path / "s.panda"
    ended = record_run(path, CONFIG, SMALL, 90, changes)
    session = read_session(path)
    run = session.run("r1")
    recorded = [(c.iteration, Intervene(c.after, c.author, c.note)) for c in run.interventions if c.iteration >= 20]
    new, ended_too = tmp_path / "new.panda", Event()
    trainer = Trainer()
    visit = travel(session, run, 20)
    over = [lambda event: ended_too.set() if isinstance(event, RunEnded) else None]
    branch(trainer, visit, new, iterations=90, interventions=recorded, subscribers=over)
    assert ended_too.wait(10)
    trainer.close()
    born = read_session(new)
    assert born.origin is not None
    assert (born.origin.session, born.origin.run, born.origin.iteration) == (session.id, "r1", 20)
    branched = born.run("r1")
    assert [c.digest for c in branched.interventions] == [c.digest for c in run.interventions]
    assert branched.checkpoints[-1].digest == ended.state.digest()
    assert np.array_equal(branched.costs, run.costs[20:])
    assert verify(new).result == "exact"


@pytest.mark.parametrize("iteration", [-1, 91, 1.5, True, "3"])
def test_an_iteration_that_is_not_there(tmp_path: Path, iteration: object) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 90)
    session = read_session(path)
    with pytest.raises(InvalidInput, match=r"whole number from 0 to 90, but got"):
        travel(session, session.run("r1"), iteration)  # type: ignore[arg-type]


def damaged(path: Path, record: str) -> Session:
    """The session with one byte of a record's first member turned over."""
    data = bytearray(path.read_bytes())
    at = data.index(record.encode())
    data[at + 512 + 100] ^= 1
    path.write_bytes(data)
    session = read_session(path)
    assert [found.record for found in session.damage] == [record.partition(".")[0]]
    return session


def test_a_change_whose_tensors_are_lost_is_made_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 60, [(20, Intervene({"learning_rate": 0.03})), (40, Intervene({"momentum": 0.5}))])
    whole = read_session(path)
    second = whole.run("r1").interventions[1]
    session = damaged(path, f"{second.seq:06}-intervention.safetensors")
    run = session.run("r1")
    assert run.interventions == whole.run("r1").interventions
    for t in (35, 40, 50, 60):
        assert travel(session, run, t).digest == travel(whole, whole.run("r1"), t).digest
    said = f"re-executed from iteration 20, with {second.seq:06}-intervention damaged on the way"
    assert travel(session, run, 50).remark == said
    assert before_last_intervention(session, run).digest == second.digest


def test_damage_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 60, [(20, Intervene({"learning_rate": 0.03})), (40, Intervene({"momentum": 0.5}))])
    session = read_session(path)
    run = session.run("r1")
    digests = {t: travel(session, run, t).digest for t in (10, 20, 35, 40, 50)}
    second = run.interventions[1]
    session = damaged(path, f"{second.seq:06}-intervention.json")
    run = session.run("r1")
    # before the damaged change everything is reached, from an earlier state
    assert [travel(session, run, t).digest for t in (10, 20, 35, 40)] == [digests[t] for t in (10, 20, 35, 40)]
    with pytest.raises(SessionDamaged, match=f"record {second.seq:06}-intervention is damaged"):
        travel(session, run, 50)
