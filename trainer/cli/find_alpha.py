"""The verb `find-alpha`: which learning rates help from a recorded iteration, and the speed limit there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.command import At, Data, Json, Run, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import print_document, print_lines, whole
from trainer.engine.wording import number_text
from trainer.experiments.alpha_finder import FoundAlpha, find_alpha
from trainer.experiments.clones import recorded_boundary
from trainer.experiments.foreseen import plain_alpha
from trainer.experiments.look_ahead import FEWEST, ITERATIONS, MOST
from trainer.experiments.session_data import look_for_data


def run(
    session: SessionFile,
    run: Run = None,
    at: At = None,
    iterations: Annotated[
        str, typer.Option(metavar="K", help=f"how long each α of the grid is trained, {FEWEST} to {MOST:,}")
    ] = str(ITERATIONS),
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda find-alpha`."""
    look_for_data(Path(session), data)
    each = whole("iterations", iterations, FEWEST, MOST)
    begins = None if at is None else whole("at", at)
    with progress_bar("catching up") as progress:
        boundary = recorded_boundary(Path(session), run, begins, progress)
    with progress_bar("trying α") as progress:
        found = find_alpha(boundary, each, progress=progress)
    if as_json:
        print_document({"session": session, **plain_alpha(found)})
    else:
        print_lines(*_sentences(found))
    return DONE


def _sentences(found: FoundAlpha) -> list[str]:
    ends = sorted({number_text(end) for end in (found.low, found.high) if end is not None}, key=float)
    suggested = f"{found.verdict}: α = {' to '.join(ends)}" if ends else "no α is suggested"
    return [
        f"run {found.run}, iteration {found.at:,}: α is {number_text(found.present)}",
        suggested,
        found.reason,
        *([found.limit.text] if found.limit is not None else []),
        *(f"note: {note}" for note in found.notes),
    ]
