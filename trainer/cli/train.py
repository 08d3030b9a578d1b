"""The verb `train`: a run without a browser."""

from __future__ import annotations

import argparse
import json
import re
import sys
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

from tqdm import tqdm

from trainer.cli.terminal import DONE, INTERRUPTED, NO, complain, progress_bar
from trainer.engine.commands import Intervene, Stop
from trainer.engine.events import Event, RunEnded, RunStarted, WentNonFinite
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
from trainer.engine.status import Status
from trainer.engine.trainer import Trainer
from trainer.errors import InvalidInput
from trainer.experiments.recorded_run import begin, new_path, resume

_NUDGE = re.compile(r"\s*(\d+)\s*:\s*([^#]*)(?:#(.*))?", re.ASCII | re.DOTALL)
_NUMBERS = ("learning_rate", "momentum", "beta2", "epsilon", "decay_rate", "decay_interval", "mini_batch_size")
_OFF_AT_0 = ("weight_decay", "clip_norm")


def train(options: argparse.Namespace) -> int:
    """`panda train`."""
    recorded = _Recorded()
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
                    iterations=_whole("iterations", options.iterations),
                    interventions=interventions,
                    subscribers=[recorded],
                    progress=progress,
                )
        else:
            live = begin(
                trainer,
                _config(options),
                Hyperparameters(**_hyperparameters(options)),
                path=_new_session(options),
                iterations=_iterations(options),
                epochs=None if options.epochs is None else _whole("epochs", options.epochs),
                interventions=interventions,
                subscribers=[recorded],
            )
        _watch(trainer, recorded)
    finally:
        trainer.close()
    status = trainer.status()
    summary = recorded.summary(status, live.path)
    if options.json:
        print(json.dumps(summary))
    else:
        print(_sentences(summary))
    if status.state == "failed" or recorded.non_finite:
        return complain(recorded.non_finite or status.reason, NO)
    return INTERRUPTED if recorded.interrupted else DONE


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
    layers = tuple(_whole("layers", part) for part in options.layers.split(",")) if options.layers.strip() else ()
    return RunConfig(
        data=options.data,
        label=options.label,
        layers=layers,
        batch_norm=options.batch_norm,
        activation=options.activation,
        seed=_whole("seed", options.seed),
        dtype=options.dtype,
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
    return 2000 if options.iterations is None else _whole("iterations", options.iterations)


def _new_session(options: argparse.Namespace) -> Path | None:
    if options.no_record:
        if options.session is not None:
            raise InvalidInput("--no-record keeps no session, so --session makes no sense with it")
        return None
    return new_path(options.data) if options.session is None else Path(options.session)


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"\s*\d{1,18}\s*", text, re.ASCII):
        raise InvalidInput(f"{name} must be a whole number of at least 0, but got {text!r}")
    return int(text)


class _Recorded:
    """What a person wants to know in the end, gathered from the events."""

    def __init__(self) -> None:
        self.over: Future[None] = Future()
        self.end: RunEnded | None = None
        self.first = 0
        self.non_finite = ""
        self.interrupted = False

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.first = event.iteration
            case RunEnded():
                self.end = event
                self._finish()
            case WentNonFinite():
                self.non_finite = event.what
                self._finish()

    def _finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def summary(self, status: Status, path: Path | None) -> dict[str, Any]:
        seconds = status.seconds
        done = status.iteration - self.first
        return {
            "session": None if path is None else str(path),
            "run": status.run,
            "iterations": status.iteration,
            "cost": status.cost,
            "dev_cost": status.dev_cost,
            "dev_accuracy": status.dev_accuracy,
            "digest": None if self.end is None else self.end.state.digest(),
            "seconds": seconds,
            "iterations_per_second": done / seconds if seconds else 0.0,
        }


def _watch(trainer: Trainer, recorded: _Recorded) -> None:
    """Show how far it is until it is over; Ctrl-C ends it with everything recorded."""
    status = trainer.status()
    with tqdm(total=status.iterations, initial=status.iteration, disable=None, unit="it") as bar:
        try:
            while not _done_within(0.1, recorded.over) and trainer.status().state != "failed":
                status = trainer.status()
                bar.update(status.iteration - bar.n)
                bar.set_postfix_str(_gauges(status), refresh=False)
                if status.state == "blocked":
                    bar.write(f"waiting: {status.reason}", file=sys.stderr)
        except KeyboardInterrupt:
            recorded.interrupted = True
        status = trainer.status()
        bar.update(status.iteration - bar.n)
    if recorded.non_finite:
        trainer.submit(Stop()).result()


def _done_within(seconds: float, future: Future[None]) -> bool:
    return bool(wait([future], timeout=seconds).done)


def _gauges(status: Status) -> str:
    numbers = {"cost": status.cost, "dev": status.dev_cost, "accuracy": status.dev_accuracy, "α": status.learning_rate}
    return " ".join(f"{name} {number:.4g}" for name, number in numbers.items() if number is not None)


def _sentences(summary: dict[str, Any]) -> str:
    where = f"recorded in {summary['session']}" if summary["session"] else "not recorded"
    accuracy = "" if summary["dev_accuracy"] is None else f", dev accuracy {summary['dev_accuracy']:.2%}"
    dev_cost = "" if summary["dev_cost"] is None else f", dev cost {summary['dev_cost']:.4g}"
    cost = "" if summary["cost"] is None else f": cost {summary['cost']:.4g}{dev_cost}{accuracy}"
    return (
        f"{summary['iterations']} iterations{cost}\n"
        f"{summary['seconds']:.1f} s, {summary['iterations_per_second']:.0f} iterations/s, {where}"
    )
