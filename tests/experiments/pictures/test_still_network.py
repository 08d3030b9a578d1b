"""A copy of a network computes what the network computes, layer by layer."""

from __future__ import annotations

import numpy as np
import pytest

from tests.examples import make_loop
from tests.experiments.pictures.stills import square, still
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.numerics.propagation import activations_at_test_time


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("layers", [(), (7,), (7, 5, 3)])
def test_it_predicts_the_same_bits_as_the_network_that_it_is_a_copy_of(
    layers: tuple[int, ...], batch_norm: bool
) -> None:
    config = RunConfig(data="iris", layers=layers, batch_norm=batch_norm)
    loop = make_loop(config, Hyperparameters(mini_batch_size=32))
    loop.train(np.empty(40))
    copy = StillNetwork.of(config, loop.dataset, loop.state())
    X = loop.dataset.X_dev.T
    before = loop.predict(X)
    assert copy.predict(X).tobytes() == before.tobytes()
    loop.train(np.empty(5))
    assert copy.predict(X).tobytes() == before.tobytes()


def test_activations_of_each_layer_worked_by_hand() -> None:
    network = still(square(), layers=(2,), batch_norm=False)
    network.parameters.W[1][:] = [[1.0, 0.0], [0.0, -2.0]]
    network.parameters.b[1][:] = [[0.5], [0.0]]
    network.parameters.W[2][:] = [[1.0, 1.0], [0.0, 0.0]]
    network.parameters.b[2][:] = 0
    X = np.array([[1.0, -1.0], [1.0, -1.0]], np.float32)
    # a[1] = max(0, (x1 + 0.5, -2 x2)); z[2] = (sum of a[1], 0)
    assert network.activations(X, 1).tolist() == [[1.5, 0], [0, 2]]
    odds = network.activations(X, 2)
    np.testing.assert_allclose(odds[0], 1 / (1 + np.exp([-1.5, -2])), rtol=1e-6)
    assert [A.shape for A in activations_at_test_time(X, network.parameters, network.running)] == [(2, 2), (2, 2)]
