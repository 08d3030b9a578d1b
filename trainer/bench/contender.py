"""The process of one contender: `python -m trainer.bench.contender NAME`, started by `turns.Contender`."""

from __future__ import annotations

import signal
import sys
import time
from typing import Any

from trainer.bench.contenders import ENTRANTS
from trainer.bench.panda import updates_at_once
from trainer.bench.task import Task, Updates
from trainer.bench.turns import answer_questions


def main() -> None:
    """Answer two kinds of questions: a task, to prepare for, and seconds, to train for and answer with the rate."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks decides when to end
    entrant = ENTRANTS[sys.argv[1]]
    updates: Updates | None = None

    def answer(question: dict[str, Any]) -> dict[str, Any]:
        nonlocal updates
        try:
            if "shape" in question:
                updates = None  # frees the memory of the task before
                task = Task(question["shape"], question["optimizer"])
                at_once = question["at_once"] or updates_at_once(task)
                updates = entrant.updates(task, at_once)
                rate(updates, question["warm_up"])
                return {"at_once": at_once}
            assert updates is not None
            wall, processor = rate(updates, question["seconds"])
        except Exception as error:  # noqa: BLE001 - any failure of one contender is reported, and the others go on
            return {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
        return {"rate": wall, "processor_rate": processor}

    answer_questions(answer)


def rate(updates: Updates, seconds: float) -> tuple[float, float]:
    """Updates per second, and per second of processor time, measured for at least `seconds`."""
    processor = time.process_time()
    began = now = time.perf_counter()
    done = 0
    while now - began < seconds:
        done += updates()
        now = time.perf_counter()
    return done / (now - began), done / (time.process_time() - processor)


if __name__ == "__main__":
    main()
