"""The verb `worth`: what an intervention did for the dev cost."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from trainer.cli.command import Data, Json, Run, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import print_document, print_lines, whole
from trainer.engine.wording import exact_change_text
from trainer.experiments.over_seeds import FEWEST, MOST, SEEDS_TEXT, MedianInterval
from trainer.experiments.session_data import look_for_data
from trainer.experiments.worth import Worth, worth_in_file

_WHICH = "its index, as `panda log` shows it; that of a run it was born from as in r1:0"
_SEEDS = (
    f"run the whole session with and without it, with that many other seeds ({FEWEST} to {MOST}; default: none);"
    f" {SEEDS_TEXT}"
)


def run(
    session: SessionFile,
    intervention: Annotated[str, typer.Option(metavar="K", help=_WHICH)],
    run: Run = None,
    seeds: Annotated[str, typer.Option(metavar="M", help=_SEEDS, show_default=False)] = "0",
    iterations: Annotated[
        str | None,
        typer.Option(metavar="N", help="look that far after the intervention (default: to the end)"),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(metavar="SECONDS", help="of processor time, after which it ends with what it has"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda worth`."""
    look_for_data(Path(session), data)
    of, colon, index_text = intervention.rpartition(":")
    index = whole("intervention", index_text)
    until = None if iterations is None else whole("iterations", iterations)
    other_seeds = whole("seeds", seeds)
    seconds = math.inf if budget is None else whole("budget", budget, 1)
    began = time.process_time()
    with progress_bar("without it") as progress:
        _, found = worth_in_file(
            Path(session),
            run,
            index,
            of=of if colon else None,
            iterations=until,
            seeds=other_seeds,
            progress=progress,
            spent=lambda: time.process_time() - began > seconds,
        )
    if as_json:
        print_document(document(session, found))
    else:
        print_lines(*_sentences(found))
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
        "dev_cost_with": plain(found.dev_cost_with),
        "dev_cost_without": plain(found.dev_cost_without),
        "difference": None if found.outcome == "cannot be told" else plain(found.difference),
        "outcome": found.outcome,
        "not_finite_without": found.ghost.broke,
        "text": found.text,
        "remark": found.remark,
        "seeds": None
        if over is None
        else {
            "asked": over.asked,
            "seeds": list(over.seeds),
            "differences": [plain(difference) for difference in over.differences],
            "helped": sum(difference < 0 for difference in over.differences),
            "median": plain(over.median),
            **interval_fields(over.interval),
            "text": over.text,
            "method": over.method,
        },
    }


def _sentences(found: Worth) -> list[str]:
    change = found.change
    values = exact_change_text(change.before, change.after)
    lines = [f"run {found.run}, iteration {change.iteration}: {values}", found.text]
    if found.over_seeds is not None:
        lines += [found.over_seeds.text, found.over_seeds.method]
    return [*(line for line in lines if line), *([f"note: {found.remark}"] if found.remark else [])]


def interval_fields(interval: MedianInterval | None) -> dict[str, Any]:
    """An interval of a median, JSON-ready; null where there is none."""
    if interval is None:
        return dict.fromkeys(("low", "high", "coverage"))
    return {"low": plain(interval.low), "high": plain(interval.high), "coverage": interval.coverage}


def plain(number: float | None) -> float | str | None:
    """JSON-ready: a number that is not finite is "nan", "inf" or "-inf", as in a session file."""
    if number is None or math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"
