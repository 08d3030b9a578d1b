"""The verb `branch`: a new run from any iteration of a recorded one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.command import Data, Json, Run, SessionFile
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import say, whole
from trainer.cli.train import Nudges, parse_nudge
from trainer.cli.watching import Watched, conclude, watch
from trainer.engine.commands import CLI, AddNote, Intervene
from trainer.engine.hyperparameters import parse_changes
from trainer.engine.trainer import Trainer
from trainer.engine.wording import values_text
from trainer.experiments.recorded_run import new_path
from trainer.experiments.replay import latest_run
from trainer.experiments.session_data import tell_unchecked
from trainer.experiments.travel import travel, use_recorded_threads
from trainer.experiments.undo_and_branch import branch, plans_taken_along
from trainer.recorder.session import read_session

_BRANCH, _RECORDING = "Branch", "Recording"


def run(
    session: SessionFile,
    at: Annotated[
        str,
        typer.Option(
            metavar="T",
            help="begin at this iteration, before what was changed there; what was planned for later stays planned",
            rich_help_panel=_BRANCH,
        ),
    ],
    iterations: Annotated[
        str,
        typer.Option(metavar="N", help="how many iterations to train from there", rich_help_panel=_BRANCH),
    ],
    run: Run = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE…", help="what is changed at once", rich_help_panel=_BRANCH),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="why, for the record", rich_help_panel=_BRANCH)] = "",
    nudge: Nudges = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="a new session (default: in sessions/, or the same if it was cut off)",
            rich_help_panel=_RECORDING,
        ),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda branch`."""
    path, begins = Path(session), whole("at", at)
    recorded = read_session(path)
    if data is not None:
        tell_unchecked(recorded, data)
    of = latest_run(recorded) if run is None else recorded.run(run)
    use_recorded_threads(recorded)
    values = parse_changes(" ".join(changes)) if changes else {}
    nudges = sorted((parse_nudge(text) for text in nudge or ()), key=lambda held_back: held_back[0])
    first = [(begins, Intervene(values, CLI, note))] if values else []
    with progress_bar("catching up") as progress:
        visit = travel(recorded, of, begins, progress=progress, name="at")
    watched, trainer = Watched(), Trainer()
    try:
        live = branch(
            trainer,
            visit,
            new_path(path.stem.rpartition("-")[0] or path.stem) if out is None else Path(out),
            iterations=begins + whole("iterations", iterations),
            interventions=[*first, *nudges],
            subscribers=[watched],
            note=AddNote(note.strip(), CLI) if note.strip() and not values else None,
            apart=out is not None,
            actor=CLI,
        )
        for change in () if as_json else plans_taken_along(visit):
            say(f"taken along: {values_text(change.changes)}, planned at iteration {change.at}")
        watch(trainer, watched)
    finally:
        trainer.close()
    return conclude(trainer, watched, live.log, as_json=as_json, live=live, remark=live.remark)
