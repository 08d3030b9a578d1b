"""The set-up of a run, as ordinary Streamlit widgets; what is typed stays as typed until Start reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from trainer.data.balance import about_balance
from trainer.data.loading import has_columns, list_datasets, load_dataset
from trainer.data.uploads import keep_upload
from trainer.engine.hyperparameters import (
    ACTIVATIONS,
    CLASS_WEIGHTS,
    DTYPES,
    HYPERPARAMETERS,
    RUN_CONFIG,
    Hyperparameters,
    RunConfig,
    parse_number,
)
from trainer.engine.mini_batch_size import check_mini_batch_size
from trainer.engine.specs import Spec
from trainer.engine.wording import layers_text
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.recorded_run import SESSIONS
from trainer.service.frames import plain
from trainer.service.typed_text import typed_values, whole_number
from trainer.text import one_line, visible
from trainer.views import mini_batch_size_box

UPLOAD, PATH = "Upload a file", "A file on this machine"
_BY_KEY = {summary.name: summary for summary in list_datasets()}
_DATA = (*_BY_KEY, UPLOAD, PATH)
_GROUPS = tuple(dict.fromkeys(spec.group for spec in HYPERPARAMETERS.values() if spec.group != "more"))
"""Those of one group stand side by side."""
_HINT = (
    "Numbers as you type them: 0.0123 or 1e-3. β averages over about 1/(1-β) gradients. "
    "The rate of an exponential or staircase decay is at most 1."
)
_HELP = {name: spec.help for name, spec in (RUN_CONFIG | HYPERPARAMETERS).items()} | {
    "iterations": "Where the run ends.",
    "file": "CSV, TSV, Parquet, NPZ, or the two files of an NPY or IDX pair.",
}
_BORN = RunConfig()
_DEFAULTS: dict[str, Any] = {
    "data": _BORN.data,
    "path": "",
    "label": "",
    "layers": ", ".join(str(n) for n in _BORN.layers),
    "batch_norm": _BORN.batch_norm,
    "activation": _BORN.activation,
    "seed": str(_BORN.seed),
    "dtype": _BORN.dtype,
    "class_weights": _BORN.class_weights,
    "dev_fraction": str(_BORN.dev_fraction),
    "iterations": "",
    **{
        name: f"{value:g}" if isinstance(value, float) else str(plain(value))
        for name, value in Hyperparameters().as_dict().items()
    },
}


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
        _data()
    with network:
        _box("Layers", "layers")
        st.toggle("Batch norm", _value("batch_norm"), key="setup_batch_norm", persist_state="session")
        _choice("Activation", ACTIVATIONS, "activation")
        left, right = st.columns(2)
        with left:
            _box("Seed", "seed")
        with right:
            _box("Iterations", "iterations", placeholder="until stopped")
    with training:
        for group in _GROUPS:
            shown = [spec for spec in HYPERPARAMETERS.values() if spec.group == group and _needed(spec)]
            for at in range(0, len(shown), 2):
                for column, spec in zip(st.columns(2), shown[at : at + 2], strict=False):
                    with column:
                        _hyperparameter(spec)
        st.caption(_HINT)
    with st.expander("More"):
        more = [spec for spec in HYPERPARAMETERS.values() if spec.group == "more"]
        columns = st.columns(len(more) + 3)
        for column, spec in zip(columns, more, strict=False):
            with column:
                _hyperparameter(spec)
        with columns[-3]:
            _choice("Class weights", CLASS_WEIGHTS, "class_weights")
        with columns[-2]:
            _choice("Numbers", DTYPES, "dtype")
        with columns[-1]:
            _box("Dev share", "dev_fraction")


def plan() -> Plan:
    """What is set up now; raises InvalidInput, in one sentence, where it cannot be trained."""
    data = _chosen_data()
    if data in _BY_KEY and _value("dev_fraction") == _DEFAULTS["dev_fraction"]:
        _count_examples(data)
    else:
        _described(data)
    config = {
        "data": data,
        "label": _value("label").strip() if has_columns(data) else "",
        "layers": _layers(_value("layers")),
        "batch_norm": _value("batch_norm"),
        "activation": _value("activation"),
        "seed": whole_number("seed", _value("seed"), 0),
        "dtype": _value("dtype"),
        "class_weights": _value("class_weights"),
        "dev_fraction": parse_number("dev share", _value("dev_fraction")),
    }
    run_config = RunConfig(**config)
    hyperparameters = {name: str(_value(name)) for name in HYPERPARAMETERS}
    chosen = Hyperparameters(**typed_values(hyperparameters))  # type: ignore[arg-type]
    check_mini_batch_size(chosen.mini_batch_size, run_config, mini_batch_size_box.examples())
    text = _value("iterations").strip()
    return Plan(config, hyperparameters, whole_number("iterations", text) if text else None)


def _data() -> None:
    _choice("Data set", _DATA, "data")
    choice = _value("data")
    if choice == UPLOAD:
        files = st.file_uploader(
            "File", accept_multiple_files=True, key="setup_files", on_change=_files_changed, help=_HELP["file"]
        )
        if files:
            try:
                kept = keep_upload(SESSIONS / "uploads", {file.name: file.getvalue() for file in files})
                st.session_state.uploaded = str(kept)
            except InvalidInput as error:
                st.text(f"{str(error).rstrip('.')}.")
        elif "uploaded" in st.session_state:
            st.text(f"Still there: {one_line(Path(st.session_state.uploaded).name)}")
    elif choice == PATH:
        _box("Path", "path", placeholder="/data/flowers.csv")
    else:
        about = _BY_KEY[choice]
        st.text(f"{about.description}\n{about.examples:,} examples, {about.inputs} inputs, {about.classes} classes")
        if _value("dev_fraction") == _DEFAULTS["dev_fraction"]:
            _count_examples(choice)
            return
    try:
        path = _chosen_data()
        if has_columns(path):
            _box("Label column", "label", placeholder="the last one")
        st.text(visible(_described(path)))
        if why := mini_batch_size_box.told():
            st.text(why)
    except PandaError as error:
        st.text(f"{str(error).rstrip('.')}.")


def _files_changed() -> None:
    """Called when a person adds or removes one, not when the widget is merely not shown."""
    if not st.session_state.setup_files:
        st.session_state.pop("uploaded", None)


def _described(path: str) -> str:
    """What is in a data set; raises InvalidInput where it cannot be trained on. Its examples are counted."""
    mini_batch_size_box.know_examples(None)
    seed = whole_number("seed", _value("seed"), 0)
    dev_fraction = parse_number("dev share", _value("dev_fraction"))
    text, m = _description(path, _value("label").strip(), seed, dev_fraction, _changed_at(path))
    mini_batch_size_box.know_examples(m)
    return text


def _count_examples(known: str) -> None:
    """Those that a data set that Panda knows has for training, with the usual share of the dev set."""
    m = _BY_KEY[known].examples
    mini_batch_size_box.know_examples(m - round(m * _BORN.dev_fraction))


@st.cache_data(show_spinner="Reading the data …", max_entries=8)
def _description(path: str, label: str, seed: int, dev_fraction: float, changed: int) -> tuple[str, int]:
    """What is in a data set, of which the file was changed at that time, and how many training examples it has."""
    dataset = load_dataset(path, label=label if has_columns(path) else "", seed=seed, dev_fraction=dev_fraction)
    classes = ", ".join(dataset.classes[:12]) + (" …" if len(dataset.classes) > 12 else "")
    lines = [
        f"{dataset.m:,} examples to train on, {len(dataset.y_dev):,} in the dev set, {len(dataset.features):,} inputs",
        f"{len(dataset.classes):,} classes: {classes}",
        *dataset.warnings,
        *about_balance(dataset.classes, dataset.y_train, dataset.y_dev),
    ]
    return "\n".join(lines), dataset.m


def _changed_at(path: str) -> int:
    """When a file was written last; 0 where there is none, which is reported when it is read."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


def _needed(spec: Spec) -> bool:
    """Whether a form shows it under what is set up now."""
    return spec.needs is None or _value(spec.needs[0]) in spec.needs[1]


def _hyperparameter(spec: Spec) -> None:
    if spec.choices:
        _choice(spec.label, spec.choices, spec.name)
    elif spec.name == "mini_batch_size":
        mini_batch_size_box.show(spec)
    else:
        _box(spec.label, spec.name)


def _value(name: str) -> Any:
    """What is set up, also where its widget is not shown."""
    if name == "mini_batch_size":
        return mini_batch_size_box.value()
    return st.session_state.get(f"setup_{name}", _DEFAULTS[name])


# The value is told to a widget each time, not set once: what a run of the script sets is lost with it when
# another run begins before the browser has it, as happens when the connection comes back.


def _box(label: str, name: str, placeholder: str | None = None) -> None:
    st.text_input(
        label,
        _value(name),
        key=f"setup_{name}",
        help=_HELP.get(name),
        placeholder=placeholder,
        persist_state="session",
    )


def _choice(label: str, options: Sequence[str], name: str) -> None:
    st.selectbox(
        label,
        options,
        options.index(_value(name)),
        key=f"setup_{name}",
        help=_HELP["class_weights"] if name == "class_weights" else None,
        persist_state="session",
    )


def _chosen_data() -> str:
    data = _value("data")
    if data == UPLOAD:
        if "uploaded" not in st.session_state:
            raise InvalidInput("upload a file first, or choose another data set")
        return str(st.session_state.uploaded)
    if data == PATH:
        path: str = _value("path").strip()
        if not path:
            raise InvalidInput("type the path of a file, or choose another data set")
        return os.path.expanduser(path)
    return str(data)


def _layers(text: str) -> tuple[int, ...]:
    return tuple(whole_number("layers", word) for word in text.replace(",", " ").split())
