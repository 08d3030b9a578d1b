"""Iterations per second of `TrainingLoop.step` beside PyTorch, in one run.

    python tests/benchmarks/loop.py [--quick] [--shapes tiny,digits] [--optimizers adam] [--json PATH]

Same network (batch norm, ReLU, softmax), same optimizer, same random data, float32; every contender draws its
mini-batches by an order that is new in each epoch, and hands back the cost of each step as a number. Contenders:

    panda          `TrainingLoop.step`, which also guards against costs and gradients that are not finite
    torch          PyTorch eager, its optimizers as they come
    torch-foreach  the same, the optimizer going over all tensors at once
    torch-fused    the same, the optimizer as one kernel

Each runs with every number of threads in question, in a process of its own; of a contender its best one counts.
Where others use the machine too, the time that passes says little; the ratio in brackets is of processor time
instead, of one thread each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.turns import Contender, answer_questions, machine, median_and_spread, write_json

SHAPES = {
    "tiny": ((2, 16, 16, 4), 64, 2000),
    "digits": ((64, 128, 64, 10), 64, 1437),
    "mnist": ((784, 256, 128, 10), 128, 10000),
    "deep": ((784, *[256] * 8, 10), 128, 10000),
    "wide": ((784, 1024, 1024, 10), 256, 10000),
}
"""Name → units of each layer, examples of a mini-batch, training examples."""

OPTIMIZERS = ("gd", "momentum", "adam")
LEARNING_RATE = {"gd": 0.01, "momentum": 0.01, "adam": 0.001}
THREADS = (1, 2)
CONTENDERS = ("panda", "torch", "torch-foreach", "torch-fused")
WARM_UP_SECONDS = 0.3

Step = Callable[[], float]
Rates = dict[str, dict[int, list[tuple[float, float]]]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Labels = np.ndarray[Any, np.dtype[np.intp]]


def main() -> None:
    options = parse()
    if options.contender:
        contend(options.contender, options.threads)
        return
    rounds, seconds = (3, 0.1) if options.quick else (options.rounds, options.seconds)
    results = []
    print(f"iterations/s, median of {rounds} rounds of {seconds} s (half the middle half) [threads]\n")
    print(f"{'shape':7} {'optimizer':9}" + "".join(f"{name:>24}" for name in CONTENDERS) + "   panda / torch, times")
    processes = [Contender(__file__, name, threads) for name in CONTENDERS for threads in THREADS]
    try:
        for shape in options.shapes:
            for optimizer in options.optimizers:
                rates = take_turns(processes, shape, optimizer, rounds, seconds)
                result = best_of(rates)
                results.append({"shape": shape, "optimizer": optimizer, **result})
                print(row(shape, optimizer, result), flush=True)
    finally:
        for process in processes:
            process.__exit__(None, None, None)
    write_json(options.json, {"machine": machine("numpy", "torch"), "seconds": seconds, "results": results})


def take_turns(processes: list[Contender], shape: str, optimizer: str, rounds: int, seconds: float) -> Rates:
    """Contender → threads → what `rate` gave in each round."""
    for process in processes:
        process.ask(shape=shape, optimizer=optimizer)
    rates: Rates = {name: {threads: [] for threads in THREADS} for name in CONTENDERS}
    for _ in range(rounds):
        for process in processes:
            rates[process.name][process.threads].append(process.ask(seconds=seconds))
    return rates


def best_of(rates: Rates) -> dict[str, Any]:
    """Of each contender the number of threads with the best median; and how far Panda is ahead of each other one."""
    best: dict[str, Any] = {}
    for name, by_threads in rates.items():
        found = {threads: median_and_spread([wall for wall, _ in turns]) for threads, turns in by_threads.items()}
        threads = max(found, key=lambda threads: found[threads][0])
        processor, _ = median_and_spread([processor for _, processor in by_threads[1]])
        best[name] = {
            "threads": threads,
            "rate": found[threads][0],
            "spread": found[threads][1],
            "rate of processor time": processor,
            "turns": by_threads,
        }
    ratios = {
        measure: {name: best["panda"][measure] / best[name][measure] for name in CONTENDERS if name != "panda"}
        for measure in ("rate", "rate of processor time")
    }
    return {"contenders": best, "ratio": ratios}


def row(shape: str, optimizer: str, result: dict[str, Any]) -> str:
    """One line of the table."""
    cells = [
        f"{found['rate']:,.0f} (±{found['spread']:.0%}) [{found['threads']}]" for found in result["contenders"].values()
    ]
    wall, processor = result["ratio"]["rate"], result["ratio"]["rate of processor time"]
    ratios = "  ".join(f"{name.removeprefix('torch-')} {wall[name]:.2f} ({processor[name]:.2f})" for name in wall)
    return f"{shape:7} {optimizer:9}" + "".join(f"{cell:>24}" for cell in cells) + f"   {ratios}"


def contend(name: str, threads: int) -> None:
    """Be a contender: told a shape and an optimizer, get ready; told seconds, train so long and say how fast."""
    step: Step | None = None

    def answer(question: dict[str, Any]) -> tuple[float, float]:
        nonlocal step
        if "shape" in question:
            layer_dims, size, m = SHAPES[question["shape"]]
            X, y = random_data(layer_dims, m)
            make = panda_step if name == "panda" else torch_step
            step = make(name, threads, layer_dims, size, question["optimizer"], X, y)
            return rate(step, WARM_UP_SECONDS)
        assert step is not None
        return rate(step, question["seconds"])

    answer_questions(answer)


def rate(step: Step, seconds: float) -> tuple[float, float]:
    """Steps per second, and per second of processor time, over at least so many seconds."""
    processor = time.process_time()
    began = now = time.perf_counter()
    done = 0
    while now - began < seconds:
        for _ in range(5):
            step()
        done += 5
        now = time.perf_counter()
    return done / (now - began), done / (time.process_time() - processor)


def random_data(layer_dims: tuple[int, ...], m: int) -> tuple[Floats, Labels]:
    """Standard normal inputs, one example per row, and labels that a random linear map gives them."""
    generator = np.random.Generator(np.random.PCG64(1))
    X = generator.standard_normal((m, layer_dims[0]), dtype=np.float32)
    y = (X @ generator.standard_normal((layer_dims[0], layer_dims[-1]), dtype=np.float32)).argmax(axis=1)
    return X, y.astype(np.intp)


def panda_step(
    name: str, threads: int, layer_dims: tuple[int, ...], size: int, optimizer: str, X: Floats, y: Labels
) -> Step:
    """A step of Panda's loop; its BLAS took the number of threads from the environment."""
    from trainer.data.dataset import Dataset
    from trainer.engine.hyperparameters import Hyperparameters, RunConfig
    from trainer.engine.loop import TrainingLoop

    inputs = layer_dims[0]
    dataset = Dataset(
        name=name,
        X_train=X,
        y_train=y,
        X_dev=X[:100],
        y_dev=y[:100],
        mean=np.zeros(inputs),
        deviation=np.ones(inputs),
        classes=tuple(map(str, range(layer_dims[-1]))),
        features=tuple(map(str, range(inputs))),
    )
    hyperparameters = Hyperparameters(
        learning_rate=LEARNING_RATE[optimizer],
        mini_batch_size=size,
        optimizer=optimizer,  # type: ignore[arg-type]
    )
    return TrainingLoop(RunConfig(layers=layer_dims[1:-1]), dataset, hyperparameters).step


def torch_step(
    name: str, threads: int, layer_dims: tuple[int, ...], size: int, optimizer: str, X: Floats, y: Labels
) -> Step:
    """The same step in PyTorch eager, as one would write it who wants it fast."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    inputs, labels = torch.from_numpy(X), torch.from_numpy(y)
    layers: list[nn.Module] = []
    for n_prev, n in pairwise(layer_dims[:-1]):
        layers += [nn.Linear(n_prev, n, bias=False), nn.BatchNorm1d(n, momentum=0.1), nn.ReLU(inplace=True)]
    network = nn.Sequential(*layers, nn.Linear(layer_dims[-2], layer_dims[-1]))
    how: dict[str, Any] = {"torch": {}, "torch-foreach": {"foreach": True}, "torch-fused": {"fused": True}}[name]
    alpha = LEARNING_RATE[optimizer]
    updates: torch.optim.Optimizer
    match optimizer:
        case "gd":
            updates = torch.optim.SGD(network.parameters(), alpha, **how)
        case "momentum":  # dampening 1 - β is the course's form: v = β v + (1 - β) dθ
            updates = torch.optim.SGD(network.parameters(), alpha, momentum=0.9, dampening=0.1, **how)
        case _:
            updates = torch.optim.Adam(network.parameters(), alpha, **how)
    cross_entropy = nn.functional.cross_entropy
    order, offset = torch.randperm(len(X)), 0

    def step() -> float:
        nonlocal order, offset
        indices = order[offset : offset + size]
        cost = cross_entropy(network(inputs[indices]), labels[indices])
        updates.zero_grad(set_to_none=True)
        cost.backward()  # type: ignore[no-untyped-call]
        updates.step()
        offset += size
        if offset + size > len(X):
            order, offset = torch.randperm(len(X)), 0
        return cost.item()

    return step


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a figure to quote")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one turn")
    parser.add_argument("--shapes", type=lambda text: text.split(","), default=list(SHAPES))
    parser.add_argument("--optimizers", type=lambda text: text.split(","), default=list(OPTIMIZERS))
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--contender", choices=CONTENDERS, default="", help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
