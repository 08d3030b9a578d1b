"""The verb `export`: a recorded run, taken elsewhere."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from trainer.cli.terminal import DONE, progress_bar, say
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.export.destination import check_new, new_place
from trainer.experiments.export.event_files import write_event_files
from trainer.experiments.export.python_source import write_python
from trainer.experiments.export.rows import Line, Progress, line_of
from trainer.experiments.export.tables import write_csv, write_jsonl, write_parquet
from trainer.experiments.replay import describe, latest_run
from trainer.experiments.verify import verify
from trainer.recorder.environment import environment
from trainer.recorder.session import read_session
from trainer.views.report.page import Verified, write_report


def _write_html(line: Line, path: Path, progress: Progress) -> None:
    try:
        with progress_bar("verifying") as verifying:
            verdict = verify(line.session.path, line.run.run, verifying)
        result, text = str(verdict.result), verdict.text
    except PandaError as error:
        result, text = "refused", str(error)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    write_report(line, Verified(result, text, now, environment()), path, progress)


FORMATS: dict[str, Callable[[Line, Path, Progress], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "html": _write_html,
    "python": write_python,
    "tensorboard": write_event_files,
}


def export(options: argparse.Namespace) -> int:
    """`panda export`."""
    if options.format not in FORMATS:
        raise InvalidInput(f"format must be one of {', '.join(FORMATS)}, but got {options.format!r}")
    session = read_session(Path(options.session))
    run = latest_run(session) if options.run is None else session.run(options.run)
    out = Path(options.out)
    check_new(out)
    line = line_of(session, run)
    with progress_bar("exporting") as progress, new_place(out) as place:
        FORMATS[options.format](line, place, progress)
    if session.damage:
        lost = f"the cost of {line.lost} iterations is lost; " if line.lost else ""
        say(f"exported what is intact: {lost}{describe(session)}")
    if options.json:
        document = {
            "session": str(session.path),
            "run": run.run,
            "format": options.format,
            "out": str(out),
            "iterations": line.iterations,
        }
        print(json.dumps(document))
    else:
        print(f"{line.iterations} iterations of run {run.run} exported to {out}")
    return DONE


def add_options(sub: argparse.ArgumentParser) -> None:
    """The options of `panda export`."""
    sub.add_argument("session", metavar="SESSION", help="path of the session file")
    sub.add_argument("--run", metavar="R", help="which run, with those it was born from (default: the latest)")
    sub.add_argument(
        "--format",
        required=True,
        help="csv, jsonl, parquet: one row per iteration; html: a page that opens offline, verified;"
        " python: the schedule that emerged, for PyTorch and Keras; tensorboard: event files",
    )
    sub.add_argument("--out", required=True, metavar="PATH", help="the new file; of tensorboard, the new folder")
