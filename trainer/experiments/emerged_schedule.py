"""Emerged schedule: the hyperparameters that a run had from its first update to its last, in pieces, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, is_taken
from trainer.engine.schedule import SCHEDULE
from trainer.engine.specs import Spec
from trainer.experiments.travel import may_have_been_a_change
from trainer.recorder.records import Damage
from trainer.recorder.runs import RecordedIntervention, RecordedRun
from trainer.recorder.segments import Segment
from trainer.recorder.session import Session


@dataclass(frozen=True)
class Piece:
    """Consecutive iterations under one set of hyperparameters.

    Attributes
    ----------
    segment : the hyperparameters, and where in the data they and their learning-rate schedule began
    fresh : the optimizer's averages start from zero here
    changes : the interventions with which it began, in order
    lost : the damaged records of which one may have changed something in it, so that what was in force is not known,
        and the segment is only the last that is known; else ""
    """

    segment: Segment
    fresh: bool
    changes: tuple[RecordedIntervention, ...] = ()
    lost: str = ""

    @property
    def first(self) -> int:
        """The first iteration that it governs."""
        return self.segment.iteration + 1

    @property
    def hyperparameters(self) -> Hyperparameters:
        """In force in all of it; "learning_rate" is α₀ of the schedule."""
        return self.segment.hyperparameters


@dataclass(frozen=True)
class Schedule:
    """What was in force at every iteration of a run.

    Attributes
    ----------
    pieces : in order; the last one would go on
    m : training examples; None where damage took that away
    last : the last iteration of the run
    """

    pieces: tuple[Piece, ...]
    m: int | None
    last: int

    @property
    def needs_epochs(self) -> bool:
        """Whether α depends on how far in the data training is."""
        return any(piece.hyperparameters.decay != "none" for piece in self.pieces)

    def owners(self, iterations: NDArray[np.int64]) -> NDArray[np.intp]:
        """For each update, the number of the piece that governs it."""
        begins = [piece.segment.iteration for piece in self.pieces]
        return np.maximum(np.searchsorted(begins, iterations, side="left") - 1, 0)

    def epochs(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """Passes over the training set after these updates, which ascend; NaN where it is not known."""
        values = np.full(len(iterations), np.nan)
        for piece, mine in self._parts(iterations):
            if self.m is not None and not piece.lost:
                values[mine] = piece.segment.epochs(iterations[mine], self.m)
        return values

    def learning_rates(self, iterations: NDArray[np.int64]) -> NDArray[np.float64]:
        """α that these updates took, which ascend, to the last bit; NaN where it is not known."""
        values = np.full(len(iterations), np.nan)
        for piece, mine in self._parts(iterations):
            if (self.m is not None or not self.needs_epochs) and not piece.lost:
                values[mine] = piece.segment.learning_rates(iterations[mine] - 1, self.m or 1)
        return values

    def _parts(self, iterations: NDArray[np.int64]) -> list[tuple[Piece, NDArray[np.intp]]]:
        owners = self.owners(iterations)
        return [(self.pieces[k], np.flatnonzero(owners == k)) for k in np.unique(owners)]


def emerged_schedule(session: Session, line: RecordedRun) -> Schedule:
    """The schedule of a run with its ancestors.

    It is taken from the recorded states, so that damage to the record of a change costs no more than what was between
    two of them; of that it is said that it is not known.
    """
    m = session.data.get("m")
    m = m if isinstance(m, int) else None
    changes = {change.seq: change for change in line.interventions}
    found: list[Piece] = []
    for number, checkpoint in enumerate(line.checkpoints):
        here = Segment.of_state(session.bare_state(checkpoint.seq))
        lost = _lost_changes(session, line.checkpoints[number - 1].seq, checkpoint.seq) if found else []
        if not found:
            found.append(Piece(here, fresh=here.iteration == 0))
        elif len(lost) > 1 or (lost and not _goes_on(found[-1].segment, here, m)):
            found += [_unknown(found[-1], line, lost), Piece(here, fresh=_other_optimizer(found[-1], here))]
        elif not _goes_on(found[-1].segment, here, m):
            found.append(Piece(here, fresh=_other_optimizer(found[-1], here)))
        change = changes.get(checkpoint.seq)
        if change is not None:
            after = here.changed(here.iteration, m or 1, change.after)
            found.append(Piece(after, _other_optimizer(found[-1], after), (change,)))
    lost = _lost_changes(session, line.checkpoints[-1].seq, session.records + len(session.damage))
    if lost:
        unknown = _unknown(found[-1], line, lost)
        found += [unknown] if unknown.segment.iteration < line.iteration else []
    return Schedule(_without_empty(found), m, line.iteration)


def formula(hyperparameters: Hyperparameters, begin: str) -> str:
    """α as a formula, where `begin` says since when epochs e are counted.

    >>> formula(Hyperparameters(learning_rate=0.3, decay="inverse-time", decay_rate=0.1), "iteration 1400")
    '0.3 / (1 + 0.1 e), e epochs since iteration 1400'
    """
    h = hyperparameters
    rate, start = f"{h.decay_rate:.6g}", f"{h.learning_rate:.6g}"
    match h.decay:
        case "none":
            return start
        case "inverse-time":
            said = f"{start} / (1 + {rate} e)"
        case "exponential":
            said = f"{start} · {rate}^e"
        case "inverse-sqrt":
            said = f"{start} / √(1 + {rate} e)"
        case "staircase":
            said = f"{start} · {rate}^⌊e / {h.decay_interval:.6g}⌋"
    return f"{said}, e epochs since {begin}"


_CONSTANT = [spec for name, spec in HYPERPARAMETERS.items() if name not in SCHEDULE]
_SHOWN_AT_DEFAULT = ("momentum", "mini_batch_size", "optimizer", "beta2")

COLUMNS = ("iterations", "α", *(spec.symbol for spec in _CONSTANT), "why")


def table(schedule: Schedule) -> list[tuple[str, ...]]:
    """The schedule for people: a row for each piece, as COLUMNS says."""
    rows: list[tuple[str, ...]] = []
    begin = ""
    for number, piece in enumerate(schedule.pieces):
        h, segment = piece.hyperparameters, piece.segment
        if not number or _schedule_of(segment) != _schedule_of(schedule.pieces[number - 1].segment):
            begin = f"iteration {segment.iteration}"
        later = schedule.pieces[number + 1 :]
        last = later[0].segment.iteration if later else max(schedule.last, segment.iteration)
        span = f"{piece.first} – {last}" if last >= piece.first else f"from {piece.first}"
        if piece.lost:
            rows.append((span, f"not known: {piece.lost}", *[""] * (len(COLUMNS) - 2)))
            continue
        rows.append(
            (
                span,
                formula(h, begin),
                *(_cell(spec, h) for spec in _CONSTANT),
                "; ".join(change.note for change in piece.changes if change.note),
            )
        )
    return rows


def _cell(spec: Spec, h: Hyperparameters) -> str:
    """A value to six digits; "" where the optimizer does not take it, or it is at a default that needs no word."""
    value = getattr(h, spec.name)
    if not is_taken(spec.name, h):
        return ""
    if value == spec.default and spec.name not in _SHOWN_AT_DEFAULT:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _lost_changes(session: Session, after: int, before: int) -> list[Damage]:
    """Damaged records between two others, by number, that may have been changes."""
    found = []
    for damage in session.damage:
        number = damage.record.partition("-")[0]
        if number.isdigit() and after < int(number) < before and may_have_been_a_change(damage):
            found.append(damage)
    return found


def _unknown(before: Piece, line: RecordedRun, lost: Sequence[Damage]) -> Piece:
    """What follows the last iteration that was recorded before a change may have been lost."""
    first = int(lost[0].record.partition("-")[0])
    known = [(c.seq, c.iteration) for c in line.checkpoints if c.seq < first]
    marks = line.timeline[:, [2, 0]].astype(int).tolist()
    # a mark with the number of the one before it is where a child was born, which no record of its own says
    known += [(seq, at) for (last, _), (seq, at) in pairwise([(-1, 0), *marks]) if last < seq < first]
    begin = max(before.segment.iteration, *(at for _, at in known))
    names = ", ".join(damage.record for damage in lost[:3]) + (" …" if len(lost) > 3 else "")
    return Piece(replace(before.segment, iteration=begin), fresh=False, lost=f"{names} damaged")


def _goes_on(before: Segment, here: Segment, m: int | None) -> bool:
    """Whether a recorded state is where the segment before it leads by itself."""
    same = (before.hyperparameters, *_schedule_of(before)) == (here.hyperparameters, *_schedule_of(here))
    if not same or m is None:
        return same
    epochs = before.epochs(np.array([here.iteration]), m)[0]
    return bool(epochs == here.epoch + here.offset / m)


def _schedule_of(segment: Segment) -> tuple[int, int, float]:
    return segment.schedule_epoch, segment.schedule_offset, segment.hyperparameters.learning_rate


def _other_optimizer(before: Piece, after: Segment) -> bool:
    return before.hyperparameters.optimizer != after.hyperparameters.optimizer


def _without_empty(found: Sequence[Piece]) -> tuple[Piece, ...]:
    """Those that govern at least one iteration, and the last one; what is left out lives on in the next."""
    kept: list[Piece] = []
    for piece in found:
        if kept and kept[-1].segment.iteration == piece.segment.iteration:
            before = kept.pop()
            changes = (*before.changes, *piece.changes)
            piece = replace(piece, fresh=before.fresh or piece.fresh, changes=changes)
        kept.append(piece)
    return tuple(kept)
