"""Where data are that are not in a session: recorded, read back, and kept by an import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.recorder.sessions import Recording
from trainer.recorder.import_session import import_session
from trainer.recorder.origin import DataOrigin, origin_fields, origin_since
from trainer.recorder.session import read_session


def test_both_paths_are_recorded_through_links_to_folders(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "runs" / "new").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "runs" / "new")
    (tmp_path / "data" / "a.npy").symlink_to("somewhere-else")
    session = tmp_path / "link" / "s.panda"
    said = origin_fields(tmp_path / "data" / "a.npy", session)["origin"]
    assert said == {"absolute": str(tmp_path / "data" / "a.npy"), "relative": "../../data/a.npy"}
    assert list(DataOrigin(**said).paths(session)) == [tmp_path / "data" / "a.npy", tmp_path / "data" / "a.npy"]
    moved = tmp_path / "x" / "y" / "z" / "s.panda"
    assert next(DataOrigin(**said).paths(moved)) == tmp_path / "x" / "data" / "a.npy"


def test_data_from_no_file_have_no_place(tmp_path: Path) -> None:
    assert origin_fields(None, tmp_path / "s.panda") == {}
    assert origin_since({"stored": True}, (), None, tmp_path / "s.panda") == {}
    assert list(DataOrigin("/a/b.npy", "").paths(tmp_path / "s.panda")) == [Path("/a/b.npy")]


def outside(monkeypatch: pytest.MonkeyPatch, path: Path, origin: Any) -> Path:
    """A session whose data are not in it, with this field in their record."""
    monkeypatch.setattr("trainer.recorder.tensors.DATASET_LIMIT", 0)
    monkeypatch.setattr("trainer.recorder.anew.origin_fields", lambda source, session: {"origin": origin})
    recording = Recording(path)
    recording.start()
    recording.train(3)
    recording.end()
    return path


def test_an_import_keeps_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = {"absolute": "/a/b.npy", "relative": "../b.npy"}
    path = outside(monkeypatch, tmp_path / "s.panda", origin)
    taken = import_session(path, tmp_path / "sessions")
    assert read_session(path).data_origins == read_session(taken).data_origins == (DataOrigin(**origin),)


@pytest.mark.parametrize("origin", [5, None, [], {}, {"absolute": "/a"}, {"absolute": 5, "relative": "a"}])
def test_a_senseless_place_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: Any) -> None:
    session = read_session(outside(monkeypatch, tmp_path / "s.panda", origin))
    assert session.state == "damaged"
    assert session.damage[0].record == "000001-dataset"
