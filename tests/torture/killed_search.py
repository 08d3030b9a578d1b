"""The search that is killed again and again: its trials are short, and its second round depends on the first."""

from __future__ import annotations

from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import SearchPlan

CONFIG = RunConfig(data="iris", layers=(8,))
DATASET = load_dataset(CONFIG.data, CONFIG.read_as)
PLAN = SearchPlan(
    CONFIG, Hyperparameters(mini_batch_size=16), Box.first(), "coarse-to-fine", trials=40, rounds=2, epochs=5
)
