"""What is not a network is trained, nudged, recorded, undone, resumed, verified and weighed by the same machinery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engine.quadratic import Quadratic
from tests.engine.watching import Log
from tests.examples import record_run
from tests.experiments.babysitter import Babysitter
from trainer.data.loading import load_dataset
from trainer.engine.commands import Nudge, Stop
from trainer.engine.events import RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainable import TRAINABLES
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidHyperparameter, InvalidInput, NonFinite, SessionDamaged, SessionError
from trainer.experiments.export.report.page import Verified, report
from trainer.experiments.line import line_of
from trainer.experiments.recorded_run import begin, resume
from trainer.experiments.travel import travel
from trainer.experiments.verify import verify
from trainer.experiments.worth import worth_in_file
from trainer.numerics.updates import Optimizer
from trainer.recorder.session import read_session
from trainer.views.model_at import model_at
from trainer.views.session_facts import head

CONFIG = RunConfig(data="iris", trainable="quadratic", evaluate_every=10)
SLOW = Hyperparameters(optimizer="gd", learning_rate=1e-6)


@pytest.fixture(autouse=True)
def quadratic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRAINABLES, "quadratic", Quadratic)


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Babysitter]:
    """40 iterations at α = 1e-6, a nudge to 0.01, and 60 more."""
    made = Babysitter(tmp_path / "quadratic.panda", CONFIG, SLOW)
    made.train(40)
    made.do(Nudge(1e4))
    made.train(60)
    yield made
    made.trainer.close()


def costs_by_hand(w: float, alpha: float, iterations: int) -> list[float]:
    costs = []
    for _ in range(iterations):
        costs.append(w**2 - 10 * w + 25)
        w -= alpha * (2 * w - 10)
    return costs


def led(optimizer: Optimizer, learning_rate: float, iterations: int) -> Quadratic:
    loop = Quadratic(CONFIG, load_dataset("iris"), Hyperparameters(optimizer=optimizer, learning_rate=learning_rate))
    loop.train(np.empty(iterations))
    return loop


@pytest.mark.parametrize(
    ("optimizer", "learning_rate"), [("gd", 0.01), ("gd", 0.99), ("momentum", 0.1), ("momentum", 1.0), ("adam", 0.1)]
)
def test_w_comes_to_5(optimizer: Optimizer, learning_rate: float) -> None:
    loop = led(optimizer, learning_rate, 1000)
    assert abs(loop.w - 5) < 1e-3
    assert loop.evaluate().dev_accuracy == 1.0


def test_gradient_descent_swings_at_a_learning_rate_of_1_and_leaves_beyond_it() -> None:
    assert [led("gd", 1.0, t).w for t in (0, 1, 2, 3)] == [0, 10, 0, 10]
    with pytest.raises(NonFinite, match="not a finite number"):
        led("gd", 1.5, 1000)


def test_it_is_recorded_and_verified_to_the_bit(watched: Babysitter) -> None:
    watched.do(Stop())
    run = watched.session.run("r1")
    change = run.interventions[0]
    assert (change.before, change.after) == ({"learning_rate": 1e-6}, {"learning_rate": 0.01})
    w = float(watched.session.training_state(change.seq).tensors["w"][0])
    np.testing.assert_allclose(run.costs[-60:], costs_by_hand(w, 0.01, 60), rtol=1e-9)
    assert run.evaluations[-1].dev_cost < 25 * 0.98**100  # it went down as (1 - 2α)² in each iteration
    verdict = verify(watched.log.path)
    assert (verdict.result, verdict.iterations) == ("exact", run.iteration)


def test_it_is_undone_and_goes_on_in_a_run_of_its_own(watched: Babysitter) -> None:
    here = watched.trainer.status()
    before = watched.session.run("r1").interventions[0]
    watched.undo()
    there = watched.trainer.status()
    assert (there.run, there.iteration, there.learning_rate) == ("r2", here.iteration - 60, 1e-6)
    assert watched.digest() == next(
        c.digest for c in watched.session.run("r1").checkpoints if c.iteration == before.iteration
    )
    watched.train(10)
    watched.do(Stop())
    for run in ("r1", "r2"):
        assert verify(watched.log.path, run).result == "exact"


def test_it_is_travelled_to(watched: Babysitter) -> None:
    born = watched.trainer.status().iteration - 60
    session = watched.session
    visit = travel(session, session.run("r1"), born + 7)
    assert isinstance(visit.loop, Quadratic)
    assert (visit.loop.iteration, visit.loop.learning_rate) == (born + 7, 0.01)
    w = float(session.training_state(session.run("r1").interventions[0].seq).tensors["w"][0])
    assert visit.loop.w == pytest.approx(5 - (5 - w) * 0.98**7)


def test_it_has_a_ghost_and_the_nudge_its_worth(watched: Babysitter) -> None:
    watched.do(Stop())
    _, found = worth_in_file(watched.log.path, "r1", 0)
    assert found.outcome == "helped"
    w = float(watched.session.training_state(found.change.seq).tensors["w"][0])
    np.testing.assert_allclose(found.ghost.costs, costs_by_hand(w, 1e-6, len(found.ghost.costs)), rtol=1e-9)


def test_it_is_weighed_over_seeds_on_which_it_does_not_depend(watched: Babysitter) -> None:
    watched.do(Stop())
    over = worth_in_file(watched.log.path, "r1", 0, seeds=2)[1].over_seeds
    assert over is not None
    assert over.differences[0] == over.differences[1] < 0


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_it_is_resumed_with_its_averages(trainer: Trainer, tmp_path: Path, optimizer: Optimizer) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, Hyperparameters(optimizer=optimizer, learning_rate=0.1), 30)
    log = Log()
    resume(trainer, path, iterations=1000, subscribers=[log])
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    run = read_session(path).run("r1")
    assert run.iteration == 1000
    assert run.evaluations[-1].dev_cost < 1e-6
    assert verify(path).result == "exact"


def test_one_that_is_not_known_here_is_not_computed_and_can_be_looked_at(
    watched: Babysitter, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.do(Stop())
    monkeypatch.delitem(TRAINABLES, "quadratic")
    session, path = watched.session, watched.log.path
    run = session.run("r1")
    assert (run.config.trainable, session.damage) == ("quadratic", ())
    refusal = "can be looked at, but not computed: its trainable 'quadratic' is not known here, only network"
    with pytest.raises(SessionError, match=refusal):
        verify(path)
    with pytest.raises(SessionError, match=refusal):
        travel(session, run, run.iteration)
    with pytest.raises(SessionError, match=refusal):
        resume(trainer, path)
    with pytest.raises(InvalidHyperparameter, match="trainable must be one of network, but got 'quadratic'"):
        begin(trainer, CONFIG, SLOW, path=path.with_name("new.panda"))
    assert not path.with_name("new.panda").exists()


def test_its_facts_and_its_report_name_it_and_no_network(watched: Babysitter) -> None:
    watched.do(Stop())
    session = watched.session
    facts = dict(head(session, "r1")["facts"])
    assert facts["Trainable"] == "quadratic"
    assert "Network" not in facts
    verified = Verified("exact", "exact", session.created, session.environment)
    page = "".join(report(line_of(session, session.run("r1")), verified, "").split())
    assert "quadratic" in page
    assert ">network<" not in page


def test_what_only_a_network_can_do_is_refused(watched: Babysitter) -> None:
    with pytest.raises(InvalidInput, match="run r1 trained a quadratic"):
        model_at(watched.session, "r1", watched.trainer.status().iteration, 0)


def test_a_state_of_it_that_was_changed_is_found_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SLOW, 30)
    session = read_session(path)
    content = bytearray(path.read_bytes())
    end = content.index(b"-run-end.safetensors") - 6
    w = session.training_state(session.run("r1").checkpoints[-1].seq).tensors["w"]
    content[content.index(w.tobytes(), end)] ^= 1
    path.write_bytes(content)
    with pytest.raises(SessionDamaged, match="does not have the recorded digest"):
        session.training_state(session.run("r1").checkpoints[-1].seq)


def test_the_config_of_a_network_is_recorded_as_it_always_was() -> None:
    assert "trainable" not in RunConfig().as_recorded()
    assert CONFIG.as_recorded()["trainable"] == "quadratic"
