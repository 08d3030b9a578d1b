"""Data shift: the formula by hand, and random numbers that are the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trainer.numerics.data_shift import DataShift, Picture, Which, noise, shifting
from trainer.numerics.parameters import Vector

X = np.array([[1.0, 2.0, 3.0], [-1.0, 0.5, 0.25]])


def shifted(X: Vector, seed: int = 1, picture: Picture | None = None, which: Which = "train", **values: Any) -> Vector:
    shift = shifting(DataShift(**values), seed, X.shape[1], picture, which)
    return shift.shifted(X, np.arange(len(X)), X.dtype)


def picture(shape: tuple[int, int], X: Vector, mean: float = 0.0, deviation: float = 1.0) -> Picture:
    """Of these training examples, all pixels of which have the same mean and deviation."""
    n = X.shape[1]
    return Picture(*shape, np.full(n, mean), np.full(n, deviation), np.stack([X.min(axis=0), X.max(axis=0)]))


def test_by_hand() -> None:
    assert shifted(X, shift=0.5).tolist() == [[1.5, 2.5, 3.5], [-0.5, 1.0, 0.75]]
    assert shifted(X, scale=2).tolist() == [[2, 4, 6], [-2, 1, 0.5]]
    assert shifted(X, recolour="invert").tolist() == [[-1, -2, -3], [1, -0.5, -0.25]]
    # a quarter counter-clockwise: (x0, x1) becomes (-x1, x0); the third input has no partner
    assert shifted(X, rotation=90) == pytest.approx(np.array([[-2, 1, 3], [-0.5, -1, 0.25]]))
    # 30°: cos = √3/2, sin = 1/2
    assert shifted(X, rotation=30)[0] == pytest.approx([np.sqrt(3) / 2 - 1, 1 / 2 + np.sqrt(3), 3])
    # all together, of the first two inputs: 3 · R(90°)(-x) + 1
    together = shifted(X, shift=1, scale=3, rotation=90, recolour="invert", inputs=2)
    assert together == pytest.approx(np.array([[7, -2, 3], [2.5, 4, 0.25]]))


def test_as_it_is_by_default_nothing_changes() -> None:
    assert shifted(X).tobytes() == X.tobytes()


def test_a_permutation_is_one_and_depends_on_the_seed_alone() -> None:
    row = np.arange(8.0)[None]
    assert shifted(row, seed=1, recolour="permute").tolist() == [[5, 2, 3, 6, 1, 4, 0, 7]]
    assert sorted(shifted(row, seed=2, recolour="permute")[0]) == row[0].tolist()
    assert shifted(row, seed=2, recolour="permute").tolist() != shifted(row, seed=1, recolour="permute").tolist()


def test_the_noise_is_pinned() -> None:
    """Literals: a numpy that draws otherwise could not replay a session recorded before."""
    bytes_around_their_mean = noise((1, 2, 0), np.arange(2), 3) * np.sqrt(8 * (256**2 - 1) / 12)
    assert bytes_around_their_mean.tolist() == [[282, -94, -397], [-266, 285, -133]]


def test_the_noise_of_an_example_depends_on_its_number_alone() -> None:
    together = noise((5, 6), np.arange(50), 4)
    for numbers in ([7], [3, 4, 5], [49, 0, 48, 1], [2, 2, 9]):
        assert noise((5, 6), np.array(numbers), 4).tolist() == together[numbers].tolist()
    assert noise((5, 6), np.array([], np.intp), 4).shape == (0, 4)


def test_the_noise_is_nearly_normal() -> None:
    drawn = noise((1, 2), np.arange(4000), 50)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.var() == pytest.approx(1, abs=0.01)
    assert (np.abs(drawn) < 1).mean() == pytest.approx(0.683, abs=0.01)
    assert np.abs(drawn).max() < 4.9
    assert np.abs(np.corrcoef(drawn.T) - np.eye(50)).max() < 0.1


def test_the_dev_set_has_noise_of_its_own() -> None:
    here, there = shifted(X, noise=2), shifted(X, noise=2, which="dev")
    assert (here != there).all()
    assert (here - X).std() > 0.5


def test_however_many_are_shifted_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    many = generator.normal(size=(40, 6)).astype(np.float32)
    values: Any = {"shift": 0.1, "scale": 1.7, "rotation": 33, "noise": 0.3, "recolour": "permute", "inputs": 5}
    whole = shifted(many, **values)
    assert whole.dtype == np.float32
    monkeypatch.setattr("trainer.numerics.data_shift._BLOCK", 20)
    assert shifted(many, **values).tobytes() == whole.tobytes()
    shift = shifting(DataShift(**values), 1, 6, None, "train")
    some = np.array([17, 3, 4, 39])
    assert shift.shifted(many[some], some, np.float32).tobytes() == whole[some].tobytes()


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (1, 6)])
def test_a_picture_is_turned_counter_clockwise_about_its_middle(shape: tuple[int, int]) -> None:
    generator = np.random.Generator(np.random.PCG64(2))
    pictures = generator.normal(size=(3, *shape))
    rows = pictures.reshape(3, -1)
    of = picture(shape, np.array([[-9.0], [9.0]]) + np.zeros(rows.shape[1]))
    half = shifted(rows, picture=of, rotation=180).reshape(pictures.shape)
    assert half == pytest.approx(np.rot90(pictures, 2, axes=(1, 2)), rel=1e-9)
    assert shifted(rows, picture=of, rotation=360) == pytest.approx(rows, rel=1e-9)
    if shape[0] == shape[1]:
        quarter = shifted(rows, picture=of, rotation=90).reshape(pictures.shape)
        assert quarter == pytest.approx(np.rot90(pictures, axes=(1, 2)), rel=1e-9)


def test_it_is_the_grey_levels_that_are_turned_and_a_pixel_keeps_to_its_values() -> None:
    generator = np.random.Generator(np.random.PCG64(2))
    grey = generator.uniform(0, 16, size=(20, 9))
    grey[:, 0] = 3  # a constant pixel: normalised it is 0, and stays so
    mean, deviation = grey.mean(axis=0), grey.std(axis=0)
    deviation[0] = 1
    X = (grey - mean) / deviation
    ends = np.stack([X.min(axis=0), X.max(axis=0)])
    turned = shifted(X, picture=Picture(3, 3, mean, deviation, ends), rotation=90)
    by_hand = (np.rot90(grey.reshape(-1, 3, 3), axes=(1, 2)).reshape(-1, 9) - mean) / deviation
    assert turned == pytest.approx(np.clip(by_hand, *ends))
    assert (turned[:, 0] == 0).all()
    # with all that can be: 2 · R(-x) + 1, of the first five pixels
    of = Picture(3, 3, mean, deviation, ends)
    moved = shifted(X, picture=of, rotation=90, recolour="invert", scale=2, shift=1, inputs=5)
    grey = deviation * -X + mean
    by_hand = (np.rot90(grey.reshape(-1, 3, 3), axes=(1, 2)).reshape(-1, 9) - mean) / deviation
    assert moved[:, :5] == pytest.approx(2 * np.clip(by_hand, -ends[1], -ends[0])[:, :5] + 1)
    assert moved[:, 5:].tolist() == X[:, 5:].tolist()


def test_a_picture_of_one_grey_stays_so_at_any_angle() -> None:
    X = np.full((1, 64), 0.7)
    assert shifted(X, picture=picture((8, 8), X, 5, 2), rotation=37) == pytest.approx(0.7)


@pytest.mark.parametrize("pictures", [False, True])
def test_nearly_all_shifted_inputs_lie_between_the_ends(pictures: bool) -> None:
    generator = np.random.Generator(np.random.PCG64(3))
    many = generator.uniform(-2, 3, size=(500, 6))
    values: Any = {"shift": -1, "scale": 2, "rotation": 200, "noise": 0.5, "recolour": "invert", "inputs": 5}
    shift = shifting(DataShift(**values), 1, 6, picture((2, 3), many) if pictures else None, "train")
    low, high = shift.ends(np.stack([many.min(axis=0), many.max(axis=0)]))
    there = shift.shifted(many, np.arange(500), np.float64)
    assert ((there >= low) & (there <= high)).mean() > 0.999
    assert [low[5], high[5]] == pytest.approx([many[:, 5].min(), many[:, 5].max()])
