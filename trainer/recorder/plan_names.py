"""PlanNames: the names of plans that a session has, so that no other plan is recorded under one of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from trainer.engine.events import Event, Planned, RunStarted


class PlanNames:
    """Of the session that is recorded in one file."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = set(names)

    def check(self, event: Event, path: Path) -> None:
        """Raise ValueError where a plan is told of as new, and one of its name is in the file at `path`."""
        if isinstance(event, Planned) and event.change.plan in self._names:
            raise ValueError(f"there is a plan {event.change.plan} in {path} already")

    def add(self, event: Event) -> None:
        """Keep the names that an event tells of; a run also takes plans of another one along."""
        self._names.update(_plans_of(event))

    @classmethod
    def told_of(cls, events: Iterable[Event]) -> PlanNames:
        """Those that events tell of."""
        return cls(name for event in events for name in _plans_of(event))


def _plans_of(event: Event) -> list[str]:
    match event:
        case RunStarted(plans=plans):
            return [change.plan for change in plans]
        case Planned(change=change):
            return [change.plan]
    return []
