"""The verb `branch`: a new run from any iteration of a recorded one."""

from __future__ import annotations

import argparse
from pathlib import Path

from trainer.cli.terminal import progress_bar, whole
from trainer.cli.train import parse_nudge
from trainer.cli.watching import Watched, conclude, watch
from trainer.engine.commands import CLI, AddNote, Intervene
from trainer.engine.hyperparameters import parse_changes
from trainer.engine.trainer import Trainer
from trainer.experiments.branching import branch
from trainer.experiments.recorded_run import new_path
from trainer.experiments.replay import latest_run
from trainer.experiments.travel import travel, use_recorded_threads
from trainer.recorder.session import read_session


def branch_session(options: argparse.Namespace) -> int:
    """`panda branch`."""
    path = Path(options.session)
    session = read_session(path)
    run = latest_run(session) if options.run is None else session.run(options.run)
    at = whole("at", options.at)
    use_recorded_threads(session)
    changes = parse_changes(" ".join(options.set)) if options.set else {}
    nudges = sorted((parse_nudge(text) for text in options.nudge), key=lambda nudge: nudge[0])
    first = [(at, Intervene(changes, CLI, options.note))] if changes else []
    note = AddNote(options.note.strip(), CLI) if options.note.strip() and not changes else None
    with progress_bar("catching up") as progress:
        visit = travel(session, run, at, progress=progress)
    watched, trainer = Watched(), Trainer()
    try:
        live = branch(
            trainer,
            visit,
            new_path(path.stem.rpartition("-")[0] or path.stem) if options.out is None else Path(options.out),
            iterations=at + whole("iterations", options.iterations),
            interventions=[*first, *nudges],
            subscribers=[watched],
            note=note,
            apart=options.out is not None,
            actor=CLI,
        )
        watch(trainer, watched)
    finally:
        trainer.close()
    return conclude(trainer, watched, live.path, as_json=options.json, remark=live.remark)


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda branch`."""
    sub.add_argument("session", metavar="SESSION", help="path of the session file")
    sub.add_argument("--run", metavar="R", help="which run (default: the latest)")
    sub.add_argument("--at", metavar="T", required=True, help="begin at this iteration, before what it changed there")
    sub.add_argument("--set", metavar="NAME=VALUE", nargs="+", default=[], help="what is changed at once")
    sub.add_argument("--note", default="", help="why, for the record")
    sub.add_argument("--nudge", action="append", default=[], metavar='"T: NAME=VALUE # note"', help="a later change")
    sub.add_argument("--iterations", metavar="N", required=True, help="how many iterations to train from there")
    sub.add_argument(
        "--out",
        metavar="FILE",
        help="a new session (default: in sessions/, or the same if it was cut off)",
    )
