"""A progress bar as rich draws it; imported only where there is a terminal to draw on."""

from __future__ import annotations

import sys

from rich.console import Console, OverflowMethod
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from trainer.cli.consoles import as_shown, shows_all
from trainer.cli.terminal import is_terminal


def drawing(what: str, done: int, total: int | None) -> Progress:
    """One task, described by `what`, and its field `gauges`; it is drawn when it is refreshed.

    No thread refreshes it beside those that train. What is printed on a terminal meanwhile stands above the bar; what
    goes into a pipe or a file is left alone.
    """
    cut: OverflowMethod = "ellipsis" if shows_all(sys.stderr) else "crop"
    rest = Column(ratio=1, no_wrap=True, overflow=cut)  # of a narrow terminal, what the others leave
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        _Speed(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[gauges]}", markup=False, table_column=rest),
        console=Console(stderr=True),
        auto_refresh=False,
        expand=True,
        redirect_stdout=is_terminal(sys.stdout),
    )
    progress.add_task(what, completed=done, total=total, gauges="")
    return progress


class _Speed(ProgressColumn):
    """Iterations per second."""

    def render(self, task: Task) -> Text:
        """As where the total is unknown."""
        speed = TaskProgressColumn.render_speed(task.finished_speed or task.speed)
        return Text(as_shown(speed.plain, sys.stderr), speed.style)  # as wide as it will be
