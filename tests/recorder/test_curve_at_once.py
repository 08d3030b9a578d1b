"""A curve that is built at once is, to the last bit of every frame, the one that grew while it was watched."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks.synthetic import SyntheticRecording
from tests.examples import TEST
from trainer.engine.events import Checkpointed, Evaluation, Intervened, Origin, RunEnded, RunStarted, Trained
from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.series import MEASURED
from trainer.engine.state import TrainingState
from trainer.recorder.cost_curve import SMOOTHING, CostCurve
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session
from trainer.service.frames import Feed
from trainer.service.view import View

M = 1000


def frames_of(curve: CostCurve, *, clock: bool = True) -> Iterator[bytes]:
    """What clients see of a curve at many views; without `clock` apart from what the wall clock said."""
    start, end = curve.start, curve.iteration
    middle = (start + end) // 2
    for smoothing in SMOOTHING:
        for begin, stop, until in (
            (None, None, None),
            (middle, None, None),
            (start + 5, middle, None),
            (-90, None, middle),
        ):
            for pixels in (16, 500):
                frame = Feed(View(begin, stop, pixels, smoothing, until)).frame(curve, {})
                assert frame is not None
                yield frame if clock else timeless(frame)


def timeless(frame: bytes) -> bytes:
    (length,) = struct.unpack_from("<I", frame)
    header: dict[str, Any] = json.loads(frame[4 : 4 + length])
    header.pop("knots", None)
    header["now"].pop("seconds")
    return json.dumps(header).encode() + frame[4 + length :]


def state_at(iteration: int, **hyperparameters: Any) -> TrainingState:
    h = Hyperparameters(mini_batch_size=100, **hyperparameters)
    return TrainingState(iteration, iteration // 10, iteration % 10 * 100, h, 0, 0, 0.0, 0.0, {})


def evaluated(iteration: int) -> Evaluation:
    measures = {name: 1 / iteration for name in MEASURED if iteration % 2}
    return Evaluation(iteration, math.sin(iteration), math.cos(iteration), measures)


histories = st.lists(
    st.tuples(
        st.integers(0, 1500),  # iterations
        st.sampled_from(["nothing", "change", "resume", "anew", "lost"]),  # what happens before them
    ),
    min_size=1,
    max_size=6,
)


def live(curve: CostCurve, history: list[tuple[int, str]], apart: int, cuts: np.random.Generator | None) -> None:
    """Feed a history: without cuts each stretch in one piece, else in random ones, and looked at now and then."""
    curve.begin("r1", M, state_at(0, decay="inverse-time", decay_rate=0.1))
    numbers = np.random.Generator(np.random.PCG64(len(history)))
    for number, (n, what) in enumerate(history):
        at = curve.iteration
        costs = numbers.lognormal(size=n)
        match what:
            case "change":
                curve.intervene(number, at, "a person", "", {"learning_rate": 0.01}, {"learning_rate": 0.02})
            case "resume":
                curve.begin("r1", M, state_at(at))
            case "anew":
                curve.begin(f"r{number}", M, state_at(at + 7))
                at += 7
            case "lost":
                costs[n // 3 : n // 2] = np.nan
                costs[numbers.integers(0, max(1, n), n // 50)] = np.nan
        ends = [n] if cuts is None else [*sorted(cuts.integers(0, n + 1, cuts.integers(0, 40)).tolist()), n]
        begin = 0
        for end in ends:
            passed = [evaluated(t) for t in range(at + begin + 1, at + end + 1) if t % apart == 0]
            curve.extend(costs[begin:end], passed, (at + end) * 1e-3)
            begin = end
            if cuts is not None and cuts.random() < 0.3:
                assert curve.iteration == curve.start or len(curve.window(curve.start, curve.iteration, 64).train)


@settings(max_examples=40)
@given(history=histories, apart=st.integers(1, 700), seed=st.integers(0, 2**32))
def test_pieces_do_not_show(history: list[tuple[int, str]], apart: int, seed: int) -> None:
    grown, at_once = CostCurve(), CostCurve()
    live(grown, history, apart, np.random.Generator(np.random.PCG64(seed)))
    live(at_once, history, apart, None)
    assert list(frames_of(grown, clock=False)) == list(frames_of(at_once, clock=False))


def test_pieces_do_not_show_where_the_oldest_is_forgotten() -> None:
    n = 2_400_000  # more than is kept one by one
    numbers = np.random.Generator(np.random.PCG64(3))
    costs = numbers.lognormal(size=n)
    grown, at_once = CostCurve(), CostCurve()
    for curve in (grown, at_once):
        curve.begin("r1", M, state_at(0))
    at_once.extend(costs, [evaluated(t) for t in range(100, n + 1, 100)], 1.0)
    begin = 0
    while begin < n:
        end = min(n, begin + int(numbers.integers(1, 60_000)))
        passed = [evaluated(t) for t in range(begin // 100 * 100 + 100, end + 1, 100)]
        grown.extend(costs[begin:end], passed, 1.0)
        grown.window(0, n, 500)
        begin = end
    assert list(frames_of(grown, clock=False)) == list(frames_of(at_once, clock=False))
    for begin in (1000, 1_990_000, 2_300_000):
        near = View(begin, begin + 400, 500)
        assert timeless(Feed(near).frame(grown, {}) or b"") == timeless(Feed(near).frame(at_once, {}) or b"")


events = st.tuples(st.integers(1, 400), st.sampled_from(["", "change", "checkpoint"]))
"""So many iterations, and what is recorded after them."""


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from(["", "change", "checkpoint"])), min_size=1, max_size=9
    ),
    back=st.integers(0, 8),
    more=st.lists(st.tuples(st.integers(1, 400), st.sampled_from(["", "change", "checkpoint"])), max_size=5),
)
def test_a_recorded_run_is_drawn_as_it_was_live(
    tmp_path: Path, pieces: list[tuple[int, str]], back: int, more: list[tuple[int, str]]
) -> None:
    """Undone in the middle: the live curve is then that of what is left, and goes on."""
    path = tmp_path / "x.panda"
    path.unlink(missing_ok=True)
    recording = SyntheticRecording(path)
    log, curve = recording.log, CostCurve()
    per_epoch = -(-recording.dataset.m // recording.state.hyperparameters.mini_batch_size)
    numbers = np.random.Generator(np.random.PCG64(5))

    def state(at: int) -> TrainingState:
        size = recording.state.hyperparameters.mini_batch_size
        return replace(recording.at(at), epoch=at // per_epoch, offset=at % per_epoch * size)

    def happened(event: Any) -> None:
        log.record(event)
        curve.receive(event)

    def trained(run: str, at: int, parts: list[tuple[int, str]]) -> list[int]:
        marks = [at]
        for number, (n, then) in enumerate(parts):
            passed = tuple(evaluated(t) for t in range(at + 1, at + n + 1) if t % 33 == 0)
            happened(Trained(run, at + 1, numbers.lognormal(size=n), passed, (at + n) * 0.07))
            at += n
            if then == "change":
                happened(Intervened(run, at, number, TEST, "", {"momentum": 0.9}, {"momentum": 0.9}, state(at)))
            elif then:
                happened(Checkpointed(run, at, state(at), "requested"))
            marks.append(at)
        happened(RunEnded(run, at, state(at), "interrupted"))
        return marks

    happened(RunStarted("r1", recording.config, recording.dataset, state(0)))
    marks = trained("r1", 0, pieces)
    session = read_session(path)
    assert list(frames_of(recorded_curve(session, session.run("r1")))) == list(frames_of(curve))
    at = marks[back % len(marks)]
    origin = Origin("", "r1", at, state(at).digest())
    log.record(RunStarted("r2", recording.config, recording.dataset, state(at), origin))
    session = read_session(path)
    curve = recorded_curve(session, with_ancestors(session, session.run("r2")))
    trained("r2", at, more)
    log.close()
    session = read_session(path)
    again = recorded_curve(session, with_ancestors(session, session.run("r2")))
    assert list(frames_of(again)) == list(frames_of(curve))
