"""How often advice is right: thirteen faults that are put into runs, and runs that are healthy.

    python -m tests.benchmarks.advice [--seeds N] [--first SEED] [--only FAULT] [--press] [--json PATH]

A fault is named right where the first advice that a person sees is of a rule that stands for it (or the run stopped
itself, for a cost that is not finite, where that is the fault). A healthy run has a false alarm where there is any
advice at any of its evaluations. `--press` goes on from that first advice for half of the run, once without and once
with what its button does, and counts how often the dev cost is lower with it.
"""

from __future__ import annotations

from trainer.threads import bound_threads

bound_threads(spare=0)

import argparse  # noqa: E402
import math  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from tests.experiments.advice.faults import BROKE, FAULTS, Case, healthy, watch  # noqa: E402
from trainer.bench.turns import write_json  # noqa: E402
from trainer.engine.loop import TrainingLoop  # noqa: E402
from trainer.errors import NonFinite  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--press", action="store_true")
    parser.add_argument("--json", type=Path, default=None)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    figures: dict[str, Any] = {}
    for case in FAULTS:
        if given.only in case.name:
            figures[case.name] = pressed(case, seeds) if given.press else named(case, seeds)
            print(f"{case.name:24} {figures[case.name]}", flush=True)
    if not given.press and given.only in ("", "healthy"):
        figures["healthy"] = {f"{case.name} {given.first}": alarms(case, given.first) for case in healthy()}
        false = {name: said for name, said in figures["healthy"].items() if said}
        print(f"false alarms: {len(false)} of {len(figures['healthy'])} {false or ''}")
    write_json(given.json, figures)


def named(case: Case, seeds: range) -> dict[str, Any]:
    """How often the fault is named right, and what else was said."""
    names = [watch(case, seed).named for seed in seeds]
    wrong = sorted({name or "nothing" for name in names if name not in case.rules})
    return {"right": sum(name in case.rules for name in names), "of": len(names), "else": wrong}


def alarms(case: Case, seed: int) -> list[str]:
    """Every rule that spoke of a healthy run."""
    return sorted({each.rule for _, said in watch(case, seed).at for each in said})


def pressed(case: Case, seeds: range) -> dict[str, Any]:
    """Over seeds: how often the dev cost is lower with the button pressed than without, and the sign test's p."""
    better = worse = 0
    for seed in seeds:
        watched = watch(case, seed, stop_at_advice=True)
        if watched.named in ("", BROKE) or not watched.at[-1][1]:
            continue
        said, loop, more = watched.at[-1][1][0], watched.loop, max(500, case.iterations // 2)
        state = loop.state()
        without = went_on(loop, more)
        back = said.end if said.back_to is None else said.back_to
        loop.restore(state if back == said.end else min(watched.states, key=lambda each: abs(each.iteration - back)))
        if said.changes:
            loop.intervene(said.changes)
            pressed = went_on(loop, more)
        else:  # the run waits there
            pressed = loop.evaluate().dev_cost
        better, worse = better + (pressed < without), worse + (pressed > without)
    tried = better + worse
    p = sum(math.comb(tried, k) for k in range(better, tried + 1)) / 2**tried
    return {"better": better, "worse": worse, "p": float(f"{p:.2g}")}


def went_on(loop: TrainingLoop, iterations: int) -> float:
    """The mean dev cost of four evaluations in the last tenth of so many iterations; infinite where it diverged."""
    try:
        for _ in range(9 * iterations // 10):
            loop.step()
        found = []
        for _ in range(4):
            for _ in range(max(1, iterations // 40)):
                loop.step()
            found.append(loop.evaluate().dev_cost)
    except NonFinite:
        return math.inf
    return float(np.mean(found)) if np.isfinite(found).all() else math.inf


if __name__ == "__main__":
    main()
