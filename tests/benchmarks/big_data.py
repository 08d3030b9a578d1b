"""Training on data larger than memory: peak memory, seconds before the first update, updates per second.

    python -m tests.benchmarks.big_data [--quick] [--rows N] [--folder FOLDER] [--json PATH]

Ten million examples of 100 float32 numbers, 4 GB, are written to a temporary folder and deleted at the end. A process
of its own loads them, and trains on mini-batches of 128 random rows; another does the same with the first half million
of them, which fit in memory, so that both rates are of the same minutes. Then come `panda train` and `panda verify` as
a person runs them. Memory is the most that was resident.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads()

import argparse  # noqa: E402
import os  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
from numpy.lib.format import open_memmap  # noqa: E402

from trainer.bench.turns import (  # noqa: E402
    Contender,
    answer_questions,
    machine,
    median_and_spread,
    write_json,
)
from trainer.data.loading import load_dataset  # noqa: E402
from trainer.engine.hyperparameters import Hyperparameters, RunConfig  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402

INPUTS, CLASSES, MINI_BATCH_SIZE, ROWS_IN_MEMORY = 100, 10, 128, 500_000
LAYERS = (128, 64)
ENGINES = ("compiled", "reference")
COMMAND = ("-m", "tests.benchmarks.big_data", "--contender")


def main() -> None:
    options = parse()
    if options.contender:
        contend()
        return
    rows, updates, rounds = (700_000, 100, 3) if options.quick else (options.rows, 300, 9)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        seconds = generate(folder / "big.npy", rows), generate(folder / "part.npy", min(ROWS_IN_MEMORY, rows))
        size = (folder / "big.npy").stat().st_size
        print(f"{rows:,} examples × {INPUTS} float32: {size / 1e9:.2f} GB, written in {sum(seconds):.0f} s")
        figures = {"rows": rows, "bytes": size, **in_turns(folder, updates, rounds), **as_a_person(folder)}
    write_json(options.json, {"machine": machine("numpy"), **figures})


def generate(path: Path, rows: int) -> float:
    """Write examples around a centre for each class, and their labels beside them; returns seconds."""
    begin = time.perf_counter()
    generator = np.random.Generator(np.random.PCG64(1))
    centres = generator.normal(size=(CLASSES, INPUTS)).astype(np.float32)
    y = generator.integers(0, CLASSES, rows, dtype=np.uint8)
    np.save(path.with_name(f"{path.stem}.labels.npy"), y)
    open_memmap(path, "w+", np.float32, (rows, INPUTS)).flush()
    offset = path.stat().st_size - rows * INPUTS * 4
    with path.open("r+b") as file:
        file.seek(offset)
        for start in range(0, rows, 100_000):
            labels = y[start : start + 100_000]
            noise = generator.standard_normal((len(labels), INPUTS), np.float32)
            file.write((3 + 2 * noise + centres[labels]).data)
    return time.perf_counter() - begin


def in_turns(folder: Path, updates: int, rounds: int) -> dict[str, Any]:
    """Load, then train from disk and from memory in turns."""
    results: dict[str, Any] = {}
    with Contender("disk", 1, COMMAND) as disk, Contender("memory", 1, COMMAND) as memory:
        for contender, file in ((disk, "big.npy"), (memory, "part.npy")):
            results[contender.name] = loaded = contender.ask(load=str(folder / file))
            print(
                f"{contender.name:7} read and surveyed in {loaded['load']:.1f} s, fingerprint"
                f" {loaded['fingerprint']:.1f} s, first order of the data {loaded['loop']:.1f} s; peak"
                f" {loaded['peak'] / 1e6:,.0f} MB"
            )
        for engine in ENGINES:
            rates: dict[str, list[float]] = {"disk": [], "memory": []}
            for _ in range(rounds):
                for contender in (disk, memory):
                    rates[contender.name].append(contender.ask(train=updates, engine=engine))
            medians = {name: median_and_spread(figures) for name, figures in rates.items()}
            results[engine] = medians
            print(
                f"{engine:9} from disk {medians['disk'][0]:,.0f} updates/s (± {medians['disk'][1]:.0%}), "
                f"from memory {medians['memory'][0]:,.0f} (± {medians['memory'][1]:.0%})"
            )
        for contender in (disk, memory):
            peak = results[contender.name]["peak"] = contender.ask(peak=True)
            print(f"{contender.name:7} peak {peak / 1e6:,.0f} MB")
    return results


def as_a_person(folder: Path) -> dict[str, Any]:
    """`panda train`, then `panda verify`: seconds and the most memory of each."""
    session = ["--session", str(folder / "s.panda")]
    size = ["--layers", ",".join(map(str, LAYERS)), "--mini-batch-size", str(MINI_BATCH_SIZE)]
    train = ["train", "--data", str(folder / "big.npy"), *size, "--optimizer", "adam", "--iterations", "2000", *session]
    results = {}
    for arguments in (train, ["verify", session[1]]):
        begin = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", "trainer", *arguments], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds, peak = time.perf_counter() - begin, usage.ru_maxrss * 1024
        results[arguments[0]] = {"code": child.returncode, "seconds": seconds, "peak": peak}
        print(f"panda {arguments[0]:7} ended with {child.returncode} after {seconds:.0f} s; peak {peak / 1e6:,.0f} MB")
    return results


def contend() -> None:
    """Answer what is asked of one data set."""
    state: dict[str, Any] = {}

    def answer(question: dict[str, Any]) -> Any:
        if "load" in question:
            took: dict[str, float] = {}
            state["dataset"] = dataset = timed(took, "load", lambda: load_dataset(question["load"]))
            timed(took, "fingerprint", lambda: dataset.fingerprint)
            timed(took, "loop", lambda: loop_of(state, "compiled"))
            return {**took, "peak": peak()}
        if "train" in question:
            loop = loop_of(state, question["engine"])
            costs = np.empty(min(question["train"], loop.at_once))
            begin = time.perf_counter()
            for _ in range(0, question["train"], len(costs)):
                loop.train(costs)
            return -(-question["train"] // len(costs)) * len(costs) / (time.perf_counter() - begin)
        return peak()

    answer_questions(answer)


def loop_of(state: dict[str, Any], engine: Any) -> TrainingLoop:
    """The loop of an engine; one of them at a time."""
    if state.get("engine") != engine:
        state.pop("loop", None)
        config = RunConfig(layers=LAYERS, engine=engine)
        hyperparameters = Hyperparameters(optimizer="adam", mini_batch_size=MINI_BATCH_SIZE)
        state["loop"], state["engine"] = TrainingLoop(config, state["dataset"], hyperparameters), engine
        state["loop"].train(np.empty(10))
    loop: TrainingLoop = state["loop"]
    return loop


def timed(took: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """What the work gives; its seconds are noted."""
    begin = time.perf_counter()
    result = work()
    took[name] = time.perf_counter() - begin
    return result


def peak() -> int:
    """Most bytes that were resident in this process."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--quick", action="store_true", help="fewer and shorter: to see whether it works, not for its figures"
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--json", type=Path, help="also write all figures there")
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
