"""The verb `train`: a run without a browser."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from trainer.cli.terminal import progress_bar
from trainer.cli.watching import Watched, conclude, watch
from trainer.engine.commands import Intervene
from trainer.engine.engines import ENGINES, default_engine
from trainer.engine.hyperparameters import (
    ACTIVATIONS,
    CHOICES,
    DTYPES,
    Hyperparameters,
    RunConfig,
    Value,
    parse_changes,
    parse_number,
)
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput
from trainer.experiments.compiling import compile_now, engine_at_hand
from trainer.experiments.recorded_run import begin, new_path, resume

_NUDGE = re.compile(r"\s*(\d+)\s*:\s*([^#]*)(?:#(.*))?", re.ASCII | re.DOTALL)
_NUMBERS = ("learning_rate", "momentum", "beta2", "epsilon", "decay_rate", "decay_interval", "mini_batch_size")
_OFF_AT_0 = ("weight_decay", "clip_norm")


def train(options: argparse.Namespace) -> int:
    """`panda train`."""
    watched = Watched()
    trainer = Trainer()
    interventions = sorted((parse_nudge(text) for text in options.nudge), key=lambda nudge: nudge[0])
    try:
        if options.resume:
            if options.session is None or options.iterations is None:
                raise InvalidInput("--resume needs --session FILE and --iterations N, the total to reach")
            with progress_bar("catching up") as progress:
                live = resume(
                    trainer,
                    Path(options.session),
                    iterations=whole("iterations", options.iterations),
                    interventions=interventions,
                    subscribers=[watched],
                    progress=progress,
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
            )
        watch(trainer, watched)
    finally:
        trainer.close()
    return conclude(trainer, watched, live.path, as_json=options.json)


def prepare(config: RunConfig) -> None:
    """Compile what the run needs, and say so, since it takes a while; once for a machine."""
    if config.engine == "compiled" and engine_at_hand(config.dtype) != "compiled":
        if sys.stderr.isatty():
            print("panda: compiling the training step, once for this machine: some ten seconds", file=sys.stderr)
        compile_now(config.dtype)


def parse_nudge(text: str) -> tuple[int, Intervene]:
    """`"T: NAME=VALUE NAME=VALUE # note"` as an intervention held back until iteration T.

    >>> parse_nudge("500: learning_rate=0.001 # calmer")
    (500, Intervene(changes={'learning_rate': 0.001}, author='cli', note='calmer'))
    """
    found = _NUDGE.fullmatch(text)
    if not found:
        raise InvalidInput(f'a nudge is written "T: NAME=VALUE # note" with T an iteration, but got {text!r}')
    iteration, changes, note = found.groups()
    return int(iteration), Intervene(parse_changes(changes), "cli", (note or "").strip())


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda train`."""
    config, h = RunConfig(), Hyperparameters()
    sub.add_argument("--data", default=config.data, metavar="NAME|FILE", help="data set (default: %(default)s)")
    sub.add_argument("--label", default="", metavar="COLUMN", help="column of the labels (default: the last)")
    sub.add_argument("--layers", default="128,64", metavar="N,N", help='hidden units; "" is softmax regression')
    sub.add_argument("--activation", default=config.activation, help=f"{', '.join(ACTIVATIONS)} (default: %(default)s)")
    for name, choices in CHOICES.items():
        sub.add_argument(_flag(name), default=getattr(h, name), help=f"{', '.join(choices)} (default: %(default)s)")
    for name in (*_NUMBERS, *_OFF_AT_0):
        off = "0 is off; " if name in _OFF_AT_0 else ""
        sub.add_argument(_flag(name), metavar="X", help=f"{off}default: {getattr(h, name):g}")
    sub.add_argument("--batch-norm", action=argparse.BooleanOptionalAction, default=True)
    sub.add_argument("--seed", default="1", help="of the split, the parameters and the order of data (default: 1)")
    sub.add_argument("--dtype", default=config.dtype, help=f"{' or '.join(DTYPES)} (default: %(default)s)")
    sub.add_argument("--engine", default=None, help=f"{', '.join(ENGINES)} (default: compiled, where it works)")
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
    layers = tuple(whole("layers", part) for part in options.layers.split(",")) if options.layers.strip() else ()
    return RunConfig(
        data=options.data,
        label=options.label,
        layers=layers,
        batch_norm=options.batch_norm,
        activation=options.activation,
        seed=whole("seed", options.seed),
        dtype=options.dtype,
        engine=options.engine or default_engine(),
    )


def _hyperparameters(options: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Value] = {name: getattr(options, name) for name in CHOICES}
    for name in (*_NUMBERS, *_OFF_AT_0):
        text = getattr(options, name)
        if text is not None:
            given[name] = parse_number(name, text)
    return given


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
    return new_path(options.data) if options.session is None else Path(options.session)


def whole(name: str, text: str) -> int:
    """A whole number of at least 0, as typed on the command line; raises InvalidInput."""
    if not re.fullmatch(r"\s*\d{1,18}\s*", text, re.ASCII):
        raise InvalidInput(f"{name} must be a whole number of at least 0, but got {text!r}")
    return int(text)
