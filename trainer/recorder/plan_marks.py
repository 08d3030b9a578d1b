"""The plans of a curve: what its charts mark ahead of it, while each of them waited."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trainer.engine.events import Event, Intervened, PlanCancelled, Planned, PlannedChange, RunStarted


@dataclass(frozen=True)
class PlanMark:
    """A planned change as the charts mark it.

    Attributes
    ----------
    since : the iteration from which on it waited
    over : that at which it no longer did; None where it waits
    """

    change: PlannedChange
    since: int
    over: int | None = None

    def waits(self, iteration: int) -> bool:
        """Whether it did so at an iteration."""
        return self.since <= iteration and (self.over is None or iteration < self.over)


def after(marks: tuple[PlanMark, ...], event: Event) -> tuple[PlanMark, ...]:
    """The marks when something has happened; the very same ones where it concerns none."""
    match event:
        case RunStarted(plans=plans, iteration=iteration):
            return _begun(marks, plans, iteration)
        case Planned(change=change, iteration=iteration):
            return (*marks, PlanMark(change, iteration))
        case PlanCancelled(plan=plan, iteration=iteration) | Intervened(plan=plan, iteration=iteration) if plan:
            return tuple(replace(mark, over=iteration) if mark.change.plan == plan else mark for mark in marks)
    return marks


def _begun(marks: tuple[PlanMark, ...], plans: tuple[PlannedChange, ...], here: int) -> tuple[PlanMark, ...]:
    """Those of a run that begins, and goes on with the curve so far: what it did not take along is over."""
    taken = {change.plan: PlanMark(change, here) for change in plans}
    for mark in marks:
        name = mark.change.plan
        if name in taken:
            taken[name] = PlanMark(taken[name].change, min(mark.since, here))
        elif mark.since <= here:
            taken[name] = replace(mark, over=here if mark.over is None else min(mark.over, here))
    return tuple(taken.values())
