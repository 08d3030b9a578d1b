"""The verb `train`: a run without a browser."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from trainer.cli.terminal import progress_bar, say, whole
from trainer.cli.watching import Watched, conclude, watch
from trainer.data.loading import list_datasets
from trainer.engine.commands import CLI, Intervene
from trainer.engine.engines import ENGINES
from trainer.engine.hyperparameters import (
    ACTIVATIONS,
    CHOICES,
    DTYPES,
    HYPERPARAMETERS,
    SCALES,
    Hyperparameters,
    RunConfig,
    Value,
    parse_changes,
    parse_number,
)
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput
from trainer.experiments.compiling import compile_now, engine_at_hand
from trainer.experiments.recorded_run import LiveSession, begin, new_path, resume

_NUDGE = re.compile(r"\s*(\d+)\s*:\s*([^#]*)(?:#(.*))?", re.ASCII | re.DOTALL)
_NUMBERS = tuple(SCALES)
_FIXED = ("data", "label", "layers", "activation", "batch_norm", "seed", "dtype", "engine")
_OF_A_NEW_RUN = (*_FIXED, *CHOICES, *_NUMBERS)
_MOST_CLASSES = 20


def train(options: argparse.Namespace) -> int:
    """`panda train`."""
    watched = Watched()
    trainer = Trainer()
    interventions = sorted((parse_nudge(text) for text in options.nudge), key=lambda nudge: nudge[0])
    try:
        if options.resume:
            _check_resume(options)
            with progress_bar("catching up") as progress:
                live = resume(
                    trainer,
                    Path(options.session),
                    iterations=whole("iterations", options.iterations),
                    interventions=interventions,
                    subscribers=[watched],
                    progress=progress,
                    actor=CLI,
                )
        else:
            config = _config(options)
            prepare(config)
            live = begin(
                trainer,
                config,
                Hyperparameters(**_hyperparameters(options)),
                path=_new_session(options),
                iterations=_iterations(options),
                epochs=None if options.epochs is None else whole("epochs", options.epochs),
                interventions=interventions,
                subscribers=[watched],
                actor=CLI,
            )
            _tell_of_data(live)
        watch(trainer, watched)
    finally:
        trainer.close()
    return conclude(trainer, watched, live.path, as_json=options.json)


def prepare(config: RunConfig) -> None:
    """Compile what the run needs, and say so, since it takes a while; once for a machine."""
    if config.engine == "compiled" and engine_at_hand(config.dtype) != "compiled":
        if sys.stderr.isatty():
            print("panda: compiling the training step, once for this machine: ten to twenty seconds", file=sys.stderr)
        compile_now(config.dtype)


def parse_nudge(text: str) -> tuple[int, Intervene]:
    """`"T: NAME=VALUE NAME=VALUE # note"` as an intervention held back until iteration T.

    >>> parse_nudge("500: learning_rate=0.001 # calmer")
    (500, Intervene(changes={'learning_rate': 0.001}, actor=Actor(kind='cli', name='cli'), note='calmer'))
    """
    found = _NUDGE.fullmatch(text)
    if not found:
        raise InvalidInput(f'a nudge is written "T: NAME=VALUE # note" with T an iteration, but got {text!r}')
    iteration, changes, note = found.groups()
    return int(iteration), Intervene(parse_changes(changes), CLI, (note or "").strip())


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda train`."""
    config, h = RunConfig(), Hyperparameters()
    layers = ",".join(map(str, config.layers))
    sub.add_argument("--data", metavar="NAME|FILE", help=f"data set (default: {config.data})")
    sub.add_argument("--label", metavar="COLUMN", help="column of the labels (default: the last)")
    sub.add_argument("--layers", metavar="N,N", help=f'hidden units; "" is softmax regression (default: {layers})')
    sub.add_argument("--activation", help=f"{', '.join(ACTIVATIONS)} (default: {config.activation})")
    for name, choices in CHOICES.items():
        sub.add_argument(_flag(name), help=f"{', '.join(choices)} (default: {getattr(h, name)})")
    for name in _NUMBERS:
        off = "0 is off; " if HYPERPARAMETERS[name].off_at_zero else ""
        sub.add_argument(_flag(name), metavar="X", help=f"{off}default: {getattr(h, name):g}")
    sub.add_argument("--batch-norm", action=argparse.BooleanOptionalAction, help="(default: with it)")
    sub.add_argument("--seed", help=f"of the split, the parameters and the order of data (default: {config.seed})")
    sub.add_argument("--dtype", help=f"{' or '.join(DTYPES)} (default: {config.dtype})")
    sub.add_argument("--engine", help=f"{' or '.join(ENGINES)} (default: compiled)")
    sub.add_argument("--iterations", metavar="N", help="mini-batch updates (default: 2000); with --resume the total")
    sub.add_argument("--epochs", metavar="N", help="passes over the training set, instead of --iterations")
    sub.add_argument("--session", metavar="FILE", help="where to record (default: a new file in sessions/)")
    sub.add_argument("--resume", action="store_true", help="go on with the recorded session")
    sub.add_argument("--no-record", action="store_true", help="keep no session")
    sub.add_argument(
        "--nudge", action="append", default=[], metavar='"T: NAME=VALUE # note"', help="a change at iteration T"
    )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _config(options: argparse.Namespace) -> RunConfig:
    given = _given(options, _FIXED)
    if "layers" in given:
        parts = options.layers.split(",") if options.layers.strip() else []
        given["layers"] = tuple(whole("layers", part, 1) for part in parts)
    if "seed" in given:
        given["seed"] = whole("seed", options.seed, most=2**63 - 1)
    return RunConfig(**given)


def _hyperparameters(options: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Value] = _given(options, tuple(CHOICES))
    for name, text in _given(options, _NUMBERS).items():
        number, allowed = parse_number(name, text), SCALES[name].valid
        if number not in allowed:
            raise InvalidInput(f"{name} must be {allowed}, but got {text!r}")
        given[name] = number
    return given


def _given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """Those options that were typed."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def _check_resume(options: argparse.Namespace) -> None:
    """Refuse what cannot apply to a run that goes on."""
    typed = [*_given(options, (*_OF_A_NEW_RUN, "epochs")), *(["no_record"] if options.no_record else [])]
    if typed:
        flag = "--no-batch-norm" if typed[0] == "batch_norm" and not options.batch_norm else _flag(typed[0])
        instead = "; a hyperparameter is changed with --nudge" if typed[0] in HYPERPARAMETERS else ""
        raise InvalidInput(
            f"--resume goes on with what is recorded, up to --iterations N, so {flag} cannot be given with it{instead}"
        )
    if options.session is None or options.iterations is None:
        raise InvalidInput("--resume needs --session FILE and --iterations N, the total to reach")


def _tell_of_data(live: LiveSession) -> None:
    """What a person should know of a file before its numbers are believed, on stderr."""
    dataset, classes = live.dataset, live.dataset.classes
    told = list(dataset.warnings)
    bundled = {known.name for known in list_datasets()}
    if live.config.data not in bundled and classes != tuple(str(c) for c in range(len(classes))):
        mapping = ", ".join(f"{name} → {c}" for c, name in enumerate(classes[:_MOST_CLASSES]))
        more = f" and {len(classes) - _MOST_CLASSES} more" if len(classes) > _MOST_CLASSES else ""
        told.append(f"labels taken as classes: {mapping}{more}")
    for sentence in told:
        say(sentence)


def _iterations(options: argparse.Namespace) -> int | None:
    if options.epochs is not None:
        if options.iterations is not None:
            raise InvalidInput("--iterations and --epochs say the same thing twice; give one of them")
        return None
    return 2000 if options.iterations is None else whole("iterations", options.iterations)


def _new_session(options: argparse.Namespace) -> Path | None:
    if options.no_record:
        if options.session is not None:
            raise InvalidInput("--no-record keeps no session, so --session makes no sense with it")
        return None
    return new_path(options.data or RunConfig().data) if options.session is None else Path(options.session)
