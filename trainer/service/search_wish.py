"""Search wishes: what a page asks for as it was typed, as plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan
from trainer.service.typed_text import typed_values, whole_number


def plan_of(wish: Mapping[str, Any]) -> SearchPlan:
    """The plan that a wish stands for; raises InvalidInput."""
    config, hyperparameters = trained(wish)
    sampler = wish["sampler"]
    return SearchPlan(
        config,
        hyperparameters,
        Box.of(wish["box"]),
        sampler=sampler,
        seed=whole_number("seed", wish["seed"], 0),
        trials=whole_number("trials", wish["trials"]),
        rounds=whole_number("rounds", wish["rounds"]) if sampler == "coarse-to-fine" else 1,
        epochs=whole_number("epochs", wish["epochs"]),
        halving=bool(wish["halving"]),
    )


def trained(wish: Mapping[str, Any]) -> tuple[RunConfig, Hyperparameters]:
    """What is trained as set up; raises InvalidInput."""
    values: dict[str, Any] = dict(typed_values(wish["hyperparameters"]))
    return RunConfig(**wish["config"]), Hyperparameters(**values)
