"""The data that a session was trained on: in the session, or in the file where they stayed, wherever it is now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from trainer.data.dataset import Dataset
from trainer.data.loading import is_named, load_dataset
from trainer.data.read_as import ReadAs
from trainer.engine.hyperparameters import RunConfig
from trainer.errors import DataNotFound, InvalidData, InvalidInput, SessionDamaged
from trainer.paths import file_at, paths_of
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session

_SHOWN = 12
"""Digits of a fingerprint that tell it from another."""

_IN_USE: WeakValueDictionary[tuple[str, str, ReadAs], Dataset] = WeakValueDictionary()
_TOLD: dict[str, Path] = {}
"""Fingerprint of data → where a person said that they are now."""

R = TypeVar("R")


def dataset_of(session: Session, run: RecordedRun) -> Dataset:
    """What a run was trained on: from the session, or loaded again from where it is if it was too large for that.

    It is looked for where a person said it is; else as seen from the session, then where it was, then at the path that
    was typed, from the current folder. Its fingerprint decides.

    Raises
    ------
    DataNotFound : it is nowhere there; the sentence says where it was looked for, and what was found instead
    """
    if stays_in_session(session):
        return session.dataset()
    config = run.config
    used = _IN_USE.get((session.fingerprint, config.data, config.read_as))
    if used is not None and used.unchanged:
        return used
    looked = []
    for path in [Path(config.data)] if is_named(config.data) else places(session, run):
        found = _loaded(session, config, path)
        if isinstance(found, Dataset):
            keep_at_hand(found, config)
            return found
        looked.append(f"{path} ({found})")
    raise DataNotFound(
        f"the data that {session.path} was trained on were not found; looked for at {', '.join(looked)}; --data PATH,"
        f" or a field on the session's page, tells where they are"
    )


def are_found(session: Session, run: RecordedRun) -> bool:
    """Whether the data are where they are looked for; they are loaded for that, unless they are in the session."""
    try:
        return stays_in_session(session) or bool(dataset_of(session, run))
    except DataNotFound:
        return False


def stays_in_session(session: Session) -> bool:
    """Whether the data are in the session itself; where the record of them is damaged, the session says so."""
    return bool(session.data.get("stored", True))


def places(session: Session, run: RecordedRun) -> list[Path]:
    """Where the data of a run are looked for, in that order; where a person said that they are, there alone."""
    told = _TOLD.get(session.fingerprint)
    if told is not None:
        return [told]
    return list(dict.fromkeys(Path(os.path.abspath(path)) for path in _recorded(session, run)))


def _recorded(session: Session, run: RecordedRun) -> Iterator[Path]:
    for origin in session.data_origins:
        yield from origin.paths(session.path)
    yield file_at(run.config.data) or paths_of(run.config.data)[0]


def tell(session: Session, run: RecordedRun, text: str) -> Dataset:
    """Look for the data of a session, and of all others on the same data, at this path from now on, in this process.

    Raises
    ------
    InvalidInput : the data are in the session, so that no place can be told
    DataNotFound : there is no file, or it holds other data; then it is looked for as before
    """
    tell_unchecked(session, text)
    try:
        return dataset_of(session, run)
    except DataNotFound:
        del _TOLD[session.fingerprint]
        raise


def tell_unchecked(session: Session, text: str) -> None:
    """The same, where the data are needed later, and will be checked then."""
    if not session.data:
        raise SessionDamaged(f"the record of the data of {session.path} is damaged, so they cannot be told from others")
    if stays_in_session(session):
        raise InvalidInput(
            f"the data of {session.path} are in the session itself, so no place can be given: {text!r:.80}"
        )
    _TOLD[session.fingerprint] = Path(os.path.abspath(file_at(text) or paths_of(text)[0]))


def look_for_data(path: Path, text: str | None) -> None:
    """The same for the session in a file; None changes nothing. Raises as `read_session` too."""
    if text is not None:
        tell_unchecked(read_session(path), text)


def told(session: Session) -> Path | None:
    """Where a person said that the data are."""
    return _TOLD.get(session.fingerprint)


def with_told(session: Session, function: Callable[..., R]) -> Callable[..., R]:
    """A function that does the same in another process, with what was told in this one."""
    place = told(session)
    return function if place is None else partial(_as_told, session.fingerprint, place, function)


def _as_told(fingerprint: str, place: Path, function: Callable[..., R], *arguments: Any, **named: Any) -> R:
    _TOLD[fingerprint] = place
    return function(*arguments, **named)


def keep_at_hand(dataset: Dataset, config: RunConfig) -> None:
    """Remember the data of a run while they are in use: to load them for another reader may take long."""
    _IN_USE[dataset.fingerprint, config.data, config.read_as] = dataset


def _loaded(session: Session, config: RunConfig, path: Path) -> Dataset | str:
    """The data in a file; or a phrase that says what is there instead."""
    if not is_named(str(path)) and file_at(str(path)) is None:
        return "no such file"
    try:
        dataset = load_dataset(str(path), config.read_as)
    except InvalidData as error:
        return f"other data: {error}"
    if dataset.fingerprint != session.fingerprint:
        return f"other data: fingerprint {dataset.fingerprint[:_SHOWN]}, not {session.fingerprint[:_SHOWN]}"
    return dataset
