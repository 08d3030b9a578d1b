"""Points in the plane, made on the spot: pure functions of the seed, to watch a decision boundary bend.

Their randomness comes from raw PCG64 words, whose stream never changes, not from `Generator`'s methods.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import Examples, RawData, RawLabels, row_place

Points = NDArray[np.float64]


class Words:
    """A source of random numbers that is the same in every numpy."""

    def __init__(self, seed: int) -> None:
        self._words = np.random.PCG64(np.random.SeedSequence(seed))

    def uniform(self, m: int) -> Points:
        """m numbers in [0, 1): the upper 53 bits of each word."""
        return (self._words.random_raw(m) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, m: int) -> Points:
        """m numbers of N(0, 1), by Box and Muller: √(-2 ln u) cos(2πv)."""
        radius: Points = np.sqrt(-2 * np.log(1 - self.uniform(m)))
        angle: Points = 2 * math.pi * self.uniform(m)
        return radius * np.cos(angle)


def spiral(words: Words, y: NDArray[np.intp]) -> Points:
    """Arms that wind around the origin, one for each class."""
    radius = words.uniform(len(y))
    angle = 4 * radius + 2 * math.pi * y / (y.max() + 1) + 0.2 * words.normal(len(y))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def moons(words: Words, y: NDArray[np.intp]) -> Points:
    """Two half circles that reach into each other."""
    angle = math.pi * words.uniform(len(y))
    x = np.where(y == 0, np.cos(angle), 1 - np.cos(angle))
    height = np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x + 0.15 * words.normal(len(y)), height + 0.15 * words.normal(len(y))], axis=1)


def circles(words: Words, y: NDArray[np.intp]) -> Points:
    """A circle inside another."""
    angle = 2 * math.pi * words.uniform(len(y))
    radius = np.where(y == 0, 1.0, 0.5) + 0.08 * words.normal(len(y))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def blobs(words: Words, y: NDArray[np.intp]) -> Points:
    """Clouds around the corners of a polygon; straight lines separate them."""
    angle = 2 * math.pi * y / (y.max() + 1)
    return np.stack([4 * np.cos(angle) + words.normal(len(y)), 4 * np.sin(angle) + words.normal(len(y))], axis=1)


def xor(words: Words, y: NDArray[np.intp]) -> Points:
    """A square whose opposite quarters are of one class."""
    x = 2 * words.uniform(len(y)) - 1
    height = np.where(y == 0, 1, -1) * np.sign(x) * words.uniform(len(y))
    return np.stack([x, height], axis=1)


_BLOBS = "{} clouds of points, separable by straight lines"
GENERATED: dict[str, tuple[str, int, int, Callable[[Words, NDArray[np.intp]], Points]]] = {
    "spiral": ("Three arms of a spiral", 900, 3, spiral),
    "moons": ("Two half moons that reach into each other", 1000, 2, moons),
    "circles": ("A circle inside another", 1000, 2, circles),
    "blobs": (_BLOBS.format("Three"), 900, 3, blobs),
    **{
        f"blobs-{C}": (_BLOBS.format(count), 300 * C, C, blobs)
        for C, count in enumerate(("Two", "Three", "Four", "Five", "Six"), start=2)
    },
    "xor": ("A square whose opposite quarters belong together", 1000, 2, xor),
}
"""Name → description, examples, classes, and the function that makes the points."""


def generate(name: str, seed: int) -> RawData:
    """The data set of that name, one of `GENERATED`; every class has equally many examples."""
    _, m, C, make = GENERATED[name]
    y = np.arange(m) % C
    labels = RawLabels(y, tuple(range(C)))
    return RawData(Examples(make(Words(seed), y), labels, row_place), features=("x1", "x2"))
