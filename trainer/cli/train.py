"""The verb `train`: a run without a browser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from trainer.cli.command import Json
from trainer.cli.hyperparameter_options import flag, parse_hyperparameters
from trainer.cli.progress import progress_bar
from trainer.cli.run_options import (
    RECORDING,
    TRAINING,
    EngineOption,
    GaugesOption,
    RunOptions,
    option,
    prepare,
    those_typed,
    with_run_options,
)
from trainer.cli.terminal import say, whole
from trainer.cli.watching import Watched, conclude, watch
from trainer.data.balance import about_balance
from trainer.data.dataset import Dataset
from trainer.data.loading import list_datasets
from trainer.engine.commands import CLI, Intervene
from trainer.engine.hyperparameters import HYPERPARAMETERS, RunConfig, parse_changes
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput
from trainer.experiments.recorded_run import LiveSession, begin, new_path
from trainer.experiments.recorded_run import resume as resume_session
from trainer.experiments.session_data import look_for_data

_NUDGE = re.compile(r"\s*(\d+)\s*:\s*([^#]*)(?:#(.*))?", re.ASCII | re.DOTALL)
_MOST_CLASSES = 20
_ITERATIONS = 2000
Nudges = Annotated[
    list[str] | None, option(TRAINING, "--nudge", '"T: NAME=VALUE # note"', "plans a change at iteration T")
]


_CANCEL_HELP = "takes back a change that was planned and waits, by its name in panda log; with --resume"


@with_run_options
def run(
    options: RunOptions,
    engine: EngineOption = None,
    gauges: GaugesOption = None,
    iterations: Annotated[
        str | None,
        option(TRAINING, "--iterations", "N", f"updates (default: {_ITERATIONS}); with --resume the total"),
    ] = None,
    epochs: Annotated[
        str | None, option(TRAINING, "--epochs", "N", "passes over the training set, instead of --iterations")
    ] = None,
    nudge: Nudges = None,
    cancel_plan: Annotated[list[str] | None, option(TRAINING, "--cancel-plan", "NAME", _CANCEL_HELP)] = None,
    session: Annotated[
        str | None, option(RECORDING, "--session", "FILE", "where to record (default: a new file in sessions/)")
    ] = None,
    resume: Annotated[bool, option(RECORDING, "--resume", None, "go on with the recorded session")] = False,
    no_record: Annotated[bool, option(RECORDING, "--no-record", None, "keep no session")] = False,
    as_json: Json = False,
) -> int:
    """`panda train`."""
    interventions = sorted((parse_nudge(text) for text in nudge or ()), key=lambda held_back: held_back[0])
    if session == "":  # it would be the folder one is in
        raise InvalidInput("--session must be the path of a session file, but got ''")
    watched, trainer = Watched(), Trainer()
    try:
        if resume:
            new = those_typed(engine=engine, gauge_budget=gauges, epochs=epochs)
            _check_resume({**options.of_a_run, **new}, no_record=no_record)
            if session is None or iterations is None:
                raise InvalidInput("--resume needs --session FILE and --iterations N, the total to reach")
            look_for_data(Path(session), options.data)
            with progress_bar("catching up") as progress:
                live = resume_session(
                    trainer,
                    Path(session),
                    iterations=whole("iterations", iterations),
                    interventions=interventions,
                    cancelled=cancel_plan or (),
                    subscribers=[watched],
                    progress=progress,
                    actor=CLI,
                )
        else:
            if cancel_plan:
                raise InvalidInput(f"--cancel-plan {cancel_plan[0]!r:.40} is about a recorded session: give --resume")
            run_config = options.run_config(engine=engine, gauge_budget=gauges)
            chosen = parse_hyperparameters(options.hyperparameters)
            path = _new_session(run_config, session, no_record=no_record)
            updates, passes = _length(iterations, epochs)
            prepare(run_config)
            live = begin(
                trainer,
                run_config,
                chosen,
                path=path,
                iterations=updates,
                epochs=passes,
                interventions=interventions,
                subscribers=[watched],
                actor=CLI,
                fit_mini_batch_size="mini_batch_size" not in options.hyperparameters,
            )
            _say_of_data(live)
        watch(trainer, watched)
    finally:
        trainer.close()
    remark = watched.nothing_left(trainer.status())
    return conclude(trainer, watched, live.log, as_json=as_json, live=live, remark=remark)


def parse_nudge(text: str) -> tuple[int, Intervene]:
    """`"T: NAME=VALUE NAME=VALUE # note"` as an intervention that is planned at iteration T.

    >>> iteration, nudge = parse_nudge("500: learning_rate=0.001 # calmer")
    >>> iteration, nudge.changes, nudge.note
    (500, {'learning_rate': 0.001}, 'calmer')
    """
    found = _NUDGE.fullmatch(text)
    if not found:
        raise InvalidInput(f'a nudge is written "T: NAME=VALUE # note" with T an iteration, but got {text!r}')
    iteration, changes, note = found.groups()
    return int(iteration), Intervene(parse_changes(changes), CLI, (note or "").strip())


def _check_resume(of_a_new_run: Mapping[str, Any], *, no_record: bool) -> None:
    """Refuse what cannot apply to a run that goes on."""
    typed = {**of_a_new_run, **those_typed(no_record=no_record or None)}
    for name, value in typed.items():
        typed_as = "--no-batch-norm" if name == "batch_norm" and not value else flag(name)
        typed_as = "--gauges" if name == "gauge_budget" else typed_as
        instead = "; a hyperparameter is changed with --nudge" if name in HYPERPARAMETERS else ""
        raise InvalidInput(
            f"--resume goes on with what is recorded, up to --iterations N, so {typed_as} cannot be given with it"
            f"{instead}"
        )


def _say_of_data(live: LiveSession) -> None:
    """What a person should know of a file before its numbers are believed, on stderr."""
    dataset, classes = live.dataset, live.dataset.classes
    sentences = [*dataset.warnings, *about_balance(classes, dataset.y_train, dataset.y_dev), *_of_words(dataset)]
    bundled = {known.name for known in list_datasets()}
    if live.config.data not in bundled and classes != tuple(str(c) for c in range(len(classes))):
        mapping = ", ".join(f"{name} → {c}" for c, name in enumerate(classes[:_MOST_CLASSES]))
        more = f" and {len(classes) - _MOST_CLASSES} more" if len(classes) > _MOST_CLASSES else ""
        sentences.append(f"labels taken as classes: {mapping}{more}")
    for sentence in [*sentences, *([live.remark] if live.remark else [])]:
        say(sentence)


def _of_words(dataset: Dataset) -> list[str]:
    """A sentence about columns that are not one input each."""
    words = [plan for plan in dataset.columns if plan.kind == "words" and plan.role == "input"]
    if not words:
        return []
    named = ", ".join(f"{plan.name} → {len(plan.words)}" for plan in words[:_MOST_CLASSES])
    more = f" and {len(words) - _MOST_CLASSES} more" if len(words) > _MOST_CLASSES else ""
    return [f"columns of words, with one input for each word: {named}{more}"]


def _length(iterations: str | None, epochs: str | None) -> tuple[int | None, int | None]:
    """How many iterations or how many epochs; the other is None."""
    if epochs is None:
        return _ITERATIONS if iterations is None else whole("iterations", iterations), None
    if iterations is not None:
        raise InvalidInput("--iterations and --epochs say the same thing twice; give one of them")
    return None, whole("epochs", epochs)


def _new_session(config: RunConfig, session: str | None, *, no_record: bool) -> Path | None:
    if no_record:
        if session is not None:
            raise InvalidInput("--no-record keeps no session, so --session makes no sense with it")
        return None
    return new_path(config.data) if session is None else Path(session)
