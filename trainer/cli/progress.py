"""Progress bars on stderr: drawn on a terminal, silent where stderr goes to a file or a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trainer.cli.consoles import as_shown
from trainer.cli.terminal import is_terminal, on_stderr
from trainer.text import one_line

if TYPE_CHECKING:
    from rich.progress import Progress

_SECONDS = 0.2
"""Between two drawings, since each takes a millisecond; what came after the last is drawn at the end."""


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is fed with (done, of how many)."""
    with bar(what) as drawn:
        yield drawn.show


@contextmanager
def bar(what: str, done: int = 0, total: int | None = None) -> Iterator[Bar]:
    """A bar that begins where something is done already."""
    if not is_terminal(sys.stderr):
        yield Bar(None)
        return
    from trainer.cli.drawing import drawing

    progress = drawing(what, done, total)
    with on_stderr():
        progress.start()
    try:
        yield Bar(progress)
    finally:
        with on_stderr():
            progress.stop()


class Bar:
    """How far something is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._drawn = 0.0

    def show(self, done: int, total: int | None, gauges: str = "") -> None:
        """How many iterations are done; `total` is None where the end is not known."""
        if self._progress is None:
            return
        now = time.monotonic()
        due = now - self._drawn >= _SECONDS
        (task,) = self._progress.task_ids
        with on_stderr() as stderr:
            shown = as_shown(gauges, stderr)  # as wide as it will be
            self._progress.update(task, completed=done, total=total, gauges=shown, refresh=due)
        if due:
            self._drawn = now

    def say(self, line: str) -> None:
        """Print a line on stderr, above the bar."""
        with on_stderr() as stderr:
            if self._progress is not None:
                self._progress.console.print(one_line(line), markup=False, highlight=False, soft_wrap=True)
            else:
                print(one_line(line), file=stderr)
