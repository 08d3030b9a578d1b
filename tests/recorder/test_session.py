import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.examples import three_blobs
from tests.recorder.sessions import CONFIG, Recording, records_of, small_session
from trainer.data.dataset import Dataset
from trainer.engine.events import Origin, RunStarted, Trained, WentNonFinite
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.errors import SessionDamaged, SessionError, SessionNotFound, UnsupportedFormat
from trainer.recorder import tensors
from trainer.recorder.records import Payload, encode_record
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog
from trainer.recorder.summary import summarise

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


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    session = read_session(tmp_path / "x")
    assert (session.name, session.state, session.damage, session.format) == ("small, renamed", "closed", (), 2)
    assert session.path == tmp_path / "x"
    assert session.records == 15
    assert session.end == (tmp_path / "x").stat().st_size
    run = session.run("r1")
    assert (run.config, run.parent, run.ended) == (CONFIG, None, "finished")
    assert (run.initial.iteration, run.initial.hyperparameters) == (0, Hyperparameters(mini_batch_size=8))
    assert run.iteration == 12
    assert run.costs.tolist() == recording.costs
    assert [evaluation.iteration for evaluation in run.evaluations] == [5, 9, 12]
    assert run.timeline[:, :2].tolist() == [[0, 0], [5, 0.05], [9, 0.09], [12, 0.12]]
    assert [(c.index, c.iteration, c.author, c.note) for c in run.interventions] == [
        (0, 5, "test", "calmer, α down"), (1, 9, "test", ""),
    ]  # fmt: skip
    assert run.interventions[0].before == {"learning_rate": 0.1}
    assert run.interventions[1].after == {"optimizer": "adam", "decay": "inverse-time", "decay_rate": 0.5}
    assert [(c.kind, c.iteration) for c in run.checkpoints] == [
        ("run", 0), ("intervention", 5), ("checkpoint", 9), ("intervention", 9), ("run-end", 12),
    ]  # fmt: skip
    assert [(moment.kind, moment.text) for moment in run.moments] == [("paused", "paused by command"), ("resumed", "")]
    assert run.notes[0].text == "looks well"


def test_recorded_states_lead_to_the_same_future(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    session = read_session(tmp_path / "x")
    run = session.runs["r1"]
    dataset = session.dataset()
    for checkpoint in run.checkpoints:
        state = session.training_state(checkpoint.seq)
        assert (state.digest(), state.iteration) == (checkpoint.digest, checkpoint.iteration)
    intervention = run.interventions[1]
    loop = TrainingLoop(run.config, dataset, state=session.training_state(intervention.seq))
    loop.intervene(intervention.after)
    assert [loop.step() for _ in range(3)] == recording.costs[9:]
    assert loop.state().digest() == run.checkpoints[-1].digest


@pytest.mark.parametrize("optimizer", ["gd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize(
    "config", [CONFIG, RunConfig(layers=(), dtype="float64"), RunConfig(layers=(3, 2), batch_norm=False)]
)
def test_states_of_every_kind_of_network(tmp_path: Path, optimizer: str, config: RunConfig) -> None:
    hyperparameters = Hyperparameters(optimizer=optimizer, mini_batch_size=8)  # type: ignore[arg-type]
    dataset = three_blobs(dtype=config.dtype)
    recording = Recording(tmp_path / "x", dataset, config, hyperparameters)
    recording.start()
    recording.train(3)
    recording.end()
    session = read_session(tmp_path / "x")
    last = session.runs["r1"].checkpoints[-1]
    assert session.training_state(last.seq).digest() == recording.loop.state().digest() == last.digest
    assert session.dataset().X_train.dtype == config.dtype


def test_a_branch_knows_its_parent(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    parent = read_session(tmp_path / "x")
    checkpoint = parent.runs["r1"].checkpoints[1]
    origin = Origin(parent.id, "r1", checkpoint.iteration, checkpoint.digest)
    log = SessionLog.create(tmp_path / "y", recording.dataset)
    log.record(RunStarted("r2", CONFIG, recording.dataset, parent.training_state(checkpoint.seq), origin))
    log.close()
    branch = read_session(tmp_path / "y")
    assert branch.origin == branch.runs["r2"].parent == origin
    assert parent.origin is None
    assert (branch.runs["r2"].initial.iteration, branch.runs["r2"].iteration) == (5, 5)


def test_going_non_finite_is_recorded_with_the_last_good_state(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    recording.train(2)
    what = "the cost of iteration 3 is not a finite number"
    recording.log.record(WentNonFinite("r1", 2, what, recording.loop.state()))
    recording.log.close()
    run = read_session(tmp_path / "x").runs["r1"]
    assert [(m.kind, m.text) for m in run.moments] == [("nonfinite", what)]
    assert run.checkpoints[-1].kind == "nonfinite"
    assert run.ended is None


def test_state_of_a_session(tmp_path: Path) -> None:
    path = tmp_path / "x"
    recording = Recording(path)
    recording.start()
    assert read_session(path).state == "recording"
    recording.train(2)
    recording.end()
    assert read_session(path).state == "closed"
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert read_session(path).state == "cut"
    path.write_bytes(data[:-1024])
    assert read_session(path).state == "cut"
    path.write_bytes(data[:2000] + b"?" + data[2001:])
    assert read_session(path).state == "damaged"


def test_a_data_set_that_is_too_large_is_described_but_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensors, "DATASET_LIMIT", 100)
    dataset = three_blobs()
    SessionLog.create(tmp_path / "x", dataset).close()
    session = read_session(tmp_path / "x")
    assert session.data == {
        "name": "three blobs", "m": 97, "m_dev": 30, "inputs": 5, "classes": 3, "dtype": "float32",
        "fingerprint": dataset.fingerprint, "stored": False,
    }  # fmt: skip
    with pytest.raises(SessionError, match="three blobs was too large to be stored"):
        session.dataset()


def test_a_data_set_with_very_many_named_columns(tmp_path: Path) -> None:
    n = 9000
    wide = Dataset(
        "wide", np.zeros((4, n), np.float32), np.array([0, 1, 0, 1]), np.zeros((2, n), np.float32), np.array([0, 1]),
        np.zeros(n), np.ones(n), ("no", "yes"), tuple(f"column number {i}" for i in range(n)), warnings=("flat",),
    )  # fmt: skip
    SessionLog.create(tmp_path / "x", wide).close()
    back = read_session(tmp_path / "x").dataset()
    assert back.description() == wide.description()
    assert back.fingerprint == wide.fingerprint


def test_the_1001st_point_and_the_1000001st(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    costs = np.random.Generator(np.random.PCG64(1)).random(1_000_001)
    for start in range(0, len(costs), 1001):
        recording.clock.now += 1
        recording.log.record(Trained("r1", start + 1, costs[start : start + 1001], (), 1e-3 * start))
    recording.log.close()
    assert read_session(tmp_path / "x").runs["r1"].costs.tobytes() == costs.tobytes()


def test_lost_metrics_leave_a_gap_that_shows(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    records, data = records_of(tmp_path / "x"), bytearray((tmp_path / "x").read_bytes())
    data[records[5].payload_offset + 150] ^= 4
    (tmp_path / "x").write_bytes(data)
    session = read_session(tmp_path / "x")
    what = "record 000005-metrics: its payload does not match its SHA-256"
    assert [str(damage) for damage in session.damage] == [what]
    costs = session.runs["r1"].costs
    assert np.isnan(costs).tolist() == [False] * 5 + [True] * 4 + [False] * 3
    assert costs[9:].tolist() == recording.costs[9:]
    assert session.training_state(session.runs["r1"].interventions[1].seq).iteration == 9


def test_a_lost_beginning_of_a_run_takes_the_run_but_not_the_session(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    records, data = records_of(tmp_path / "x"), bytearray((tmp_path / "x").read_bytes())
    data[records[2].payload_offset] ^= 4
    (tmp_path / "x").write_bytes(data)
    session = read_session(tmp_path / "x")
    assert [damage.record for damage in session.damage] == ["000002-run"]
    assert session.runs == {}
    assert session.name == "small, renamed"
    with pytest.raises(SessionNotFound, match=r"no run 'r1' .* it has none"):
        session.run("r1")


def test_a_lost_first_record_leaves_the_rest_readable(tmp_path: Path) -> None:
    recording = small_session(tmp_path / "x")
    data = bytearray((tmp_path / "x").read_bytes())
    data[600] ^= 4
    (tmp_path / "x").write_bytes(data)
    session = read_session(tmp_path / "x")
    assert [damage.record for damage in session.damage] == ["000000-session"]
    assert session.id == ""
    assert session.runs["r1"].costs.tolist() == recording.costs
    with pytest.raises(SessionDamaged, match="000000-session"):
        SessionLog.reopen(tmp_path / "x")


def test_newer_formats_are_refused_with_a_sentence(tmp_path: Path) -> None:
    first = {"format": 3, "name": "moons", "created": TIME}
    (tmp_path / "x").write_bytes(encode_record(0, "session", "", TIME, first).data)
    for read in (read_session, summarise):
        with pytest.raises(UnsupportedFormat) as refused:
            read(tmp_path / "x")
        assert str(refused.value).endswith(
            f"x has format 3, written by a newer Panda; this one reads formats up to 2 (the session is named 'moons',"
            f" created '{TIME}'; any tar tool lists its records)"
        )


@pytest.mark.parametrize("version", [0, -1, True, "2", 1.0, None])
def test_a_format_that_was_never_written_is_damage(tmp_path: Path, version: object) -> None:
    first = {"format": version, "id": "x", "name": "moons", "environment": {"threads": 1}}
    (tmp_path / "x").write_bytes(encode_record(0, "session", "", TIME, first).data)
    session = read_session(tmp_path / "x")
    assert [damage.record for damage in session.damage] == ["000000-session"]
    assert "format" in session.damage[0].what


@pytest.mark.parametrize("data", [b"hello", b"0", b"\0" * 5000, b"PK\3\4" * 400])
def test_what_is_not_a_session_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    if b"000000-session.json".startswith(data):
        assert read_session(tmp_path / "x").state == "cut"
    else:
        with pytest.raises(UnsupportedFormat, match="is not a session of Panda"):
            read_session(tmp_path / "x")


def test_kinds_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    _append(tmp_path / "x", "applause", {"loud": True})
    assert read_session(tmp_path / "x").damage == ()


def test_the_same_file_read_twice_says_the_same(tmp_path: Path) -> None:
    small_session(tmp_path / "x")
    before = hashlib.sha256((tmp_path / "x").read_bytes()).hexdigest()
    read_session(tmp_path / "x")
    read_session(tmp_path / "x").training_state(2)
    assert hashlib.sha256((tmp_path / "x").read_bytes()).hexdigest() == before


@pytest.mark.parametrize("kind", ["dataset", "checkpoint"])
def test_what_changes_in_the_file_after_it_was_read_is_noticed_when_it_is_used(tmp_path: Path, kind: str) -> None:
    recording = small_session(tmp_path / "x")
    session = read_session(recording.path)
    record = next(record for record in records_of(recording.path) if record.kind == kind)
    use = session.dataset if kind == "dataset" else lambda: session.training_state(record.seq)
    use()
    whole = recording.path.read_bytes()
    for at in range(record.payload_offset, record.payload_offset + record.payload_size, 97):
        recording.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(SessionDamaged, match=record.name):
            use()
    recording.path.write_bytes(whole)
    use()
