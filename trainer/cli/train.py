"""The verb `train`: a run without a browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from trainer.cli.command import Json
from trainer.cli.hyperparameter_options import flag, help_of, parse_hyperparameters, with_hyperparameters
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import has_stderr, say, whole
from trainer.cli.watching import Watched, conclude, watch
from trainer.data.balance import about_balance
from trainer.data.dataset import Dataset
from trainer.data.loading import list_datasets
from trainer.engine.commands import CLI, Intervene
from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG, RunConfig, parse_changes
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput
from trainer.experiments.compiling import compile_now, engine_at_hand
from trainer.experiments.recorded_run import LiveSession, begin, new_path
from trainer.experiments.recorded_run import resume as resume_session
from trainer.experiments.session_data import look_for_data

_NUDGE = re.compile(r"\s*(\d+)\s*:\s*([^#]*)(?:#(.*))?", re.ASCII | re.DOTALL)
_MOST_CLASSES = 20
_ITERATIONS = 2000
_DATA, _NETWORK, _TRAINING, _RECORDING = "Data", "Network", "Training", "Recording"


def _option(panel: str, flags: str, metavar: str | None, help_: str) -> Any:
    return typer.Option(flags, metavar=metavar, help=help_, rich_help_panel=panel)


def _field(panel: str, name: str, metavar: str = "NAME") -> Any:
    """A field of the run config."""
    flags = "--batch-norm/--no-batch-norm" if name == "batch_norm" else flag(name)
    return _option(panel, flags, metavar, help_of(RUN_CONFIG[name]))


_DATA_HELP = f"{help_of(RUN_CONFIG['data'])}; with --resume where a file is now that was moved"
Nudges = Annotated[
    list[str] | None, _option(_TRAINING, "--nudge", '"T: NAME=VALUE # note"', "plans a change at iteration T")
]


_CANCEL_HELP = "takes back a change that was planned and waits, by its name in panda log; with --resume"


@with_hyperparameters
def run(
    data: Annotated[str | None, _option(_DATA, "--data", "NAME|FILE", _DATA_HELP)] = None,
    label: Annotated[str | None, _field(_DATA, "label", "COLUMN")] = None,
    leave_out: Annotated[list[str] | None, _field(_DATA, "leave_out", "COLUMN")] = None,
    seed: Annotated[str | None, _field(_DATA, "seed", "N")] = None,
    layers: Annotated[str | None, _field(_NETWORK, "layers", "N,N")] = None,
    activation: Annotated[str | None, _field(_NETWORK, "activation")] = None,
    batch_norm: Annotated[bool | None, _field(_NETWORK, "batch_norm")] = None,
    dtype: Annotated[str | None, _field(_NETWORK, "dtype")] = None,
    engine: Annotated[str | None, _field(_NETWORK, "engine")] = None,
    class_weights: Annotated[str | None, _field(_TRAINING, "class_weights")] = None,
    iterations: Annotated[
        str | None,
        _option(_TRAINING, "--iterations", "N", f"updates (default: {_ITERATIONS}); with --resume the total"),
    ] = None,
    epochs: Annotated[
        str | None, _option(_TRAINING, "--epochs", "N", "passes over the training set, instead of --iterations")
    ] = None,
    nudge: Nudges = None,
    cancel_plan: Annotated[list[str] | None, _option(_TRAINING, "--cancel-plan", "NAME", _CANCEL_HELP)] = None,
    session: Annotated[
        str | None, _option(_RECORDING, "--session", "FILE", "where to record (default: a new file in sessions/)")
    ] = None,
    resume: Annotated[bool, _option(_RECORDING, "--resume", None, "go on with the recorded session")] = False,
    no_record: Annotated[bool, _option(_RECORDING, "--no-record", None, "keep no session")] = False,
    as_json: Json = False,
    **hyperparameters: str | None,
) -> int:
    """`panda train`."""
    config = _typed(
        data=data,
        label=label,
        leave_out=tuple(leave_out) if leave_out else None,
        layers=layers,
        activation=activation,
        batch_norm=batch_norm,
        seed=seed,
        dtype=dtype,
        engine=engine,
        class_weights=class_weights,
    )
    changed = _typed(**hyperparameters)
    interventions = sorted((parse_nudge(text) for text in nudge or ()), key=lambda held_back: held_back[0])
    watched, trainer = Watched(), Trainer()
    try:
        if resume:
            config.pop("data", None)  # where it is now
            _check_resume({**config, **changed, **_typed(epochs=epochs)}, no_record=no_record)
            if session is None or iterations is None:
                raise InvalidInput("--resume needs --session FILE and --iterations N, the total to reach")
            look_for_data(Path(session), data)
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
            run_config, chosen = _run_config(config), parse_hyperparameters(changed)
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
                fit_mini_batch_size="mini_batch_size" not in changed,
            )
            _say_of_data(live)
        watch(trainer, watched)
    finally:
        trainer.close()
    remark = watched.nothing_left(trainer.status())
    return conclude(trainer, watched, live.log, as_json=as_json, remark=remark)


def prepare(config: RunConfig) -> None:
    """Compile what the run needs, and say so, since it takes a while; once for a machine."""
    if config.engine == "compiled" and engine_at_hand(config.dtype) != "compiled":
        if has_stderr() and sys.stderr.isatty():
            say("compiling the training step, once for this machine: ten to twenty seconds")
        compile_now(config.dtype)


def parse_nudge(text: str) -> tuple[int, Intervene]:
    """`"T: NAME=VALUE NAME=VALUE # note"` as an intervention that is planned at iteration T.

    >>> parse_nudge("500: learning_rate=0.001 # calmer")
    (500, Intervene(changes={'learning_rate': 0.001}, actor=Actor(kind='cli', name='cli'), note='calmer'))
    """
    found = _NUDGE.fullmatch(text)
    if not found:
        raise InvalidInput(f'a nudge is written "T: NAME=VALUE # note" with T an iteration, but got {text!r}')
    iteration, changes, note = found.groups()
    return int(iteration), Intervene(parse_changes(changes), CLI, (note or "").strip())


def _typed(**options: Any) -> dict[str, Any]:
    """Those options that were typed."""
    return {name: value for name, value in options.items() if value is not None}


def _run_config(typed: Mapping[str, Any]) -> RunConfig:
    config = dict(typed)
    if "layers" in config:
        parts = config["layers"].split(",") if config["layers"].strip() else []
        config["layers"] = tuple(whole("layers", part, 1) for part in parts)
    if "seed" in config:
        config["seed"] = whole("seed", config["seed"], most=2**63 - 1)
    return RunConfig(**config)


def _check_resume(of_a_new_run: Mapping[str, Any], *, no_record: bool) -> None:
    """Refuse what cannot apply to a run that goes on."""
    typed = {**of_a_new_run, **_typed(no_record=no_record or None)}
    for name, value in typed.items():
        typed_as = "--no-batch-norm" if name == "batch_norm" and not value else flag(name)
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
