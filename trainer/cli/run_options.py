"""The options of what is trained on and of the network, which several verbs have, and what comes of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from trainer.cli.hyperparameter_options import flag, help_of
from trainer.cli.terminal import has_stderr, say, whole
from trainer.engine.hyperparameters import RUN_CONFIG, RunConfig
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
DataSet = Annotated[str | None, option(DATA, "--data", "NAME|FILE", _DATA_HELP)]
Label = Annotated[str | None, _field(DATA, "label", "COLUMN")]
LeaveOut = Annotated[list[str] | None, _field(DATA, "leave_out", "COLUMN")]
Seed = Annotated[str | None, _field(DATA, "seed", "N")]
Layers = Annotated[str | None, _field(NETWORK, "layers", "N,N")]
Activation = Annotated[str | None, _field(NETWORK, "activation")]
BatchNorm = Annotated[bool | None, _field(NETWORK, "batch_norm")]
Dtype = Annotated[str | None, _field(NETWORK, "dtype")]
EngineOption = Annotated[str | None, _field(NETWORK, "engine")]
ClassWeights = Annotated[str | None, _field(TRAINING, "class_weights")]


def those_typed(**options: Any) -> dict[str, Any]:
    """Those options that were typed."""
    return {name: value for name, value in options.items() if value is not None}


def config_of(chosen: Mapping[str, Any]) -> RunConfig:
    """From options as typed; raises InvalidInput."""
    config = dict(chosen)
    if "layers" in config:
        parts = config["layers"].split(",") if config["layers"].strip() else []
        config["layers"] = tuple(whole("layers", part, 1) for part in parts)
    if "seed" in config:
        config["seed"] = whole("seed", config["seed"], most=2**63 - 1)
    return RunConfig(**config)


def prepare(config: RunConfig) -> None:
    """Compile what the run needs, and say so, since it takes a while; once for a machine."""
    if config.engine == "compiled" and engine_at_hand(config.dtype) != "compiled":
        if has_stderr() and sys.stderr.isatty():
            say("compiling the training step, once for this machine: ten to twenty seconds")
        compile_now(config.dtype)
