"""The verb `bench`: how fast the training step is on this machine, beside others that are installed."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from trainer.bench.contenders import ENTRANTS, PANDA
from trainer.bench.race import Result, as_document, race
from trainer.bench.task import OPTIMIZERS, SHAPES, Task
from trainer.bench.turns import machine
from trainer.cli.terminal import DONE, progress_bar, whole
from trainer.errors import InvalidInput

ROUNDS, SECONDS = 7, 0.3
QUICK = (3, 0.1)
MOST_ROUNDS, MOST_SECONDS = 1000, 60.0

_Name = TypeVar("_Name", bound=str)


def bench(options: argparse.Namespace) -> int:
    """`panda bench`."""
    shapes = _some_of("shapes", options.shapes, list(SHAPES))
    optimizers = _some_of("optimizers", options.optimizers, OPTIMIZERS)
    threads = _threads(options.threads)
    rounds, seconds = QUICK if options.quick else (ROUNDS, SECONDS)
    if options.rounds is not None:
        rounds = whole("rounds", options.rounds)
        if not 1 <= rounds <= MOST_ROUNDS:
            raise InvalidInput(f"rounds must be a whole number from 1 to {MOST_ROUNDS}, but got {rounds}")
    if options.seconds is not None:
        seconds = _seconds(options.seconds)
    tasks = [Task(shape, optimizer) for shape in shapes for optimizer in optimizers]
    measured_on = machine(*dict.fromkeys(entrant.package for entrant in ENTRANTS.values()))
    if not options.json:
        print(_heading(rounds, seconds))
    results = []
    with progress_bar("measuring") as progress:
        for result in race(tasks, threads, rounds, seconds, progress):
            results.append(result)
            if not options.json:
                print(_table(result), flush=True)
    if options.json:
        documents = [as_document(result) for result in results]
        print(json.dumps({"machine": measured_on, "rounds": rounds, "seconds": seconds, "results": documents}))
    else:
        print(_summary(results))
    return DONE


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda bench`."""
    sub.add_argument("--shapes", default=",".join(SHAPES), metavar="NAME,…", help="of networks (default: %(default)s)")
    sub.add_argument("--optimizers", default=",".join(OPTIMIZERS), metavar="NAME,…", help="default: %(default)s")
    sub.add_argument("--rounds", metavar="N", help=f"turns of each contender (default: {ROUNDS})")
    sub.add_argument("--seconds", metavar="S", help=f"that a turn takes (default: {SECONDS})")
    sub.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a figure to quote")
    sub.add_argument("--threads", metavar="N,…", help="numbers to try; of a contender its best counts (default: 1,2)")


def _some_of(what: str, text: str, allowed: Sequence[_Name]) -> list[_Name]:
    chosen = [part.strip() for part in text.split(",")]
    for name in chosen:
        if name not in allowed:
            raise InvalidInput(f"{what} must be some of {', '.join(allowed)}, but got {name[:80]!r}")
    return [name for name in allowed if name in chosen]


def _threads(text: str | None) -> list[int]:
    cores = os.cpu_count() or 1
    if text is None:
        return [1, 2] if cores > 1 else [1]
    numbers = [whole("threads", part) for part in text.split(",")]
    for number in numbers:
        if not 1 <= number <= cores:
            raise InvalidInput(f"threads must be whole numbers from 1 to {cores}, the cores here, but got {number}")
    return sorted(set(numbers))


def _seconds(text: str) -> float:
    number = float(text) if re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*", text, re.ASCII) else math.nan
    if not 0 < number <= MOST_SECONDS:
        raise InvalidInput(f"seconds must be a number above 0 and at most {MOST_SECONDS:g}, but got {text[:80]!r}")
    return number


def _heading(rounds: int, seconds: float) -> str:
    return (
        f"Training step, float32, batch norm, ReLU, softmax: medians of {rounds} rounds of {seconds:g} s\n"
        "(± half of what the middle half of them spans), of each contender its better number of threads;\n"
        "in brackets by processor time instead, with the fewest threads: it says more where others use the machine too"
    )


def _table(result: Result) -> str:
    task, ratios, by_processor = result.task, result.ratios, result.processor_ratios
    dims = "-".join(map(str, task.layer_dims))
    lines = [
        "",
        f"{task.shape} {dims}, mini-batch of {task.mini_batch_size}, {task.optimizer}",
        f"  {'':28}{'µs a step':>11}{'':7}{'steps/s':>11}{'threads':>9}   Panda, compiled, is",
    ]
    for name, figure in result.figures.items():
        ahead = f"   {ratios[name]:6.2f} ({by_processor[name]:.2f}) times as fast" if name in ratios else ""
        spread = f"±{figure.spread:.0%}"
        numbers = f"{1e6 / figure.rate:>11,.1f}{spread:>7}{figure.rate:>11,.0f}{figure.threads:>9}"
        lines.append(f"  {ENTRANTS[name].label:28}{numbers}{ahead}")
    lines += [f"  {ENTRANTS[name].label:28}left out: {why}" for name, why in result.missing.items()]
    return "\n".join(lines)


def _summary(results: Iterable[Result]) -> str:
    compared = [result for result in results if PANDA in result.figures]
    if not compared:
        return ""
    names = [name for name in ENTRANTS if any(name in result.ratios for result in compared)]
    lines = [
        "",
        f"{ENTRANTS[PANDA].label}, is so many times as fast as",
        f"  {'':16}" + "".join(f"{name:>17}" for name in names),
    ]
    for result in compared:
        ratios = result.ratios
        cells = (f"{ratios[name]:.2f}" if name in ratios else "–" for name in names)
        lines.append(f"  {result.task.shape:7}{result.task.optimizer:9}" + "".join(f"{cell:>17}" for cell in cells))
    return "\n".join(lines)
