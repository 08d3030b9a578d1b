"""The same network and the same training, written with PyTorch: the oracle for formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from trainer.data.dataset import Dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.numerics.mini_batches import random_mini_batches
from trainer.numerics.parameters import Architecture, Parameters, initialize_parameters

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


@dataclass
class TorchNetwork:
    """Parameters by the same names and in the same shapes; examples are rows, as PyTorch has them."""

    architecture: Architecture
    parameters: dict[str, torch.Tensor]
    ewa_decay: float = 0.9
    mean: dict[int, torch.Tensor] = field(default_factory=dict)
    variance: dict[int, torch.Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Parameters, dtype: torch.dtype = torch.float64, ewa_decay: float = 0.9) -> TorchNetwork:
        """A copy of our parameters; running statistics start at mean 0 and variance 1, as with BatchNorm1d."""
        architecture = parameters.architecture
        leaves = {name: torch.tensor(view, dtype=dtype, requires_grad=True) for name, view in parameters.views.items()}
        network = cls(architecture, leaves, ewa_decay)
        for l in range(1, architecture.L):
            if f"gamma[{l}]" in leaves:
                network.mean[l] = torch.zeros(architecture.layer_dims[l], dtype=dtype)
                network.variance[l] = torch.ones(architecture.layer_dims[l], dtype=dtype)
        return network

    def logits(self, X: torch.Tensor, training: bool = True) -> torch.Tensor:
        """`(m, C)` of X `(m, n[0])`; in training the running statistics move on."""
        A = X
        for l in range(1, self.architecture.L + 1):
            bias = self.parameters.get(f"b[{l}]")
            Z = functional.linear(A, self.parameters[f"W[{l}]"], None if bias is None else bias[:, 0])
            if f"gamma[{l}]" in self.parameters:
                Z = self._batch_norm(l, Z, training)
            A = Z if l == self.architecture.L else ACTIVATIONS[self.architecture.activation](Z)
        return A

    def _batch_norm(self, l: int, Z: torch.Tensor, training: bool) -> torch.Tensor:
        before = self.variance[l].clone()
        out = functional.batch_norm(
            Z,
            self.mean[l],
            self.variance[l],
            self.parameters[f"gamma[{l}]"][:, 0],
            self.parameters[f"beta[{l}]"][:, 0],
            training,
            1 - self.ewa_decay,  # what PyTorch calls momentum is the weight of the new value
            self.architecture.batch_norm_epsilon,
        )
        if training:
            # PyTorch averages the unbiased variance, σ² m / (m - 1); the course's is the biased one
            new = self.variance[l] - self.ewa_decay * before
            self.variance[l] = self.ewa_decay * before + new * (len(Z) - 1) / len(Z)
        return out

    def weight_penalty(self, weight_decay: float) -> torch.Tensor:
        """(λ/2) Σ ‖W‖² of the weights alone."""
        squares = [(view**2).sum() for name, view in self.parameters.items() if name.startswith("W")]
        return weight_decay / 2 * torch.stack(squares).sum()


def make_optimizer(h: Hyperparameters, parameters: list[torch.Tensor]) -> Optimizer:
    """PyTorch's optimizer for the course's formula."""
    match h.optimizer:
        case "gd":
            return torch.optim.SGD(parameters, lr=h.learning_rate)
        case "momentum":
            # v = β v + (1 - dampening) dθ, so dampening is β. The first update would take v = dθ: v is made before it
            sgd = torch.optim.SGD(parameters, lr=h.learning_rate, momentum=h.momentum, dampening=h.momentum)
            for parameter in parameters:
                sgd.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
            return sgd
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=h.learning_rate, alpha=h.beta2, eps=h.epsilon)
        case "adam":
            return torch.optim.Adam(parameters, lr=h.learning_rate, betas=(h.momentum, h.beta2), eps=h.epsilon)


def schedule(h: Hyperparameters, epochs: float) -> float:
    """α / α₀, from the course's formulas."""
    match h.decay:
        case "none":
            return 1.0
        case "inverse-time":
            return 1 / (1 + h.decay_rate * epochs)
        case "exponential":
            return float(h.decay_rate**epochs)
        case "inverse-sqrt":
            return float((1 + h.decay_rate * epochs) ** -0.5)
        case "staircase":
            return float(h.decay_rate ** (epochs // h.decay_interval))


def mini_batches(seed: int, m: int, size: int) -> Iterator[tuple[float, torch.Tensor]]:
    """(epochs before it, indices) of every mini-batch, without end."""
    epoch = 0
    while True:
        offset = 0
        for indices in random_mini_batches(seed, epoch, m, size):
            yield epoch + offset / m, torch.from_numpy(indices)
            offset += len(indices)
        epoch += 1


@dataclass
class TorchRun:
    """Costs J of the updates, and the network after them."""

    costs: np.ndarray[tuple[int], np.dtype[np.float64]]
    network: TorchNetwork


def train(config: RunConfig, dataset: Dataset, h: Hyperparameters, iterations: int, dtype: torch.dtype) -> TorchRun:
    """From the same initial parameters, on the same mini-batches, by PyTorch's own optimizer and scheduler."""
    architecture = config.architecture(dataset.X_train.shape[1], len(dataset.classes))
    network = TorchNetwork.of(
        initialize_parameters(architecture, config.seed, np.dtype(config.dtype)), dtype, config.ewa_decay
    )
    X, y = torch.tensor(dataset.X_train, dtype=dtype), torch.tensor(dataset.y_train)
    leaves = list(network.parameters.values())
    optimizer = make_optimizer(h, leaves)
    batches = [
        batch
        for _, batch in zip(range(iterations), mini_batches(config.seed, dataset.m, h.mini_batch_size), strict=False)
    ]
    scheduler = LambdaLR(optimizer, lambda t: schedule(h, batches[min(t, iterations - 1)][0]))
    costs = []
    for _, indices in batches:
        optimizer.zero_grad()
        cost = functional.cross_entropy(network.logits(X[indices]), y[indices])
        (cost + network.weight_penalty(h.weight_decay)).backward()  # type: ignore[no-untyped-call]
        if h.clip_norm:
            gradients = [leaf.grad for leaf in leaves if leaf.grad is not None]
            norm = torch.sqrt(torch.stack([(gradient**2).sum() for gradient in gradients]).sum())
            if norm > h.clip_norm:  # clip_grad_norm_ divides by norm + 1e-6, which is not the formula
                for gradient in gradients:
                    gradient.mul_(h.clip_norm / norm)
        optimizer.step()
        scheduler.step()
        costs.append(cost.item())
    return TorchRun(np.array(costs), network)
