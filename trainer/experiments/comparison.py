"""Comparison: recorded runs side by side: what was different about them, what came of it, and where they part.

Every run is taken with its ancestors, as one line. Two lines are the same up to an iteration where they began with the
same state on the same data, every update took the same hyperparameters, and every cost is equal bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainer.engine.data_shift import data_shift, dev_shift
from trainer.errors import InvalidInput
from trainer.experiments.line import Line
from trainer.numerics.data_shift import DataShift
from trainer.recorder.cost_curve import SMOOTHING
from trainer.recorder.environment import DECIDING, same_bits
from trainer.recorder.runs import RecordedIntervention, RecordedRun

MOST = 8
"""Runs that are compared at a time."""

_REACH = 4096

Kind = Literal["data", "config", "hyperparameters", "environment"]


@dataclass(frozen=True)
class Figures:
    """How far a run came; None is what was never measured, or is lost.

    Attributes
    ----------
    cost : smoothed as the charts show it, after the last iteration
    dev_cost, dev_accuracy : of the last evaluation
    best_dev_accuracy, best_at : the greatest, and the first iteration after which it was measured
    seconds : of training
    measures : every further series at the last evaluation, by its name
    shift : of the inputs of the training set and of the dev set at the end
    """

    iterations: int
    cost: float | None
    dev_cost: float | None
    dev_accuracy: float | None
    best_dev_accuracy: float | None
    best_at: int | None
    interventions: int
    seconds: float
    measures: Mapping[str, float]
    shift: tuple[DataShift | None, DataShift | None] = (None, None)


@dataclass(frozen=True)
class Trait:
    """Something that was not the same when the runs began; one value for each, None where it is not known."""

    kind: Kind
    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Parting:
    """Where two runs cease to be the same.

    Attributes
    ----------
    begin, end : the iterations after `begin` up to `end` are those that both have
    iteration : the first that differs; None where all that both have is the same, or they have none in common
    cost : the first whose cost differs; None where none does. A cost is computed before the update, so it may come
        after the first update that took other hyperparameters
    from_the_start : they had different data or another state to begin with
    changes : what was changed just before `iteration`, by the first run and not by the second, and the other way round
    lost : iterations that both have and that were not compared, since damage took a cost away
    lost_before : how many of them come right before `cost`, so that it may have been any of them
    other_environment : they were not computed in the same environment all the time
    unknown : iterations that both have of which damage in one of them took away what was in force, so that there only
        their costs were compared
    """

    begin: int
    end: int
    iteration: int | None
    cost: int | None
    from_the_start: bool
    changes: tuple[tuple[RecordedIntervention, ...], tuple[RecordedIntervention, ...]]
    lost: int
    lost_before: int
    other_environment: bool
    unknown: int = 0

    @property
    def same_until(self) -> int:
        """The last iteration up to which they are the same; -1 where they never were."""
        if self.from_the_start or self.begin == self.end:
            return -1
        return self.end if self.iteration is None else self.iteration - 1


@dataclass(frozen=True)
class Comparison:
    """What is told of several runs.

    Attributes
    ----------
    figures : of each
    traits : those that are not the same in all
    nearest : of each but the first, which of those before it is the same for longest
    partings : of each but the first, where it parts from that one
    """

    figures: tuple[Figures, ...]
    traits: tuple[Trait, ...]
    nearest: tuple[int, ...]
    partings: tuple[Parting, ...]

    @property
    def first_difference(self) -> int | None:
        """The first iteration at which not all runs are the same."""
        return min((p.iteration for p in self.partings if p.iteration is not None), default=None)


def compare(lines: Sequence[Line]) -> Comparison:
    """Compare runs, each with its ancestors; raises InvalidInput for more than MOST, or none."""
    if not 1 <= len(lines) <= MOST:
        raise InvalidInput(f"1 to {MOST} runs are compared at a time, but got {len(lines)}")
    nearest: list[int] = []
    partings: list[Parting] = []
    for number, line in enumerate(lines[1:], 1):
        found = [parting(other, line) for other in lines[:number]]
        longest = max(there.same_until for there in found)
        nearest.append(next(i for i, there in enumerate(found) if there.same_until == longest))
        partings.append(found[nearest[-1]])
    return Comparison(tuple(figures(line) for line in lines), tuple(_traits(lines)), tuple(nearest), tuple(partings))


def figures(line: Line) -> Figures:
    """How far a run came."""
    run, h = line.run, line.schedule.pieces[-1].hyperparameters
    last = run.evaluations[-1] if run.evaluations else None
    best = max(run.evaluations, key=lambda e: (_or_least(e.dev_accuracy), -e.iteration), default=None)
    return Figures(
        iterations=run.iteration,
        cost=smoothed_cost(run.costs),
        dev_cost=last.dev_cost if last else None,
        dev_accuracy=last.dev_accuracy if last else None,
        best_dev_accuracy=best.dev_accuracy if best else None,
        best_at=best.iteration if best else None,
        interventions=len(run.interventions),
        seconds=float(run.timeline[-1, 1]),
        measures=last.measures if last else {},
        shift=(data_shift(h), dev_shift(h)),
    )


def smoothed_cost(costs: NDArray[np.float64], beta: float = SMOOTHING[1]) -> float | None:
    """The exponentially weighted average with bias correction after the last cost; lost ones (NaN) are left out.

    >>> smoothed_cost(np.array([4.0, np.nan, 4.0]))
    4.0
    """
    known = costs[-_REACH:]
    if np.isnan(known).any():
        known = costs[~np.isnan(costs)][-_REACH:]
    if len(known) == 0:
        return None
    weights = beta ** np.arange(len(known) - 1, -1, -1)
    return float(weights @ known / weights.sum())


def parting(a: Line, b: Line) -> Parting:
    """Where two runs, each with its ancestors, cease to be the same."""
    begin = max(a.run.initial.iteration, b.run.initial.iteration)
    end = max(begin, min(a.run.iteration, b.run.iteration))
    elsewhere = not one_environment(a, b)
    first, second = _costs(a.run, begin, end), _costs(b.run, begin, end)
    lost = np.isnan(first) | np.isnan(second)
    other = ~lost & (first.view(np.int64) != second.view(np.int64))
    cost = begin + 1 + int(np.argmax(other)) if other.any() else None
    uncertain = 0
    if cost is not None:
        before = lost[: cost - begin - 1]
        uncertain = len(before) if before.all() else int(np.argmin(before[::-1]))
    born_apart = other_data(a, b) or not _same_state(a.run, b.run, begin)
    changed = None if born_apart else _first_other_hyperparameters(a, b, begin)
    found = [begin + 1] if born_apart and end > begin else []
    found += [t for t in (cost, changed) if t is not None and t <= end]
    iteration = min(found, default=None)
    changes: tuple[tuple[RecordedIntervention, ...], tuple[RecordedIntervention, ...]] = ((), ())
    if iteration is not None and not born_apart:
        changes = _only(a.run, b.run, iteration - 1), _only(b.run, a.run, iteration - 1)
    unknown = 0 if born_apart else _unknown(a, b, begin, end)
    return Parting(begin, end, iteration, cost, born_apart, changes, int(lost.sum()), uncertain, elsewhere, unknown)


def other_data(a: Line, b: Line) -> bool:
    """Whether they were trained on different data, as far as it is known."""
    known = bool(a.session.fingerprint and b.session.fingerprint)
    return known and a.session.fingerprint != b.session.fingerprint


def one_environment(a: Line, b: Line) -> bool:
    """Whether both were computed in the same environment all the time, as far as bits depend on it."""
    known = [*_environments(a), *_environments(b)]
    return all(same_bits(known[0], other) for other in known[1:])


def environment_of(line: Line) -> Mapping[str, Any]:
    """That in which the run began."""
    return next(iter(_environments(line)), {})


def _environments(line: Line) -> list[Mapping[str, Any]]:
    """Those that the run was computed in, in order; a session that is reopened may go on in another one."""
    begin, last = line.run.initial.seq, int(line.run.timeline[-1, 2])
    known = sorted(line.session.environments.items())
    before = [environment for seq, environment in known if seq <= begin]
    return [*before[-1:], *(environment for seq, environment in known if begin < seq <= last)]


def _traits(lines: Sequence[Line]) -> Iterator[Trait]:
    data = [line.session.data for line in lines]
    for name in ("name", "fingerprint", "m", "m_dev", "inputs", "classes"):
        yield from _other("data", name, [known.get(name) for known in data])
    configs = [line.run.config.as_dict() for line in lines]
    for name in configs[0]:
        yield from _other("config", name, [config[name] for config in configs])
    yield from _other("hyperparameters", "iteration", [line.run.initial.iteration for line in lines])
    began = [line.run.initial.hyperparameters.as_dict() for line in lines]
    for name in began[0]:
        yield from _other("hyperparameters", name, [values[name] for values in began])
    environments = [environment_of(line) for line in lines]
    for name in DECIDING:
        yield from _other("environment", name, [environment.get(name) for environment in environments])


def _other(kind: Kind, name: str, values: Sequence[Any]) -> Iterator[Trait]:
    if any(value != values[0] for value in values[1:]):
        yield Trait(kind, name, tuple(values))


def _costs(run: RecordedRun, begin: int, end: int) -> NDArray[np.float64]:
    first = run.initial.iteration
    return np.ascontiguousarray(run.costs[begin - first : end - first])


def _same_state(a: RecordedRun, b: RecordedRun, begin: int) -> bool:
    """Whether they are in the same state where the later one begins; taken to be so where it was not recorded."""
    states = [{c.digest for c in run.checkpoints if c.iteration == begin} for run in (a, b)]
    for run, found in zip((a, b), states, strict=True):
        if run.initial.iteration == begin:
            found.clear()
            found.add(run.initial.digest)
    return not all(states) or bool(states[0] & states[1])


def _first_other_hyperparameters(a: Line, b: Line, begin: int) -> int | None:
    """The first iteration whose update took other hyperparameters, or another schedule of α, as far as it is known."""
    for after, mine, others in _both_in_force(a, b, begin):
        if mine is not None and others is not None and mine != others:
            return 1 + after
    return None


def _unknown(a: Line, b: Line, begin: int, end: int) -> int:
    """After one iteration up to another, how many have hyperparameters that are not known of both."""
    pieces = [*_both_in_force(a, b, begin), (end, None, None)]
    return sum(
        max(0, min(until, end) - after)
        for (after, mine, others), (until, _, _) in pairwise(pieces)
        if mine is None or others is None
    )


def _both_in_force(a: Line, b: Line, begin: int) -> list[tuple[int, object | None, object | None]]:
    """After which iteration something else came into force in one of two runs, and what is then in force in both."""
    found: list[tuple[int, object | None, object | None]] = []
    mine, others = dict(_in_force(a, begin)), dict(_in_force(b, begin))
    for after in sorted({*mine, *others}):
        before = found[-1] if found else (begin, None, None)
        found.append((after, mine.get(after, before[1]), others.get(after, before[2])))
    return found


def _in_force(line: Line, begin: int) -> list[tuple[int, object | None]]:
    """After which iteration other hyperparameters came into force, and which; the first are those after `begin`.

    None stands where that is not known.
    """
    found: list[tuple[int, object | None]] = []
    for stretch in line.schedule.pieces:
        segment = stretch.segment
        h = segment.hyperparameters
        since = (segment.schedule_epoch, segment.schedule_offset) if h.decay != "none" else None
        value = None if stretch.lost else (h, since)
        if segment.iteration <= begin:
            found = [(begin, value)]
        elif found[-1][1] != value:
            found.append((segment.iteration, value))
    return found


def _only(run: RecordedRun, other: RecordedRun, at: int) -> tuple[RecordedIntervention, ...]:
    """What was changed at an iteration in one run and not in the other."""
    there = [change.after for change in other.interventions if change.iteration == at]
    return tuple(c for c in run.interventions if c.iteration == at and c.after not in there)


def _or_least(value: float) -> float:
    return value if value == value else -np.inf
