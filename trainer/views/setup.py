"""The set-up of a run, as ordinary Streamlit widgets; what is typed stays as typed until Start reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from trainer.data.loading import has_columns
from trainer.engine.hyperparameters import (
    ACTIVATIONS,
    CLASS_WEIGHTS,
    DATA_SHIFT,
    DTYPES,
    HYPERPARAMETERS,
    RUN_CONFIG,
    Hyperparameters,
    RunConfig,
    parse_number,
)
from trainer.engine.mini_batch_size import check_mini_batch_size
from trainer.engine.run_config import GAUGE_BUDGETS
from trainer.engine.specs import Spec, checked_number
from trainer.engine.wording import layers_text
from trainer.service.typed_text import typed_values, whole_number
from trainer.views import mini_batch_size_box
from trainer.views.data_setup import check_data, chosen_columns, chosen_data, show_data, show_preview
from trainer.views.setup_boxes import box, choice, value

_GROUPS = tuple(dict.fromkeys(spec.group for spec in HYPERPARAMETERS.values() if not spec.fold))
"""Those of one group stand side by side."""
_SHIFT = [spec for name, spec in HYPERPARAMETERS.items() if name in DATA_SHIFT]
_HINT = (
    "Numbers as you type them: 0.0123 or 1e-3. β averages over about 1/(1-β) gradients. "
    "The rate of an exponential or staircase decay is at most 1."
)


@dataclass(frozen=True)
class Plan:
    """What Start will start, as plain values."""

    config: dict[str, Any]
    hyperparameters: dict[str, str]
    iterations: int | None

    def message(self) -> dict[str, Any]:
        """What is asked of the controller."""
        return {"do": "start", **asdict(self)}

    def summary(self) -> str:
        """One line for people."""
        h = self.hyperparameters
        return f"{described(self.config)} · {h['optimizer']}, α {h['learning_rate'].strip()}"


def described(config: Mapping[str, Any]) -> str:
    """Data and network in a few words."""
    layers = layers_text(config["layers"], " – ") or "softmax regression"
    norm = " · batch norm" if config["batch_norm"] else " · no batch norm"
    weights = " · class weights balanced" if config.get("class_weights") == "balanced" else ""
    return f"{Path(config['data']).name} · {layers}{norm if config['layers'] else ''}{weights}"


def show_setup() -> None:
    """The widgets."""
    data, network, training = st.columns([1, 1, 1.2], gap="large")
    with data:
        show_data()
    with network:
        box("Layers", "layers")
        st.toggle("Batch norm", value("batch_norm"), key="setup_batch_norm", persist_state="session")
        choice("Activation", ACTIVATIONS, "activation")
        left, right = st.columns(2)
        with left:
            box("Seed", "seed")
        with right:
            box("Iterations", "iterations", placeholder="until stopped")
    with training:
        for group in _GROUPS:
            shown = [spec for spec in HYPERPARAMETERS.values() if spec.group == group and _needed(spec)]
            for at in range(0, len(shown), 2):
                for column, spec in zip(st.columns(2), shown[at : at + 2], strict=False):
                    with column:
                        _hyperparameter(spec)
        st.caption(_HINT)
    show_preview()
    with st.expander("More"):
        more = [spec for spec in HYPERPARAMETERS.values() if spec.group == "more"]
        for column, spec in zip(st.columns(len(more)), more, strict=True):
            with column:
                _hyperparameter(spec)
        weights, numbers, share, gauges = st.columns(4)
        with weights:
            choice("Class weights", CLASS_WEIGHTS, "class_weights")
        with numbers:
            choice("Numbers", DTYPES, "dtype")
        with share:
            box(RUN_CONFIG["dev_fraction"].label, "dev_fraction")
        with gauges:
            box(RUN_CONFIG["gauge_budget"].label, "gauge_budget")
    with st.expander(_SHIFT[0].fold):
        for column, spec in zip(st.columns(len(_SHIFT)), _SHIFT, strict=True):
            with column:
                _hyperparameter(spec)


def plan() -> Plan:
    """What is set up now; raises InvalidInput, in one sentence, where it cannot be trained."""
    data = chosen_data()
    check_data(data)
    label, left_out = chosen_columns(data) if has_columns(data) else ("", ())
    share = parse_number("time for gauges", value("gauge_budget"))
    config = {
        "data": data,
        "label": label,
        "leave_out": left_out,
        "layers": _layers(value("layers")),
        "batch_norm": value("batch_norm"),
        "activation": value("activation"),
        "seed": whole_number("seed", value("seed"), 0),
        "dtype": value("dtype"),
        "class_weights": value("class_weights"),
        "dev_fraction": parse_number("dev share", value("dev_fraction")),
        "gauge_budget": checked_number("time for gauges", share, GAUGE_BUDGETS),
    }
    run_config = RunConfig(**config)
    hyperparameters = {name: str(value(name)) for name in HYPERPARAMETERS}
    chosen = Hyperparameters(**typed_values(hyperparameters))  # type: ignore[arg-type]
    check_mini_batch_size(chosen.mini_batch_size, run_config, mini_batch_size_box.examples())
    text = value("iterations").strip()
    return Plan(config, hyperparameters, whole_number("iterations", text) if text else None)


def _needed(spec: Spec) -> bool:
    """Whether a form shows it under what is set up now."""
    return spec.needs is None or value(spec.needs[0]) in spec.needs[1]


def _hyperparameter(spec: Spec) -> None:
    if spec.choices:
        choice(spec.label, spec.choices, spec.name)
    elif spec.name == "mini_batch_size":
        mini_batch_size_box.show(spec)
    else:
        box(spec.label, spec.name)


def _layers(text: str) -> tuple[int, ...]:
    return tuple(whole_number("layers", word) for word in text.replace(",", " ").split())
