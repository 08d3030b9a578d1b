"""The schedule that emerged: told from the recorded states, so that it survives damage to a change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.examples import TEST, record_run
from trainer.engine.commands import Intervene
from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, RunConfig
from trainer.experiments.emerged_schedule import COLUMNS, Schedule, emerged_schedule, formula, table
from trainer.numerics.learning_rate_decay import Decay
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import read_session

NUDGES = [
    (20, Intervene({"decay": "exponential", "decay_rate": 0.5}, TEST, "lost")),
    (40, Intervene({"momentum": 0.5}, TEST, "kept")),
    (60, Intervene({"learning_rate": 0.01}, TEST, "at the very end")),
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schedule") / "s.panda"
    record_run(path, RunConfig(data="iris", layers=(5,)), Hyperparameters(mini_batch_size=16), 60, NUDGES[:2])
    return path


def schedule_of(path: Path) -> Schedule:
    session = read_session(path)
    return emerged_schedule(session, with_ancestors(session, session.run("r1")))


@pytest.mark.parametrize(
    ("decay", "said"),
    [
        ("none", "0.3"),
        ("inverse-time", "0.3 / (1 + 0.1 e), e epochs since iteration 7"),
        ("exponential", "0.3 · 0.1^e, e epochs since iteration 7"),
        ("inverse-sqrt", "0.3 / √(1 + 0.1 e), e epochs since iteration 7"),
        ("staircase", "0.3 · 0.1^⌊e / 10⌋, e epochs since iteration 7"),
    ],
)
def test_formulas(decay: Decay, said: str) -> None:
    assert formula(Hyperparameters(learning_rate=0.3, decay=decay, decay_rate=0.1), "iteration 7") == said


def test_a_checkpoint_begins_nothing(recorded: Path) -> None:
    schedule = schedule_of(recorded)
    assert len(read_session(recorded).run("r1").checkpoints) > len(schedule.pieces) == 3
    assert [piece.first for piece in schedule.pieces] == [1, 21, 41]
    assert [piece.fresh for piece in schedule.pieces] == [True, False, False]
    assert [row[-1] for row in table(schedule)] == ["", "lost", "kept"]


def test_what_damage_left_of_it(recorded: Path, tmp_path: Path) -> None:
    """The change at 20 is lost; that it decays by 40 is told by the state recorded there, and nothing of between."""
    reader = RecordReader(recorded)
    first = next(r for r in reader.read() if isinstance(r, Record) and r.kind == "intervention")
    reader.close()
    raw = bytearray(recorded.read_bytes())
    raw[first.end - 512] ^= 1
    (tmp_path / "d.panda").write_bytes(raw)
    damaged, whole = schedule_of(tmp_path / "d.panda"), schedule_of(recorded)
    assert [piece.first for piece in damaged.pieces] == [1, 21, 41]
    between = np.arange(21, 41)
    assert np.isnan(damaged.learning_rates(between)).all()
    assert np.isnan(damaged.epochs(between)).all()
    row = table(damaged)[1]
    assert row[:2] == ("21 – 40", f"not known: {first.name} damaged")
    assert set(row[2:]) == {""}
    assert damaged.pieces[-1].segment == whole.pieces[-1].segment
    known = np.array([*range(1, 21), *range(41, 61)])
    assert damaged.learning_rates(known).tolist() == whole.learning_rates(known).tolist()
    assert damaged.epochs(known).tolist() == whole.epochs(known).tolist()


def test_a_change_whose_tensors_are_lost_is_told(recorded: Path, tmp_path: Path) -> None:
    raw = bytearray(recorded.read_bytes())
    raw[raw.index(b"-intervention.safetensors") + 1024] ^= 1
    (tmp_path / "d.panda").write_bytes(raw)
    assert read_session(tmp_path / "d.panda").state == "damaged"
    assert schedule_of(tmp_path / "d.panda") == schedule_of(recorded)


def test_damage_that_cannot_have_been_a_change_leaves_all_known(recorded: Path, tmp_path: Path) -> None:
    raw = bytearray(recorded.read_bytes())
    raw[raw.rindex(b"-metrics.npy") + 700] ^= 1
    (tmp_path / "d.panda").write_bytes(raw)
    assert schedule_of(tmp_path / "d.panda") == schedule_of(recorded)


def test_a_change_at_the_very_end_governs_what_would_come(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, RunConfig(data="iris", layers=(5,)), Hyperparameters(mini_batch_size=16), 60, NUDGES)
    rows = table(schedule_of(path))
    assert [row[0] for row in rows] == ["1 – 20", "21 – 40", "41 – 60", "from 61"]
    assert rows[-1][-1] == "at the very end"


def test_every_hyperparameter_has_a_column_or_is_in_the_formula() -> None:
    shifts = tuple(spec.symbol for spec in HYPERPARAMETERS.values() if spec.group == "data shift")
    assert len(shifts) == 7
    before = ("iterations", "α", "β", "mini-batch", "optimizer", "β₂", "ε", "λ", "clip norm")
    assert (*before, *shifts, "why") == COLUMNS


def test_a_cell_is_empty_where_a_value_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    other = Hyperparameters(mini_batch_size=16, optimizer="rmsprop", epsilon=1e-6, weight_decay=1e-3)
    record_run(path, RunConfig(data="iris", layers=(5,)), other, 3)
    (row,) = table(schedule_of(path))
    assert dict(zip(COLUMNS, row, strict=True)) == {
        **dict.fromkeys(COLUMNS, ""),  # no data shift
        "iterations": "1 – 3",
        "α": "0.1",
        "β": "",  # RMSprop has none
        "mini-batch": "16",
        "optimizer": "rmsprop",
        "β₂": "0.999",
        "ε": "1e-06",
        "λ": "0.001",
        "clip norm": "",
        "why": "",
    }
