"""Data shift: inputs that come from elsewhere than those that the network has learned from.

That is the covariate shift of "Why does batch norm work?" (course 2, week 3): the labels stay, the inputs change.

    x' = scale · R(rotation) recolour(x) + shift + noise · ε

x are normalised inputs, so shift and noise are in standard deviations of the training set. R turns each pair of inputs
(x0, x1), (x2, x3), … in its plane. A picture it turns about its middle, and each pixel keeps to the values that it has
in the training set: a pixel that is nearly constant there has a tiny deviation, by which ink would be divided. Examples
are rows here, `(m, n[0])`, as data sets have them. Each number is computed by itself in float64, so the bits do not
depend on how many examples are shifted at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.numerics.parameters import Vector

Recolour = Literal["none", "invert", "permute"]
RECOLOURS: tuple[Recolour, ...] = get_args(Recolour)

Which = Literal["train", "dev"]

_NOISE, _PERMUTED = 0x6E6F697365, 0x7065726D
"""They keep the random words of a shift apart from those of the order of the data, which are of (seed, epoch)."""

_BLOCK = 2**18
"""Numbers that are shifted at a time; in float64 they have 2 MiB."""

_BYTES_DEVIATION = math.sqrt(8 * (256**2 - 1) / 12)
"""Standard deviation of the sum of eight bytes that are drawn at random."""

_FURTHEST = 3.0
"""Standard deviations of noise within which nearly all of it lies."""


@dataclass(frozen=True)
class DataShift:
    """What becomes of the inputs; as it is by default, nothing.

    Attributes
    ----------
    shift : added to each input
    scale : factor of each input, above 0
    rotation : counter-clockwise, in degrees
    noise : its standard deviation; the noise of an example is the same in every epoch
    recolour : "invert" negates each input, "permute" gives each one the place of another
    inputs : how many change, from the first on, the others staying as they are; 0 is all
    """

    shift: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0
    noise: float = 0.0
    recolour: Recolour = "none"
    inputs: int = 0


@dataclass(frozen=True, eq=False)
class Picture:
    """What has to be known of pictures to turn them.

    Attributes
    ----------
    height, width : in pixels, of which there are n[0]
    mean, deviation : of each pixel in the training set, `(n[0],)`; its grey level is deviation · x + mean
    ends : smallest and largest normalised value of each pixel in the training set, `(2, n[0])`
    """

    height: int
    width: int
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    ends: Vector


@dataclass(frozen=True, eq=False)
class Turned:
    """Of turned pictures, each `(n[0],)`: what the map adds, and the values that a pixel keeps to."""

    added: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shifting:
    """A data shift of n[0] inputs as a sparse linear map, in which each input depends on K others, and noise.

        y[j]  = Σ_k weights[k, j] · x[sources[k, j]]        of turned pictures + added[j], from low[j] to high[j]
        x'[j] = y[j] + offset[j] + deviation[j] · ε

    Attributes
    ----------
    sources, weights : `(K, n[0])`; K is 1, 2 where pairs are turned, 4 where pictures are
    turned : None where no pictures are
    offset, deviation : `(n[0],)`
    words : entropy of the noise
    """

    sources: NDArray[np.intp]
    weights: NDArray[np.float64]
    turned: Turned | None
    offset: NDArray[np.float64]
    deviation: NDArray[np.float64]
    words: tuple[int, ...]

    def shifted(self, X: Vector, numbers: NDArray[np.intp], dtype: DTypeLike) -> Vector:
        """Inputs `(m, n[0])` as they are after the shift, C-contiguous in `dtype`.

        Parameters
        ----------
        numbers : `(m,)`, of the examples in their set; the noise depends on them
        """
        moved: Vector = np.empty(X.shape, dtype)
        rows = max(1, _BLOCK // X.shape[1])
        for begin in range(0, len(X), rows):
            some = slice(begin, begin + rows)
            with np.errstate(over="ignore"):
                moved[some] = self._block(X[some], numbers[some])
        return moved

    def ends(self, ends: Vector) -> NDArray[np.float64]:
        """Between which values the shifted inputs lie, nearly all, where X lies between `ends`, both `(2, n[0])`.

        A box around c with half its width h becomes one around c' with h'[j] = Σ_k |weights[k, j]| · h[sources[k, j]].
        """
        low, high = np.asarray(ends, np.float64)
        middle = self._mapped(((low + high) / 2)[None], self.weights)
        half = self._mapped(((high - low) / 2)[None], np.abs(self.weights))
        noise = _FURTHEST * self.deviation
        return np.concatenate([self._kept(middle - half) - noise, self._kept(middle + half) + noise]) + self.offset

    def _block(self, X: Vector, numbers: NDArray[np.intp]) -> NDArray[np.float64]:
        moved = self._kept(self._mapped(X, self.weights)) + self.offset
        if self.deviation.any():
            moved += self.deviation * noise(self.words, numbers, X.shape[1])
        return moved

    def _mapped(self, X: Vector, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        moved: NDArray[np.float64] = X[:, self.sources[0]] * weights[0]
        for sources, factors in zip(self.sources[1:], weights[1:], strict=True):
            moved += X[:, sources] * factors
        return moved

    def _kept(self, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.turned is None:
            return moved
        return np.clip(moved + self.turned.added, self.turned.low, self.turned.high)


def shifting(shift: DataShift, seed: int, n: int, picture: Picture | None, which: Which) -> Shifting:
    """A data shift of n inputs, which may be pictures.

    Parameters
    ----------
    seed : of the permutation and of the noise
    which : set of examples; each has its own noise
    """
    order, sign = np.arange(n), -1.0 if shift.recolour == "invert" else 1.0
    if shift.recolour == "permute":
        words = np.random.PCG64(np.random.SeedSequence((seed, _PERMUTED))).random_raw(n)
        order = np.argsort(words, kind="stable")
    turned = None
    if picture is not None and shift.rotation:
        sources, weights = _turned_picture(*_cos_sin(shift.rotation), picture.height, picture.width)
        # ((Σ w (σ x + μ)) - μ[j]) / σ[j], where x are recoloured
        added = ((weights * picture.mean[sources]).sum(axis=0) - picture.mean) / picture.deviation
        weights = weights * picture.deviation[sources] / picture.deviation
        low, high = np.sort(shift.scale * sign * np.asarray(picture.ends, np.float64)[:, order], axis=0)
        turned = Turned(shift.scale * added, low, high)
    else:
        sources, weights = _turned_pairs(shift.rotation, n)
    sources, weights = order[sources], weights * (sign * shift.scale)
    offset, deviation = np.full(n, shift.shift), np.full(n, shift.noise)
    if shift.inputs:
        rest = slice(shift.inputs, None)
        sources[:, rest], weights[:, rest] = np.arange(n)[rest], 0
        weights[0, rest] = 1
        offset[rest] = deviation[rest] = 0
        if turned is not None:
            turned.added[rest], turned.low[rest], turned.high[rest] = 0, -np.inf, np.inf
    return Shifting(sources, weights, turned, offset, deviation, (seed, _NOISE, int(which == "dev")))


def noise(entropy: tuple[int, ...], numbers: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """ε of the examples with these numbers, `(len(numbers), n)`: mean 0, variance 1, nearly normal, at most 4.9 away.

        ε = (Σ b - 8 · 255/2) / √(8 (256² - 1)/12)        b: the eight bytes of a random word

    The word of input j of example i is number i·n + j of a PCG64, whose stream no version of numpy changes. A sum of
    whole numbers is the same on every machine, which a logarithm, as Box and Muller take it, is not.
    """
    source = np.random.PCG64(np.random.SeedSequence(entropy))
    words = np.empty((len(numbers), n), np.uint64)
    borders = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
    here = 0
    for begin, end in pairwise(borders):  # examples that follow one another are drawn at once
        if end > begin:
            there = int(numbers[begin]) * n
            source.advance((there - here) % 2**128)
            words[begin:end] = source.random_raw((end - begin) * n).reshape(-1, n)
            here = there + (end - begin) * n
    for bits, mask in ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF)):
        words = (words & np.uint64(mask)) + ((words >> np.uint64(bits)) & np.uint64(mask))
    return (words.astype(np.float64) - 8 * 255 / 2) / _BYTES_DEVIATION


def _cos_sin(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def _turned_pairs(degrees: float, n: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Which inputs each one is made of, and their weights, both `(K, n)`."""
    here = np.arange(n)
    if degrees == 0:
        return here[None], np.ones((1, n))
    cos, sin = _cos_sin(degrees)
    # (x0', x1') = (x0 cos - x1 sin, x0 sin + x1 cos)
    partner = here ^ 1
    signed = np.where(here % 2 == 0, -sin, sin)
    alone = partner == n  # the last of an odd number has no partner
    return (
        np.stack([here, np.where(alone, here, partner)]),
        np.stack([np.where(alone, 1.0, cos), np.where(alone, 0.0, signed)]),
    )


def _turned_picture(cos: float, sin: float, height: int, width: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """A picture turned about its middle, by bilinear interpolation; beyond its edge it goes on as at the edge.

    Pixel (x, y) of the turned picture is where the first one has (x cos + y sin, y cos - x sin), from the middle.
    """
    row, column = np.divmod(np.arange(height * width), width)
    x, y = column - (width - 1) / 2, (height - 1) / 2 - row
    across = np.clip(x * cos + y * sin + (width - 1) / 2, 0, width - 1)
    down = np.clip((height - 1) / 2 - (y * cos - x * sin), 0, height - 1)
    left, top = np.floor(across).astype(np.intp), np.floor(down).astype(np.intp)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    of_right, of_bottom = across - left, down - top
    sources = np.stack([top * width + left, top * width + right, bottom * width + left, bottom * width + right])
    weights = np.stack(
        [
            (1 - of_bottom) * (1 - of_right),
            (1 - of_bottom) * of_right,
            of_bottom * (1 - of_right),
            of_bottom * of_right,
        ]
    )
    return sources, weights
