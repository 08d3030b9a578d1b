"""Gauges of recorded runs: the same live and played back, verified, and along branches and resumptions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engine.watching import Log
from tests.examples import record_run
from tests.recorder.sessions import records_of
from trainer.engine import gauging
from trainer.engine.commands import Intervene
from trainer.engine.events import Gauged, RunEnded
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainer import Trainer
from trainer.experiments import verify as verifying
from trainer.experiments.recorded_run import begin, resume
from trainer.experiments.replay import Replay
from trainer.experiments.verify import verify
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.payloads import decode_rows, encode_rows
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Payload, encode_record
from trainer.recorder.session import read_session
from trainer.service.read_model import ReadModel

CONFIG = RunConfig(data="iris", layers=(4,), evaluate_every=20, gauge_budget=0.5)
SMALL = Hyperparameters(mini_batch_size=16)
CHANGES = [(40, Intervene({"learning_rate": 0.05})), (300, Intervene({"optimizer": "adam"}))]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauging, "CLOSEST_SECONDS", 0.001)


def recorded(path: Path, iterations: int, model: ReadModel | None = None, **config: object) -> None:
    """A whole run, watched as a page does."""
    trainer = Trainer()
    log, watching = Log(), () if model is None else (model.receive,)
    made = RunConfig(**{**CONFIG.as_dict(), **config})
    begin(trainer, made, SMALL, path=path, iterations=iterations, interventions=CHANGES, subscribers=(*watching, log))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    trainer.close()


def test_what_is_played_back_is_what_was_live(tmp_path: Path) -> None:
    model, path = ReadModel(), tmp_path / "s.panda"
    recorded(path, 5_000, model)
    live = model.gauges.table()
    session = read_session(path)
    played = ReadModel(line=with_ancestors(session, session.run("r1"))).gauges.table()
    assert len(live.iterations) > 1
    assert (set(live.names), live.iterations.tolist()) == (set(played.names), played.iterations.tolist())
    for name in live.names:
        np.testing.assert_array_equal(
            live.values[live.names.index(name)], played.values[played.names.index(name)], err_msg=name
        )


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("cores", [1, 3])
def test_a_run_with_gauges_verifies_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, cores: int
) -> None:
    monkeypatch.setattr(verifying, "_SHORTEST_PART", 10)
    monkeypatch.setattr(verifying, "cores", lambda: cores)
    recorded(tmp_path / "s.panda", 3000, engine=engine)
    assert read_session(tmp_path / "s.panda").runs["r1"].columns
    verdict = verify(tmp_path / "s.panda")
    assert (verdict.result, verdict.iterations) == ("exact", 3000)


def test_gauges_are_of_shifted_inputs_and_measured_before_a_shift_at_their_iteration(tmp_path: Path) -> None:
    """Every 20 iterations something is changed where gauges may be measured too."""
    changes = [(t, Intervene({"input_shift": t / 100, "learning_rate": 0.1 / t})) for t in range(20, 2000, 20)]
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 2000, changes)
    run = read_session(path).runs["r1"]
    measured = set(run.columns["gradient_norm"][0].tolist())
    assert measured & {t for t, _ in changes}
    assert verify(path).result == "exact"


@pytest.mark.parametrize("row", [0, -1])
def test_a_gauge_that_is_not_what_was_measured_is_a_divergence(tmp_path: Path, row: int) -> None:
    path = tmp_path / "s.panda"
    recorded(path, 5_000)
    wrong, at = with_one_gauge_changed(path, tmp_path / "wrong.panda", row)
    verdict = verify(wrong)
    assert (verdict.result, verdict.first_difference) == ("diverged", at)
    assert verdict.text == f"differs from iteration {at}: gauge gradient_norm"
    assert verdict.largest == 0


def test_whoever_goes_on_does_not_measure_again_what_only_verify_compares(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    recorded(path, 600)
    session = read_session(with_one_gauge_changed(path, tmp_path / "wrong.panda", 0)[0])
    run = session.run("r1")
    replay = Replay(session, run)
    replay.finish(run.iteration)
    assert replay.differences == []


def test_gauges_go_on_where_a_run_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    recorded(path, 500)
    trainer = Trainer()
    log = Log()
    resume(trainer, path, iterations=5_000, subscribers=(log,))
    log.wait_for(lambda log: bool(log.of(RunEnded)))
    trainer.close()
    at = read_session(path).runs["r1"].columns["gradient_norm"][0]
    assert (np.diff(at) > 0).all()
    assert at[0] == 0
    assert at[-1] == log.of(Gauged)[-1].iteration
    assert verify(path).result == "exact"


def test_a_budget_of_0_leaves_no_gauges_on_the_record(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, RunConfig(data="iris", layers=(4,), gauge_budget=0.0), SMALL, 500)
    assert "gauges" not in {record.kind for record in records_of(path)}
    assert read_session(path).runs["r1"].columns == {}


def with_one_gauge_changed(path: Path, new: Path, row: int) -> tuple[Path, int]:
    """A copy in which one gradient norm is another one, with hashes that are right; and its iteration."""
    prev, content, at = "", b"", 0
    reader = RecordReader(path)
    records = records_of(path)
    chosen = [record for record in records if record.kind == "gauges"][row]
    fixed = {"seq", "kind", "run", "iteration", "time", "prev", "hash", "payload"}
    for record in records:
        fields = {name: value for name, value in record.body.items() if name not in fixed}
        payload = None
        if record.payload_type is not None:
            data = reader.payload(record)
            payload = Payload(record.payload_type, (data,))
            if record is chosen:
                rows = decode_rows(data).copy()
                assert record.body["gauges"][0] == "gradient_norm"
                rows[row, 1] *= 1.01
                at, payload = int(rows[row, 0]), encode_rows(rows)
        made = encode_record(
            record.seq,
            record.kind,
            prev,
            record.time,
            fields,
            run=record.run,
            iteration=record.iteration,
            payload=payload,
        )
        prev, content = made.hash, content + made.data
    reader.close()
    new.write_bytes(content)
    return new, at
