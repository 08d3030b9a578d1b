"""Logits, cost and every gradient beside PyTorch's, and the extremes of the cost."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.numerics.networks import Network
from tests.oracle.torch_network import TorchNetwork
from trainer.numerics.activations import log_sum_exp, softmax
from trainer.numerics.cost import compute_cost
from trainer.numerics.optimizers import clip_by_global_norm
from trainer.numerics.parameters import Activation, Architecture


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("m", [2, 33])
@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("hidden", [(), (16,), (9, 8, 7, 6)])
def test_logits_cost_and_every_gradient(
    hidden: tuple[int, ...], activation: Activation, batch_norm: bool, m: int, weight_decay: float
) -> None:
    # ε = 0.01: with 1e-5 the gradient through a normalised mini-batch of two is the rest of a cancellation
    network = Network.random(Architecture((5, *hidden, 4), batch_norm, activation, 0.01), m, seed=1)
    oracle = TorchNetwork.of(network.parameters)
    logits = oracle.logits(torch.tensor(network.X.T))
    cost = functional.cross_entropy(logits, torch.tensor(network.y)) + oracle.weight_penalty(weight_decay)
    cost.backward()  # type: ignore[no-untyped-call]

    np.testing.assert_allclose(network.logits(), logits.detach().numpy().T, rtol=1e-11, atol=1e-12)
    assert network.cost(weight_decay) == pytest.approx(cost.item(), rel=1e-13)
    gradients = network.gradients(weight_decay)
    assert gradients.views.keys() == oracle.parameters.keys()
    for name, leaf in oracle.parameters.items():
        assert leaf.grad is not None
        scale = float(leaf.grad.abs().max())
        np.testing.assert_allclose(gradients[name], leaf.grad.numpy(), rtol=1e-11, atol=1e-11 * scale, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1.0, 100.0, 1e4])
def test_softmax_log_sum_exp_and_cost_are_as_exact_as_pytorch_s(size: float, dtype: type[np.floating]) -> None:
    generator = np.random.Generator(np.random.PCG64(1))
    Z = (generator.choice([-1, 0, 1], size=(5, 200)) * size + generator.normal(size=(5, 200))).astype(dtype)
    y = generator.integers(0, 5, size=(200,))
    exact = torch.tensor(Z.T.astype(np.float64))
    rtol = 10 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(softmax(Z.copy()).T, torch.softmax(exact, 1), rtol=40 * rtol, atol=1e-38)
    np.testing.assert_allclose(log_sum_exp(Z), torch.logsumexp(exact, 1), rtol=rtol, atol=rtol)
    assert compute_cost(Z, y) == pytest.approx(functional.cross_entropy(exact, torch.tensor(y)).item(), rel=rtol)


def test_clipping_is_pytorch_s_but_for_its_1e_6() -> None:
    dtheta = np.random.Generator(np.random.PCG64(1)).normal(size=50)
    leaf = torch.zeros(50, dtype=torch.float64, requires_grad=True)
    leaf.grad = torch.tensor(dtheta)
    norm = torch.nn.utils.clip_grad_norm_([leaf], 0.5)
    clip_by_global_norm(dtheta, float(norm), 0.5)
    np.testing.assert_allclose(dtheta, leaf.grad.numpy(), rtol=2e-6 / float(norm))
