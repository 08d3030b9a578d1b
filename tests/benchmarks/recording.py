"""What recording costs: a headless run with and without its session; and how fast the session is verified.

    python tests/benchmarks/recording.py [--seconds S] [--rounds N] [--json PATH]

Two runs of the same network differ by some per cent by where their memory lies, which is more than recording costs.
So a run is measured with and without its record in turns while it goes on. The file is on the disk of the temporary
directory.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from dataclasses import asdict, dataclass  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from trainer.bench.turns import machine, write_json  # noqa: E402
from trainer.data.dataset import Dataset  # noqa: E402
from trainer.data.loading import load_dataset  # noqa: E402
from trainer.engine.events import Event, RunEnded, Trained  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.start import Start  # noqa: E402
from trainer.engine.trainer import Trainer  # noqa: E402
from trainer.experiments.verify import verify  # noqa: E402
from trainer.recorder.session_log import SessionLog  # noqa: E402

CONFIGS = tuple(
    RunConfig(data=data, layers=layers)
    for data, layers in (("spiral", (16, 16)), ("digits", (128, 64)), ("digits", (512, 512)))
)
"""A network whose iterations take some microseconds, the default one, and one whose state is large."""

STRETCH_SECONDS = 1.8
"""Two flushes of the curve."""

SHORT = (0.03, 0.1, 0.4)
"""Seconds of runs that end before their first checkpoint, so that verifying has one part only."""

CONFIG = CONFIGS[1]
HYPERPARAMETERS = Hyperparameters(learning_rate=0.01, optimizer="adam")


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "machine": machine("numpy"),
            "throughput": [throughput(Path(folder), config, options.seconds) for config in CONFIGS],
            "short runs": [short_runs(Path(folder), config, options.rounds) for config in CONFIGS],
        }
    write_json(options.json, figures)


@dataclass(frozen=True)
class Stretch:
    """Of a run, and whether it was recorded as it went on; `waited` are the seconds within its recorder."""

    recorded: bool
    iterations: int
    seconds: float
    waited: float

    @property
    def speed(self) -> float:
        """Iterations/s."""
        return self.iterations / self.seconds


class EveryOther:
    """Records every other stretch of a run as it goes on; the others afterwards, when nothing is measured."""

    def __init__(self, log: SessionLog) -> None:
        self._log, self.retry = log, log.retry
        self._kept: list[Event] = []
        self.stretches: list[Stretch] = []
        self._begin(recorded=True)

    def record(self, event: Event) -> None:
        if self._recorded:
            self._waited += measured(partial(self._log.record, event))
        else:
            self._kept.append(event)
        if isinstance(event, Trained):
            self._iterations += len(event.costs)
        seconds = time.perf_counter() - self._began
        if seconds >= STRETCH_SECONDS:
            self.stretches.append(Stretch(self._recorded, self._iterations, seconds, self._waited))
            self._catch_up()
            self._begin(recorded=not self._recorded)

    def close(self) -> None:
        self._catch_up()
        self._log.close()

    def _begin(self, recorded: bool) -> None:
        self._recorded, self._iterations, self._waited = recorded, 0, 0.0
        self._began = time.perf_counter()

    def _catch_up(self) -> None:
        for event in self._kept:
            self._log.record(event)
        self._kept = []


def data_of(config: RunConfig) -> Dataset:
    """The data set that a config names."""
    return load_dataset(config.data, seed=config.seed, dev_fraction=config.dev_fraction, dtype=config.dtype)


def throughput(folder: Path, config: RunConfig, seconds: float) -> dict[str, Any]:
    """Iterations/s of a run of so long with and without its session in turns, and of verifying that session."""
    dataset = data_of(config)
    iterations = iterations_in(seconds, config, dataset)
    path = folder / "throughput.panda"
    recorder = EveryOther(SessionLog.create(path, dataset))
    train(config, dataset, iterations, recorder)
    verifying = measured(partial(check, path))
    path.unlink()
    stretches = recorder.stretches[2:]  # the first checkpoints are closer to each other
    ratios = sorted(
        (2 * here.speed / (before.speed + after.speed)) ** (1 if here.recorded else -1)
        for before, here, after in zip(stretches, stretches[1:], stretches[2:], strict=False)
    )
    # the machine is not quiet all the time: what is said is of the middle half of the comparisons
    middle = ratios[len(ratios) // 4 : len(ratios) - len(ratios) // 4]
    plain = statistics.median(stretch.speed for stretch in recorder.stretches if not stretch.recorded)
    recorded = [stretch for stretch in recorder.stretches if stretch.recorded]
    waited = sum(stretch.waited for stretch in recorded) / sum(stretch.seconds for stretch in recorded)
    print(
        f"{named(config)}, Adam, {iterations:,} iterations: {plain:,.0f} iterations/s,"
        f" recorded {statistics.mean(middle):.4f} × as fast (half of {len(ratios)} comparisons from {middle[0]:.3f}"
        f" to {middle[-1]:.3f}; {waited:.2%} within the recorder),"
        f" verified {iterations / verifying / plain:.3f} × as fast"
    )
    return {
        "network": named(config),
        "iterations": iterations,
        "stretches": [asdict(stretch) for stretch in recorder.stretches],
        "seconds to verify": verifying,
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
            for name, act in (
                ("recorded", partial(train_recorded, config, dataset, iterations, path)),
                ("not recorded", partial(train, config, dataset, iterations, None)),
                ("verified", partial(check, path)),
            ):
                taken[name].append(measured(act))
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
    return max(2, int(some * seconds / measured(partial(train, config, dataset, some, None))))


def named(config: RunConfig) -> str:
    """Data set and hidden layers, as in `digits 128,64`."""
    return f"{config.data} {','.join(map(str, config.layers))}"


def measured(act: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def check(path: Path) -> None:
    """Verify a session; raises RuntimeError where it is not exact, since a figure would then mean nothing."""
    verdict = verify(path)
    if verdict.result != "exact":
        raise RuntimeError(verdict.text)


def train(config: RunConfig, dataset: Dataset, iterations: int, log: SessionLog | EveryOther | None) -> None:
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


def train_recorded(config: RunConfig, dataset: Dataset, iterations: int, path: Path) -> None:
    """The same in a new session."""
    train(config, dataset, iterations, SessionLog.create(path, dataset))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seconds", type=float, default=60.0, help="length of a run with and without its record, at least 4"
    )
    parser.add_argument("--rounds", type=int, default=21, help="of the short runs")
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    if options.seconds < 5 * STRETCH_SECONDS:
        parser.error(f"--seconds must be at least {5 * STRETCH_SECONDS:g}, but got {options.seconds:g}")
    return options


if __name__ == "__main__":
    main()
