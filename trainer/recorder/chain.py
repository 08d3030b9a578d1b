"""Chain: the records of one file in their order; each names the one before, is kept, and then written."""

from __future__ import annotations

from datetime import UTC, datetime

from trainer.recorder.drafts import Draft
from trainer.recorder.members import Part
from trainer.recorder.records import encode_record
from trainer.recorder.writer import Writer


class Chain:
    """What is appended to a file.

    Parameters
    ----------
    writer : of the file
    seq, prev : number of the next record, hash of the last one

    Attributes
    ----------
    writer : another one when the file is written anew
    """

    def __init__(self, writer: Writer, seq: int = 0, prev: str = "") -> None:
        self.writer = writer
        self._seq, self._prev = seq, prev
        self._kept: list[Part] = []

    def keep(self, *drafts: Draft) -> None:
        """Give each record its place, and keep it until it is written; raises InvalidInput."""
        for draft in drafts:
            encoded = encode_record(
                self._seq,
                draft.kind,
                self._prev,
                now(),
                draft.fields,
                run=draft.run,
                iteration=draft.iteration,
                payload=draft.payload,
            )
            self._seq, self._prev = self._seq + 1, encoded.hash
            self._kept += encoded.parts

    def write(self) -> None:
        """Write what is kept; returns when it is durable, and the path leads to it.

        Raises
        ------
        RecordingPaused, RecordAstray, RecordingFailed : as `Writer.append` and `Writer.check`
        """
        if self._kept:
            self.writer.append(*self._kept)
            self._kept = []
        self.writer.check()


def now() -> str:
    """The time as records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
