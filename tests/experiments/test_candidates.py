"""Candidates as a person types them: by any name that Panda has for a hyperparameter."""

from __future__ import annotations

import pytest

from trainer.engine.hyperparameters import Value
from trainer.errors import InvalidInput
from trainer.experiments.candidates import typed_candidates


def test_candidates_as_typed() -> None:
    made = typed_candidates(["learning_rate=0.1, 0.3", "optimizer=gd,adam"])
    assert [dict(candidate.changes) for candidate in made] == [
        {"learning_rate": 0.1, "optimizer": "gd"},
        {"learning_rate": 0.1, "optimizer": "adam"},
        {"learning_rate": 0.3, "optimizer": "gd"},
        {"learning_rate": 0.3, "optimizer": "adam"},
    ]
    for words, sentence in [
        (["learning_rate"], "written NAME=V1,V2,… such as learning_rate=0.1,0.3, but got 'learning_rate'"),
        (["learning_rate=x"], "must be a number such as 0.01 or 1e-3, but got 'x'"),
        (["learning_rate=0.1,"], "must be a number such as 0.01 or 1e-3, but got ''"),
        (["learning_rate=1", "learning_rate=2"], "learning_rate is set twice"),
        (["α=1 Learning rate α=2"], "learning_rate is set twice"),
        (["momentum=" + ",".join(f"0.{i}1" for i in range(33))], "at most 32 candidates, but got 33"),
        (["0.1,0.3,0.10"], "learning_rate 0.1 is there twice, as 0.10"),
        (["optimizer=gd,gd"], "optimizer gd is there twice$"),
        (["momentum=2"], "momentum must be a number at least 0 and below 1, but got 2$"),
        (["0.1 0.3"], "values of learning_rate are separated by commas, but got '0.1 0.3'"),
        (
            ["learning speed=0.1"],
            "^'learning speed' is not a hyperparameter; those that may change are learning_rate",
        ),
        (["0.1, colour tone=3"], "^'colour tone' is not a hyperparameter"),
        (["decay=none, staircase colour=3"], "^'colour' is not a hyperparameter"),
        (["0.1=3"], "^'0.1' is not a hyperparameter"),
        (["=0.1"], "^'' is not a hyperparameter"),
        (["β 0.5"], "written NAME=V1,V2,… such as learning_rate=0.1,0.3, but got 'β 0.5'"),
        (["×3"], "written NAME=V1,V2,… such as learning_rate=0.1,0.3, but got '×3'"),
    ]:
        with pytest.raises(InvalidInput, match=sentence):
            typed_candidates(words)


@pytest.mark.parametrize(
    ("typed", "changes"),
    [
        ("0.1, 0.3", [{"learning_rate": 0.1}, {"learning_rate": 0.3}]),
        ("α=0.1", [{"learning_rate": 0.1}]),
        ("0.1 β=0.5", [{"learning_rate": 0.1, "momentum": 0.5}]),
        ("Learning rate α = 0.1; momentum β=0.5", [{"learning_rate": 0.1, "momentum": 0.5}]),
        ("mini-batch size=16,32", [{"mini_batch_size": 16.0}, {"mini_batch_size": 32.0}]),
        (
            "decay=none, staircase decay interval=3",
            [{"decay": d, "decay_interval": 3.0} for d in ("none", "staircase")],
        ),
        ("learning rate=0.1", [{"learning_rate": 0.1}]),
        ("LEARNING  Rate alpha = 0.1", [{"learning_rate": 0.1}]),
        ("alpha=0.1; Beta=0.5", [{"learning_rate": 0.1, "momentum": 0.5}]),
        ("weight decay=0.01", [{"weight_decay": 0.01}]),
        ("0.1 Momentum=0.5 lambda=0.01", [{"learning_rate": 0.1, "momentum": 0.5, "weight_decay": 0.01}]),
        ("β2=0.9 epsilon=1e-7", [{"beta2": 0.9, "epsilon": 1e-7}]),
        ("optimizer=gd, momentum momentum=0.5", [{"optimizer": o, "momentum": 0.5} for o in ("gd", "momentum")]),
        ("λ=1e-3, β₂=0.9", [{"weight_decay": 1e-3, "beta2": 0.9}]),
    ],
)
def test_candidates_by_the_names_that_a_page_has(typed: str, changes: list[dict[str, Value]]) -> None:
    assert [candidate.changes for candidate in typed_candidates([typed])] == changes
