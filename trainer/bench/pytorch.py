"""PyTorch, written for speed: eager, with its fused optimizers, and compiled as a whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from trainer.bench.task import BATCH_NORM_EPSILON, BETA2, EPSILON, EWA_DECAY, MOMENTUM, Task, Updates

if TYPE_CHECKING:
    from torch import Tensor


def eager_updates(task: Task, *, fused: bool) -> Updates:
    """A function that makes an update by modules, autograd and an optimizer, in several kernels or fused into one."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    dims, alpha = task.layer_dims, task.learning_rate
    layers: list[nn.Module] = []
    for n_prev, n in pairwise(dims[:-1]):
        norm = nn.BatchNorm1d(n, eps=BATCH_NORM_EPSILON, momentum=1 - EWA_DECAY)
        layers += [nn.Linear(n_prev, n, bias=False), norm, nn.ReLU(inplace=True)]
    network = nn.Sequential(*layers, nn.Linear(dims[-2], dims[-1]))
    how: dict[str, Any] = {"fused": True} if fused else {}
    optimizer: torch.optim.Optimizer
    match task.optimizer:
        case "gd":
            optimizer = torch.optim.SGD(network.parameters(), alpha, **how)
        case "momentum":  # dampening 1 - β is the course's form: v = β v + (1 - β) dθ
            optimizer = torch.optim.SGD(network.parameters(), alpha, MOMENTUM, 1 - MOMENTUM, **how)
        case "adam":
            optimizer = torch.optim.Adam(network.parameters(), alpha, (MOMENTUM, BETA2), EPSILON, **how)
    cross_entropy = nn.functional.cross_entropy
    X, y = map(torch.from_numpy, task.data())
    mini_batches = task.mini_batches()

    def update() -> int:
        indices = torch.from_numpy(next(mini_batches))
        cost = cross_entropy(network(X[indices]), y[indices])
        optimizer.zero_grad(set_to_none=True)
        cost.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        cost.item()
        return 1

    return update


def compiled_updates(task: Task) -> Updates:
    """A function that makes an update, from the indices to the new parameters, as one graph of `torch.compile`."""
    import torch
    from torch.nn.functional import cross_entropy

    torch.manual_seed(1)
    dims, alpha, optimizer = task.layer_dims, task.learning_rate, task.optimizer
    hidden = list(pairwise(dims[:-1]))
    theta: list[Tensor] = []
    for n_prev, n in hidden:
        theta += [torch.randn(n, n_prev) * (2 / n_prev) ** 0.5, torch.ones(n), torch.zeros(n)]
    theta += [torch.randn(dims[-1], dims[-2]) * (2 / dims[-2]) ** 0.5, torch.zeros(dims[-1])]
    running = [(torch.zeros(n), torch.ones(n)) for _, n in hidden]
    v, s = ([torch.zeros_like(parameter) for parameter in theta] for _ in range(2))
    t = torch.zeros(())
    X, y = map(torch.from_numpy, task.data())
    mini_batches = task.mini_batches()

    def cost_and_statistics(theta: list[Tensor], A: Tensor, y: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        statistics = []
        for l in range(len(hidden)):
            W, gamma, beta = theta[3 * l : 3 * l + 3]
            Z = A @ W.T
            variance, mean = torch.var_mean(Z, 0, correction=0)
            statistics.append((mean, variance))
            A = torch.relu((Z - mean) * torch.rsqrt(variance + BATCH_NORM_EPSILON) * gamma + beta)
        W, b = theta[-2:]
        return cross_entropy(torch.addmm(b, A, W.T), y), statistics

    gradient_and_cost = torch.func.grad_and_value(cost_and_statistics, has_aux=True)

    def whole(indices: Tensor) -> Tensor:
        gradient, (cost, statistics) = gradient_and_cost(theta, X[indices], y[indices])
        for averages, latest in zip(running, statistics, strict=True):
            for average, statistic in zip(averages, latest, strict=True):
                average.lerp_(statistic, 1 - EWA_DECAY)
        if optimizer == "adam":
            t.add_(1)
        for p, d, mean, square in zip(theta, gradient, v, s, strict=True):
            match optimizer:
                case "gd":
                    p.sub_(alpha * d)
                case "momentum":
                    mean.lerp_(d, 1 - MOMENTUM)
                    p.sub_(alpha * mean)
                case "adam":
                    mean.lerp_(d, 1 - MOMENTUM)
                    square.lerp_(d * d, 1 - BETA2)
                    p.sub_(alpha * (mean / (1 - MOMENTUM**t)) / ((square / (1 - BETA2**t)).sqrt() + EPSILON))
        return torch.as_tensor(cost)

    torch._dynamo.reset()  # otherwise torch.compile gives up after eight tasks in one process
    compiled = torch.compile(whole, fullgraph=True, dynamic=False)

    def update() -> int:
        with torch.no_grad():
            compiled(torch.from_numpy(next(mini_batches))).item()
        return 1

    return update
