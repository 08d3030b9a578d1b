"""The two principal axes of the training inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.examples import three_blobs
from tests.experiments.pictures.stills import square
from trainer.errors import InvalidInput
from trainer.experiments.pictures import projection as module
from trainer.experiments.pictures.projection import projection


def test_inputs_that_vary_along_two_lines_have_these_as_axes() -> None:
    # along (3, 4, 0) / 5 by ±10, along (0, 0, 1) by ±1: variances 100 and 1
    long, short = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
    X = np.stack([10 * a * long + b * short + (1, 2, 3) for a in (-1, 1) for b in (-1, 1)])
    dataset = replace(square(inputs=3), X_train=X, y_train=np.arange(4) % 2)
    axes = projection(dataset)
    np.testing.assert_allclose(np.abs(axes.axes), np.abs([long, short]), atol=1e-12)
    np.testing.assert_allclose(axes.centre, [1, 2, 3])
    np.testing.assert_allclose(axes.shares, [100 / 101, 1 / 101])
    where = axes.of(np.array([[1.0, 2.0, 3.0], [7.0, 10.0, 3.0]]))
    np.testing.assert_allclose(np.abs(where), [[0, 0], [10, 0]], atol=1e-12)
    assert axes.fitted == 4


def test_the_same_data_are_fitted_once() -> None:
    assert projection(three_blobs()) is projection(three_blobs())
    assert projection(three_blobs(seed=1)) is not projection(three_blobs())


def test_a_large_training_set_is_fitted_to_some_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FITTED", 40)
    assert projection(three_blobs(seed=2)).fitted == 40


def test_inputs_without_variance_have_axes_that_hold_none() -> None:
    dataset = replace(square(inputs=3), X_train=np.ones((5, 3)), y_train=np.arange(5) % 2)
    assert projection(dataset).shares.tolist() == [0, 0]


def test_one_input_has_no_two_axes() -> None:
    with pytest.raises(InvalidInput, match="take 2 inputs and 2 training examples at least, but there are 1 and 32"):
        projection(square(inputs=1))
