"""The race: every contender trains every task, in turns, each with its better number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol

from trainer.bench.contenders import ENTRANTS, PANDA
from trainer.bench.task import Task
from trainer.bench.turns import Contender, ContenderFailed, median_and_spread

WARM_UP_SECONDS = 0.3

Progress = Callable[[int, int], None]
Turns = dict[str, dict[int, list[Mapping[str, float]]]]


@dataclass(frozen=True)
class Figure:
    """The speed of one contender at a task.

    Attributes
    ----------
    threads : the number with the best median
    rate : updates per second, the median of all rounds
    spread : half of what the middle half of the rounds spans, relative to the median
    processor_rate : updates per second of processor time, with the fewest threads: it means more than `rate` where
        other processes use the machine too
    turns : number of threads → updates per second in each round
    """

    threads: int
    rate: float
    spread: float
    processor_rate: float
    turns: Mapping[int, tuple[float, ...]]


@dataclass(frozen=True)
class Result:
    """The speeds of all contenders at a task.

    Attributes
    ----------
    at_once : updates that Panda makes in a call
    figures : by name of the contender
    missing : why the other contenders have no figure
    """

    task: Task
    at_once: int
    figures: Mapping[str, Figure]
    missing: Mapping[str, str]

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as fast as each other contender Panda is; empty where Panda itself is missing."""
        return self._ratios({name: figure.rate for name, figure in self.figures.items()})

    @property
    def processor_ratios(self) -> dict[str, float]:
        """As `ratios`, by processor time."""
        return self._ratios({name: figure.processor_rate for name, figure in self.figures.items()})

    @staticmethod
    def _ratios(rates: Mapping[str, float]) -> dict[str, float]:
        return {name: rates[PANDA] / rate for name, rate in rates.items() if PANDA in rates and name != PANDA}


def absent() -> dict[str, str]:
    """The contenders that cannot run on this machine, and why."""
    return {name: why for name, entrant in ENTRANTS.items() if (why := entrant.absent())}


def race(
    tasks: Sequence[Task], threads: Sequence[int], rounds: int, seconds: float, progress: Progress
) -> Iterator[Result]:
    """The results of the tasks, one after the other.

    Parameters
    ----------
    threads : numbers of threads that each contender tries
    seconds : of each turn
    progress : called with the number of turns done, and of all turns
    """
    names = [name for name in ENTRANTS if name not in absent()]
    per_task = len(names) * len(threads) * (rounds + 1)
    with ExitStack() as stack:
        processes = [stack.enter_context(Contender(name, number)) for name in names for number in threads]
        stack.callback(_let_go, processes)
        for k, task in enumerate(tasks):

            def at(done: int, k: int = k) -> None:
                progress(k * per_task + done, len(tasks) * per_task)

            yield result_of(task, processes, absent(), rounds, seconds, at)


def _let_go(processes: Sequence[Contender]) -> None:
    """Let all processes end at the same time."""
    for process in processes:
        process.let_go()


class Asked(Protocol):
    """The part of `Contender` that a race needs."""

    name: str
    threads: int

    def ask(self, **question: object) -> Any:
        """As `Contender.ask`."""
        ...


def result_of(
    task: Task,
    processes: Sequence[Asked],
    not_here: Mapping[str, str],
    rounds: int,
    seconds: float,
    at: Callable[[int], None],
) -> Result:
    """The speeds of all contenders at a task, without those that fail; `at` is called with the number of turns done."""
    missing, ready = {**not_here}, []
    at_once = done = 0
    for process in processes:
        try:
            warm_up = min(seconds, WARM_UP_SECONDS)
            answer = process.ask(shape=task.shape, optimizer=task.optimizer, at_once=at_once, warm_up=warm_up)
            at_once = answer["at_once"]  # the first contender decides the number for all
            ready.append(process)
        except ContenderFailed as error:
            missing[process.name] = str(error)
        at(done := done + 1)
    turns: Turns = {}
    for turn in range(rounds):
        for process in ready if turn % 2 else reversed(ready):
            try:
                taken = process.ask(seconds=seconds)
                turns.setdefault(process.name, {}).setdefault(process.threads, []).append(taken)
            except ContenderFailed as error:
                missing[process.name] = str(error)
            at(done := done + 1)
    figures = {name: _figure(turns[name]) for name in ENTRANTS if name in turns}
    return Result(task, at_once, figures, {name: why for name, why in missing.items() if name not in figures})


def _figure(by_threads: Mapping[int, Sequence[Mapping[str, float]]]) -> Figure:
    rates = {threads: tuple(turn["rate"] for turn in turns) for threads, turns in by_threads.items()}
    found = {threads: median_and_spread(figures) for threads, figures in rates.items()}
    best = max(found, key=lambda threads: found[threads][0])
    processor, _ = median_and_spread([turn["processor_rate"] for turn in by_threads[min(by_threads)]])
    return Figure(best, *found[best], processor, rates)


def as_document(result: Result) -> dict[str, Any]:
    """A result, JSON-ready."""
    shape = result.task
    return {
        "shape": shape.shape,
        "layers": list(shape.layer_dims),
        "mini_batch_size": shape.mini_batch_size,
        "optimizer": shape.optimizer,
        "updates_at_once": result.at_once,
        "contenders": {
            name: {
                "threads": figure.threads,
                "iterations_per_second": figure.rate,
                "spread": figure.spread,
                "microseconds": 1e6 / figure.rate,
                "iterations_per_second_of_processor_time": figure.processor_rate,
                "rounds": {str(threads): list(rates) for threads, rates in figure.turns.items()},
            }
            for name, figure in result.figures.items()
        },
        "ratio": result.ratios,
        "ratio_of_processor_time": result.processor_ratios,
        "left_out": dict(result.missing),
    }
