"""Contenders' processes: what they answer, and what becomes of those that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trainer.bench.race import Result, result_of
from trainer.bench.task import SHAPES, Task
from trainer.bench.turns import Contender, ContenderFailed, median_and_spread

ECHO = """
import os
from trainer.bench.turns import answer_questions
def answer(question):
    print("something that a library prints")
    if question["what"] == "die":
        os._exit(7)
    if question["what"] == "refuse":
        return {"error": "not today"}
    return {"threads": os.environ["OPENBLAS_NUM_THREADS"], "what": question["what"]}
answer_questions(answer)
"""


def test_a_process_answers_with_its_threads_and_may_refuse_or_die() -> None:
    with Contender("echo", 3, ["-c", ECHO]) as contender:
        assert contender.ask(what="hello") == {"threads": "3", "what": "hello"}
        with pytest.raises(ContenderFailed, match="not today"):
            contender.ask(what="refuse")
        assert contender.ask(what="still there")["what"] == "still there"
        for _ in range(2):
            with pytest.raises(ContenderFailed, match="its process ended with code 7"):
                contender.ask(what="die")


def test_one_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.bench.turns.PATIENCE", 0.2)
    with Contender("sleeper", 1, ["-c", "import time; time.sleep(600)"]) as contender:
        pass
    assert contender.ended


class Scripted:
    """A contender that needs no process: its answers are written down."""

    def __init__(self, name: str, threads: int, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.name, self.threads, self._answer = name, threads, answer

    def ask(self, **question: Any) -> Any:
        return self._answer(question)


def runner(*rates: float) -> Callable[[dict[str, Any]], Any]:
    left = [*rates]

    def answer(question: dict[str, Any]) -> dict[str, float]:
        if "shape" in question:
            return {"at_once": question["at_once"] or 5}
        rate = left.pop(0)
        return {"rate": rate, "processor_rate": rate / 2}

    return answer


def refuses(question: dict[str, Any]) -> Any:
    raise ContenderFailed("cannot")


def run(*contenders: Scripted, rounds: int = 3) -> tuple[Result, list[int]]:
    told: list[int] = []
    return result_of(Task("tiny", "gd"), contenders, {"jax": "JAX is not installed"}, rounds, 0.1, told.append), told


def test_the_better_number_of_threads_counts_by_its_median() -> None:
    result, told = run(
        Scripted("panda", 1, runner(10, 30, 20)),
        Scripted("panda", 2, runner(25, 1, 24)),
        Scripted("torch", 1, runner(4, 4, 4)),
    )
    ours = result.figures["panda"]
    assert (ours.threads, ours.rate, ours.processor_rate) == (2, 24, 10)
    assert ours.turns == {1: (10, 30, 20), 2: (25, 1, 24)}
    assert (result.ratios, result.processor_ratios) == ({"torch": 6}, {"torch": 5})
    assert result.at_once == 5
    assert told == [*range(1, 13)]


def test_who_fails_is_left_out_unless_it_did_well_otherwise() -> None:
    result, _ = run(
        Scripted("panda", 1, runner(10, 10, 10)),
        Scripted("torch", 1, refuses),
        Scripted("products", 1, runner(5, 5, 5)),
        Scripted("products", 2, refuses),
    )
    assert result.missing == {"torch": "cannot", "jax": "JAX is not installed"}
    assert result.ratios == {"products": 2}


def test_without_panda_there_is_nothing_to_compare_with() -> None:
    result, _ = run(Scripted("torch", 1, runner(1, 2, 3)))
    assert result.ratios == {}


def test_the_spread_is_half_of_the_middle_half() -> None:
    assert median_and_spread([4.0]) == (4.0, 0.0)
    assert median_and_spread([1.0, 2.0, 4.0, 6.0, 100.0]) == (4.0, 0.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_an_epoch_is_whole_mini_batches_and_every_example_once(shape: str) -> None:
    task = Task(shape, "adam")
    m, size = SHAPES[shape].examples, task.mini_batch_size
    batches = task.mini_batches()
    for _ in range(2):
        epoch = [int(i) for _ in range(m // size) for i in next(batches)]
        assert sorted(epoch) == [*range(m)]
