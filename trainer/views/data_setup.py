"""The data of the set-up: which file or data set, which column holds the labels, which columns are left out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from trainer.data.description import Description, describe_data
from trainer.data.glance import glance, takes_long
from trainer.data.loading import has_columns, list_datasets
from trainer.data.read_as import ReadAs
from trainer.data.uploads import keep_upload
from trainer.engine.hyperparameters import RUN_CONFIG, parse_number
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.recorded_run import SESSIONS
from trainer.service.typed_text import whole_number
from trainer.text import one_line, visible
from trainer.views import mini_batch_size_box
from trainer.views.component import show
from trainer.views.data_preview import preview
from trainer.views.setup_boxes import BORN, DEFAULTS, box, choice, value

UPLOAD, PATH = "Upload a file", "A file on this machine"
_BY_KEY = {summary.name: summary for summary in list_datasets()}
_DATA = (*_BY_KEY, UPLOAD, PATH)
_FILES = (
    "CSV, TSV and other tables as text, packed (.gz, .zip) or not, Parquet, NPZ, or an NPY or IDX file and its labels."
)


def chosen_data() -> str:
    """Name of the data set, or path of the file; raises InvalidInput where there is none yet."""
    data = value("data")
    if data == UPLOAD:
        if "uploaded" not in st.session_state:
            raise InvalidInput("upload a file first, or choose another data set")
        return str(st.session_state.uploaded)
    if data == PATH:
        path: str = value("path").strip()
        if not path:
            raise InvalidInput("type the path of a file, or choose another data set")
        return os.path.expanduser(path)
    return str(data)


def chosen_columns(path: str) -> tuple[str, tuple[str, ...]]:
    """The column of the labels ("" is the last one) and those that are left out, as chosen for a file and still in it.

    Raises InvalidData where the file cannot be read.
    """
    label, left_out = _columns_of(path)
    if not label and not left_out:
        return "", ()
    names = _names(path, _stamp(path))
    label = label if label in names else ""
    return label, tuple(name for name in left_out if name in names and name != label)


def check_data(data: str) -> None:
    """Raise InvalidInput where the data cannot be trained on as set up; else their training examples are known."""
    if data in _BY_KEY and value("dev_fraction") == DEFAULTS["dev_fraction"]:
        _count_examples(data)
    elif refusal := _described(data).refusal:
        raise InvalidInput(refusal)


def show_data() -> None:
    """Its widgets, and in a few words what is in the data."""
    choice("Data set", _DATA, "data")
    chosen = value("data")
    if chosen == UPLOAD:
        _upload()
    elif chosen == PATH:
        box("Path", "path", placeholder="/data/flowers.csv")
    else:
        about = _BY_KEY[chosen]
        st.text(f"{about.description}\n{about.examples:,} examples, {about.inputs} inputs, {about.classes} classes")
        if value("dev_fraction") == DEFAULTS["dev_fraction"]:
            _count_examples(chosen)
            return
    try:
        data = chosen_data()
        found = _described(data)
    except PandaError:
        return  # why not stands beside Start
    if found.columns:
        _choose_columns(data, found)
    if not found.refusal and not found.train:
        st.text(f"{_stamp(data)[0] / 1e6:,.0f} MB, of which the beginning is shown. Start reads all of it.")
        st.button("Read all of it now", on_click=_read_in_full, args=(data,), icon=":material/table_view:")
    elif not found.refusal:
        st.text(visible(_in_short(found)))
        if why := mini_batch_size_box.told():
            st.text(why)


def show_preview() -> None:
    """What is in the data, in tables: open where they are a person's own."""
    own = value("data") in (UPLOAD, PATH)
    expander = st.expander("Look at the data", expanded=own, key=f"preview_own_{own}", on_change="rerun")
    if not expander.open:
        return
    with expander:
        try:
            found = _described(chosen_data())
        except PandaError:
            st.text("There is nothing to look at yet.")
        else:
            if found.columns or found.train:
                show("data_preview", "data_preview", preview(found))
            else:
                st.text("There is nothing to look at before all of it is read.")


def _upload() -> None:
    files = st.file_uploader(
        "File", accept_multiple_files=True, key="setup_files", on_change=_files_changed, help=_FILES
    )
    if files:
        try:
            _keep(files)
        except InvalidInput as error:
            st.text(f"{str(error).rstrip('.')}.")
    elif "uploaded" in st.session_state:
        st.text(f"Still there: {one_line(Path(st.session_state.uploaded).name)}")


def _keep(files: Sequence[UploadedFile]) -> None:
    """Keep what was uploaded; once, not in every run of the script."""
    ids, kept = st.session_state.get("kept_upload", ((), ""))
    if ids != tuple(file.file_id for file in files) or not Path(kept).is_file():
        kept = str(keep_upload(SESSIONS / "uploads", {file.name: file.getvalue() for file in files}))
        st.session_state.kept_upload = tuple(file.file_id for file in files), kept
    st.session_state.uploaded = kept


def _files_changed() -> None:
    """Called when a person adds or removes one, not when the widget is merely not shown."""
    if not st.session_state.setup_files:
        st.session_state.pop("uploaded", None)


def _choose_columns(path: str, found: Description) -> None:
    """A list for the column of the labels and one for those that are left out; of another file they are others."""
    names = [column.name for column in found.columns]
    (label,) = [column.name for column in found.columns if column.role == "label"]
    left_out = [column.name for column in found.columns if column.role == "left out"]
    of_file = "_".join(map(str, (*_stamp(path), path)))
    label_key, left_out_key = f"setup_label_{of_file}", f"setup_leave_out_{of_file}"

    def chosen() -> None:
        known = st.session_state.setdefault("setup_columns", {})
        # a run of the script that another one interrupts may have come to the first list only
        now = st.session_state.get(label_key, label), tuple(st.session_state.get(left_out_key, left_out))
        known[path] = now

    st.selectbox(
        "Label column",
        names,
        names.index(label),
        key=label_key,
        format_func=one_line,
        on_change=chosen,
        help="The class of each example.",
    )
    st.multiselect(
        "Columns to leave out",
        [name for name in names if name != label],
        left_out,
        key=left_out_key,
        format_func=one_line,
        on_change=chosen,
        placeholder="none",
        help=RUN_CONFIG["leave_out"].help,
    )


def _columns_of(path: str) -> tuple[str, tuple[str, ...]]:
    """What was chosen for a file, perhaps when it held other columns."""
    found: tuple[str, tuple[str, ...]] = st.session_state.get("setup_columns", {}).get(path, ("", ()))
    return found


def _described(data: str) -> Description:
    """What is in a data set; raises InvalidInput where it cannot be read. Its training examples are counted."""
    try:
        seed = whole_number("seed", value("seed"), 0)
        dev_fraction = parse_number("dev share", value("dev_fraction"))
        label, left_out = chosen_columns(data) if has_columns(data) else ("", ())
        found = _description(data, ReadAs(label, left_out, seed, dev_fraction), _stamp(data), _in_full(data))
    except PandaError:
        mini_batch_size_box.know_examples(None)
        raise
    # not before: while the data are read, the number that was known stands, and the box with it
    mini_batch_size_box.know_examples(found.train or None)
    return found


@st.cache_data(show_spinner="Reading the data …", max_entries=8)
def _description(data: str, how: ReadAs, stamp: tuple[int, int], in_full: bool) -> Description:
    """What is in a data set, of which the file had this stamp; of a file that takes long, perhaps only a glance."""
    if not in_full:
        return glance(data, how)
    return describe_data(data, how)


def _read_in_full(data: str) -> None:
    st.session_state.read_in_full = (data, _stamp(data))


def _in_full(data: str) -> bool:
    """Whether all of it is read for the look at it, not only when it is trained on."""
    return st.session_state.get("read_in_full") == (data, _stamp(data)) or not takes_long(data)


@st.cache_data(show_spinner=False, max_entries=64)
def _names(path: str, stamp: tuple[int, int]) -> tuple[str, ...]:
    """The columns of a file that had this stamp."""
    if takes_long(path):
        return tuple(column.name for column in glance(path).columns)
    return tuple(column.name for column in _description(path, BORN.read_as, stamp, True).columns)


def _stamp(path: str) -> tuple[int, int]:
    """Size of a file and when it was written last; 0 where there is none, which is reported when it is read."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _count_examples(known: str) -> None:
    """Those that a data set that Panda knows has for training, with the usual share of the dev set."""
    m = _BY_KEY[known].examples
    mini_batch_size_box.know_examples(m - round(m * BORN.dev_fraction))


def _in_short(found: Description) -> str:
    classes = ", ".join(each.name for each in found.classes[:12]) + (" …" if len(found.classes) > 12 else "")
    examples = f"{found.train:,} examples to train on, {found.dev:,} in the dev set, {len(found.features):,} inputs"
    return f"{examples}\n{len(found.classes):,} classes: {classes}"
