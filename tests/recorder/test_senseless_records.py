import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.examples import three_blobs
from tests.recorder.sessions import records_of, small_session
from trainer.data.column_plan import ColumnPlan
from trainer.engine.hyperparameters import Hyperparameters
from trainer.errors import SessionDamaged, SessionNotFound
from trainer.recorder.payloads import encode_rows, encode_tensors
from trainer.recorder.records import Payload, encode_record
from trainer.recorder.session import read_session
from trainer.recorder.tensors import draft_of_dataset

TIME = "2025-01-31T12:00:00.000Z"


def _append(
    path: Path,
    kind: str,
    fields: Mapping[str, object],
    payload: Payload | None = None,
    *,
    run: str = "r1",
    iteration: int = 12,
) -> None:
    """Add a record that a program other than Panda might have written: intact, whatever it says."""
    last = records_of(path)[-1]
    seq, prev = last.seq + 1, last.hash
    with path.open("ab") as file:
        file.write(encode_record(seq, kind, prev, TIME, fields, run=run, iteration=iteration, payload=payload).data)


STATE = {
    "iteration": 12, "epoch": 0, "offset": 0, "schedule_epoch": 0, "schedule_offset": 0, "v_weight": 0.0,
    "s_weight": 0.0, "hyperparameters": Hyperparameters().as_dict(),
}  # fmt: skip
CHANGE = {"index": 0, "author": "", "note": "", "before": {}, "after": {}, "digest": "", "state": STATE}
METRICS = {"first": 13, "columns": ["cost"], "evaluations": [], "seconds": 1.0}


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("note", {"author": 3, "text": ""}, "'author' is 3"),
        ("rename", {}, "'name' is None"),
        ("run", {}, "there is a run 'r1' already"),
        ("intervention", {**CHANGE, "after": {"alpha": True}}, "sets 'alpha'"),
        ("paused", {}, "'reason' is missing"),
        ("paused", {"reason": 3}, "'reason' is 3"),
        ("note", {"author": "a", "actor": 3, "text": ""}, "its actor is 3"),
        ("intervention", {**CHANGE, "after": {"momentum": [1]}}, "sets 'momentum'"),
        ("intervention", {**CHANGE, "state": {**STATE, "iteration": 3}}, "not that of iteration 12"),
        ("intervention", {**CHANGE, "state": {**STATE, "epoch": -1}}, "'epoch' is -1"),
        ("intervention", {**CHANGE, "state": {**STATE, "more": 1}}, "other fields"),
        ("intervention", {**CHANGE, "state": {**STATE, "v_weight": "big"}}, "'big' stands where a number"),
        (
            "intervention",
            {**CHANGE, "state": {**STATE, "hyperparameters": {**Hyperparameters().as_dict(), "momentum": 2}}},
            "momentum must be",
        ),
        ("run-end", {"reason": 1, "detail": "", "state": STATE, "digest": ""}, "'reason' is 1"),
        ("reopened", {"environment": {"threads": 10**6}}, "with 1000000 threads"),
        ("reopened", {"environment": []}, "'environment'"),
    ],
)
def test_an_intact_record_that_makes_no_sense_is_damage(
    tmp_path: Path, kind: str, fields: dict[str, object], says: str
) -> None:
    small_session(tmp_path / "x")
    _append(tmp_path / "x", kind, fields)
    session = read_session(tmp_path / "x")
    assert session.state == "damaged"
    assert [damage.record for damage in session.damage] == [f"000015-{kind}"]
    assert says in session.damage[0].what


@pytest.mark.parametrize(
    ("fields", "payload", "says"),
    [
        ({**METRICS, "first": 12}, encode_rows(np.zeros((1, 1))), "begin at 12, but 12 were recorded"),
        ({**METRICS, "first": 2**62}, encode_rows(np.zeros((1, 1))), "begin at 4611686018427387904"),
        ({**METRICS, "columns": ["cost", "x"]}, encode_rows(np.zeros((1, 1))), "its columns"),
        ({**METRICS, "columns": ["x"]}, encode_rows(np.zeros((1, 1))), "its columns"),
        ({**METRICS, "columns": ["cost", "cost"]}, encode_rows(np.zeros((1, 2))), "of which each stands once"),
        ({**METRICS, "columns": ["cost", 3]}, encode_rows(np.zeros((1, 2))), "its columns"),
        ({**METRICS, "evaluated": ["x", "y"]}, encode_rows(np.zeros((1, 1))), "not of dev cost and accuracy first"),
        (
            {**METRICS, "evaluated": ["dev_cost", "dev_accuracy", "x"], "evaluations": [[1, 2.0, 3.0]]},
            encode_rows(np.zeros((1, 1))),
            "not iteration, cost and accuracy",
        ),
        ({**METRICS, "seconds": True}, encode_rows(np.zeros((1, 1))), "True stands where a number"),
        ({**METRICS, "evaluations": [[1, 2]]}, encode_rows(np.zeros((1, 1))), "not iteration, cost and accuracy"),
        ({**METRICS, "evaluations": [[-1, 2.0, 3.0]]}, encode_rows(np.zeros((1, 1))), "of no iteration"),
        ({**METRICS, "evaluations": [[1, 10**400, 3.0]]}, encode_rows(np.zeros((1, 1))), "where a number"),
        (METRICS, encode_tensors({}), "has no costs"),
        (METRICS, None, "has no costs"),
    ],
)
def test_metrics_that_make_no_sense(
    tmp_path: Path, fields: dict[str, object], payload: Payload | None, says: str
) -> None:
    small_session(tmp_path / "x")
    _append(tmp_path / "x", "metrics", fields, payload, iteration=13)
    session = read_session(tmp_path / "x")
    assert [damage.record for damage in session.damage] == ["000015-metrics"]
    assert says in session.damage[0].what
    assert len(session.runs["r1"].costs) == 12


def test_a_gap_that_nothing_explains_is_damage_and_is_never_filled_beyond_the_file(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    _append(tmp_path / "x", "rename", {"name": 3})
    _append(tmp_path / "x", "metrics", {**METRICS, "first": 10**12}, encode_rows(np.zeros((1, 1))), iteration=10**12)
    session = read_session(tmp_path / "x")
    assert [damage.record for damage in session.damage] == ["000015-rename", "000016-metrics"]
    assert len(session.runs["r1"].costs) == 12


def test_records_of_a_run_that_never_began(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    _append(tmp_path / "x", "metrics", METRICS, encode_rows(np.zeros((1, 1))), run="r9")
    assert "a run 'r9' that never began" in read_session(tmp_path / "x").damage[0].what


def test_a_state_with_other_tensors_than_the_network_has_is_refused(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    good = recording.loop.state()
    scalars, digest = good.scalars(), good.digest()
    first = next(iter(good.tensors))
    bad = [
        ({**good.tensors, "extra": np.zeros(3)}, "'extra' is not one of a state"),
        ({name: t for name, t in good.tensors.items() if name != first}, f"'{first}' is missing".replace("[", r"\[")),
        ({**good.tensors, first: np.zeros((1, 1), np.float32)}, r"of shape \(1, 1\), not float32 of"),
        ({**good.tensors, first: good.tensors[first].astype(np.float64)}, "is float64 of shape"),
        ({**good.tensors, first: good.tensors[first] + 1}, "does not have the recorded digest"),
    ]
    for tensors, says in bad:
        fields = {"reason": "requested", "state": scalars, "digest": digest}
        _append(tmp_path / "x", "checkpoint", fields, encode_tensors(tensors))
        session = read_session(tmp_path / "x")
        with pytest.raises(SessionDamaged, match=says):
            session.training_state(session.runs["r1"].checkpoints[-1].seq)
    with pytest.raises(SessionNotFound, match=r"record 0 of .* carries no state"):
        session.training_state(0)


def _with_columns(columns: object) -> np.ndarray:
    """The description of the data set below, as if a table had had these columns."""
    description = {**three_blobs(m=37, m_dev=6, inputs=3).description(), "columns": columns}
    return np.frombuffer(json.dumps(description).encode(), np.uint8)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"X_train": np.full((37, 3), np.nan, np.float32)}, "not finite"),
        ({"y_train": np.full(37, 7)}, "labels outside 0 to 2"),
        ({"y_dev": np.zeros(5, np.int64)}, "do not fit"),
        ({"y_dev": np.zeros((6, 1), np.int64)}, "do not fit"),
        ({"X_dev": np.zeros((6, 4), np.float32)}, "do not fit"),
        ({"mean": np.zeros(4)}, "its mean is"),
        ({"X_train": np.zeros((37, 3), np.int64)}, "its examples are int64"),
        ({"more": np.zeros(1)}, "not those of a data set"),
        ({"description": np.frombuffer(b"[]", np.uint8)}, "not an object"),
        ({"description": np.frombuffer(b'{"name":"x","classes":[1]}', np.uint8)}, "its classes are not texts"),
        ({"description": np.zeros(5)}, "not those of a data set"),
        ({"description": _with_columns([{}])}, "does not say what becomes of a column"),
        ({"description": _with_columns([3])}, "does not say what becomes of a column"),
        ({"description": _with_columns(3)}, "its columns"),
        ({"description": _with_columns([ColumnPlan("z", "input", "numbers").as_dict()])}, "do not become the inputs"),
    ],
)
def test_a_data_set_that_makes_no_sense(tmp_path: Path, change: dict[str, np.ndarray], says: str) -> None:
    dataset = three_blobs(m=37, m_dev=6, inputs=3)
    description = np.frombuffer(json.dumps(dataset.description()).encode(), np.uint8)
    draft = draft_of_dataset(dataset)
    payload = encode_tensors({"description": description, **dataset.tensors(), **change})
    first = {"format": 1, "id": "x", "name": "", "environment": {"threads": 1}}
    begin = encode_record(0, "session", "", TIME, first)
    data = encode_record(1, "dataset", begin.hash, TIME, draft.fields, payload=payload)
    (tmp_path / "x").write_bytes(begin.data + data.data)
    session = read_session(tmp_path / "x")
    assert session.damage == ()
    with pytest.raises(SessionDamaged, match=says):
        session.dataset()
