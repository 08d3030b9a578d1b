"""Any iteration of any run, and branches from it."""

from __future__ import annotations

import random
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from tests.examples import TEST, record_run
from tests.experiments.babysitter import CONFIG, SMALL, Babysitter
from trainer.engine.commands import Intervene, Stop
from trainer.engine.events import RunEnded
from trainer.engine.hyperparameters import Value
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput, SessionDamaged
from trainer.experiments.replay import Replay
from trainer.experiments.travel import AFTER_ALL, travel
from trainer.experiments.undo_and_branch import before_last_intervention, branch
from trainer.experiments.verify import verify
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import Session, read_session

STEPS = 150


@pytest.mark.slow
def test_a_random_walk(panda: Babysitter) -> None:
    """Undo, branch, travel, intervene and train; wherever it was before, the digest is what it was then."""
    chance = random.Random(7)
    seen: dict[tuple[str, int], str] = {}
    for _ in range(STEPS):
        session = panda.session
        run = session.run(panda.run)
        match chance.randrange(5):
            case 0 | 1:
                panda.train(chance.randint(1, 12))
                seen[panda.run, panda.trainer.status().iteration] = panda.digest()
            case 2:
                alpha = 10 ** chance.uniform(-3, -1)
                changes: list[dict[str, Value]] = [{"learning_rate": alpha}, {"momentum": 0.8}, {"optimizer": "adam"}]
                panda.do(Intervene(chance.choice(changes), TEST))
            case 3 if with_ancestors(session, run).interventions:
                panda.undo()
            case 4:
                if not seen:
                    continue
                name, at = chance.choice(list(seen))
                if chance.random() < 0.5:
                    panda.branch(name, at)
                    digest = panda.digest()
                else:
                    digest = travel(session, session.run(name), at).digest
                assert digest == seen[name, at]
    panda.do(Stop())
    session = panda.session
    assert len(session.runs) > STEPS / 10
    for (name, at), digest in seen.items():
        assert travel(session, session.run(name), at).digest == digest
    for run in session.runs.values():  # each from its own beginning to its end, what was left included
        replay = Replay(session, run)
        replay.finish(run.iteration)
        assert replay.differences == []
        assert len(replay.compared) == len(run.checkpoints)
    assert verify(session.path).result == "exact"


def test_a_branch_with_what_was_planned_after_its_place_is_the_same_run(tmp_path: Path) -> None:
    changes = [(30, Intervene({"learning_rate": 0.03})), (60, Intervene({"decay": "exponential", "decay_rate": 0.9}))]
    path = tmp_path / "s.panda"
    ended = record_run(path, CONFIG, SMALL, 90, changes)
    session = read_session(path)
    run = session.run("r1")
    new, ended_too = tmp_path / "new.panda", Event()
    trainer = Trainer()
    visit = travel(session, run, 20)
    over = [lambda event: ended_too.set() if isinstance(event, RunEnded) else None]
    branch(trainer, visit, new, iterations=90, subscribers=over)
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
    # before it nobody needs to know; with what was changed there somebody does
    assert travel(session, run, second.iteration).digest == digests[second.iteration]
    with pytest.raises(SessionDamaged, match=f"record {second.seq:06}-intervention is damaged"):
        travel(session, run, second.iteration, AFTER_ALL)
