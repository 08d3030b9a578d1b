"""What the rules of advice say of a live run, and in plain values for clients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from trainer.engine.gauge_specs import GAUGES, split_layer
from trainer.engine.hyperparameters import NETWORK
from trainer.engine.series import SERIES
from trainer.engine.status import Status
from trainer.experiments.advice.look import Look, look_at
from trainer.experiments.advice.piece import Advice
from trainer.experiments.advice.rules import advice
from trainer.service.frames import plain
from trainer.service.read_model import ReadModel


def still_given(model: ReadModel, status: Status, rule: str) -> Advice | None:
    """The advice of a rule on a run under way: as clients were told since the latest change, or what is said now."""
    changes, told = model.told
    if changes != len(model.curve.interventions):
        told = []
    as_told = next((each for each in told if each.rule == rule), None)
    if as_told is not None:
        return as_told
    look = _look(model, status)
    return None if look is None else next((each for each in advice(look) if each.rule == rule), None)


def advice_as_plain(model: ReadModel, status: Status) -> list[dict[str, Any]]:
    """The same, JSON-ready: the fields of `Advice`, and "evidence" with "iterations" and "values" to draw."""
    look = _look(model, status)
    if look is None:
        return []
    given, told = advice(look), []
    model.told = len(model.curve.interventions), given
    for each in given:
        iterations, values = look.evidence(each.series, each.begin)
        evidence = {
            "label": _label(each.series),
            "iterations": iterations.astype(int).tolist(),
            "values": [plain(value) for value in values.tolist()],
        }
        told.append({**asdict(each), "evidence": evidence})
    return told


def _label(series: str) -> str:
    """What a curve or a gauge is called."""
    if series in SERIES:
        return SERIES[series].label
    name, layer = split_layer(series)
    label = GAUGES[name].label
    return label if layer is None else f"{label}, layer {layer}"


def _look(model: ReadModel, status: Status) -> Look | None:
    config, hyperparameters = status.config, status.hyperparameters
    if status.state not in ("running", "paused") or config is None or hyperparameters is None:
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
