"""Journal: makes durable what happens in a search, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

from trainer.errors import RecordAstray, RecordingPaused
from trainer.recorder.search_file import SearchFile

Entry = tuple[str, Mapping[str, Any]]
"""Kind and fields of a record."""

_WAIT_SECONDS = 1.0


class Journal:
    """What is written to the file of a search, and what waits for that.

    Parameters
    ----------
    file : None where nothing is recorded
    create : another file with the same first record, at a path, with an id
    everything : all entries so far, for a file in place of one that is gone

    Attributes
    ----------
    remarks : a sentence for each time that the file was gone
    """

    def __init__(
        self,
        file: SearchFile | None,
        create: Callable[[Path, str], SearchFile],
        everything: Callable[[], list[Entry]],
    ) -> None:
        self._file, self._create, self._everything = file, create, everything
        self._waiting: list[Entry] = []
        self.remarks: list[str] = []

    @property
    def path(self) -> Path | None:
        """Of the file."""
        return None if self._file is None else self._file.path

    def keep(self, entry: Entry) -> None:
        """To be written next."""
        self._waiting.append(entry)

    def write(self, given_up: Event, blocked: Callable[[str], None]) -> None:
        """Make durable what waits. On a full disk wait, until there is room; where the file is gone, write all anew.

        Parameters
        ----------
        given_up : ends the waiting
        blocked : is told why it waits; "" when it does not any more

        Raises
        ------
        SessionError, RecordingFailed : neither this file nor another one takes anything
        """
        waiting, self._waiting = self._waiting, []
        if self._file is None:
            return
        for kind, fields in waiting:
            self._file.keep(kind, fields)
        waited = False
        while not waited or not given_up.wait(_WAIT_SECONDS):
            try:
                self._file.write()
            except RecordAstray as error:
                self._anew(self._file, error)
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

    def _anew(self, lost: SearchFile, error: RecordAstray) -> None:
        self._file = self._create(Path(error.place), lost.id)
        lost.close()
        for kind, fields in self._everything():
            self._file.keep(kind, fields)
        self.remarks.append(f"{error.what}: all of the record was written anew, to {self._file.path}")
