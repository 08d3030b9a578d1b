"""The verb `worth`: what an intervention did for the dev cost."""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

from trainer.cli.terminal import DONE, progress_bar, whole
from trainer.experiments.over_seeds import FEWEST, MOST
from trainer.experiments.worth import Worth, appraise


def worth_of(options: argparse.Namespace) -> int:
    """`panda worth`."""
    of, colon, index_text = options.intervention.rpartition(":")
    index = whole("intervention", index_text)
    iterations = None if options.iterations is None else whole("iterations", options.iterations)
    seeds = whole("seeds", options.seeds)
    budget = math.inf if options.budget is None else whole("budget", options.budget, 1)
    began = time.process_time()
    with progress_bar("without it") as progress:
        _, found = appraise(
            Path(options.session),
            options.run,
            index,
            of=of if colon else None,
            iterations=iterations,
            seeds=seeds,
            progress=progress,
            spent=lambda: time.process_time() - began > budget,
        )
    print(json.dumps(document(options.session, found), allow_nan=False) if options.json else _sentences(found))
    return DONE


def document(session: str, found: Worth) -> dict[str, Any]:
    """All of it, JSON-ready; a number that is not finite is "nan", "inf" or "-inf", as in a session file."""
    change, over = found.change, found.over_seeds
    return {
        "session": session,
        "run": found.run,
        "intervention": change.index,
        "iteration": change.iteration,
        "before": dict(change.before),
        "after": dict(change.after),
        "iterations": None if found.at is None else found.at - change.iteration,
        "dev_cost_with": _plain(found.dev_cost_with),
        "dev_cost_without": _plain(found.dev_cost_without),
        "difference": None if found.outcome == "cannot be told" else _plain(found.difference),
        "outcome": found.outcome,
        "not_finite_without": found.ghost.broke,
        "text": found.text,
        "remark": found.remark,
        "seeds": None
        if over is None
        else {
            "asked": over.asked,
            "seeds": list(over.seeds),
            "differences": [_plain(difference) for difference in over.differences],
            "helped": sum(difference < 0 for difference in over.differences),
            "median": _plain(over.median),
            "low": None if over.interval is None else _plain(over.interval.low),
            "high": None if over.interval is None else _plain(over.interval.high),
            "coverage": None if over.interval is None else over.interval.coverage,
            "text": over.text,
            "method": over.method,
        },
    }


_WHICH = "its index, as `panda log` shows it; that of a run it was born from as in r1:0"


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda worth`."""
    sub.add_argument("session", metavar="SESSION", help="path of the session file")
    sub.add_argument("--run", metavar="R", help="which run (default: the latest)")
    sub.add_argument("--intervention", metavar="K", required=True, help=_WHICH)
    sub.add_argument(
        "--seeds",
        metavar="M",
        default="0",
        help=f"run the whole session with and without it, with so many other seeds ({FEWEST} to {MOST}; default: none)",
    )
    sub.add_argument("--iterations", metavar="N", help="look so far after the intervention (default: to the end)")
    sub.add_argument("--budget", metavar="SECONDS", help="of processor time, after which it ends with what it has")


def _sentences(found: Worth) -> str:
    change = found.change
    values = ", ".join(f"{name} {change.before.get(name)} → {value}" for name, value in change.after.items())
    lines = [f"run {found.run}, iteration {change.iteration}: {values}", found.text]
    if found.over_seeds is not None:
        lines += [found.over_seeds.text, found.over_seeds.method]
    return "\n".join([*(line for line in lines if line), *([f"note: {found.remark}"] if found.remark else [])])


def _plain(number: float | None) -> float | str | None:
    if number is None or math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
