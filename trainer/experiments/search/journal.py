"""Journal: makes durable what happens in a search, in the order in which it happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from trainer.errors import RecordAstray, RecordingPaused
from trainer.recorder.search_file import Entry, SearchFile

_WAIT_SECONDS = 1.0


class Journal:
    """What is written to the file of a search, and what waits for that.

    Parameters
    ----------
    file : None where nothing is recorded
    create : another file with the same first record, at a path, with an id
    everything : all entries so far, for a file in place of one that is gone
    """

    def __init__(
        self,
        file: SearchFile | None,
        create: Callable[[Path, str], SearchFile],
        everything: Callable[[], list[Entry]],
    ) -> None:
        self._file, self._create, self._everything = file, create, everything
        self._waiting: deque[Entry] = deque()  # any thread appends
        self._anew_remarks: list[str] = []

    @property
    def path(self) -> Path | None:
        """Of the file."""
        return None if self._file is None else self._file.path

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each time that the file was moved or gone."""
        return (*self._anew_remarks, *(() if self._file is None else self._file.remarks))

    def keep(self, entry: Entry) -> None:
        """To be written next."""
        self._waiting.append(entry)

    def write(self, given_up: Event, blocked: Callable[[str], None]) -> None:
        """Make durable what waits; from one thread.

        On a full disk it waits until there is room; where the file is gone, all is written anew.

        Parameters
        ----------
        given_up : ends the waiting
        blocked : is told why it waits; "" when it does not any more

        Raises
        ------
        SessionError, RecordingFailed : neither this file nor another one takes anything
        """
        if self._file is None:
            return
        while self._waiting:
            self._file.keep(*self._waiting.popleft())
        waited = False
        while not waited or not given_up.wait(_WAIT_SECONDS):
            try:
                self._write_here_or_anew(self._file)
            except RecordingPaused as error:
                blocked(str(error))
                waited = True
            else:
                if waited:
                    blocked("")
                return

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write_here_or_anew(self, file: SearchFile) -> None:
        try:
            file.write()
        except RecordAstray as error:
            path = Path(error.place)
            with suppress(OSError):  # what is wrong is said when the file is created
                path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._create(path, file.id)
            file.close()
            self._waiting.clear()  # before all is asked for, so that nothing is lost
            for kind, fields in self._everything():
                self._file.keep(kind, fields)
            self._anew_remarks += [*file.remarks, f"{error.what}: all of the record was written anew, to {path}"]
            self._file.write()
