"""Plans: the changes of a run under way that wait for their iteration.

A plan is on the record before it is called planned. When the run has come to its iteration, it becomes an ordinary
intervention there, or is refused, and that is recorded too: so it is made once, whenever the process is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from trainer.engine.commands import MOST_AT_ONCE, CancelPlan, Intervene, Plan
from trainer.engine.events import Event, PlanCancelled, Planned, PlannedChange
from trainer.engine.start import Start, check_targets
from trainer.engine.trainable import Trainable, build
from trainer.engine.wording import values_text
from trainer.errors import CommandRefused, InvalidInput


class Plans:
    """Those that wait.

    Parameters
    ----------
    start : has those of before, and what is planned anew
    tell : announces an event; what it tells of is durable when it returns

    Attributes
    ----------
    waiting : in the order in which they will be made: by iteration, then as they were planned
    remarks : a sentence for each that was refused when its iteration came
    """

    def __init__(self, start: Start, tell: Callable[[Event], None]) -> None:
        self._run, self._made, self._tell = start.run, start.past_plans, tell
        new = [self._named(at, change) for at, change in start.interventions]
        self._new = new if start.resumed else []  # what a new run begins with is recorded with its beginning
        self._cancelled = [CancelPlan(plan, start.actor) for plan in start.cancelled]
        self.waiting = _in_order(start.plans if start.resumed else [*start.plans, *new])
        self.remarks: tuple[str, ...] = ()

    @property
    def next(self) -> int | None:
        """The iteration of the first."""
        return self.waiting[0].at if self.waiting else None

    def announce(self, iteration: int) -> None:
        """Of a run that goes on: what is taken back of before, and what is planned anew."""
        while self._cancelled:
            self._cancel(self._cancelled.pop(0), iteration)
        while self._new:
            self._add(iteration, self._new.pop(0))

    def carry_out(self, command: Plan | CancelPlan, loop: Trainable, end: int | None) -> str:
        """Let a change wait, or no longer; returns that in a phrase.

        Raises
        ------
        CommandRefused : the run never comes to that iteration, or no such plan waits (any more)
        InvalidInput : a name or value is not allowed, as far as that is known now
        """
        if isinstance(command, CancelPlan):
            return self._cancel(command, loop.iteration)
        return self._plan(command, loop, end)

    def fulfil(self, iteration: int, intervene: Callable[[Intervene, str], object]) -> None:
        """Make the changes whose iteration has come; where one is refused, tell so and go on."""
        while self.waiting and self.waiting[0].at <= iteration:
            change = self.waiting[0]
            try:
                intervene(change.intervention, change.plan)
            except InvalidInput as error:
                self._tell(PlanCancelled(self._run, iteration, change.plan, str(error)))
                what = f"{values_text(change.changes)}, planned at iteration {change.at}, was not made"
                self.remarks = (*self.remarks, f"{what}: {error}")
            self._remove(change)

    def _plan(self, command: Plan, loop: Trainable, end: int | None) -> str:
        if type(command.at) is not int or command.at > loop.iteration + MOST_AT_ONCE:
            raise CommandRefused(
                f"the iteration to plan at must be a whole number, at most {MOST_AT_ONCE:,} ahead, but got"
                f" {command.at!r:.60}"
            )
        new = [(command.at, command.now)]
        check_targets(loop.iteration, end, new)
        check_changes(loop, self.waiting, new)
        self._add(loop.iteration, self._named(*new[0]))
        return f"{values_text(command.changes)}: planned at iteration {command.at}"

    def _cancel(self, command: CancelPlan, iteration: int) -> str:
        change = waiting_plan(self.waiting, command.plan)
        self._tell(PlanCancelled(self._run, iteration, change.plan, actor=command.actor))
        self._remove(change)
        return f"{values_text(change.changes)}, planned at iteration {change.at}: cancelled"

    def _add(self, iteration: int, change: PlannedChange) -> None:
        self._tell(Planned(self._run, iteration, change))
        self.waiting = _in_order([*self.waiting, change])

    def _remove(self, change: PlannedChange) -> None:
        self.waiting = tuple(other for other in self.waiting if other is not change)

    def _named(self, at: int, change: Intervene) -> PlannedChange:
        self._made += 1
        return PlannedChange(f"{self._run}-{self._made}", at, dict(change.changes), change.actor, change.note)


def waiting_plan(waiting: Iterable[PlannedChange], plan: str) -> PlannedChange:
    """The one of that name; raises CommandRefused where none waits."""
    named = {change.plan: change for change in waiting}
    if plan not in named:
        raise CommandRefused(f"no plan {plan[:40]!r} waits; plans that wait: {', '.join(named) or 'none'}")
    return named[plan]


def check_changes(loop: Trainable, waiting: Iterable[PlannedChange], new: Sequence[tuple[int, Intervene]]) -> None:
    """Refuse now what would be refused later: try the new changes in their order, among those that wait, on a copy.

    Raises
    ------
    InvalidInput : a new one is not allowed
    """
    if not new:
        return
    trial = build(loop.config, loop.dataset, state=loop.state())
    both = [*((change.at, change.changes, True) for change in waiting), *((at, c.changes, False) for at, c in new)]
    for _, changes, waits in sorted(both, key=lambda each: each[0]):
        try:
            trial.intervene(changes)
        except InvalidInput:
            if not waits:
                raise


def _in_order(changes: Iterable[PlannedChange]) -> tuple[PlannedChange, ...]:
    return tuple(sorted(changes, key=lambda change: change.at))
