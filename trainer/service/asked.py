"""Asked: the command that a message of the protocol stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from trainer.engine import commands
from trainer.engine.commands import Actor, Command, SessionCommand
from trainer.engine.hyperparameters import RUN_CONFIG, Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.service.protocol import (
    NUDGES,
    Annotate,
    Asks,
    Branch,
    CancelPlan,
    Checkpoint,
    ContinueInNewSession,
    Intervene,
    Note,
    Nudge,
    Pause,
    Plan,
    Promote,
    RecordAnew,
    Rename,
    Resume,
    ResumeSession,
    Run,
    Start,
    Stop,
    TakeAdvice,
    Undo,
    typed,
)
from trainer.service.sentences import shortened
from trainer.service.typed_text import encodable, typed_values, whole_number


def command_of(message: Mapping[str, Any], actor: Actor) -> Command | SessionCommand:
    """The command that an ask stands for; raises InvalidInput, in one sentence, where it is none."""
    match typed(message, cast("type[Any]", Asks)):
        case Pause():
            return commands.Pause(actor)
        case Resume():
            return commands.Resume(actor)
        case Stop():
            return commands.Stop(actor)
        case Checkpoint():
            return commands.Checkpoint(actor)
        case RecordAnew(place=place):
            return commands.RecordAnew(encodable("place", place.strip()), actor)
        case Run(iterations=iterations):
            return commands.RunFor(whole_number("iterations", iterations), actor)
        case Note(note=note):
            if not note.strip():
                raise InvalidInput("a note must not be empty")
            return commands.AddNote(encodable("note", note), actor)
        case Nudge(factor=factor, note=note):
            return commands.Nudge(NUDGES[factor], actor, encodable("note", note))
        case Intervene(changes=changes, note=note, evaluate_at=at):
            if not changes:
                raise InvalidInput("nothing was changed, so there is nothing to apply")
            evaluate_at = whole_number("the iteration to evaluate at", at, 0) if at else None
            return commands.Intervene(typed_values(changes), actor, encodable("note", note), evaluate_at)
        case Plan(changes=changes, at=at, note=note):
            if not changes:
                raise InvalidInput("nothing was changed, so there is nothing to plan")
            iteration = whole_number("the iteration to plan at", at, 0)
            return commands.Plan(typed_values(changes), iteration, actor, encodable("note", note))
        case CancelPlan(plan=plan):
            return commands.CancelPlan(plan, actor)
        case Start(config=config, hyperparameters=hyperparameters, iterations=iterations):
            for name in config:
                if name not in RUN_CONFIG:
                    raise InvalidInput(f"there is no field {shortened(name)} of a config, but {', '.join(RUN_CONFIG)}")
            values: dict[str, Any] = dict(typed_values(hyperparameters))
            fit = "mini_batch_size" not in values
            return commands.StartRun(RunConfig(**config), Hyperparameters(**values), iterations, actor, fit)
        case ResumeSession(session=session):
            return commands.ResumeSession(session, actor)
        case ContinueInNewSession(session=session):
            return commands.ContinueInNewSession(session, actor)
        case Undo(run=run):
            return commands.Undo(run, actor)
        case Branch(run=run, iteration=iteration, session=session, paused=paused):
            return commands.Branch(run, iteration, session, paused, actor)
        case Rename(session=session, name=name):
            return commands.Rename(session, encodable("name", name), actor)
        case Annotate(session=session, text=text, run=run, iteration=iteration):
            return commands.Annotate(session, encodable("text", text), run, iteration, actor)
        case Promote(search=search, trial=trial):
            return commands.Promote(search, trial, actor)
        case TakeAdvice(rule=rule, at=at):
            return commands.TakeAdvice(rule, at, actor)
    raise TypeError(f"{message!r} has no command")
