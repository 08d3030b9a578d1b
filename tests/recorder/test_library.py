"""The library: what a folder of sessions shows of them, and what becomes of their files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.errors import InvalidInput, SessionDamaged, SessionLocked, SessionNotFound, UnsupportedFormat
from trainer.recorder.library import (
    Unreadable,
    annotate_session,
    delete_session,
    find_session,
    interrupted_lately,
    pieces,
    rename_session,
    sessions_in,
    stamp,
    summary_of,
    take_in,
)
from trainer.recorder.session import read_session
from trainer.recorder.summary import Summary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return small_session(tmp_path / "small-00000001.panda").path


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


def test_newest_first_and_the_unreadable_last(tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        Recording(tmp_path / f"{name}.panda").log.close()
    (tmp_path / "nonsense.panda").write_text("hello")
    (tmp_path / "notes.txt").write_text("no session")
    found = sessions_in(tmp_path)
    created = [entry.created for entry in found if isinstance(entry, Summary)]
    assert created == sorted(created, reverse=True)
    assert {entry.path.stem for entry in found[:3]} == {"a", "b", "c"}
    assert found[3] == Unreadable(
        tmp_path / "nonsense.panda", f"{tmp_path / 'nonsense.panda'} is not a session of Panda"
    )
    assert sessions_in(tmp_path / "nowhere") == []


def test_a_summary_follows_the_file(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    recording.train(3)
    recording.clock.now += 10
    recording.train(2)
    assert (summary_of(recording.path).state, summary_of(recording.path).iterations) == ("recording", 5)
    recording.end()
    assert summary_of(recording.path).state == "closed"


def test_what_was_interrupted_lately_is_the_latest_and_nothing_that_came_to_its_end(tmp_path: Path) -> None:
    assert interrupted_lately(tmp_path / "nowhere") is None
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    recording.train(3)
    assert interrupted_lately(tmp_path) is None  # somebody records it
    recording.end("interrupted")
    left = interrupted_lately(tmp_path)
    assert left is not None
    assert (left.path, left.iterations) == (recording.path, 3)
    annotate_session(recording.path, "looking back", run="r1", iteration=2)
    assert interrupted_lately(tmp_path) is not None
    cut = recording.path.read_bytes()
    os.truncate(recording.path, len(cut) - 100)
    assert interrupted_lately(tmp_path) is not None
    rename_session(recording.path, "another name")
    assert interrupted_lately(tmp_path) is not None
    (tmp_path / "y.panda").write_text("hello")
    os.utime(tmp_path / "y.panda", (2e9, 2e9))
    assert interrupted_lately(tmp_path) is not None  # what is no session says nothing about the others
    (tmp_path / "loop.panda").symlink_to("loop.panda")
    Recording(tmp_path / "empty.panda").log.close()
    os.utime(tmp_path / "empty.panda", (2.5e9, 2.5e9))
    assert interrupted_lately(tmp_path) is not None  # nor does one that no run has begun in
    small_session(tmp_path / "z.panda")
    os.utime(tmp_path / "z.panda", (3e9, 3e9))
    assert interrupted_lately(tmp_path) is None


def test_what_is_no_file_is_no_session(tmp_path: Path) -> None:
    (tmp_path / "loop.panda").symlink_to("loop.panda")
    os.mkfifo(tmp_path / "pipe.panda")
    (tmp_path / "folder.panda").mkdir()
    (loop,) = sessions_in(tmp_path)
    assert isinstance(loop, Unreadable)
    assert loop.why == f"cannot read {tmp_path / 'loop.panda'}: Too many levels of symbolic links"
    for name in ("pipe", "folder"):
        with pytest.raises(SessionNotFound):
            read_session(tmp_path / f"{name}.panda")


def test_damage_anywhere_is_told_in_the_list(path: Path) -> None:
    assert summary_of(path).state == "closed"
    flip(path, next(record for record in records_of(path) if record.kind == "metrics").offset + 700)  # in its costs
    assert summary_of(path).state == "damaged"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../outside.panda", "missing.panda", "small-00000001", "inner/small-00000001.panda", "a\0b.panda"],
)
def test_only_sessions_of_the_folder_are_found(path: Path, name: str) -> None:
    (path.parent.parent / "outside.panda").write_bytes(path.read_bytes())
    with pytest.raises(SessionNotFound):
        find_session(path.parent, name)
    assert find_session(path.parent, path.name) == path


def test_rename(path: Path) -> None:
    rename_session(path, "  with <b>β</b>  ")
    session = read_session(path)
    assert (session.name, session.state, session.damage) == ("with <b>β</b>", "closed", ())
    assert session.run("r1").costs.tolist() == small_session(path.with_name("again.panda")).costs
    with pytest.raises(InvalidInput, match="must not be empty"):
        rename_session(path, " ")
    with pytest.raises(InvalidInput, match="at most 200"):
        rename_session(path, "x" * 201)
    assert read_session(path).name == "with <b>β</b>"


def test_notes_about_an_iteration_and_about_it_all(path: Path) -> None:
    annotate_session(path, "here it settles", run="r1", iteration=6)
    annotate_session(path, "a good one")
    session = read_session(path)
    assert [(n.iteration, n.text) for n in session.run("r1").notes] == [(9, "looks well"), (6, "here it settles")]
    assert [n.text for n in session.notes] == ["a good one"]
    with pytest.raises(InvalidInput, match="must not be empty"):
        annotate_session(path, "\n")


def test_a_note_after_the_end_leaves_the_end_as_it_was(path: Path) -> None:
    before = read_session(path).run("r1")
    assert before.ended == "finished"
    annotate_session(path, "looking back", run="r1", iteration=9)
    after = read_session(path).run("r1")
    assert (after.ended, after.detail) == (before.ended, before.detail)
    assert after.notes[-1].text == "looking back"


def test_a_damaged_session_is_left_as_it_is(path: Path) -> None:
    flip(path, records_of(path)[3].offset + 700)
    before = path.read_bytes()
    for change in (rename_session, annotate_session):
        with pytest.raises(SessionDamaged, match="record 000003"):
            change(path, "x")
    assert path.read_bytes() == before


def test_delete(path: Path) -> None:
    delete_session(path)
    assert not path.exists()
    with pytest.raises(SessionNotFound):
        delete_session(path)


def test_what_is_being_recorded_stays(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    with pytest.raises(SessionLocked):
        delete_session(recording.path)
    for change in (rename_session, annotate_session):
        with pytest.raises(SessionLocked):
            change(recording.path, "x")
    recording.log.close()
    assert read_session(recording.path).name == "small"


def test_take_in(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    taken = take_in(folder, path.name, io.BytesIO(path.read_bytes()))
    assert taken.parent == folder
    session, source = read_session(taken), read_session(path)
    assert (session.name, session.imported) == (source.name, source.id)
    assert session.id != source.id
    assert session.run("r1").costs.tolist() == source.run("r1").costs.tolist()


def test_what_cannot_be_taken_in_is_called_by_its_own_name(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    with pytest.raises(UnsupportedFormat, match=r"^photo\.panda is not a session of Panda$"):
        take_in(folder, "photo.panda", io.BytesIO(b"\x89PNG" * 1000))
    flip(path, records_of(path)[3].offset + 700)
    with pytest.raises(SessionDamaged, match=r"^mine\.panda cannot be imported: record 000003-metrics"):
        take_in(folder, "mine.panda", io.BytesIO(path.read_bytes()))
    assert not folder.exists() or os.listdir(folder) == []


def test_pieces_end_where_they_were_told(path: Path) -> None:
    size = stamp(path).size
    assert b"".join(pieces(path, size)) == path.read_bytes()
    assert b"".join(pieces(path, 1000)) == path.read_bytes()[:1000]
    assert b"".join(pieces(path, size + 5)) == path.read_bytes()
