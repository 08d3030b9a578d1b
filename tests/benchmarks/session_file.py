"""The session file: seconds until an event is durable, and to open a long session.

    python tests/benchmarks/session_file.py [--json PATH]

The file is on the disk of the temporary directory.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import itertools  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
from dataclasses import replace  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from tests.benchmarks.recording import CONFIG, HYPERPARAMETERS, data_of, measured  # noqa: E402
from trainer.bench.turns import machine, write_json  # noqa: E402
from trainer.data.dataset import Dataset  # noqa: E402
from trainer.engine.events import Checkpointed, Evaluation, RunStarted, Trained  # noqa: E402
from trainer.engine.hyperparameters import RunConfig  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402
from trainer.engine.state import TrainingState  # noqa: E402
from trainer.recorder.session import read_session  # noqa: E402
from trainer.recorder.session_log import SessionLog  # noqa: E402

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
            "latency": latencies(Path(folder), dataset, 200),
            "opening": opening(Path(folder), dataset),
        }
    write_json(options.json, figures)


def latencies(folder: Path, dataset: Dataset, times: int) -> dict[str, list[float]]:
    """Seconds until an event is durable: metrics of 25 and of 1,000 iterations, and checkpoints of two sizes."""
    small, large = initial_state(dataset, CONFIG), initial_state(dataset, replace(CONFIG, layers=(784, 256, 128)))
    log = begin_session(folder / "latency.panda", dataset, small)
    found: dict[str, list[float]] = {}
    print(f"until durable, of {times} (checkpoints: of {times // 5})")
    last = 0
    for n in (25, 1000):
        stretches = [trained(first, n) for first in range(last + 1, last + 1 + n * times, n)]
        found[f"metrics of {n} iterations"] = [measured(partial(log.record, stretch)) for stretch in stretches]
        last += n * times
    for state in (small, large):
        checkpoint = Checkpointed("r1", last, replace(state, iteration=last), "requested")
        found[f"checkpoint of {state.nbytes / 1e6:.1f} MB"] = [
            measured(partial(log.record, checkpoint)) for _ in range(times // 5)
        ]
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
    seconds = [measured(partial(read_session, path)) for _ in range(5)]
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


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
