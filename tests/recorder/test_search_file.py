"""The file of a search: cut anywhere, damaged anywhere, of a newer Panda, or no such file at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.experiments.search.searching import DATASET, again, begun, plan, same, searched
from tests.recorder.sessions import records_of, small_session
from trainer.data.loading import load_dataset
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.errors import InvalidInput, SessionDamaged, SessionLocked, SessionNotFound, UnsupportedFormat
from trainer.experiments.search import record
from trainer.experiments.search.plan import SearchPlan
from trainer.recorder.library import Unreadable, sessions_in
from trainer.recorder.search_file import SearchFile, read_search
from trainer.recorder.session import read_session

PLAN = plan(sampler="coarse-to-fine", rounds=2, trials=8, epochs=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a search that is over."""
    found = tmp_path / "x.panda-search"
    assert begun(found, PLAN).run().state == "finished"
    return found


@pytest.fixture(scope="module")
def undisturbed() -> list[dict[str, Any]]:
    return same(searched(PLAN).trials)


def head(**others: object) -> dict[str, Any]:
    return {**record.head_of(PLAN, DATASET), **others}


def written(path: Path, *records: tuple[str, dict[str, Any]], **about: object) -> Path:
    """A file with a first record and others, whatever they say."""
    file = SearchFile.create(path, head(**about), None)
    for kind, fields in records:
        file.keep(kind, fields)
    file.write()
    file.close()
    return path


def a_state() -> TrainingState:
    loop = TrainingLoop(PLAN.config, DATASET, PLAN.hyperparameters)
    loop.step()
    return loop.state()


def test_a_round_stands_before_its_trials(path: Path) -> None:
    kinds = [(kind, fields.get("number", fields.get("round"))) for kind, fields in read_search(path).records]
    assert kinds == [("round", 1), *[("trial", 1)] * 4, ("round", 2), *[("trial", 2)] * 4]


def test_a_file_cut_at_any_record_is_gone_on_with(path: Path, undisturbed: list[dict[str, Any]]) -> None:
    whole = path.read_bytes()
    records = records_of(path)
    for number, each in enumerate(records):
        for end in (each.end, each.end + 100):  # with the beginning of the next record, too
            path.write_bytes(whole[:end])
            so_far = record.read_so_far(path)
            assert len(so_far.file.records) == number
            view = again(path).run()
            assert (view.state, same(view.trials)) == ("finished", undisturbed)
            assert len(records_of(path)) == len(records)


def test_a_file_cut_in_its_first_record_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for end in (0, 100, records_of(path)[0].end - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(UnsupportedFormat, match="is not the file of a search"):
            record.read_so_far(path)


def test_a_damaged_record_is_told_and_nothing_is_written_to_the_file(path: Path) -> None:
    whole = path.read_bytes()
    for each in records_of(path):
        damaged = bytearray(whole)
        damaged[each.offset + 600] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(SessionDamaged, match="is damaged"):
            record.reopen(record.read_so_far(path), DATASET)
        assert path.read_bytes() == damaged


def test_what_is_intact_of_a_damaged_file_is_read(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[records_of(path)[2].offset + 600] ^= 1
    path.write_bytes(damaged)
    so_far = record.read_so_far(path)
    assert [trial.index for trial in so_far.trials] == [1, 2, 3, 4, 5, 6, 7]
    assert len(so_far.file.damage) == 1


def test_a_search_from_a_state(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    state = a_state()
    file = record.create(path, PLAN, DATASET, state)
    file.close()
    found = record.read_so_far(path).start
    assert found is not None
    assert found.digest() == state.digest()
    damaged = bytearray(path.read_bytes())
    damaged[700] ^= 1  # in the tensors
    path.write_bytes(damaged)
    with pytest.raises(SessionDamaged, match="is damaged: record 000000-search: "):
        record.read_so_far(path)


def test_a_newer_format_is_refused_whatever_its_state_is_like(tmp_path: Path) -> None:
    path = written(tmp_path / "x", format=2)
    with pytest.raises(UnsupportedFormat, match="x is of format 2; this Panda knows 1"):
        record.read_so_far(path)
    strange = tmp_path / "strange"
    SearchFile.create(strange, head(format=2), a_state()).close()
    with pytest.raises(UnsupportedFormat, match="strange is of format 2; this Panda knows 1"):
        record.read_so_far(strange)


def test_records_of_an_unknown_kind_are_looked_over_but_the_file_is_not_gone_on_with(tmp_path: Path) -> None:
    path = written(tmp_path / "x", ("omen", {"text": "a comet"}))
    so_far = record.read_so_far(path)
    assert so_far.unknown == ("omen",)
    with pytest.raises(SessionDamaged, match=r"has records of a newer Panda \(omen\)"):
        record.reopen(so_far, DATASET)


def test_what_is_no_search(tmp_path: Path) -> None:
    session = tmp_path / "x.panda"
    small_session(session)
    for path in (session, tmp_path / "text"):
        path.touch()
        with pytest.raises(UnsupportedFormat, match="is not the file of a search"):
            record.read_so_far(path)
    with pytest.raises(SessionNotFound, match="there is no session"):
        record.read_so_far(tmp_path / "nothing")
    with pytest.raises(SessionNotFound, match="is a folder"):
        record.read_so_far(tmp_path)


ROUND = {"number": 1, "box": PLAN.box.ranges(), "first": 0, "trials": 4, "given": [], "why": "begin"}
TRIAL = {
    "index": 0, "round": 1, "values": {"learning_rate": 0.1, "momentum": 0.9}, "state": "finished", "iterations": 8,
    "done": 8, "curve": [[8, 0.5, 0.9]], "cost": 0.5, "seconds": 0.1, "digest": "0" * 64, "reason": "",
}  # fmt: skip


def test_records_that_make_sense(tmp_path: Path) -> None:
    assert len(record.read_so_far(written(tmp_path / "x", ("round", ROUND), ("trial", TRIAL))).trials) == 1


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("round", {"number": 2}),
        ("round", {"number": "one"}),
        ("round", {"box": {}}),
        ("round", {"box": {"speed": [1, 2]}}),
        ("round", {"box": [1]}),
        ("round", {"first": None}),
        ("round", {"first": -1}),
        ("round", {"trials": 1.5}),
        ("round", {"given": [1]}),
        ("trial", {"index": -1}),
        ("trial", {"index": "a"}),
        ("trial", {"index": True}),
        ("trial", {"round": 7}),
        ("trial", {"state": "training"}),
        ("trial", {"state": "glad"}),
        ("trial", {"values": {"learning_rate": -1}}),
        ("trial", {"values": None}),
        ("trial", {"curve": [[1, 2]]}),
        ("trial", {"curve": [["a", "b", "c"]]}),
        ("trial", {"iterations": "8"}),
        ("trial", {"done": None}),
    ],
)
def test_records_that_make_no_sense(tmp_path: Path, kind: str, changes: dict[str, Any]) -> None:
    round_ = ROUND | (changes if kind == "round" else {})
    trial = TRIAL | (changes if kind == "trial" else {})
    path = written(tmp_path / "x", ("round", round_), ("trial", trial))
    with pytest.raises(UnsupportedFormat, match="x cannot be read as a search: ") as refused:
        record.read_so_far(path)
    assert "\n" not in str(refused.value)


def test_a_plan_that_makes_no_sense(tmp_path: Path) -> None:
    good = PLAN.as_json()
    strange: list[Any] = [
        None, [], {}, good | {"trials": "8"}, good | {"seed": None}, good | {"config": 1}, good | {"rounds": 9}
    ]  # fmt: skip
    for number, bad in enumerate(strange):
        with pytest.raises(UnsupportedFormat, match="cannot be read as a search: "):
            record.read_so_far(written(tmp_path / str(number), plan=bad))


def test_a_search_on_other_data_is_not_gone_on_with(path: Path) -> None:
    so_far = record.read_so_far(path)
    with pytest.raises(InvalidInput, match="is a search on other data"):
        record.reopen(so_far, load_dataset("wine"))


def test_one_process_records_it(path: Path) -> None:
    so_far = record.read_so_far(path)
    file = record.reopen(so_far, DATASET)
    with pytest.raises(SessionLocked):
        record.reopen(so_far, DATASET)
    file.close()


def test_a_plan_goes_round() -> None:
    assert SearchPlan.from_json(PLAN.as_json()) == PLAN


def test_it_is_no_session_and_says_so(path: Path) -> None:
    renamed = path.with_suffix(".panda")
    path.rename(renamed)
    with pytest.raises(UnsupportedFormat, match=r"this is the file of a search, which"):
        read_session(renamed)
    (found,) = sessions_in(path.parent)
    assert isinstance(found, Unreadable)
    assert "this is the file of a search" in found.why
