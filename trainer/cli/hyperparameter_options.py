"""The options that come from the table of hyperparameters: none of them is named here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, parse_number
from trainer.engine.specs import Spec
from trainer.engine.wording import number_text
from trainer.errors import InvalidInput


def hyperparameter_options() -> list[inspect.Parameter]:
    """One option for each hyperparameter, as a parameter of a verb."""
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(spec))
        for name, spec in HYPERPARAMETERS.items()
    ]


def parse_hyperparameters(typed: Mapping[str, str]) -> Hyperparameters:
    """Those that were typed, and the defaults of the others; raises InvalidInput."""
    return Hyperparameters(**{name: _parsed(HYPERPARAMETERS[name], text) for name, text in typed.items()})


def flag(name: str) -> str:
    """The option that sets a field.

    >>> flag("learning_rate")
    '--learning-rate'
    """
    return "--" + name.replace("_", "-")


def help_of(spec: Spec) -> str:
    """What a field is, what is allowed where that is a list, and its default, in one line."""
    choices = f": {', '.join(spec.choices)}" if spec.choices else ""
    default = _as_typed(spec.default)
    return f"{spec.help.rstrip('.')}{choices}" + (f" (default: {default})" if default else "")


def _as_typed(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    return ",".join(map(str, default)) if isinstance(default, tuple) else number_text(default)


def _parsed(spec: Spec, text: str) -> Any:
    if spec.interval is None:
        return text
    number = parse_number(spec.name, text)
    if number not in spec.interval:
        raise InvalidInput(f"{spec.name} must be {spec.interval}, but got {text!r}")
    return number


def _option(spec: Spec) -> Any:
    metavar = "NAME" if spec.choices else "X"
    panel = f"Hyperparameters: {spec.group}"
    return Annotated[
        str | None, typer.Option(flag(spec.name), metavar=metavar, help=help_of(spec), rich_help_panel=panel)
    ]
