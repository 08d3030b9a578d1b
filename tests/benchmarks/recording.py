"""What recording costs: a headless run with and without its session, flushes, checkpoints, opening, verifying.

    python tests/benchmarks/recording.py [--rounds N] [--seconds S] [--json PATH]

With, without and verifying take turns, so that their ratios are of the same minutes. The file is on the disk of the
temporary directory.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads()

import argparse  # noqa: E402
import itertools  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import replace  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from trainer.bench.turns import machine, median_and_spread, write_json  # noqa: E402
from trainer.data.dataset import Dataset  # noqa: E402
from trainer.data.loading import load_dataset  # noqa: E402
from trainer.engine.events import Checkpointed, Evaluation, Event, RunEnded, RunStarted, Trained  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402
from trainer.engine.start import Start  # noqa: E402
from trainer.engine.state import TrainingState  # noqa: E402
from trainer.engine.trainer import Trainer  # noqa: E402
from trainer.experiments.verify import verify  # noqa: E402
from trainer.recorder.session import read_session  # noqa: E402
from trainer.recorder.session_log import SessionLog  # noqa: E402

CONFIGS = tuple(
    RunConfig(data=data, layers=layers)
    for data, layers in (("spiral", (16, 16)), ("digits", (128, 64)), ("digits", (512, 512)))
)
"""A network whose iterations take some microseconds, the default one, and one whose state is large."""

SHORT = (0.03, 0.1, 0.4)
"""Seconds of runs that end before their first checkpoint, so that verifying has one part only."""

CONFIG = CONFIGS[1]
HYPERPARAMETERS = Hyperparameters(learning_rate=0.01, optimizer="adam")
ITERATIONS_OF_A_LONG_SESSION = 1_000_000
CHECKPOINTS_OF_A_LONG_SESSION = 50
ITERATIONS_A_FLUSH = 2500
ITERATIONS_AN_EVALUATION = 125


def main() -> None:
    options = parse()
    dataset = data_of(CONFIG)
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "machine": machine("numpy"),
            "throughput": [throughput(Path(folder), config, options.rounds, options.seconds) for config in CONFIGS],
            "short runs": [short_runs(Path(folder), config, 3 * options.rounds) for config in CONFIGS],
            "latency": latencies(Path(folder), dataset, 200),
            "opening": opening(Path(folder), dataset),
        }
    write_json(options.json, figures)


class Timed:
    """A recorder that knows how long its trainer has waited for it."""

    def __init__(self, log: SessionLog) -> None:
        self._log, self.seconds = log, 0.0
        self.retry = log.retry

    def record(self, event: Event) -> None:
        self.seconds += measured(partial(self._log.record, event))[0]

    def close(self) -> None:
        self.seconds += measured(self._log.close)[0]


def data_of(config: RunConfig) -> Dataset:
    """The data set that a config names."""
    return load_dataset(config.data, seed=config.seed, dev_fraction=config.dev_fraction, dtype=config.dtype)


def throughput(folder: Path, config: RunConfig, rounds: int, seconds: float) -> dict[str, Any]:
    """Iterations/s of a headless run without and with its session, and of verifying that session."""
    dataset = data_of(config)
    iterations = iterations_in(seconds, config, dataset)
    times: dict[str, list[tuple[float, float]]] = {"not recorded": [], "recorded": [], "verified": []}
    shares: list[float] = []
    for turn in range(rounds):
        path = folder / f"throughput-{turn}.panda"
        for recorded in (True, False) if turn % 2 else (False, True):
            log = Timed(SessionLog.create(path, dataset)) if recorded else None
            taken = measured(partial(train, config, dataset, iterations, log))
            if log is not None:
                shares.append(log.seconds / taken[0])
            times["recorded" if recorded else "not recorded"].append(taken)
        times["verified"].append(measured(partial(check, path)))
        path.unlink()
    print(f"{named(config)}, Adam, {rounds} rounds of {iterations} iterations; ratios of time, and of processor time")
    for name, found in times.items():
        middle, spread = median_and_spread([iterations / wall for wall, _ in found])
        pairs = list(zip(times["not recorded"], found, strict=True))
        wall, processor = (statistics.median(plain[k] / taken[k] for plain, taken in pairs) for k in (0, 1))
        print(f"  {name:14} {middle:8,.0f} iterations/s (±{spread:.0%})   {wall:.3f} ({processor:.3f}) × not recorded")
    middle, spread = median_and_spread(shares)
    print(f"  of the recorded runs' time {middle:.2%} (±{spread:.0%}) were within the recorder")
    return {
        "network": named(config),
        "iterations": iterations,
        "seconds and processor seconds": times,
        "within the recorder": shares,
    }


def short_runs(folder: Path, config: RunConfig, rounds: int) -> list[dict[str, Any]]:
    """Seconds of a run too short to be divided, with its session and without, and of verifying it."""
    dataset = data_of(config)
    found = []
    print(f"{named(config)}, runs too short to be verified in parts, {rounds} rounds")
    for seconds in SHORT:
        iterations = iterations_in(seconds, config, dataset)
        taken: dict[str, list[float]] = {"not recorded": [], "recorded": [], "verified": []}
        for turn in range(rounds):
            path = folder / f"short-{turn}.panda"
            log = Timed(SessionLog.create(path, dataset))
            for name, act in (
                ("recorded", partial(train, config, dataset, iterations, log)),
                ("not recorded", partial(train, config, dataset, iterations, None)),
                ("verified", partial(check, path)),
            ):
                taken[name].append(measured(act)[0])
            path.unlink()
        plain, live, again = (statistics.median(taken[name]) * 1e3 for name in ("not recorded", "recorded", "verified"))
        to_plain, to_live = (
            statistics.median(one / other for one, other in zip(taken[name], taken["verified"], strict=True))
            for name in ("not recorded", "recorded")
        )
        print(
            f"  {iterations:7,} iterations: {plain:6.1f} ms, with its session {live:6.1f} ms; verified in"
            f" {again:6.1f} ms = {to_live:.3f} × the speed of the recorded run, {to_plain:.3f} × that without a record"
        )
        found.append({"network": named(config), "iterations": iterations, "seconds": taken})
    return found


def iterations_in(seconds: float, config: RunConfig, dataset: Dataset) -> int:
    """How many iterations a run makes in so many seconds, not recorded."""
    train(config, dataset, 1, None)  # the first run of a process loads what was compiled
    some = 500
    return max(2, int(some * seconds / measured(partial(train, config, dataset, some, None))[0]))


def named(config: RunConfig) -> str:
    """Data set and hidden layers, as in `digits 128,64`."""
    return f"{config.data} {','.join(map(str, config.layers))}"


def measured(act: Callable[[], None]) -> tuple[float, float]:
    """Seconds, and seconds of processor time, that a call takes."""
    processor, began = time.process_time(), time.perf_counter()
    act()
    return time.perf_counter() - began, time.process_time() - processor


def check(path: Path) -> None:
    """Verify a session; raises RuntimeError where it is not exact, since a figure would then mean nothing."""
    verdict = verify(path)
    if verdict.result != "exact":
        raise RuntimeError(verdict.text)


def train(config: RunConfig, dataset: Dataset, iterations: int, log: Timed | None) -> None:
    """A whole run in the trainer's thread, its end and the closing of its session included."""
    over = threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            over.set()

    trainer = Trainer()
    start = Start(
        config, dataset, recorder=log, subscribers=(watch,), hyperparameters=HYPERPARAMETERS, iterations=iterations
    )
    answer = trainer.submit(start).result()
    if answer.status == "refused":
        raise RuntimeError(answer.text)
    while not over.wait(1):
        if trainer.status().state == "failed":
            raise RuntimeError(trainer.status().reason)
    trainer.close()


def latencies(folder: Path, dataset: Dataset, times: int) -> dict[str, list[float]]:
    """Seconds until an event is durable: metrics of 25 and of 1,000 iterations, and checkpoints of two sizes."""
    small, large = initial_state(dataset, CONFIG), initial_state(dataset, replace(CONFIG, layers=(784, 256, 128)))
    log = begin_session(folder / "latency.panda", dataset, small)
    found: dict[str, list[float]] = {}
    print(f"until durable, of {times} (checkpoints: of {times // 5})")
    last = 0
    for n in (25, 1000):
        stretches = [trained(first, n) for first in range(last + 1, last + 1 + n * times, n)]
        found[f"metrics of {n} iterations"] = [timed(log.record, stretch) for stretch in stretches]
        last += n * times
    for state in (small, large):
        checkpoint = Checkpointed("r1", last, replace(state, iteration=last), "requested")
        found[f"checkpoint of {state.nbytes / 1e6:.1f} MB"] = [timed(log.record, checkpoint) for _ in range(times // 5)]
    log.close()
    for name, seconds in found.items():
        worst = float(np.quantile(seconds, 0.95))
        print(f"  {name:26} {statistics.median(seconds) * 1e3:6.2f} ms   95 %: {worst * 1e3:6.2f} ms")
    return found


def opening(folder: Path, dataset: Dataset) -> dict[str, Any]:
    """Seconds to open and check a session of a million iterations and fifty checkpoints."""
    path = folder / "long.panda"
    state = initial_state(dataset, CONFIG)
    log = begin_session(path, dataset, state)
    between = ITERATIONS_OF_A_LONG_SESSION // CHECKPOINTS_OF_A_LONG_SESSION
    for first in range(1, ITERATIONS_OF_A_LONG_SESSION, ITERATIONS_A_FLUSH):
        log.record(trained(first, ITERATIONS_A_FLUSH))
        last = first + ITERATIONS_A_FLUSH - 1
        if last % between == 0:
            log.record(Checkpointed("r1", last, replace(state, iteration=last), "periodic"))
    log.close()
    seconds = [timed(read_session, path) for _ in range(5)]
    megabytes = path.stat().st_size / 1e6
    print(
        f"opening {ITERATIONS_OF_A_LONG_SESSION:,} iterations and {CHECKPOINTS_OF_A_LONG_SESSION} checkpoints,"
        f" {megabytes:.0f} MB: {statistics.median(seconds) * 1e3:.0f} ms"
    )
    return {"megabytes": megabytes, "seconds": seconds}


def initial_state(dataset: Dataset, config: RunConfig) -> TrainingState:
    """Where a run of such a config begins, the averages of Adam included."""
    return TrainingLoop(config, dataset, HYPERPARAMETERS).state()


def begin_session(path: Path, dataset: Dataset, state: TrainingState) -> SessionLog:
    """A session with a run just begun, and a clock by which everything given to it is due at once."""
    ticks = itertools.count(0.0, 10.0)
    log = SessionLog.create(path, dataset, clock=lambda: next(ticks))
    log.record(RunStarted("r1", CONFIG, dataset, state))
    return log


def trained(first: int, n: int) -> Trained:
    """A stretch of n iterations with random costs, evaluated as often as a run would."""
    evaluations = tuple(Evaluation(t, 0.1, 0.97) for t in range(first, first + n) if t % ITERATIONS_AN_EVALUATION == 0)
    return Trained("r1", first, np.random.Generator(np.random.PCG64(first)).random(n), evaluations, first * 1e-4)


def timed(act: Callable[[Any], object], argument: object) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    act(argument)
    return time.perf_counter() - began


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a run; checkpoints are closest at first")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
