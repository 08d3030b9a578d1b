"""Constants: what the browser needs to know of hyperparameters, series and limits; its modules have no copy of it."""

from __future__ import annotations

from typing import Any

from trainer.engine.hyperparameters import DATA_SHIFT, HYPERPARAMETERS
from trainer.engine.series import SERIES
from trainer.engine.specs import Spec
from trainer.recorder.cost_curve import SMOOTHING
from trainer.service.protocol import LONGEST_NOTE, NUDGES
from trainer.service.read_model import OVER

_STRENGTHS = ("light", "medium", "strong")


def symbols() -> dict[str, str]:
    """How a line of text names each hyperparameter, by its name."""
    return {spec.name: spec.symbol for spec in HYPERPARAMETERS.values()}


def smoothings() -> dict[str, float]:
    """β of every smoothed cost, by the number of iterations that it averages over, as people write it."""
    return {f"{1 / (1 - beta):,.0f}": beta for beta in SMOOTHING}


def series() -> dict[str, Any]:
    """The entry of each series, by its name."""
    return {
        one.name: {
            "label": one.label,
            "panel": one.panel,
            "help": one.help,
            "scale": one.scale,
            "percent": one.percent,
            "smoothed": one.smoothed,
            "measured": one.measure is not None,
        }
        for one in SERIES.values()
    }


def constants() -> dict[str, Any]:
    """All of them, JSON-ready; hyperparameters and series in the order of their entries."""
    return {
        "symbols": symbols(),
        "knobs": [_knob(spec) for spec in HYPERPARAMETERS.values()],
        "series": series(),
        "smoothings": [{"label": "off", "beta": None}]
        + [
            {"label": f"{strength} ({over})", "beta": beta, "usual": beta == SMOOTHING[1]}
            for strength, (over, beta) in zip(_STRENGTHS, smoothings().items(), strict=True)
        ],
        "over": list(OVER),
        "nudges": list(NUDGES),
        "longest_note": LONGEST_NOTE,
    }


def _knob(spec: Spec) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": spec.name,
        "label": spec.label,
        "symbol": spec.symbol,
        "help": spec.help,
        "fold": spec.fold,
        "unsaid": spec.default if spec.name in DATA_SHIFT else None,
        "needs": None if spec.needs is None else {"name": spec.needs[0], "values": list(spec.needs[1])},
    }
    if spec.scale is None:
        return described | {"options": list(spec.choices)}
    scale = spec.scale
    return described | {
        "kind": scale.kind,
        "low": scale.low,
        "high": scale.high,
        "whole": spec.whole,
        "off": spec.off_at_zero,
    }
