"""Promote: a trial trained once more as a recorded run, to be babysat from where the trial stopped.

A trial's parameters are not kept, but it is a pure function of what it was trained with: so it is trained again, and
its digest tells whether it came out the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trainer.engine.commands import PAGE, Actor, AddNote, Checkpoint, Intervene, RunFor
from trainer.engine.events import Checkpointed, Event, Intervened, Paused
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, InvalidInput
from trainer.experiments.recorded_run import LiveSession, Subscriber, begin
from trainer.experiments.search.record import SearchSoFar
from trainer.experiments.search.trial import Trial
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import Session

_PANDA = Actor("robot", "panda")


def trial_to_promote(search: SearchSoFar, index: int) -> Trial:
    """The trial of a number; raises InvalidInput where there is none that is over and was trained."""
    trial = next((trial for trial in search.trials if trial.index == index), None)
    if trial is None:
        raise InvalidInput(f"trial {index} of {search.file.path.name} is not over yet, so it cannot be promoted")
    if trial.state == "failed":
        raise InvalidInput(f"trial {index} of {search.file.path.name} failed ({trial.reason}): there is no state of it")
    return trial


def origin_text(search: SearchSoFar, trial: Trial) -> str:
    """Where a promoted trial is from, in a sentence."""
    cost = f"dev cost {trial.dev_cost:.4g}" if trial.dev_cost is not None else trial.state
    since = "" if search.start is None else f" from iteration {search.start.iteration:,} on"
    return f"Trial {trial.index} of the search {search.file.path.name}: {cost} after {trial.done:,} iterations{since}."


def promote(
    trainer: Trainer,
    search: SearchSoFar,
    index: int,
    path: Path,
    *,
    subscribers: Sequence[Subscriber] = (),
    actor: Actor = PAGE,
) -> LiveSession:
    """Train a trial once more, from iteration 0 to its last one, where the new run pauses. Returns when it has begun.

    Notes in the new session say which trial it is, and whether its state comes out with the recorded digest.

    Parameters
    ----------
    path : of the new session file

    Raises
    ------
    InvalidInput : there is no such trial that was trained
    CommandRefused : another run is under way
    """
    trial = trial_to_promote(search, index)
    live = begin(
        trainer,
        trial.config,
        trial.hyperparameters,
        path=path,
        subscribers=(*subscribers, _Comparing(trainer, trial).receive),
        name=f"trial {index} of {search.file.path.stem}",
        actor=actor,
        paused=True,
    )
    trainer.submit(AddNote(origin_text(search, trial), _PANDA))
    if trial.done:
        trainer.submit(RunFor(trial.done, actor))
    return live


def check_same_run(search: SearchSoFar, session: Session, run: str) -> None:
    """Raise CommandRefused where a run did not have the state that all trials of a search begin with."""
    start = search.start
    assert start is not None  # of a re-test
    digest = start.digest()
    known = with_ancestors(session, session.run(run)).checkpoints
    if not any(each.iteration == start.iteration and each.digest == digest for each in known):
        raise CommandRefused(
            f"the run under way is not the one that was tested again ({search.plan.origin}), so nothing was changed"
        )


def applied(search: SearchSoFar, index: int, actor: Actor = PAGE) -> Intervene:
    """The intervention that a trial of a re-test stands for; raises InvalidInput, as `trial_to_promote`."""
    trial = trial_to_promote(search, index)
    return Intervene(dict(trial.values), actor, origin_text(search, trial))


class _Comparing:
    """Tells, when the run pauses where the trial ended, whether it is in the same state."""

    def __init__(self, trainer: Trainer, trial: Trial) -> None:
        self._trainer, self._trial = trainer, trial
        self._over = False

    def receive(self, event: Event) -> None:
        """Called in the trainer's thread."""
        trial = self._trial
        if self._over:
            return
        match event:
            case Intervened():
                self._over = True  # by a person, before the trial's end: it is another run now
            case Paused(iteration=iteration) if iteration == trial.done > 0:
                self._trainer.submit(Checkpoint(_PANDA))
            case Checkpointed(iteration=iteration, state=state) if iteration == trial.done:
                self._over = True
                self._trainer.submit(AddNote(self._found(state.digest()), _PANDA))
            case _:
                pass

    def _found(self, digest: str) -> str:
        at = f"The state after iteration {self._trial.done:,}"
        if digest == self._trial.digest:
            return f"{at} is that of the trial, bit for bit."
        return (
            f"{at} is not that of the trial: its digest is {digest[:12]}, that of the trial"
            f" {self._trial.digest[:12]}. It was computed in another environment, or on other data."
        )
