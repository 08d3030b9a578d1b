"""The verb `bench`: how fast the training step is on this machine, beside others that are installed."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

import typer

from trainer.bench.contenders import ENTRANTS, PANDA
from trainer.bench.race import Result, as_document, race
from trainer.bench.task import OPTIMIZERS, SHAPES, Task
from trainer.bench.turns import machine
from trainer.cli.command import Json
from trainer.cli.exit_codes import DONE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import flush, print_document, print_lines, whole
from trainer.errors import InvalidInput

ROUNDS, SECONDS = 7, 0.3
QUICK = (3, 0.1)
MOST_ROUNDS, MOST_SECONDS = 1000, 60.0

_Name = TypeVar("_Name", bound=str)


_SHAPES, _OPTIMIZERS = ",".join(SHAPES), ",".join(OPTIMIZERS)
_TRIED = "numbers to try; of a contender its best counts (default: 1,2)"


def run(
    shapes: Annotated[str, typer.Option(metavar="NAME,…,NAME", help="of networks")] = _SHAPES,
    optimizers: Annotated[str, typer.Option(metavar="NAME,…,NAME", help="of the updates")] = _OPTIMIZERS,
    rounds: Annotated[
        str | None, typer.Option(metavar="N", help=f"turns of each contender (default: {ROUNDS})")
    ] = None,
    seconds: Annotated[str | None, typer.Option(metavar="S", help=f"that a turn takes (default: {SECONDS})")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="a few short rounds: a look, not a figure to quote")] = False,
    threads: Annotated[str | None, typer.Option(metavar="N,…,N", help=_TRIED)] = None,
    as_json: Json = False,
) -> int:
    """`panda bench`."""
    numbers = _threads(threads)
    turns, length = QUICK if quick else (ROUNDS, SECONDS)
    tasks = [
        Task(shape, optimizer)
        for shape in _some_of("shapes", shapes, list(SHAPES))
        for optimizer in _some_of("optimizers", optimizers, OPTIMIZERS)
    ]
    if rounds is not None:
        turns = whole("rounds", rounds)
        if not 1 <= turns <= MOST_ROUNDS:
            raise InvalidInput(f"rounds must be a whole number from 1 to {MOST_ROUNDS}, but got {turns}")
    if seconds is not None:
        length = _seconds(seconds)
    measured_on = machine(*dict.fromkeys(entrant.package for entrant in ENTRANTS.values()))
    if not as_json:
        print_lines(*_heading(turns, length))
    results = []
    with progress_bar("measuring") as progress:
        for result in race(tasks, numbers, turns, length, progress):
            results.append(result)
            if not as_json:
                print_lines(*_table(result))
                flush()
    if as_json:
        documents = [as_document(result) for result in results]
        print_document({"machine": measured_on, "rounds": turns, "seconds": length, "results": documents})
    else:
        print_lines(*_summary(results))
    return DONE


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


def _heading(rounds: int, seconds: float) -> list[str]:
    return [
        f"Training step, float32, batch norm, ReLU, softmax: medians of {rounds} rounds of {seconds:g} s",
        "(± half of what the middle half of them spans), of each contender its better number of threads;",
        "in brackets by processor time instead, with the fewest threads: it says more where others use the machine too",
    ]


def _table(result: Result) -> list[str]:
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
    return lines


def _summary(results: Iterable[Result]) -> list[str]:
    compared = [result for result in results if PANDA in result.figures]
    if not compared:
        return [""]
    names = [name for name in ENTRANTS if any(name in result.ratios for result in compared)]
    lines = [
        "",
        f"{ENTRANTS[PANDA].label}: how many times as fast as",
        f"  {'':16}" + "".join(f"{name:>17}" for name in names),
    ]
    for result in compared:
        ratios = result.ratios
        cells = (f"{ratios[name]:.2f}" if name in ratios else "–" for name in names)
        lines.append(f"  {result.task.shape:7}{result.task.optimizer:9}" + "".join(f"{cell:>17}" for cell in cells))
    return lines
