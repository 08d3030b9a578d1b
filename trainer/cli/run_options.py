"""The options of what is trained on and of the network, which several verbs have, and what comes of them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

import typer

from trainer.cli.hyperparameter_options import flag, help_of, hyperparameter_options
from trainer.cli.terminal import has_stderr, say, whole
from trainer.engine.hyperparameters import RUN_CONFIG, RunConfig, parse_number
from trainer.engine.run_config import GAUGE_BUDGETS
from trainer.engine.specs import checked_number
from trainer.experiments.compiling import compile_now, engine_at_hand

DATA, NETWORK, TRAINING, RECORDING = "Data", "Network", "Training", "Recording"
"""Headings of a help."""


def option(panel: str, flags: str, metavar: str | None, help_: str) -> Any:
    """An option under a heading of the help."""
    return typer.Option(flags, metavar=metavar, help=help_, rich_help_panel=panel)


def _field(panel: str, name: str, metavar: str = "NAME") -> Any:
    """A field of the run config."""
    flags = "--batch-norm/--no-batch-norm" if name == "batch_norm" else flag(name)
    return option(panel, flags, metavar, help_of(RUN_CONFIG[name]))


_DATA_HELP = f"{help_of(RUN_CONFIG['data'])}; with --resume where a file is now that was moved"
EngineOption = Annotated[str | None, _field(NETWORK, "engine")]
GaugesOption = Annotated[str | None, option(TRAINING, "--gauges", "SHARE", help_of(RUN_CONFIG["gauge_budget"]))]

_OF_THE_CONFIG: dict[str, Any] = {
    "data": Annotated[str | None, option(DATA, "--data", "NAME|FILE", _DATA_HELP)],
    "label": Annotated[str | None, _field(DATA, "label", "COLUMN")],
    "leave_out": Annotated[list[str] | None, _field(DATA, "leave_out", "COLUMN")],
    "seed": Annotated[str | None, _field(DATA, "seed", "N")],
    "layers": Annotated[str | None, _field(NETWORK, "layers", "N,N")],
    "activation": Annotated[str | None, _field(NETWORK, "activation")],
    "batch_norm": Annotated[bool | None, _field(NETWORK, "batch_norm")],
    "dtype": Annotated[str | None, _field(NETWORK, "dtype")],
    "class_weights": Annotated[str | None, _field(TRAINING, "class_weights")],
}


@dataclass(frozen=True)
class RunOptions:
    """What was typed of the options that every verb has which trains.

    Attributes
    ----------
    data : where the data are; None where that was not typed
    config : the other fields of the run config, as typed
    hyperparameters : as typed
    """

    data: str | None
    config: Mapping[str, Any]
    hyperparameters: Mapping[str, str]

    @property
    def of_a_run(self) -> dict[str, Any]:
        """All that a recorded run has already."""
        return {**self.config, **self.hyperparameters}

    def run_config(self, **more: Any) -> RunConfig:
        """As typed, with more fields; raises InvalidInput."""
        return config_of({**self.config, **those_typed(data=self.data, **more)})


def with_run_options(verb: Callable[..., int]) -> Callable[..., int]:
    """The verb, whose `options`, a RunOptions, is put together from one option for each field."""
    signature = inspect.signature(verb, eval_str=True)
    own = [p for p in signature.parameters.values() if p.name != "options"]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _OF_THE_CONFIG.items()
    ]
    last = hyperparameter_options()

    @wraps(verb)
    def called(**typed: Any) -> int:
        config = {name: typed.pop(name) for name in _OF_THE_CONFIG}
        config["leave_out"] = tuple(config["leave_out"]) if config["leave_out"] else None
        hyperparameters = {p.name: typed.pop(p.name) for p in last}
        options = RunOptions(config.pop("data"), those_typed(**config), those_typed(**hyperparameters))
        return verb(options=options, **typed)

    own = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    called.__signature__ = signature.replace(parameters=[*shared, *own, *last])  # type: ignore[attr-defined]
    return called


def those_typed(**options: Any) -> dict[str, Any]:
    """Those options that were typed."""
    return {name: value for name, value in options.items() if value is not None}


def config_of(chosen: Mapping[str, Any]) -> RunConfig:
    """From options as typed; raises InvalidInput."""
    config = dict(chosen)
    if "layers" in config:
        parts = config["layers"].split(",") if config["layers"].strip() else []
        config["layers"] = tuple(whole("layers", part, 1) for part in parts)
    if "gauge_budget" in config:
        share = parse_number("gauges", config["gauge_budget"])
        config["gauge_budget"] = checked_number("gauges", share, GAUGE_BUDGETS)
    if "seed" in config:
        config["seed"] = whole("seed", config["seed"], most=2**63 - 1)
    return RunConfig(**config)


def prepare(config: RunConfig) -> None:
    """Compile what the run needs, and say so, since it takes a while; once for a machine."""
    if config.engine == "compiled" and engine_at_hand(config.dtype) != "compiled":
        if has_stderr() and sys.stderr.isatty():
            say("compiling the training step, once for this machine: ten to twenty seconds")
        compile_now(config.dtype)
