"""The set-up of a run, as ordinary Streamlit widgets; what is typed stays as typed until Start reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from trainer.data.loading import PARQUET, TEXT, list_datasets, load_dataset
from trainer.data.uploads import keep_upload
from trainer.engine.hyperparameters import ACTIVATIONS, CHOICES, DTYPES, Hyperparameters, RunConfig, parse_number
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.recorded_run import SESSIONS
from trainer.views.frames import plain
from trainer.views.live_component import KNOBS
from trainer.views.wishes import typed_values, whole_number

UPLOAD, PATH = "Upload a file", "A file on this machine"
_BY_KEY = {summary.name: summary for summary in list_datasets()}
_PAIRS = (("learning_rate", "momentum"), ("mini_batch_size", "optimizer"), ("decay", "decay_rate"))
_MORE = ("beta2", "epsilon", "weight_decay", "clip_norm")
_HINT = (
    "Numbers as you type them: 0.0123 or 1e-3. β averages over about 1/(1-β) gradients. "
    "The rate of an exponential or staircase decay is at most 1."
)
_HELP = {
    "layers": "Hidden units of each layer, such as 128, 64. Empty: softmax regression.",
    "seed": "Of the split, the initial parameters and the order of the data.",
    "iterations": "Where the run ends.",
    "dev_fraction": "Share of the examples that is kept for the dev set.",
    "file": "CSV, TSV, Parquet, NPZ, or the files of an IDX pair.",
    "decay_interval": "Epochs per stair of the staircase.",
    "weight_decay": "λ of the L2 penalty on W; 0 is off.",
    "clip_norm": "Longest gradient, by its global norm; 0 is off.",
}


@dataclass(frozen=True)
class Plan:
    """What Start will start, as plain values."""

    config: dict[str, Any]
    hyperparameters: dict[str, str]
    iterations: int | None

    def summary(self) -> str:
        """One line for people."""
        h = self.hyperparameters
        return f"{described(self.config)} · {h['optimizer']}, α {h['learning_rate'].strip()}"


def described(config: Mapping[str, Any]) -> str:
    """Data and network in a few words."""
    layers = " – ".join(str(n) for n in config["layers"]) or "softmax regression"
    norm = "batch norm" if config["batch_norm"] else "no batch norm"
    return f"{Path(config['data']).name} · {layers} · {norm}"


def remember() -> None:
    """Keep what was set up although its widgets may not be shown in this run of the script."""
    defaults = RunConfig()
    values: dict[str, Any] = {
        "data": defaults.data,
        "path": "",
        "label": "",
        "layers": ", ".join(str(n) for n in defaults.layers),
        "batch_norm": defaults.batch_norm,
        "activation": defaults.activation,
        "seed": str(defaults.seed),
        "dtype": defaults.dtype,
        "dev_fraction": str(defaults.dev_fraction),
        "iterations": "",
        **{name: _typed(value) for name, value in Hyperparameters().as_dict().items()},
    }
    # a value that is there is left alone: setting it again would undo what is being typed at this moment
    kept = st.session_state.setdefault("kept_setup", {})
    for name, value in values.items():
        key = f"setup_{name}"
        if key in st.session_state:
            kept[name] = st.session_state[key]
        else:
            st.session_state[key] = kept.get(name, value)


def show_setup() -> None:
    """The widgets."""
    data, network, training = st.columns([1, 1, 1.2], gap="large")
    with data:
        _data()
    with network:
        st.text_input("Layers", key="setup_layers", help=_HELP["layers"])
        st.toggle("Batch norm", key="setup_batch_norm")
        st.selectbox("Activation", ACTIVATIONS, key="setup_activation")
        left, right = st.columns(2)
        left.text_input("Seed", key="setup_seed", help=_HELP["seed"])
        right.text_input("Iterations", key="setup_iterations", placeholder="until stopped", help=_HELP["iterations"])
    with training:
        for pair in _PAIRS:
            for column, name in zip(st.columns(2), pair, strict=True):
                with column:
                    _hyperparameter(name)
        if st.session_state.setup_decay == "staircase":
            _hyperparameter("decay_interval")
        st.caption(_HINT)
    with st.expander("More"):
        columns = st.columns(6)
        for column, name in zip(columns, _MORE, strict=False):
            with column:
                _hyperparameter(name)
        columns[4].selectbox("Numbers", DTYPES, key="setup_dtype")
        columns[5].text_input("Dev share", key="setup_dev_fraction", help=_HELP["dev_fraction"])


def plan() -> Plan:
    """What is set up now; raises InvalidInput, in one sentence, where it cannot be trained."""
    state = st.session_state
    config = {
        "data": _chosen_data(),
        "label": state.setup_label.strip() if _has_columns(_chosen_data()) else "",
        "layers": _layers(state.setup_layers),
        "batch_norm": state.setup_batch_norm,
        "activation": state.setup_activation,
        "seed": whole_number("seed", state.setup_seed, 0),
        "dtype": state.setup_dtype,
        "dev_fraction": parse_number("dev share", state.setup_dev_fraction),
    }
    RunConfig(**config)
    hyperparameters = {name: str(state[f"setup_{name}"]) for name in KNOBS}
    Hyperparameters(**typed_values(hyperparameters))  # type: ignore[arg-type]
    text = state.setup_iterations.strip()
    return Plan(config, hyperparameters, whole_number("iterations", text) if text else None)


def _data() -> None:
    choice = st.selectbox("Data set", [*_BY_KEY, UPLOAD, PATH], key="setup_data")
    if choice == UPLOAD:
        files = st.file_uploader("File", accept_multiple_files=True, help=_HELP["file"])
        if files:
            try:
                kept = keep_upload(SESSIONS / "uploads", {file.name: file.getvalue() for file in files})
                st.session_state.uploaded = str(kept)
            except InvalidInput as error:
                st.text(f"{str(error).rstrip('.')}.")
    elif choice == PATH:
        st.text_input("Path", key="setup_path", placeholder="/data/flowers.csv")
    else:
        about = _BY_KEY[choice]
        st.text(f"{about.description}\n{about.examples:,} examples, {about.inputs} inputs, {about.classes} classes")
        return
    try:
        path = _chosen_data()
        if _has_columns(path):
            st.text_input("Label column", key="setup_label", placeholder="the last one")
        seed = whole_number("seed", st.session_state.setup_seed, 0)
        st.text(_description(path, st.session_state.setup_label.strip(), seed, _changed_at(path)))
    except PandaError as error:
        st.text(f"{str(error).rstrip('.')}.")


@st.cache_data(show_spinner=False, max_entries=8)
def _description(path: str, label: str, seed: int, _changed: int) -> str:
    dataset = load_dataset(path, label=label if _has_columns(path) else "", seed=seed)
    classes = ", ".join(dataset.classes[:12]) + (" …" if len(dataset.classes) > 12 else "")
    lines = [
        f"{dataset.m:,} examples to train on, {len(dataset.y_dev):,} in the dev set, {len(dataset.features)} inputs",
        f"{len(dataset.classes)} classes: {classes}",
        *dataset.warnings,
    ]
    return "\n".join(lines)


def _changed_at(path: str) -> int:
    """When a file was written last; 0 where there is none, which whoever reads it will say."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _hyperparameter(name: str) -> None:
    label = KNOBS[name][0]
    if name in CHOICES:
        st.selectbox(label, CHOICES[name], key=f"setup_{name}")
    else:
        st.text_input(label, key=f"setup_{name}", help=_HELP.get(name))


def _chosen_data() -> str:
    state = st.session_state
    if state.setup_data == UPLOAD:
        if "uploaded" not in state:
            raise InvalidInput("upload a file first, or choose another data set")
        return str(state.uploaded)
    if state.setup_data == PATH:
        if not state.setup_path.strip():
            raise InvalidInput("type the path of a file, or choose another data set")
        return os.path.expanduser(str(state.setup_path).strip())
    return str(state.setup_data)


def _has_columns(data: str) -> bool:
    return Path(data.removesuffix(".gz")).suffix.lower() in (*TEXT, *PARQUET)


def _layers(text: str) -> tuple[int, ...]:
    return tuple(whole_number("layers", word) for word in text.replace(",", " ").split())


def _typed(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(plain(value))
