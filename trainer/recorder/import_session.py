"""Importing: a session file from a stranger becomes one of ours.

Nothing of the file is taken over as it is. Every record is parsed under limits, what it carries is checked against
what such a record must carry, and it is written anew, with its own chain and a new id. What Panda does not know is
left out; a file with anything wrong in it is refused.
"""

from __future__ import annotations

import secrets
from contextlib import closing
from pathlib import Path

from trainer.errors import InvalidInput, SessionDamaged
from trainer.recorder.kinds import KINDS, changes_state, fields_of
from trainer.recorder.members import Part
from trainer.recorder.new_path import new_session_path
from trainer.recorder.payloads import decode_rows, decode_tensors, encode_rows, encode_tensors
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Damage, Malformed, Payload, Record, encode_record
from trainer.recorder.session import Session, read_session
from trainer.recorder.tensors import description_of, draft_of_dataset
from trainer.recorder.writer import Writer

IMPORT_LIMIT = 1 << 30
"""Largest file that is imported, in bytes."""

_AT_ONCE = 1 << 22


def import_session(source: str | Path, directory: str | Path) -> Path:
    """Copy a session file of unknown origin into a directory; returns the path of the new file, always in there.

    A file whose recording was cut off is taken up to its last whole record.

    Raises
    ------
    SessionNotFound, UnsupportedFormat : it is not a session
    SessionDamaged : something in it is not as it must be; the sentence names the record
    InvalidInput : it is larger than 1 GiB
    RecordingError : the disk takes nothing; no file is left behind
    """
    source = Path(source)
    session = read_session(source)
    if session.end > IMPORT_LIMIT:
        raise InvalidInput(f"{source.name} has {session.end:,} bytes, but at most {IMPORT_LIMIT:,} can be imported")
    if session.damage or not session.id:
        what = session.damage[0] if session.damage else "there is no whole record in it"
        raise SessionDamaged(f"{source.name} cannot be imported: {what}")
    path = new_session_path(directory, session.name)
    writer = Writer.create(path)
    try:
        _rewrite(session, writer)
        writer.check()
    except BaseException:
        writer.discard()
        raise
    writer.close()
    return path


def _rewrite(session: Session, writer: Writer) -> None:
    seq, prev, kind, time = 0, "", "", ""
    waiting: list[Part] = []
    with closing(RecordReader(session.path)) as reader:
        for record in reader.read():
            if isinstance(record, Damage) or record.offset >= session.end:
                break
            if record.kind not in KINDS:
                if changes_state(record):
                    raise SessionDamaged(
                        f"{session.path.name} cannot be imported: record {record.name} changes what follows, and only a"
                        f" newer Panda knows how"
                    )
                continue
            kind, time = record.kind, record.time
            fields = {name: record.body[name] for name in fields_of(KINDS[kind]) if name in record.body}
            if kind == "session":
                fields |= {"id": secrets.token_hex(16), "imported": session.id}
            payload = _payload(session, record, reader)
            encoded = encode_record(
                seq, kind, prev, time, fields, run=record.run, iteration=record.iteration, payload=payload
            )
            seq, prev = seq + 1, encoded.hash
            waiting += encoded.parts
            if sum(map(len, waiting)) > _AT_ONCE:
                writer.append(*waiting)
                waiting = []
    if kind != "session-end":
        waiting += encode_record(seq, "session-end", prev, time, {}).parts
    writer.append(*waiting)


def _payload(session: Session, record: Record, reader: RecordReader) -> Payload | None:
    """The payload a record must have, made anew from what it means."""
    try:
        if KINDS[record.kind].with_state:
            return encode_tensors(session.training_state(record.seq).tensors)
        if record.kind == "metrics":
            return encode_rows(decode_rows(reader.payload(record)))
        if record.kind == "dataset":
            if session.data["stored"]:
                return draft_of_dataset(session.dataset()).payload
            tensors = decode_tensors(reader.payload(record))
            description_of(tensors, ())
            return encode_tensors(tensors)
    except Malformed as error:
        raise SessionDamaged(f"{session.path.name} cannot be imported: record {record.name}: {error}") from error
    return None
