"""The verb `export`: a recorded run, taken elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from trainer.cli.command import Data, Json, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.progress import progress_bar
from trainer.cli.terminal import print_document, print_lines, say
from trainer.engine.wording import counted
from trainer.errors import InvalidInput, PandaError
from trainer.experiments.export.destination import check_new, new_place
from trainer.experiments.export.event_files import write_event_files
from trainer.experiments.export.python_source import write_python
from trainer.experiments.export.report.page import Verified, write_report
from trainer.experiments.export.rows import Progress
from trainer.experiments.export.tables import write_csv, write_jsonl, write_parquet
from trainer.experiments.line import Line, line_of
from trainer.experiments.replay import describe, latest_run
from trainer.experiments.session_data import tell_unchecked
from trainer.experiments.verify import verify
from trainer.recorder.environment import environment
from trainer.recorder.session import read_session


def _write_html(line: Line, path: Path, progress: Progress) -> None:
    try:
        with progress_bar("verifying") as verifying:
            verdict = verify(line.session.path, line.run.run, verifying)
        result, text = str(verdict.result), verdict.text
    except PandaError as error:
        result, text = "refused", str(error)
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    plotly = files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    write_report(line, Verified(result, text, now, environment()), plotly, path, progress)


FORMATS: dict[str, Callable[[Line, Path, Progress], None]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
    "html": _write_html,
    "python": write_python,
    "tensorboard": write_event_files,
}


_FORMAT = (
    "csv, jsonl, parquet: one row per iteration; html: a page that opens offline, verified;"
    " python: the schedule that emerged, for PyTorch and Keras; tensorboard: event files"
)


def run(
    session: SessionFile,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help=_FORMAT)],
    out: Annotated[str, typer.Option(metavar="PATH", help="the new file; of tensorboard, the new folder")],
    run: Annotated[
        str | None,
        typer.Option(metavar="R", help="which run, with those it was born from (default: the latest)"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda export`."""
    if format_ not in FORMATS:
        raise InvalidInput(f"format must be one of {', '.join(FORMATS)}, but got {format_!r}")
    recorded = read_session(Path(session))
    of = latest_run(recorded) if run is None else recorded.run(run)
    path = Path(out)
    check_new(path)
    if data is not None:
        tell_unchecked(recorded, data)
    line = line_of(recorded, of)
    with progress_bar("exporting") as progress, new_place(path) as place:
        FORMATS[format_](line, place, progress)
    if recorded.damage:
        lost = f"the cost of {line.lost} iterations is lost; " if line.lost else ""
        say(f"exported what is intact: {lost}{describe(recorded)}")
    if as_json:
        document = {
            "session": str(recorded.path),
            "run": of.run,
            "format": format_,
            "out": str(path),
            "iterations": line.iterations,
        }
        print_document(document)
    else:
        print_lines(f"{counted(line.iterations, 'iteration')} of run {of.run} exported to {path}")
    return DONE
