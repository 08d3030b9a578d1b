"""What gauges cost: one recorded run, in turns with gauges within their default share of the time and without any.

    python tests/benchmarks/gauges.py [--seconds S] [--json PATH]

The turns are of one run, as two runs of the same network differ by some per cent by where their memory lies.
"""

from __future__ import annotations

from trainer.threads import bound_threads, threads_for, use_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from tests.benchmarks.recording import CONFIGS, HYPERPARAMETERS, data_of, named  # noqa: E402
from trainer.bench.turns import machine, write_json  # noqa: E402
from trainer.engine.events import Event, Gauged  # noqa: E402
from trainer.engine.hyperparameters import RunConfig  # noqa: E402
from trainer.engine.live_run import LiveRun  # noqa: E402
from trainer.engine.pace import Clocks  # noqa: E402
from trainer.engine.start import Start  # noqa: E402
from trainer.recorder.session_log import SessionLog  # noqa: E402

TURN_SECONDS = 1.0
SHORTEST = 8 * TURN_SECONDS


def main() -> None:
    options = parse()
    with tempfile.TemporaryDirectory() as folder:
        found = [
            cost(Path(folder) / f"{number}.panda", config, options.seconds) for number, config in enumerate(CONFIGS)
        ]
    write_json(options.json, {"machine": machine("numpy"), "gauges": found})


def cost(path: Path, config: RunConfig, seconds: float) -> dict[str, Any]:
    """How many times as fast a run of so long is with gauges as without."""
    dataset, measured = data_of(config), 0

    def watch(event: Event) -> None:
        nonlocal measured
        measured += isinstance(event, Gauged)

    log = SessionLog.create(path, dataset)
    start = Start(config, dataset, recorder=log, subscribers=(watch,), hyperparameters=HYPERPARAMETERS)
    live = LiveRun(start, Clocks(time.perf_counter, time.thread_time), lambda: False, lambda: False)
    use_threads(threads_for(live.loop.operations))
    live.begin()
    gauging = live._measuring.gauging
    speeds: list[float] = []
    within = 0.0
    for turn in range(int(seconds / TURN_SECONDS)):
        gauging._budget = config.gauge_budget * (turn % 2)
        first, began, trained = live.loop.iteration, time.perf_counter(), live.status().seconds
        while time.perf_counter() - began < TURN_SECONDS:
            live.train()
        speeds.append((live.loop.iteration - first) / (time.perf_counter() - began))
        if turn % 2 == 0:  # a turn without gauges leaves no time for the others
            gauging._since += live.status().seconds - trained
        else:
            within += live.status().seconds - trained
    live.end("stopped")
    ratios = sorted(
        (2 * here / (before + after)) ** (1 if turn % 2 else -1)
        for turn, (before, here, after) in enumerate(zip(speeds[1:], speeds[2:], speeds[3:], strict=False), start=2)
    )
    middle = ratios[len(ratios) // 4 : len(ratios) - len(ratios) // 4]  # as the machine is not always quiet
    ratio, share = statistics.mean(middle), gauging._spent / within
    print(
        f"{named(config)}, Adam: {share:.2%} of the time within {measured} measurements of gauges;"
        f" {ratio:.4f} × as fast"
        f" (half of {len(ratios)} comparisons from {middle[0]:.3f} to {middle[-1]:.3f})"
    )
    return {"network": named(config), "ratio": ratio, "share": share, "measured": measured, "speeds": speeds}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help=f"of each run, at least {SHORTEST:g}")
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    if not options.seconds >= SHORTEST:
        parser.error(f"--seconds must be at least {SHORTEST:g}, but got {options.seconds:g}")
    return options


if __name__ == "__main__":
    main()
