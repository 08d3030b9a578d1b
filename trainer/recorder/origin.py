"""Origin: where the data are that are too large to be in a session, recorded so that they are found from anywhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.data.dataset import Dataset
from trainer.paths import paths_of
from trainer.recorder.records import field
from trainer.text import valid_unicode


@dataclass(frozen=True)
class DataOrigin:
    """Where a data file was when a recording began or went on, as valid Unicode.

    Attributes
    ----------
    absolute : its path; symbolic links to its folder are followed, one to the file itself is not
    relative : the same from the folder of the session; "" where no such path leads there, as from another drive
    """

    absolute: str
    relative: str

    def paths(self, session: Path) -> Iterator[Path]:
        """Where it may be now: first as seen from the session, then where it was."""
        if self.relative:
            folder = os.path.realpath(session.parent)
            for path in paths_of(self.relative):
                yield Path(os.path.normpath(os.path.join(folder, path)))
        yield from paths_of(self.absolute)


def origin_fields(source: Path | None, session: Path) -> dict[str, Any]:
    """What a record says of the file at `source`; nothing where the data come from no file."""
    if source is None:
        return {}
    folder = os.path.realpath(source.parent)
    path = os.path.join(folder, source.name)
    try:
        relative = os.path.relpath(path, os.path.realpath(session.parent))
    except ValueError:  # on Windows, from one drive to another
        relative = ""
    return {"origin": asdict(DataOrigin(valid_unicode(path), valid_unicode(relative)))}


def origin_of(body: dict[str, Any]) -> DataOrigin:
    """The inverse, from what a record says; raises Malformed."""
    return DataOrigin(field(body, "absolute", str), field(body, "relative", str))


def origin_since(
    data: Mapping[str, Any], known: Sequence[DataOrigin], dataset: Dataset | None, session: Path
) -> dict[str, Any]:
    """The same where recording goes on; nothing where the data are in the session, or the latest known place is that.

    Parameters
    ----------
    data, known : what the session says of its data, and of where they were
    """
    if dataset is None or data.get("stored", True):
        return {}
    fields = origin_fields(dataset.source, session)
    return {} if fields in [{"origin": asdict(origin)} for origin in known[:1]] else fields
