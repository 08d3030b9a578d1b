"""What units see: of the plane of two inputs, and of the pixels of an image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.experiments.pictures.stills import square, still
from trainer.errors import InvalidInput
from trainer.experiments.pictures.units import MOST_UNITS, activations_over_plane, first_layer_weights
from trainer.experiments.predictions import decision_boundary

END = 1.3
"""Of the plane: a margin of 0.15 of its width beyond the corners at 1."""


def test_a_unit_that_takes_one_input_sees_columns_and_one_that_takes_the_other_sees_rows() -> None:
    network = still(square(), layers=(3,), batch_norm=False)
    network.parameters.W[1][:] = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
    network.parameters.b[1][:] = [[0.0], [0.0], [-2.0]]
    seen = activations_over_plane(network, 1, 5)
    ends = np.maximum(np.linspace(-END, END, 5), 0)
    assert (seen.units, seen.maps.shape) == (3, (3, 5, 5))
    np.testing.assert_allclose(seen.maps[0], np.tile(ends, (5, 1)), atol=1e-6)
    np.testing.assert_allclose(seen.maps[1], np.tile(ends[:, np.newaxis], (1, 5)), atol=1e-6)
    assert not seen.maps[2].any()  # -x - 2 is below 0 on the whole plane: it is dead there


def test_the_boundary_of_a_linear_softmax_is_the_straight_line_that_its_weights_say() -> None:
    network = still(square())
    network.parameters.W[1][:] = [[2.0, 1.0], [0.0, 0.0]]
    network.parameters.b[1][:] = [[-0.5], [0.0]]
    classes, certainty, ends = decision_boundary(network, 64)
    across, up = (np.linspace(low, high, 64) for low, high in ends)
    z = 2 * across[np.newaxis] + up[:, np.newaxis] - 0.5  # class 0 where it is above 0
    assert (classes == (z < 0)).all()
    np.testing.assert_allclose(certainty, 1 / (1 + np.exp(-np.abs(z))), rtol=1e-4)
    output = activations_over_plane(network, 1, 64)
    np.testing.assert_allclose(output.maps.sum(axis=0), 1, rtol=1e-5)
    assert (output.maps.argmax(axis=0) == classes).all()


def test_a_hidden_layer_bends_it() -> None:
    network = still(square(), layers=(2,), batch_norm=False)
    network.parameters.W[1][:] = [[1.0, 0.0], [-1.0, 0.0]]
    network.parameters.b[1][:] = 0
    network.parameters.W[2][:] = [[1.0, 1.0], [0.0, 0.0]]
    network.parameters.b[2][:] = [[-0.5], [0.0]]
    classes, _, ends = decision_boundary(network, 64)  # |x1| > 0.5 is class 0: two lines
    across = np.linspace(float(ends[0, 0]), float(ends[0, 1]), 64)
    assert (classes == (np.abs(across) < 0.5)).all()


def test_of_very_many_units_each_is_among_those_drawn_with_it() -> None:
    n = 2 * MOST_UNITS + 8
    network = still(square(), layers=(n,))
    drawn = [activations_over_plane(network, 1, 4, unit) for unit in (0, MOST_UNITS - 1, MOST_UNITS, n - 1, n + 1000)]
    assert [seen.first for seen in drawn] == [0, 0, MOST_UNITS, 2 * MOST_UNITS, 2 * MOST_UNITS]
    assert [len(seen.maps) for seen in drawn] == [MOST_UNITS, MOST_UNITS, MOST_UNITS, 8, 8]
    assert {seen.units for seen in drawn} == {n}
    images = still(replace(square(inputs=12), image_shape=(3, 4)), layers=(n,))
    rows = images.parameters.W[1].reshape(-1, 3, 4)
    weights = first_layer_weights(images, MOST_UNITS + 5)
    assert (weights.first, weights.maps.tolist()) == (MOST_UNITS, rows[MOST_UNITS : 2 * MOST_UNITS].tolist())


def test_a_plane_takes_two_inputs() -> None:
    with pytest.raises(InvalidInput, match="for 2 inputs, but there are 3"):
        activations_over_plane(still(square(inputs=3)), 1, 4)


def test_weights_of_pixels_are_images_and_of_large_ones_every_second_pixel_is_taken() -> None:
    dataset = replace(square(inputs=12), image_shape=(3, 4))
    network = still(dataset, layers=(5,))
    network.parameters.W[1][2] = np.arange(12)
    drawn = first_layer_weights(network)
    assert (drawn.units, drawn.every, drawn.maps.shape) == (5, 1, (5, 3, 4))
    assert drawn.maps[2].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    large = first_layer_weights(still(replace(square(inputs=40 * 33), image_shape=(40, 33)), layers=(2,)))
    assert (large.every, large.maps.shape) == (2, (2, 20, 17))


def test_weights_of_what_is_no_image_are_not_drawn() -> None:
    with pytest.raises(InvalidInput, match="where the inputs are the pixels"):
        first_layer_weights(still(square()))
