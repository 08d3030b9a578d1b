"""What the rules of advice say of a run that is under way or has come to its end, and in plain values for clients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from trainer.engine.gauge_specs import GAUGES, split_layer
from trainer.engine.hyperparameters import NETWORK
from trainer.engine.series import SERIES
from trainer.engine.status import Status
from trainer.experiments.advice.look import Look, look_at
from trainer.experiments.advice.piece import USUAL, Advice
from trainer.experiments.advice.rules import advice, advice_afterwards
from trainer.service.frames import plain
from trainer.service.read_model import ReadModel

FINISHED = "finished"


def still_given(model: ReadModel, status: Status, rule: str, at: int | None = None) -> Advice | None:
    """The advice of a rule on a run: as clients were told since the latest change, or what is said now.

    `at` is the iteration of a sentence that clients were told: then it is that one, or None where its button does
    something else by now.
    """
    told = model.told.copy()
    since = [given for changes, given in told if changes == len(model.curve.interventions)]
    latest = next((each for each in (since[-1] if since else []) if each.rule == rule), None)
    if latest is None:
        latest = next((each for each in _given(_look(model, status), status) if each.rule == rule), None)
    read = (each for _, given in reversed(told) for each in given if (each.rule, each.end) == (rule, at))
    as_read = next(read, latest)
    return as_read if latest is not None and as_read is not None and as_read.action == latest.action else None


def advice_as_plain(model: ReadModel, status: Status) -> list[dict[str, Any]]:
    """The same, JSON-ready: the fields of `Advice`, and "evidence" with "iterations" and "values" to draw, and "usual".

    "changed" is the iteration of the latest change; "usual" is a level that is drawn with them, so that it is seen how
    far they are from it.
    """
    look = _look(model, status)
    if look is None:
        return []
    given, told = _given(look, status), []
    model.told.append((len(model.curve.interventions), given))
    for each in given:
        iterations, values = look.evidence(each.series, each.begin)
        evidence = {
            "label": _label(each.series),
            "iterations": iterations.astype(int).tolist(),
            "values": [plain(value) for value in values.tolist()],
            "usual": USUAL.get(split_layer(each.series)[0], 0.0),
        }
        told.append({**asdict(each), "changed": look.changed, "evidence": evidence})
    return told


def _given(look: Look | None, status: Status) -> list[Advice]:
    if look is None:
        return []
    return advice_afterwards(look) if status.state == FINISHED else advice(look)


def _label(series: str) -> str:
    """What a curve or a gauge is called."""
    if series in SERIES:
        return SERIES[series].label
    name, layer = split_layer(series)
    label = GAUGES[name].label
    return label if layer is None else f"{label}, layer {layer}"


def _look(model: ReadModel, status: Status) -> Look | None:
    config, hyperparameters = status.config, status.hyperparameters
    if status.state not in ("running", "paused", FINISHED) or config is None or hyperparameters is None:
        return None
    if config.trainable != NETWORK or not model.classes or model.curve.hyperparameters is None:
        return None
    table = model.gauges.table()
    known = [~np.isnan(row) for row in table.values]
    gauges = {
        name: (table.iterations[there].astype(np.float64), row[there])
        for name, row, there in zip(table.names, table.values, known, strict=True)
    }
    return look_at(model.curve, config, hyperparameters, status.m, model.classes, gauges)
