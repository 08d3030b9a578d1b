"""The verb `ahead`: the coming iterations of a recorded run under several candidates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.command import At, Data, Json, Run, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import print_document, print_lines, whole
from trainer.engine.wording import measured_text
from trainer.experiments.candidates import FACTORS, typed_candidates
from trainer.experiments.clones import recorded_boundary
from trainer.experiments.foreseen import plain_look_ahead
from trainer.experiments.look_ahead import (
    FEWEST,
    ITERATIONS,
    MOST,
    Arm,
    LookAhead,
    look_ahead,
)
from trainer.experiments.over_seeds import MOST as MOST_SEEDS
from trainer.experiments.session_data import look_for_data

_BY_DEFAULT = f"the α in force × {', '.join(f'{f:g}' for f in FACTORS)}"
_SET = f"candidates; of several names every combination; numbers alone are of α (default: {_BY_DEFAULT})"


def run(
    session: SessionFile,
    run: Run = None,
    at: At = None,
    iterations: Annotated[str, typer.Option(metavar="K", help=f"how far ahead, {FEWEST} to {MOST:,}")] = str(
        ITERATIONS
    ),
    changes: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=V1,V2,…", help=_SET)] = None,
    seeds: Annotated[
        str,
        typer.Option(metavar="M", help=f"with that many other coming orders of the data too, at most {MOST_SEEDS}"),
    ] = "0",
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda ahead`."""
    look_for_data(Path(session), data)
    candidates = typed_candidates(changes or ())
    ahead, orders = whole("iterations", iterations, FEWEST, MOST), whole("seeds", seeds, 0, MOST_SEEDS)
    begins = None if at is None else whole("at", at)
    with progress_bar("catching up") as progress:
        boundary = recorded_boundary(Path(session), run, begins, progress)
    with progress_bar("looking ahead") as progress:
        found = look_ahead(boundary, candidates, ahead, seeds=orders, progress=progress)
    if as_json:
        print_document({"session": session, **plain_look_ahead(found)})
    else:
        print_lines(*_sentences(found))
    return DONE


def _sentences(found: LookAhead) -> list[str]:
    first = f"run {found.run}, the {found.iterations:,} iterations after {found.at:,}"
    width = max(len(arm.label) for arm in found.arms)
    lines = [f"{arm.label:>{width}}  {_told(arm)}" for arm in found.arms]
    return [first, *lines, found.sentence, *([f"note: {found.remark}"] if found.remark else [])]


def _told(arm: Arm) -> str:
    if arm.cost is None or arm.dev_cost is None or arm.dev_accuracy is None:
        return f"cost or gradient is not finite from iteration {arm.broke} on"
    dev_cost, cost = measured_text(arm.dev_cost, 4), measured_text(arm.cost, 4)
    low, high = (measured_text(end([arm.dev_cost, *arm.dev_costs]), 4) for end in (min, max))
    spread = f" ({low} to {high} in {len(arm.dev_costs) + 1} orders of the data)" if arm.dev_costs else ""
    return f"cost of the last mini-batch {cost}, dev cost {dev_cost}{spread}, dev accuracy {arm.dev_accuracy:.2%}"
