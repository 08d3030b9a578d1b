"""What an intervention was worth: its ghost, and the same over other seeds."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from tests.examples import TEST, make_loop, record_run
from trainer.engine.commands import Intervene
from trainer.engine.events import Event as Happened
from trainer.engine.events import RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig, Value
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput, SessionDamaged, SessionError
from trainer.experiments import worth as worth_module
from trainer.experiments.over_seeds import signed
from trainer.experiments.recorded_run import begin, go_on_elsewhere, resume
from trainer.experiments.travel import travel
from trainer.experiments.undo_and_branch import before_last_intervention, branch
from trainer.experiments.worth import Worth, intervention_of, worth, worth_in_file
from trainer.recorder.environment import environment
from trainer.recorder.session import read_session

CONFIG = RunConfig(data="iris", layers=(5,), evaluate_every=10)
SMALL = Hyperparameters(mini_batch_size=16)

Changes = list[tuple[int, Intervene]]


def record(path: Path, changes: Changes, iterations: int = 90, config: RunConfig = CONFIG, **h: Any) -> Path:
    record_run(path, config, replace(SMALL, **h), iterations, changes)
    return path


def at(iteration: int, **changes: Value) -> tuple[int, Intervene]:
    return iteration, Intervene(changes, TEST)


def test_the_ghost_is_the_run_that_was_not_told_to_change(tmp_path: Path) -> None:
    """All its numbers are those of a run recorded without the intervention, with the later ones."""
    later = [at(60, momentum=0.5), at(60, mini_batch_size=32), at(75, optimizer="adam", learning_rate=0.01)]
    one = record(tmp_path / "with.panda", [at(20, weight_decay=0.1), at(40, learning_rate=0.9), *later])
    other = read_session(record(tmp_path / "without.panda", [at(20, weight_decay=0.1), *later])).run("r1")
    session, found = worth_in_file(one, "r1", 1)
    assert np.array_equal(found.ghost.costs, other.costs[40:])
    assert found.ghost.evaluations == tuple(e for e in other.evaluations if e.iteration > 40)
    assert found.ghost.digest == other.checkpoints[-1].digest
    assert found.with_it.evaluations[-1] == session.run("r1").evaluations[-1]
    assert (found.at, found.until) == (90, 90)
    assert found.difference == session.run("r1").evaluations[-1].dev_cost - other.evaluations[-1].dev_cost
    assert found.text.startswith(f"dev cost {signed(found.difference)} after 50 iterations: it ")


@pytest.mark.parametrize("same", [{"momentum": 0.9}, {"learning_rate": 0.1}, {"decay": "none", "decay_rate": 1.0}])
def test_the_ghost_of_what_changes_nothing_is_the_run_bit_for_bit(tmp_path: Path, same: dict[str, Value]) -> None:
    path = record(tmp_path / "s.panda", [at(40, **same), at(60, momentum=0.5)])
    session, found = worth_in_file(path, "r1", 0)
    run = session.run("r1")
    assert found.ghost.costs.tobytes() == run.costs[40:].tobytes()
    assert found.ghost.evaluations == found.with_it.evaluations
    if "momentum" in same:  # the others begin the schedule anew, which without decay makes no difference to any number
        assert found.ghost.digest == run.checkpoints[-1].digest
    assert (found.difference, found.outcome) == (0, "made no difference")
    assert re.fullmatch(
        r"dev cost ±0 after 50 iterations: it made no difference \(\S+ with it, \S+ without\)", found.text
    )


def test_a_harmful_one_shows_a_loss_and_a_rescue_a_gain(tmp_path: Path) -> None:
    path = record(
        tmp_path / "s.panda", [at(100, learning_rate=30.0), at(150, learning_rate=0.1)], 300, data_of("digits")
    )
    _, found = worth_in_file(path, None, 0, iterations=50)
    assert found.outcome == "hurt"
    assert found.difference > 0.1
    assert re.fullmatch(r"dev cost \+\S+ after 50 iterations: it hurt \(\S+ with it, \S+ without\)", found.text)
    _, rescue = worth_in_file(path, None, 1)
    assert rescue.outcome == "helped"
    assert rescue.text.startswith("dev cost −")


def data_of(name: str, **more: Any) -> RunConfig:
    return RunConfig(data=name, layers=(16,), evaluate_every=10, **more)


def test_a_ghost_that_is_not_finite_says_so(tmp_path: Path) -> None:
    """Such a penalty on the weights throws them further away with every iteration; taking it back saved the run."""
    path = record(
        tmp_path / "s.panda",
        [at(20, weight_decay=1000.0, learning_rate=100.0), at(20, weight_decay=0.0, learning_rate=0.1)],
    )
    _, found = worth_in_file(path, None, 1, seeds=2)
    assert found.ghost.broke == 20 + len(found.ghost.costs) + 1 < 60
    assert (found.difference, found.outcome) == (-math.inf, "helped")
    assert re.fullmatch(
        rf"without it cost or gradient was not finite from iteration {found.ghost.broke} on:"
        r" it helped \(dev cost \S+ with it after 70 iterations\)",
        found.text,
    )
    assert found.over_seeds is not None
    assert found.over_seeds.text == "helped in 2 of 2 seeds, median −∞ [−∞, −∞]"
    _, harm = worth_in_file(path, None, 0)
    assert harm.outcome == "made no difference"  # it was taken back at once


def test_the_horizon_is_compared_where_both_sides_were_evaluated(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [at(40, learning_rate=0.9)])
    session, found = worth_in_file(path, None, 0, iterations=27)
    assert (found.until, found.at, len(found.ghost.costs)) == (67, 60, 27)
    assert found.text.startswith(f"dev cost {signed(found.difference)} after 20 iterations")
    for iterations in (0, 51, -1, True, 1.5):
        with pytest.raises(InvalidInput, match=r"iterations must be a whole number from 1 to 50, .*but got"):
            worth(session, session.run("r1"), found.change, iterations=iterations)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"not evaluated from iteration 41 to 49.*iterations must be at least 10"):
        worth(session, session.run("r1"), found.change, iterations=9)


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [at(40, momentum=0.5), at(90, momentum=0.8)])
    session = read_session(path)
    run = session.run("r1")
    with pytest.raises(InvalidInput, match=r"run r1 has behind it \(r1:0, r1:1\), but got 2"):
        intervention_of(session, run, 2)
    with pytest.raises(InvalidInput, match=r"run r1 has behind it \(r1:0, r1:1\), but got 'r2:0'"):
        intervention_of(session, run, 0, "r2")
    with pytest.raises(InvalidInput, match="the last of the run: nothing came after it"):
        worth(session, run, run.interventions[1])
    for seeds in (1, 65, -1, True):
        with pytest.raises(InvalidInput, match="seeds must be 0 or a whole number from 2 to 64, but got"):
            worth(session, run, run.interventions[0], seeds=seeds)


def test_a_later_change_that_is_not_allowed_without_it(tmp_path: Path) -> None:
    changes = [at(20, decay="inverse-time", decay_rate=2.0), at(40, decay_rate=0.5), at(60, decay="exponential")]
    path = record(tmp_path / "s.panda", changes)
    with pytest.raises(InvalidInput, match="without it the change recorded at iteration 60 could not have been made"):
        worth_in_file(path, None, 1)
    assert worth_in_file(path, None, 1, iterations=20)[1].at == 60


def test_an_intervention_of_a_branch_with_its_ancestors(tmp_path: Path) -> None:
    """The child's ghost begins in what its parent led to, and the parent's later changes are not in it."""
    path = record(tmp_path / "s.panda", [at(20, momentum=0.5)], 60)
    trainer, new = Trainer(), tmp_path / "branch.panda"
    ended = Ended(trainer)
    resume(trainer, path, iterations=90, interventions=[at(60, learning_rate=0.9)], subscribers=[ended])
    ended.wait()
    session, trainer = read_session(path), Trainer()
    ended = Ended(trainer)
    visit = travel(session, session.run("r1"), 50)
    live = branch(trainer, visit, new, iterations=90, interventions=[at(70, learning_rate=0.01)], subscribers=[ended])
    ended.wait()
    assert live.path == new
    branched, found = worth_in_file(new, None, 0)
    expected = read_session(record(tmp_path / "expected.panda", [at(20, momentum=0.5)])).run("r1")
    assert np.array_equal(found.ghost.costs, expected.costs[70:])
    born = rf"was born from run r1 of s.panda \({session.id[:8]}\) at iteration 50.*or ask without seeds"
    with pytest.raises(SessionError, match=born):
        worth(branched, branched.run("r1"), found.change, seeds=2)
    path.unlink()
    with pytest.raises(SessionError, match=rf"from run r1 of session {session.id[:8]} at iteration 50"):
        worth(branched, branched.run("r1"), found.change, seeds=2)


class Ended:
    """Waits for the end of a run, then closes its trainer."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer, self._over = trainer, Event()

    def __call__(self, event: Happened) -> None:
        if isinstance(event, RunEnded):
            self._over.set()

    def wait(self) -> None:
        assert self._over.wait(30)
        self._trainer.close()


def test_over_seeds_every_pair_is_that_of_two_runs_from_the_start(tmp_path: Path) -> None:
    changes = [at(20, momentum=0.5), at(20, weight_decay=0.1), at(20, learning_rate=0.9), at(60, momentum=0.8)]
    path = record(tmp_path / "s.panda", changes)
    _, found = worth_in_file(path, None, 2, seeds=4)
    over = found.over_seeds
    assert over is not None
    assert over.seeds == (2, 3, 4, 5)
    for seed, difference in zip(over.seeds, over.differences, strict=True):
        costs = []
        for skipped in (None, 2):
            # the data and the split are those of the session; parameters and order are the seed's
            loop = make_loop(CONFIG, SMALL)
            loop = type(loop)(replace(CONFIG, seed=seed), loop.dataset, SMALL)
            for i, (t, change) in enumerate(changes):
                while loop.iteration < t:
                    loop.step()
                if i != skipped:
                    loop.intervene(change.changes)
            while loop.iteration < 90:
                loop.step()
            costs.append(loop.evaluate().dev_cost)
        assert difference == costs[0] - costs[1]
    assert over.median is not None
    assert over.median == np.median(over.differences)
    helped = sum(d < 0 for d in over.differences)
    low, high = signed(min(over.differences)), signed(max(over.differences))
    assert over.text == f"helped in {helped} of 4 seeds, median {signed(over.median)} [{low}, {high}]"
    assert "smallest to largest of 4 paired differences of dev cost, coverage 87.5%" in over.method


def test_over_seeds_what_changes_nothing(tmp_path: Path) -> None:
    _, found = worth_in_file(record(tmp_path / "s.panda", [at(40, momentum=0.9)]), None, 0, seeds=3)
    assert found.over_seeds is not None
    assert found.over_seeds.text == "helped in 0 of 3 seeds (no difference in 3), median ±0 [±0, ±0]"


def test_a_session_gone_on_with_elsewhere_cannot_be_run_from_its_start(tmp_path: Path) -> None:
    trainer = Trainer()
    live = go_on_elsewhere(trainer, record(tmp_path / "s.panda", []), tmp_path / "new.panda")
    trainer.submit(Intervene({"momentum": 0.5})).result(10)
    trainer.close()
    assert live.path is not None
    with pytest.raises(SessionError, match="cannot be run again from its start with other seeds"):
        worth_in_file(live.path, None, 0, seeds=8)


def test_an_undone_intervention_has_a_ghost_too_up_to_where_it_was_left(tmp_path: Path) -> None:
    trainer, path = Trainer(), tmp_path / "s.panda"
    ended = Ended(trainer)
    begin(
        trainer, CONFIG, SMALL, path=path, iterations=60, interventions=[at(30, learning_rate=0.9)], subscribers=[ended]
    )
    ended.wait()
    session = read_session(path)
    visit = before_last_intervention(session, session.run("r1"))
    assert visit.loop.iteration == 30
    _, found = worth_in_file(path, "r1", 0)
    assert (found.until, found.at) == (60, 60)


def test_the_budget_ends_it_with_what_there_is(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [at(40, learning_rate=0.9)])
    told: list[tuple[int, ...]] = [(0, 0)]
    tell = lambda *now: told.append(now)  # noqa: E731

    def after(n: int) -> Callable[[], bool]:
        told[:] = [(0, 0)]
        return lambda: told[-1][0] >= n

    _, whole = worth_in_file(path, None, 0, seeds=3, progress=tell)
    assert told[1:] == sorted(set(told[1:]))
    assert told[-1] == (50 + 3 * 140, 50 + 3 * 140)
    _, cut = worth_in_file(path, None, 0, seeds=3, progress=tell, spent=after(33))
    assert 33 <= (made := told[-1][0]) < 50
    assert (cut.at, len(cut.ghost.costs), cut.over_seeds) == (40 + made // 10 * 10, made, None)
    assert cut.remark == f"the budget ended after {made} of 50 iterations, before any other seed was run"
    assert np.array_equal(cut.ghost.costs, whole.ghost.costs[:made])
    _, nothing = worth_in_file(path, None, 0, spent=lambda: True)
    assert (nothing.at, nothing.outcome) == (None, "cannot be told")
    assert nothing.text == "what it was worth cannot be told: no dev cost was evaluated within the budget"
    _, two = worth_in_file(path, None, 0, seeds=3, progress=tell, spent=after(50 + 2 * 140 + 60))
    assert two.over_seeds is not None
    assert whole.over_seeds is not None
    assert two.over_seeds.differences == whole.over_seeds.differences[:2]
    assert two.over_seeds.text.endswith("; the budget ended after 2 of 3 seeds")


def test_a_horizon_between_two_evaluations_is_told(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [at(40, learning_rate=0.9)])
    _, found = worth_in_file(path, None, 0, iterations=37)
    assert found.at == 70
    assert found.remark == "of 37 iterations, the latest after which the dev cost was evaluated is 30"
    assert worth_in_file(path, None, 0, iterations=30)[1].remark == ""


def test_a_difference_does_not_round_away(tmp_path: Path) -> None:
    _, found = worth_in_file(record(tmp_path / "s.panda", [at(80, learning_rate=0.1000001)]), None, 0)
    both = re.search(r"\((\S+) with it, (\S+) without\)", found.text)
    assert both is not None
    assert found.difference != 0
    assert both[1] != both[2]


def test_another_environment_is_said_and_both_sides_are_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = record(tmp_path / "s.panda", [at(40, learning_rate=0.9)])
    _, here = worth_in_file(path, None, 0)
    monkeypatch.setattr(worth_module, "environment", lambda: {**environment(), "numpy": "9.9"})
    _, elsewhere = worth_in_file(path, None, 0)
    assert "in another environment (numpy " in elsewhere.remark
    assert elsewhere.remark.endswith("; the dev cost with it is equal within 0.0e+00")
    assert np.array_equal(elsewhere.with_it.costs, here.with_it.costs)
    assert elsewhere.text == here.text


def test_damage(tmp_path: Path) -> None:
    path = record(tmp_path / "s.panda", [at(20, momentum=0.5), at(40, learning_rate=0.9), at(60, momentum=0.8)])
    third = read_session(path).run("r1").interventions[2]
    whole = worth_in_file(path, None, 1, iterations=10)[1]
    data = bytearray(path.read_bytes())
    data[data.index(f"{third.seq:06}-intervention.json".encode()) + 512 + 100] ^= 1
    path.write_bytes(data)
    with pytest.raises(SessionDamaged, match=rf"record {third.seq:06}-intervention is damaged"):
        worth_in_file(path, None, 1)
    before = worth_in_file(path, None, 1, iterations=10)[1]
    assert (before.text, before.remark) == (whole.text, "")


def test_the_worth_is_a_frozen_value(tmp_path: Path) -> None:
    _, found = worth_in_file(record(tmp_path / "s.panda", [at(40, momentum=0.5)]), None, 0)
    with pytest.raises(AttributeError):
        found.at = 3  # type: ignore[misc]
    assert isinstance(found, Worth)
