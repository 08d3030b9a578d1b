"""What the time machine takes: travel to any iteration, undo, and the room for it in the file.

    python tests/benchmarks/travel.py [--iterations 20000] [--json PATH]

The default network on digits. A travel is everything from a path to the network at an iteration: reading and checking
the session, the data set, the nearest checkpoint, and re-execution.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads()

import argparse  # noqa: E402
import random  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

from trainer.bench.turns import machine, write_json  # noqa: E402
from trainer.engine.commands import Intervene, Pause  # noqa: E402
from trainer.engine.events import Event, RunEnded  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.trainer import Trainer  # noqa: E402
from trainer.experiments.recorded_run import begin  # noqa: E402
from trainer.experiments.travel import travel  # noqa: E402
from trainer.experiments.undo_and_branch import before_last_intervention, branch_here  # noqa: E402
from trainer.recorder.session import read_session  # noqa: E402

CONFIG = RunConfig()
TRAVELS = 200
UNDOS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.panda"
        seconds = record(path, options.iterations)
        figures = {"machine": machine("numpy"), **room(path, seconds), "travel, s": percentiles(travels(path))}
        figures["undo, s"] = percentiles(undos(Path(folder) / "u.panda"))
    for name, row in figures.items():
        print(f"{name}: {row}")
    write_json(options.json, figures)


def record(path: Path, iterations: int) -> float:
    """Train for this many iterations; return the seconds of training."""
    trainer, over = Trainer(), threading.Event()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            over.set()

    begin(trainer, CONFIG, Hyperparameters(), path=path, iterations=iterations, subscribers=[watch])
    over.wait()
    trainer.close()
    return trainer.status().seconds


def room(path: Path, seconds: float) -> dict[str, object]:
    run = read_session(path).run("r1")
    return {
        "iterations": run.iteration,
        "training, s": round(seconds, 2),
        "checkpoints": len(run.checkpoints),
        "file, MB": round(path.stat().st_size / 1e6, 2),
    }


def travels(path: Path) -> list[float]:
    chance, took = random.Random(1), []
    last = read_session(path).run("r1").iteration
    for _ in range(TRAVELS):
        begun = time.perf_counter()
        session = read_session(path)
        travel(session, session.run("r1"), chance.randint(0, last))
        took.append(time.perf_counter() - begun)
    return took


def undos(path: Path) -> list[float]:
    """Each from the wish to the answer, while training goes on in a session that grows longer."""
    trainer = Trainer()
    live = begin(trainer, CONFIG, Hyperparameters(), path=path)
    assert live.log is not None
    took = []
    for _ in range(UNDOS):
        trainer.submit(Intervene({"learning_rate": 0.05})).result()
        time.sleep(0.1)  # some training in between
        begun = time.perf_counter()
        session = read_session(path)
        visit = before_last_intervention(session, session.run(trainer.status().run))
        branch_here(trainer, live.log, visit)
        took.append(time.perf_counter() - begun)
    trainer.submit(Pause()).result()
    trainer.close()
    return took


def percentiles(took: Sequence[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 4) for p in (50, 95, 100)}


if __name__ == "__main__":
    main()
