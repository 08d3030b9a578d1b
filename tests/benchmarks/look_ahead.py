"""What looking ahead costs the live run, and how soon its picture is there; how good the α is that is found.

    python -m tests.benchmarks.look_ahead [--finder] [--quick] [--json PATH]

A recorded run goes on as on the page, in a thread of this process. In turns nothing is asked for, and one fan follows
the other without a pause: five arms of 200 iterations, each on a copy of the state of that moment. So the ratio of the
two speeds is of the same minutes. Then the one arm under the hand is asked for again and again; and fans with rests of
ten times what each took, as the page has them while it follows a run (it rests three seconds at least).

With `--finder` nothing is timed: the α finder is asked early and late in training, with each data set and optimizer,
and the middle of its range is trained from there for 200 iterations, as each of its 25 α was. It counts in how many
cases fewer than a third of these have a lower dev cost; in how many what is suggested is one α alone, or nothing, as
the network is thrown away; and in how many the range test ended below what is suggested.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads()

import argparse  # noqa: E402
import math  # noqa: E402
import os  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from trainer.bench.turns import machine, median_and_spread, write_json  # noqa: E402
from trainer.data.loading import load_dataset  # noqa: E402
from trainer.engine.commands import Actor, StartRun  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402
from trainer.experiments.alpha_finder import GRID, find_alpha  # noqa: E402
from trainer.experiments.candidates import Candidate  # noqa: E402
from trainer.experiments.clones import Boundary  # noqa: E402
from trainer.experiments.compiling import compile_now  # noqa: E402
from trainer.experiments.look_ahead import look_ahead  # noqa: E402
from trainer.numerics.updates import Optimizer  # noqa: E402
from trainer.service.controller import Controller  # noqa: E402

MNIST = "shape-of-mnist.npz"
NETWORKS = (
    (RunConfig(data="digits", layers=(128, 64)), 64),
    (RunConfig(data="digits", layers=(512, 512)), 64),
    (RunConfig(data="spiral", layers=(16, 16)), 64),
    (RunConfig(data=MNIST, layers=(256, 128)), 128),
)
"""The default network, a large one, a small one, and the shape of MNIST; with their mini-batch sizes."""

DATA = ("wine", "breast_cancer", "moons", "spiral", "digits")
RATES: dict[Optimizer, float] = {"gd": 0.1, "momentum": 0.1, "rmsprop": 0.001, "adam": 0.003}
EARLY_AND_LATE = (60, 4000)

UNDER_HAND = ("learning_rate=0.005",)
REST = 10
"""So many times as long as a fan took does the page wait for the next one while it follows a run."""


def main() -> None:
    options = parse()
    if options.finder:
        compile_now("float32")
        write_json(options.json, {"machine": machine("numpy"), "finder": finder(options.quick)})
        return
    rounds, seconds = (3, 1.0) if options.quick else (7, 3.0)
    here = Path.cwd()
    compile_now("float32")  # else the run would be computed by the reference
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # sessions are kept in the folder in which Panda is started
        make_mnist(Path(MNIST))
        found = [beside_a_live_run(*network, rounds, seconds) for network in NETWORKS]
        os.chdir(here)
    write_json(options.json, {"machine": machine("numpy"), "look ahead": found})


def finder(quick: bool) -> dict[str, int]:
    """In how many cases the suggestion is in the best third, and the range test went as far as that."""
    verdicts = ("nothing suggested", "least harm", "no difference")
    found = dict.fromkeys(("cases", *verdicts, "best third", "one α alone", "range test too short"), 0)
    for data in DATA[:1] if quick else DATA:
        for optimizer, rate in RATES.items():
            config = RunConfig(data=data, layers=(16,))
            dataset = load_dataset(data)
            h = Hyperparameters(optimizer=optimizer, learning_rate=rate, mini_batch_size=32)
            loop = TrainingLoop(config, dataset, h)
            for at in EARLY_AND_LATE:
                loop.train(np.empty(at - loop.iteration))
                boundary = Boundary("r1", config, dataset, loop.state())
                told = find_alpha(boundary)
                found["cases"] += 1
                if told.low is None or told.high is None:
                    found["nothing suggested"] += 1
                    print(f"{data:14} {optimizer:8} iteration {at:5}: {told.reason}")
                    continue
                middle = Candidate("middle", {"learning_rate": math.sqrt(told.low * told.high)})
                (arm,) = look_ahead(boundary, [middle]).arms
                reached = math.inf if arm.dev_cost is None else arm.dev_cost
                better = sum(cost < reached for cost in told.dev_costs)
                if told.verdict != "suggested":
                    found[told.verdict] += 1
                found["best third"] += better < GRID / 3
                found["one α alone"] += told.low == told.high
                found["range test too short"] += told.swept[-1] < told.high
                print(
                    f"{data:14} {optimizer:8} iteration {at:5}: {told.low:.3g} to {told.high:.3g}"
                    f" ({told.verdict}), {better} of {GRID}"
                    f" are better, range test to {told.swept[-1]:.3g}"
                )
    print(found)
    return found


def make_mnist(path: Path) -> None:
    """As many pixels and classes as MNIST, a quarter of its examples; what is on them is of no account to speed."""
    random = np.random.Generator(np.random.PCG64(1))
    y = random.integers(0, 10, 15_000)
    X = random.integers(0, 256, (len(y), 784)).astype(np.uint8)
    X[np.arange(len(y)), y] = 255
    np.savez(path, X=X, y=y)


def beside_a_live_run(config: RunConfig, mini_batch_size: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Speeds of the live run in iterations/s, and latencies in milliseconds."""
    controller = Controller()
    h = Hyperparameters(learning_rate=0.01, mini_batch_size=mini_batch_size)
    started = controller.submit(StartRun(config, h, actor=Actor("cli", "benchmark"))).result()
    if started.status != "applied":
        raise RuntimeError(started.text)
    fans: list[float] = []
    arms: list[float] = []
    turns: dict[str, list[float]] = {"alone": [], "fans": [], "arms": [], "followed": []}
    ask(controller, ())  # what is first takes longer, and nobody sees it twice
    for _ in range(rounds):
        turns["alone"].append(speed(controller, seconds))
        turns["fans"].append(speed(controller, seconds, (), fans))
        turns["arms"].append(speed(controller, seconds / 2, UNDER_HAND, arms))
        turns["followed"].append(speed(controller, seconds, (), [], REST))
    controller.close()
    kept = {
        name: statistics.median(with_them / alone for with_them, alone in zip(turns[name], turns["alone"], strict=True))
        for name in ("fans", "arms", "followed")
    }
    name = f"{config.data} {','.join(map(str, config.layers))}"
    print(
        f"{name:28} alone {median_and_spread(turns['alone'])[0]:8,.0f} iterations/s"
        f"   followed {kept['followed']:.3f} ×, beside fans {kept['fans']:.3f} ×, beside arms {kept['arms']:.3f} ×"
        f"   a fan {told(fans)}   an arm {told(arms)}"
    )
    return {"network": name, "iterations per second": turns, "kept": kept, "fan, ms": fans, "arm, ms": arms}


def speed(
    controller: Controller,
    seconds: float,
    candidates: Sequence[str] = (),
    took: list[float] | None = None,
    rest: float = 0,
) -> float:
    """Iterations/s of the live run for a while; where `took` is given, one look-ahead follows the other meanwhile.

    After each it rests so many times as long as that took.
    """
    first, began = controller.status()["iteration"], time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        if took is None:
            time.sleep(0.02)
            continue
        ask(controller, candidates)
        took.append(1000 * (time.perf_counter() - now))
        time.sleep(rest * took[-1] / 1000)
    last, ended = controller.status()["iteration"], time.perf_counter()
    assert isinstance(first, int)
    assert isinstance(last, int)
    return (last - first) / (ended - began)


def ask(controller: Controller, candidates: Sequence[str]) -> None:
    found = controller.look_ahead("", "", candidates).result()
    if "refused" in found:
        raise RuntimeError(found["refused"])


def told(latencies: list[float]) -> str:
    return f"{statistics.median(latencies):,.0f} ms, 95 % {statistics.quantiles(latencies, n=20)[-1]:,.0f} ms"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finder", action="store_true", help="how good the α is that is found")
    parser.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a figure to quote")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
