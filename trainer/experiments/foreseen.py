"""Foreseen: what clones found out, as plain values for JSON; a number that is not finite is None."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from trainer.experiments.alpha_finder import FoundAlpha
from trainer.experiments.look_ahead import Arm, LookAhead
from trainer.experiments.speed_limit import SpeedLimit
from trainer.recorder.averages import SMOOTHING


def plain_look_ahead(found: LookAhead) -> dict[str, Any]:
    """A look-ahead; "text" is its sentence."""
    return {
        "run": found.run,
        "at": found.at,
        "iterations": found.iterations,
        "dev_cost": _finite(found.dev_cost),
        "arms": [_plain_arm(arm) for arm in found.arms],
        "best": found.best,
        "text": found.sentence,
        "remark": found.remark,
    }


def plain_limit(limit: SpeedLimit) -> dict[str, Any]:
    """A speed limit; "text" is its sentence, "learning_rate" None where there is none."""
    return {
        "learning_rate": _finite(limit.learning_rate),
        "curvature": limit.curvature,
        "optimizer": limit.optimizer,
        "examples": limit.examples,
        "text": limit.text,
    }


def plain_alpha(found: FoundAlpha) -> dict[str, Any]:
    """What the α finder found; "text" is the reason for what is suggested, with a "verdict" on it."""
    return {
        "run": found.run,
        "at": found.at,
        "iterations": found.iterations,
        "present": found.present,
        "dev_cost": _finite(found.dev_cost),
        "learning_rates": list(found.learning_rates),
        "costs": _all_finite(found.costs),
        "dev_costs": _all_finite(found.dev_costs),
        "range_test": {"learning_rates": list(found.swept), "costs": _all_finite(found.swept_costs)},
        "suggested": {"low": found.low, "high": found.high},
        "verdict": found.verdict,
        "limit": None if found.limit is None else plain_limit(found.limit),
        "text": found.reason,
        "notes": list(found.notes),
    }


def _plain_arm(arm: Arm) -> dict[str, Any]:
    return {
        "label": arm.label,
        "changes": dict(arm.changes),
        "iterations": list(arm.iterations),
        "smoothed": {f"{beta:g}": _all_finite(row) for beta, row in zip(SMOOTHING, arm.smoothed, strict=True)},
        "cost": _finite(arm.cost),
        "dev_cost": _finite(arm.dev_cost),
        "dev_accuracy": _finite(arm.dev_accuracy),
        "dev_costs": _all_finite(arm.dev_costs),
        "broke": arm.broke,
        "diverges": arm.diverges,
        "digest": arm.digest,
    }


def _finite(number: float | None) -> float | None:
    return None if number is None or not math.isfinite(number) else number


def _all_finite(numbers: Iterable[float]) -> list[float | None]:
    return [_finite(number) for number in numbers]
