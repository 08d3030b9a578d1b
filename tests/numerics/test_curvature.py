"""Products with the Hessian against the Hessian itself; and where the updates of an optimizer leave a parabola."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.numerics.networks import Network
from trainer.numerics.curvature import hessian_vector_product, largest_stable_learning_rate, preconditioner
from trainer.numerics.optimizers import (
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
)
from trainer.numerics.parameters import Architecture
from trainer.numerics.updates import Floats, Optimizer, Rule


def gradient_of(network: Network, weight_decay: float, theta: Floats) -> Floats:
    network.parameters.vector[:] = theta
    return np.array(network.gradients(weight_decay).vector, np.float64)


@pytest.mark.parametrize("batch_norm", [True, False])
def test_the_product_is_that_with_the_hessian(batch_norm: bool) -> None:
    """The Hessian from second differences of the cost alone, which knows nothing of backward propagation."""
    network = Network.random(Architecture((3, 4, 3), batch_norm, "tanh"), 12, seed=3)
    theta = np.array(network.parameters.vector, np.float64)
    n, h, decay = theta.size, 1e-4, 0.01

    def cost(at: Floats) -> float:
        network.parameters.vector[:] = at
        return network.cost(decay)

    steps = np.eye(n) * h
    H = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = [cost(theta + a * steps[i] + b * steps[j]) * a * b for a in (1, -1) for b in (1, -1)]
            H[i, j] = sum(corners) / (4 * h * h)
    direction = np.random.Generator(np.random.PCG64(5)).normal(size=n)
    product = hessian_vector_product(lambda at: gradient_of(network, decay, at), theta, direction)
    np.testing.assert_allclose(product, H @ direction, atol=1e-5 * float(np.linalg.norm(H @ direction)))


def test_the_product_with_nothing_is_nothing() -> None:
    assert hessian_vector_product(lambda w: 2 * w, np.ones(3), np.zeros(3)).tolist() == [0, 0, 0]


def leaves(optimizer: Optimizer, alpha: float, beta: float, curvature: float) -> bool:
    """Whether w leaves (λ/2) w² after many updates, from 1."""
    w, v, scratch = np.array([1.0]), np.zeros(1), np.empty(1)
    for _ in range(4000):
        dw = curvature * w
        if optimizer == "momentum":
            update_parameters_with_momentum(w, dw, v, alpha, beta, scratch)
        else:
            update_parameters_with_gd(w, dw, alpha, scratch)
        if abs(w[0]) > 1e6:
            return True
    return False


@pytest.mark.parametrize("curvature", [0.03, 2.0, 700.0])
@pytest.mark.parametrize(("optimizer", "beta"), [("gd", 0.9), ("momentum", 0.0), ("momentum", 0.5), ("momentum", 0.95)])
def test_a_parabola_is_left_above_the_limit_and_not_below(optimizer: Optimizer, beta: float, curvature: float) -> None:
    limit = largest_stable_learning_rate(optimizer, curvature, beta)
    assert not leaves(optimizer, 0.98 * limit, beta, curvature)
    assert leaves(optimizer, 1.02 * limit, beta, curvature)


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_adam_leaves_it_likewise_where_its_average_of_squares_is_slow(beta: float) -> None:
    """With β₂ = 1 - 1e-12, s stays what it is; then Adam is momentum with α / P."""
    curvature, s, weight = 3.0, np.array([0.25]), 1.0
    rule = Rule("adam", beta, 1 - 1e-12, 1e-8, 0.0, 0.0)
    P = preconditioner(rule, np.array([curvature]), s, weight, weight)
    limit = largest_stable_learning_rate("adam", float(curvature / P[0]), beta)
    for alpha, outcome in ((0.98 * limit, False), (1.02 * limit, True)):
        w, v, scratch = np.array([1.0]), np.zeros(1), np.empty(1)
        for _ in range(4000):
            update_parameters_with_adam(
                w, curvature * w, v, s.copy(), weight, weight, alpha, beta, 1 - 1e-12, 1e-8, scratch
            )
            if abs(w[0]) > 1e3:
                break
        assert (abs(w[0]) > 1e3) == outcome


def test_what_rmsprop_divides_by_is_what_its_next_update_divides_by_when_its_average_has_filled() -> None:
    rule = Rule("rmsprop", 0.9, 0.8, 1e-3, 0.0, 0.0)
    P = preconditioner(rule, np.array([2.0, 0.0]), np.array([1.0, 0.0]), 0.0, 1.0)
    assert P.tolist() == pytest.approx([math.sqrt(0.8 * 1 + 0.2 * 4) + 1e-3, math.inf])
    # the average of equal gradients, however few
    young = preconditioner(rule, np.array([2.0]), np.array([0.2 * 4]), 0.0, 0.2)
    assert young.tolist() == pytest.approx([2 + 1e-3])


@pytest.mark.parametrize("curvature", [0.0, -1.0])
def test_what_does_not_curve_upwards_has_no_limit(curvature: float) -> None:
    assert largest_stable_learning_rate("gd", curvature, 0.9) == math.inf
