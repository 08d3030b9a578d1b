"""How fast a ghost is computed, as a ratio to a live run without a record and to verifying.

    python tests/benchmarks/worth.py [--quick] [--json PATH]

All take turns in one process, so that their ratios are of the same minutes; each figure is of iterations computed.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
from collections.abc import Callable  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from tests.benchmarks.recording import CONFIG, HYPERPARAMETERS, check, data_of, measured, train  # noqa: E402
from tests.examples import record_run  # noqa: E402
from trainer.bench.turns import machine, median_and_spread, write_json  # noqa: E402
from trainer.data.dataset import Dataset  # noqa: E402
from trainer.engine.commands import Intervene  # noqa: E402
from trainer.experiments.worth import worth_in_file  # noqa: E402

SEEDS = 4


def main() -> None:
    options = parse()
    dataset = data_of(CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        figures = {"machine": machine("numpy"), "throughput": throughput(Path(folder), dataset, options.quick)}
    write_json(options.json, figures)


def throughput(folder: Path, dataset: Dataset, quick: bool) -> dict[str, Any]:
    """Iterations/s of a live run, of verifying, of a ghost of nearly all of it, and of pairs over seeds."""
    rounds, seconds = (3, 0.5) if quick else (7, 2.0)
    iterations = int(2000 * seconds / measured(partial(train, CONFIG, dataset, 2000, None)))
    path = folder / "worth.panda"
    record_run(path, CONFIG, HYPERPARAMETERS, iterations, [(1, Intervene({"momentum": 0.95}))])
    contenders: dict[str, tuple[int, Callable[[], None]]] = {
        "live run": (iterations, partial(train, CONFIG, dataset, iterations, None)),
        "verified": (iterations, partial(check, path)),
        "ghost": (iterations - 1, partial(ghost, path, 0)),
        f"ghost, {SEEDS} seeds": (iterations - 1 + SEEDS * (2 * iterations - 1), partial(ghost, path, SEEDS)),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds):
        order = list(contenders)
        for name in order if turn % 2 else reversed(order):
            times[name].append(measured(contenders[name][1]))
    print(f"digits, Adam, {rounds} rounds of {iterations} iterations; ratios to the speed of a live run")
    rates = {name: [contenders[name][0] / wall for wall in found] for name, found in times.items()}
    for name, found in rates.items():
        middle, spread = median_and_spread(found)
        ratio = statistics.median(one / live for one, live in zip(found, rates["live run"], strict=True))
        print(f"  {name:16} {middle:8,.0f} iterations/s (±{spread:.0%})   {ratio:.3f} × live")
    return {"iterations": iterations, "iterations per second": rates}


def ghost(path: Path, seeds: int) -> None:
    """What the one change was worth; raises RuntimeError where a figure would mean nothing."""
    _, worth = worth_in_file(path, None, 0, seeds=seeds)
    if worth.ghost.broke is not None or (seeds and len(worth.over_seeds.seeds if worth.over_seeds else ()) < seeds):
        raise RuntimeError(worth.text)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a figure to quote")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
