"""The verb `verify`: a recorded run re-executed and compared bit for bit with the record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from trainer.cli.command import Data, Json, Run, SessionFile
from trainer.cli.exit_codes import DONE, NO, WITHIN_TOLERANCE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import print_document, print_lines
from trainer.engine.engines import ENGINES, Engine
from trainer.experiments.session_data import look_for_data
from trainer.experiments.verify import verify

_ENGINE = f"{' or '.join(ENGINES)} (default: the one it was recorded by)"


def run(
    session: SessionFile,
    run: Run = None,
    engine: Annotated[str | None, typer.Option(metavar="ENGINE", help=_ENGINE)] = None,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda verify`."""
    look_for_data(Path(session), data)
    with progress_bar("verifying") as progress:
        verdict = verify(Path(session), run, progress, cast("Engine | None", engine))  # it refuses any other
    if as_json:
        fields = ("result", "iterations", "checkpoints_compared", "first_difference", "digest", "text")
        print_document({name: getattr(verdict, name) for name in fields})
    else:
        print_lines(verdict.text)
    return {"exact": DONE, "diverged": NO, "other-environment": WITHIN_TOLERANCE}[verdict.result]
