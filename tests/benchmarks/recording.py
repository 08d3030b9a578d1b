"""What recording costs: a headless run with and without its session; and how fast the session is verified.

    python tests/benchmarks/recording.py [--seconds S] [--rounds N] [--json PATH]

Recording takes the time within the recorder, and training may go slower just after a write than before the next one;
both are measured in a run that is recorded as a whole. Whether recording costs anything more is measured in another
run, which is recorded in turns: two runs of the same network differ by some per cent by where their memory lies.
The file is on the disk of the temporary directory.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import itertools  # noqa: E402
import math  # noqa: E402
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

TURN_SECONDS = 2.0
"""Two flushes of the curve and some more."""

SHORTEST = 10 * TURN_SECONDS
"""Seconds in which there is something to compare."""

AFTER = 5
"""Slices that are looked at after a write: a quarter of a second of training."""

SHORT = (0.03, 0.1, 0.4)
"""Seconds of short runs; one that ends before its first checkpoint is verified in one part only."""

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
class Slice:
    """Iterations that a run's recorder receives in one event.

    Attributes
    ----------
    recorded : in its turn; else it is recorded afterwards, when nothing is measured
    trained, waited : seconds that these iterations took, and then their recorder
    wrote : something reached the file
    """

    recorded: bool
    iterations: int
    trained: float
    waited: float
    wrote: bool

    @property
    def pace(self) -> float:
        """Seconds per iteration."""
        return self.trained / self.iterations


@dataclass(frozen=True)
class Stretch:
    """Slices of a run that follow one another, all of them recorded or none."""

    slices: tuple[Slice, ...]

    @property
    def recorded(self) -> bool:
        return self.slices[0].recorded

    @property
    def speed(self) -> float:
        """Iterations/s of training, without the time within the recorder."""
        return sum(part.iterations for part in self.slices) / sum(part.trained for part in self.slices)

    def after_writing(self) -> list[list[float]]:
        """For each write, the seconds by which each slice that follows took longer than those before the next one."""
        found = []
        writes = [place for place, part in enumerate(self.slices) if part.wrote]
        for write, following in itertools.pairwise(writes):
            after, later = self.slices[write + 1 :][:AFTER], self.slices[write + 1 + AFTER : following]
            if paces := [part.pace for part in later if part.iterations]:
                pace = statistics.median(paces)
                found.append([part.trained - pace * part.iterations for part in after])
        return found


class Measuring:
    """Records a run in every other turn of `turn` seconds, and catches up between turns, when nothing is measured.

    The log's clock is that of the events, so that afterwards too it writes as often as it would have.
    """

    def __init__(self, path: Path, dataset: Dataset, turn: float) -> None:
        self._time, self._elapsed, self._turn = 0.0, 0.0, turn
        self._log = SessionLog.create(path, dataset, clock=lambda: self._time)
        self.retry, self.check, self.record_anew = self._log.retry, self._log.check, self._log.record_anew
        self.news, self.origin, self.remarks, self.lost = self._log.news, self._log.origin, (), ""
        self._kept: list[tuple[float, Event]] = []
        self._slices: list[Slice] = []
        self._recorded = True
        self.stretches: list[Stretch] = []
        self._began = time.perf_counter()

    def record(self, event: Event) -> None:
        trained = time.perf_counter() - self._began
        size, waited = self._size(), 0.0
        self._elapsed += trained
        if self._recorded:
            waited = measured(partial(self._hand_on, self._elapsed, event))
        else:
            self._kept.append((self._elapsed, event))
        self._elapsed += waited
        iterations = len(event.costs) if isinstance(event, Trained) else 0
        self._slices.append(Slice(self._recorded, iterations, trained, waited, self._size() > size))
        if sum(part.trained for part in self._slices) >= self._turn:
            self._take_turns()
        self._began = time.perf_counter()

    def close(self) -> None:
        self._take_turns()
        self._log.close()

    def _take_turns(self) -> None:
        self.stretches.append(Stretch(tuple(self._slices)))
        for seconds, event in self._kept:
            self._hand_on(seconds, event)
        self._kept, self._slices, self._recorded = [], [], not self._recorded

    def _hand_on(self, seconds: float, event: Event) -> None:
        self._time = seconds
        self._log.record(event)

    def _size(self) -> int:
        return self._log.path.stat().st_size


def data_of(config: RunConfig) -> Dataset:
    """The data set that a config names."""
    return load_dataset(config.data, config.read_as)


def throughput(folder: Path, config: RunConfig, seconds: float) -> dict[str, Any]:
    """Of two runs of so long, one recorded and one in turns: what recording takes, and the speed of verifying."""
    dataset = data_of(config)
    iterations = iterations_in(seconds, config, dataset)
    path = folder / "throughput.panda"
    recorder = Measuring(path, dataset, math.inf)
    train(config, dataset, iterations, recorder)
    (whole,) = recorder.stretches
    verifying = measured(partial(check, path))
    path.unlink()
    trained, waited = (sum(getattr(part, name) for part in whole.slices) for name in ("trained", "waited"))
    writes = sum(part.wrote for part in whole.slices)
    # of the median write: the machine's own unrest is greater than what a write leaves
    after = max(0.0, sum(map(statistics.median, zip(*whole.after_writing(), strict=True)))) * writes
    found = {
        "iterations a second": whole.speed,
        "recording": (waited + after) / trained,
        "within the recorder": waited / trained,
        "just after writes": after / trained,
        "verified": (trained + waited) / verifying,
    }
    listed = ", ".join(f"{name} {figure:,.4g}" for name, figure in found.items())
    print(f"{named(config)}, Adam, {iterations:,} iterations, {writes} writes: {listed}")
    recorder = Measuring(path, dataset, TURN_SECONDS)
    train(config, dataset, iterations, recorder)
    path.unlink()
    # the first checkpoints are closer to each other, and the first slices of a stretch follow what was caught up on
    stretches = [Stretch(stretch.slices[AFTER:]) for stretch in recorder.stretches[1:-1]]
    ratios = sorted(
        (2 * here.speed / (before.speed + after.speed)) ** (1 if here.recorded else -1)
        for before, here, after in zip(stretches, stretches[1:], stretches[2:], strict=False)
    )
    middle = ratios[len(ratios) // 4 : len(ratios) - len(ratios) // 4]  # as the machine is not always quiet
    found["itself"] = statistics.mean(middle)
    spread = f"half of {len(ratios)} comparisons from {middle[0]:.3f} to {middle[-1]:.3f}"
    print(f"  recorded in turns: training itself {found['itself']:.4f} × as fast while it is recorded ({spread})")
    return {
        "network": named(config),
        "iterations": iterations,
        **found,
        "recorded": asdict(whole),
        "in turns": [asdict(stretch) for stretch in stretches],
    }


def short_runs(folder: Path, config: RunConfig, rounds: int) -> list[dict[str, Any]]:
    """Seconds of a short run, with its session and without, and of verifying it."""
    dataset = data_of(config)
    found = []
    print(f"{named(config)}, short runs, {rounds} rounds")
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
        found.append({"network": named(config), "iterations": iterations, "verified": to_live, "seconds": taken})
    return found


def iterations_in(seconds: float, config: RunConfig, dataset: Dataset) -> int:
    """Number of iterations that a run makes in this time without a record."""
    train(config, dataset, 1, None)  # the first run of a process loads what was compiled
    some, taken = 500, 0.0
    while taken < 1:
        some *= 2
        taken = measured(partial(train, config, dataset, some, None))
    return max(2, int(some * seconds / taken))


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


def train(config: RunConfig, dataset: Dataset, iterations: int, log: SessionLog | Measuring | None) -> None:
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
    parser.add_argument("--seconds", type=float, default=60.0, help=f"of the two long runs, at least {SHORTEST:g}")
    parser.add_argument("--rounds", type=int, default=21, help="of the short runs")
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    if not options.seconds >= SHORTEST:
        parser.error(f"--seconds must be at least {SHORTEST:g}, but got {options.seconds:g}")
    return options


if __name__ == "__main__":
    main()
