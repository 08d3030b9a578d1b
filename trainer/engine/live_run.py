"""LiveRun: one run under way in the trainer's thread; the loop, what is due, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from trainer.engine.announcer import Announcer
from trainer.engine.commands import (
    Actor,
    AddNote,
    Answer,
    CancelPlan,
    Checkpoint,
    Command,
    Intervene,
    Nudge,
    Pause,
    Plan,
    RecordAnew,
    Resume,
    RunFor,
    Stop,
    check_at_once,
)
from trainer.engine.data_shift import changes_inputs
from trainer.engine.events import (
    Checkpointed,
    Event,
    Intervened,
    Noted,
    Paused,
    Resumed,
    RunEnded,
    RunStarted,
    WentNonFinite,
)
from trainer.engine.intervals import evaluation_interval
from trainer.engine.measuring import Measuring
from trainer.engine.nudging import nudged, rate_changes
from trainer.engine.pace import Clocks, Pace
from trainer.engine.plans import Plans
from trainer.engine.start import Start, check_targets
from trainer.engine.status import State, Status
from trainer.engine.trainable import build
from trainer.engine.wording import change_text
from trainer.errors import CommandRefused, NonFinite, RecordAstray, RecordingPaused

SLICE_SECONDS = 0.05
"""How long the loop runs before what it did is published; a waiting command ends a slice at once."""


class LiveRun:
    """A run from its first event to its last.

    Parameters
    ----------
    start : what to run
    clocks : of the thread that calls
    interrupted : whether a command or a portrait waits for the present slice to end
    stand_by : called while recording waits; returns after a moment, False when the trainer is closing
    """

    def __init__(
        self,
        start: Start,
        clocks: Clocks,
        interrupted: Callable[[], bool],
        stand_by: Callable[[], bool],
    ) -> None:
        """Build the loop; raises InvalidHyperparameter or CommandRefused where the wish cannot be fulfilled."""
        self.start, self.loop = start, build(start.config, start.dataset, start.hyperparameters, start.state)
        self.state: State = "running"
        self.reason = self._anew = ""
        self._clock, self._interrupted, self._stand_by = clocks.wall, interrupted, stand_by
        self._plans = Plans(start, self._emit)
        self._pause_at: int | None = None
        self._evaluate_at: int | None = None
        self._rates, self._pace = [*start.past_rates], Pace(start.seconds)
        self._cost = start.cost
        self._announcer = Announcer(start, self._wait_for_recorder, self._present)
        self._measuring = Measuring(start, self.loop, self._announcer, clocks.processor)
        check_targets(self.loop.iteration, start.iterations, start.interventions)

    @property
    def over(self) -> bool:
        """Whether the run has ended, well or badly."""
        return self.state in ("finished", "stopped", "interrupted", "failed")

    def begin(self) -> None:
        """Tell that the run starts, with its initial state."""
        start, loop = self.start, self.loop
        if start.resumed:
            self._emit(Resumed(start.run, loop.iteration, start.actor))
            self._emit_state(Checkpointed(start.run, loop.iteration, loop.state(), "periodic"))
            self._plans.announce(loop.iteration)
        else:
            self._emit_state(replace(self._present(), parent=self._announcer.origin(start.parent), actor=start.actor))
        self._measuring.attend(start.seconds)
        self._flush()
        self._attend()

    def train(self) -> None:
        """Iterations for one slice of time, or until a command waits or something is due."""
        loop, announcer = self.loop, self._announcer
        first, began = loop.iteration, self._clock()
        now, until = began, self._next_stop()
        trouble: NonFinite | None = None
        try:
            while loop.iteration < until and now - began < SLICE_SECONDS and announcer.room:
                self._train_at_once(until)
                if loop.iteration % evaluation_interval(loop) == 0:
                    self._measuring.attend(self._pace.seconds + self._clock() - began)
                now = self._clock()
                if self._interrupted():
                    break
        except NonFinite as error:
            trouble = error
        self._pace.trained(loop.iteration - first, now - began)
        if trouble is None:
            self._flush()
            self._attend()
        else:
            self._measuring.evaluate()
            self._emit(WentNonFinite(self.start.run, loop.iteration, str(trouble), loop.state()))
            self.state, self.reason = "paused", str(trouble)

    def _train_at_once(self, until: float) -> None:
        """A few milliseconds of iterations, so that no command waits long for their end."""
        loop, every = self.loop, evaluation_interval(self.loop)
        first = loop.iteration
        costs = np.empty(int(min(loop.at_once, self._announcer.room, until - first, every - first % every)))
        try:
            loop.train(costs)
        finally:
            done = loop.iteration - first
            self._announcer.add_costs(costs[:done])
            if done:
                self._cost = float(costs[done - 1])

    def carry_out(self, command: Command) -> Answer:
        """Do what a command asks, between two iterations.

        Raises
        ------
        CommandRefused, InvalidInput : it cannot be done; nothing changed
        """
        loop, run, iteration = self.loop, self.start.run, self.loop.iteration
        match command:
            case Intervene(evaluate_at=evaluate_at):
                answer = self._intervene(command)
                self._evaluate_at = evaluate_at if evaluate_at is not None and evaluate_at > iteration else None
                return answer
            case Nudge(factor, actor, note):
                alpha = nudged(loop.learning_rate, factor, self._rates)
                return self._intervene(Intervene({"learning_rate": alpha}, actor, note))
            case Plan(at=at) if at == iteration:
                return self._intervene(command.now)
            case Plan(actor=actor) | CancelPlan(actor=actor):
                text = self._plans.carry_out(command, loop, self.start.iterations)
            case Pause(actor):
                if self.state == "paused":
                    raise CommandRefused(f"it is paused already, at iteration {iteration}")
                self._pause("paused by command", actor)
                text = f"paused at iteration {iteration}"
            case Resume(actor):
                self._go_on(None, actor)
                text = f"resumed at iteration {iteration}"
            case RunFor(iterations, actor):
                check_at_once(iterations)
                self._go_on(iteration + iterations, actor)
                text = f"began {iterations:,} more at iteration {iteration}"
            case Checkpoint(actor):
                self._emit_state(Checkpointed(run, iteration, loop.state(), "requested", actor))
                text = f"checkpoint recorded at iteration {iteration}"
            case AddNote(remark, actor):
                self._emit(Noted(run, iteration, actor, remark))
                text = f"note recorded at iteration {iteration}"
            case RecordAnew(actor=actor):
                text = self._announcer.record_anew(command)
            case Stop(actor):
                self.end("stopped", actor)
                text = f"stopped at iteration {iteration}"
        return Answer("applied", iteration, text, author=actor.name)

    def look(self) -> None:
        """Make sure, while it rests, that its record is where it should be."""
        self._announcer.check()

    def leave(self, actor: Actor) -> None:
        """The last event of a run that is left for another one in the same recorder."""
        self._measuring.evaluate()
        self._emit(RunEnded(self.start.run, self.loop.iteration, self.loop.state(), "left", actor=actor))

    def wait(self, reason: str, actor: Actor) -> None:
        """Be paused from the start."""
        if self.state == "running":
            self._pause(reason, actor)

    def wait_where(self, other: LiveRun) -> None:
        """Pause where another run was to pause, if that lies ahead."""
        if other._pause_at is not None and other._pause_at > self.loop.iteration:
            self._pause_at = other._pause_at

    def end(self, reason: Literal["finished", "stopped", "interrupted"], actor: Actor | None = None) -> None:
        """The last event, and the recorder closed."""
        self._measuring.rest(self._pace.seconds)
        self._emit(RunEnded(self.start.run, self.loop.iteration, self.loop.state(), reason, actor=actor))
        self._announcer.close()
        self.state, self.reason = reason, f"{reason} at iteration {self.loop.iteration}"

    def fail(self, error: Exception) -> None:
        """End here because of an error, and record that too if the recorder still can."""
        self.state, self.reason, loop = "failed", str(error) or type(error).__name__, self.loop
        try:
            end = RunEnded(self.start.run, loop.iteration, loop.state(), "failed", self.reason)
            self._announcer.end_badly(end, self._pace.seconds)
        except Exception as second:  # noqa: BLE001 - the first error is the one to show; this one is added to it
            self.reason += f" (and its end could not be recorded: {second})"

    def status(self) -> Status:
        """How it stands."""
        loop, evaluation, gauging = self.loop, self._measuring.evaluation, self._measuring.gauging
        return Status(
            state=self.state,
            reason=self.reason,
            run=self.start.run,
            iteration=loop.iteration,
            epoch=loop.epoch_position,
            cost=self._cost,
            dev_cost=None if evaluation is None else evaluation.dev_cost,
            dev_accuracy=None if evaluation is None else evaluation.dev_accuracy,
            learning_rate=loop.learning_rate,
            hyperparameters=loop.hyperparameters,
            config=self.start.config,
            iterations_per_second=self._pace.rate if self.state == "running" else 0.0,
            iterations=self.start.iterations,
            pause_at=self._pause_at,
            interventions=self._announcer.interventions,
            seconds=self._pace.seconds,
            m=loop.m,
            anew=self._anew,
            remarks=(*self._announcer.remarks, *self._plans.remarks),
            plans=self._plans.waiting,
            gauge_share=gauging.share(self._pace.seconds),
            gauge_interval=gauging.interval,
        )

    def _intervene(self, command: Intervene, plan: str = "") -> Answer:
        loop, actor = self.loop, command.actor
        if changes_inputs(command.changes):
            self._measuring.evaluate()  # what is evaluated somewhere is of the inputs before they are changed there
        at, number, state = loop.iteration, self._announcer.interventions, loop.state()
        before, after = loop.intervene(command.changes)
        self._measuring.gauging.close(at)
        intervened = Intervened(self.start.run, at, number, actor, command.note, before, after, state, plan)
        self._rates += rate_changes([intervened])
        self._emit_state(intervened)
        text = f"{change_text(before, after)}: applied at iteration {at}"
        return Answer("applied", at, text, before, after, actor.name)

    def _pause(self, reason: str, actor: Actor | None = None) -> None:
        self._measuring.rest(self._pace.seconds)
        self._emit(Paused(self.start.run, self.loop.iteration, reason, actor))
        self.state, self.reason, self._pause_at = "paused", reason, None

    def _go_on(self, pause_at: int | None, actor: Actor) -> None:
        if self.state == "paused":
            self._emit(Resumed(self.start.run, self.loop.iteration, actor))
        self.state, self.reason, self._pause_at = "running", "", pause_at

    def _attend(self) -> None:
        """What is due at this boundary: planned changes, a checkpoint, the end, a pause."""
        loop = self.loop
        if loop.iteration in (self.start.iterations, self._pause_at):
            self._measuring.rest(self._pace.seconds)  # before what is to be changed here
        elif loop.iteration == self._evaluate_at:
            self._measuring.evaluate()  # likewise
            self._evaluate_at = None
        self._plans.fulfil(loop.iteration, self._intervene)
        if loop.iteration == self.start.iterations:
            self.end("finished")
        elif loop.iteration == self._pause_at:
            self._pause("the iterations asked for are done")
        elif self._pace.checkpoint_due:
            self._emit_state(Checkpointed(self.start.run, loop.iteration, loop.state(), "periodic"))

    def _next_stop(self) -> float:
        stops = [self.start.iterations, self._pause_at, self._plans.next, self._evaluate_at]
        return min((stop for stop in stops if stop is not None), default=math.inf)

    def _flush(self) -> None:
        self._announcer.flush(self.loop.iteration, self._pace.seconds)

    def _emit(self, event: Event) -> None:
        self._flush()
        self._announcer.tell(event)

    def _emit_state(self, event: RunStarted | Checkpointed | Intervened) -> None:
        """Tell of something that is recorded with its state, and plan the next checkpoint from there."""
        self._emit(event)
        self._pace.checkpointed(event.state.nbytes)

    def _wait_for_recorder(self, error: RecordingPaused) -> bool:
        state, before = self.state, self.reason
        self.state, self.reason = "blocked", str(error)
        self._anew = error.place if isinstance(error, RecordAstray) else ""
        again = self._stand_by()
        self.state, self.reason, self._anew = state, before, ""
        return again

    def _present(self) -> RunStarted:
        """The run as one that would begin here."""
        start = self.start
        return RunStarted(start.run, start.config, start.dataset, self.loop.state(), plans=self._plans.waiting)
