"""What `panda search` says where a person could expect something else."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Panda
from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.search import record
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan


def test_data_that_were_moved_are_where_the_command_of_the_best_trial_says(panda: Panda, tmp_path: Path) -> None:
    table, moved, path = tmp_path / "t.csv", tmp_path / "moved.csv", tmp_path / "s.panda-search"
    table.write_text("\n".join(["a,b,c", *(f"{i % 7},{i * 3 % 5},{i % 2}" for i in range(60))]))
    code, out, _ = panda("search", "--data", table, "--trials", "2", "--epochs", "1", "--out", path)
    assert code == 0
    table.rename(moved)
    code, again, err = panda("search", "--resume", "--out", path, "--data", moved)
    assert (code, err) == (0, "panda: there was nothing left to do\n")
    assert again == out.replace(str(table), str(moved))


def test_an_option_that_no_trial_has_is_told(panda: Panda, tmp_path: Path) -> None:
    few = ["search", "--data", "iris", "--trials", "2", "--epochs", "1"]
    box = ["--box", "learning_rate=0.01:0.1", "batch_norm=on,off", "hidden_layers=1:2", "hidden_units=3:5"]
    options = ["--learning-rate", "0.1", "--momentum", "0.8", "--no-batch-norm", "--layers", "9"]
    code, _, err = panda(*few, *box, *options, "--out", tmp_path / "s.panda-search")
    assert code == 0
    assert err.splitlines() == [
        "panda: --layers 9 is not used: hidden_layers and hidden_units are drawn from the box",
        "panda: --learning-rate 0.1 is not used: learning_rate is drawn from the box",
        "panda: --no-batch-norm is not used: batch_norm is drawn from the box",
    ]


def test_with_halving_it_is_told_why_nothing_is_kept(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "s.panda-search"
    plan = SearchPlan(RunConfig(data="iris"), Hyperparameters(mini_batch_size=16), Box.first(), halving=True, epochs=1)
    record.create(path, plan, load_dataset("iris")).close()
    code, _, err = panda("search", "--resume", "--out", path)
    assert code == 0
    assert err == (
        "panda: 0 of 25 trials are over and kept: with --halving none is over before all trials of a round have come to"
        " 1/9 of their iterations\n"
    )
