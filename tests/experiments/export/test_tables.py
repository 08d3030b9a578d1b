"""CSV, JSON lines and Parquet: read back by pandas and by Python, every number equal to the recorded one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.experiments.export.conftest import NOTE
from trainer.engine.hyperparameters import HYPERPARAMETERS
from trainer.engine.loop import TrainingLoop
from trainer.experiments.export.rows import Progress, rows
from trainer.experiments.export.tables import write_csv, write_jsonl, write_parquet
from trainer.experiments.line import Line, line_of
from trainer.recorder.session import read_session

Write = Callable[[Line, Path, Progress | None], None]


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def read_jsonl(path: Path) -> pd.DataFrame:
    return pd.DataFrame([json.loads(row) for row in path.read_text("utf-8").splitlines()])


FORMATS: list[tuple[Write, Callable[[Path], pd.DataFrame]]] = [
    (write_csv, read_csv),
    (write_jsonl, read_jsonl),
    (write_parquet, pd.read_parquet),
]


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_read_back_bit_for_bit(line: Line, write: Write, read: Callable[[Path], pd.DataFrame], tmp_path: Path) -> None:
    write(line, tmp_path / "x", None)
    table, run = read(tmp_path / "x"), line.run
    assert table["iteration"].tolist() == list(range(1, 101))
    assert table["cost"].tolist() == run.costs.tolist()
    evaluated = table.dropna(subset=["dev_cost"])
    recorded = [e for e in run.evaluations if e.iteration > 0]
    assert len(recorded) >= 10
    assert evaluated["iteration"].tolist() == [e.iteration for e in recorded]
    assert evaluated["dev_cost"].tolist() == [e.dev_cost for e in recorded]
    assert evaluated["dev_accuracy"].tolist() == [e.dev_accuracy for e in recorded]
    assert table["seconds"].tolist() == np.interp(range(1, 101), run.timeline[:, 0], run.timeline[:, 1]).tolist()
    told = table.dropna(subset=["intervention"]).set_index("iteration")
    assert told["intervention"].to_dict() == {
        1: "learning_rate 0.1 → 0.2",
        13: "learning_rate 0.2 → 0.1",
        30: "decay none → inverse-time, decay_rate 1 → 0.5",
        41: "mini_batch_size 16 → 7",
        55: "momentum 0.9 → 0.5; momentum 0.5 → 0.95",
        70: f"optimizer momentum → adam, learning_rate {run.interventions[-1].before['learning_rate']} → 0.01",
    }
    assert told["note"][13] == NOTE
    assert told["note"][55] == "a longer memory; twice at once"
    assert pd.isna(told["note"][41])
    assert set(told["author"]) == {"test"}


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_what_was_in_force_is_what_the_loop_took(
    line: Line, write: Write, read: Callable[[Path], pd.DataFrame], tmp_path: Path
) -> None:
    write(line, tmp_path / "x", None)
    table, run = read(tmp_path / "x"), line.run
    loop = TrainingLoop(run.config, line.session.dataset(), state=line.session.training_state(run.initial.seq))
    changes = {change.seq: change for change in run.interventions}
    for checkpoint in run.checkpoints[1:]:
        while loop.iteration < checkpoint.iteration:
            taken = {**loop.hyperparameters.as_dict(), "learning_rate": loop.learning_rate}
            row = table.iloc[loop.iteration]
            loop.step()
            assert {name: row[name] for name in HYPERPARAMETERS} == taken
            assert row["epoch"] == loop.epoch_position
        if checkpoint.seq in changes:
            loop.intervene(changes[checkpoint.seq].after)
    assert loop.iteration == 100


@pytest.mark.parametrize(("write", "read"), FORMATS)
def test_nothing_of_an_abandoned_part(
    branched: Path, write: Write, read: Callable[[Path], pd.DataFrame], tmp_path: Path
) -> None:
    session = read_session(branched)
    r1, r2 = session.runs.values()
    write(line_of(session, r2), tmp_path / "x", None)
    table = read(tmp_path / "x")
    assert table["iteration"].tolist() == list(range(1, 61))
    assert table["cost"].tolist() == [*r1.costs[:20], *r2.costs]
    assert not set(table["cost"]) & set(r1.costs[21:])
    assert table.dropna(subset=["note"])[["iteration", "note"]].to_numpy().tolist() == [[20, "kept"]]
    assert table["learning_rate"].tolist() == [0.1] * 20 + [0.05] * 40
    write(line_of(session, r1), tmp_path / "y", None)
    assert read(tmp_path / "y")["cost"].tolist() == r1.costs.tolist()


def test_parquet_says_what_a_row_cannot(line: Line, tmp_path: Path) -> None:
    import pyarrow.parquet

    write_parquet(line, tmp_path / "x", None)
    said = json.loads(pyarrow.parquet.read_schema(tmp_path / "x").metadata[b"panda"])
    assert said["config"] == line.run.config.as_dict()
    assert (said["run"], said["session"], said["damage"]) == ("r1", line.session.id, [])
    assert said["environment"]["numpy"] == np.__version__


def test_a_long_run_is_told_in_pieces(line: Line) -> None:
    told: list[tuple[int, int]] = []
    pieces = list(rows(line, 33, lambda done, total: told.append((done, total))))
    assert [len(piece.iterations) for piece in pieces] == [33, 33, 33, 1]
    assert told == [(33, 100), (66, 100), (99, 100), (100, 100)]
    (whole,) = rows(line)
    for name, column in whole.numbers.items():
        assert np.concatenate([piece.numbers[name] for piece in pieces]).tobytes() == column.tobytes()
    assert [33 * k + row for k, piece in enumerate(pieces) for row in piece.changes] == list(whole.changes)
