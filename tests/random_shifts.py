"""Data shifts drawn at random, for tests of anything that has to go through them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from trainer.engine.hyperparameters import ON_OFF, Value
from trainer.numerics.data_shift import RECOLOURS

SHIFTS: dict[str, Callable[[random.Random], Value]] = {
    "input_shift": lambda chance: chance.choice([0.0, 1.0, chance.uniform(-2, 2)]),
    "input_scale": lambda chance: chance.choice([1.0, 2.0, chance.uniform(0.2, 2)]),
    "input_rotation": lambda chance: chance.choice([0.0, 90.0, chance.uniform(-180, 180)]),
    "input_noise": lambda chance: chance.choice([0.0, chance.uniform(0, 2)]),
    "input_recolour": lambda chance: chance.choice(RECOLOURS),
    "shifted_inputs": lambda chance: chance.choice([0, 1, 2]),
    "shift_dev": lambda chance: chance.choice(ON_OFF),
}
"""Name → how its values are drawn, of data with two inputs or more; among them those that switch it off."""


def random_shift(chance: random.Random, most: int = len(SHIFTS)) -> dict[str, Any]:
    """Values of some of them."""
    return {name: SHIFTS[name](chance) for name in chance.sample(sorted(SHIFTS), chance.randint(0, most))}
