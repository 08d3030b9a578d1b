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
from trainer.errors import (
    InvalidInput,
    SessionDamaged,
    SessionError,
    SessionLocked,
    SessionNotFound,
    UnsupportedFormat,
)
from trainer.experiments.search import record
from trainer.experiments.search.box import Box
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
            n = len(so_far.trials)
            cut = f"{path} ended in the midst of a record, which was cut off: {n} trial"
            assert [remark.startswith(cut) for remark in view.remarks] == [True] * (each.end < end < len(whole))
            assert (view.state, same(view.trials)) == ("finished", undisturbed)
            assert len(records_of(path)) == len(records)


def test_a_file_cut_in_its_first_record_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for end in (0, 100, records_of(path)[0].end - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(UnsupportedFormat, match="is not the file of a search"):
            record.read_so_far(path)


def flipped(path: Path, *numbers: int) -> bytes:
    """Change a bit in each of some records."""
    damaged = bytearray(path.read_bytes())
    for number in numbers:
        damaged[records_of(path)[number].offset + 600] ^= 1
    path.write_bytes(damaged)
    return bytes(damaged)


def test_with_any_record_damaged_what_is_whole_goes_on_in_a_new_file(
    path: Path, undisturbed: list[dict[str, Any]]
) -> None:
    whole, names, new = path.read_bytes(), [each.name for each in records_of(path)], path.with_stem("x-anew")
    for number, name in enumerate(names):
        path.write_bytes(whole)
        damaged = flipped(path, number)
        so_far = record.read_so_far(path)
        assert len(so_far.trials) == 8 - name.endswith("trial")
        view = again(path).run()
        assert (view.state, view.path, same(view.trials)) == ("finished", new, undisturbed), name
        assert path.read_bytes() == damaged, "it is not written to"
        (remark,) = view.remarks
        n = len(so_far.trials)
        assert remark.startswith(f"{path} is damaged (record {name}: "), remark
        assert remark.endswith(f"): {n} trials are whole, and it goes on from there in {new}")
        seconds = {trial.index: trial.seconds for trial in view.trials}
        assert all(trial.seconds == seconds[trial.index] for trial in so_far.trials), "none is trained again"
        kinds = [kind for kind, _ in read_search(new).records]
        assert (kinds.count("round"), kinds.count("trial"), read_search(new).damage) == (2, 8, ())
        new.unlink()


def test_a_damaged_file_is_gone_on_with_once(path: Path) -> None:
    flipped(path, 3)
    path.with_stem("x-anew").write_bytes(b"of something else")
    view = again(path).run()
    assert view.path == path.with_stem("x-anew2")
    with pytest.raises(SessionError, match=r"x-anew2\.panda-search has what is whole: go on with that"):
        again(path)
    assert same(again(view.path).run().trials) == same(view.trials)
    assert read_search(view.path).head["id"] != read_search(path).head["id"]


def test_a_new_file_in_which_nothing_was_done_is_removed(path: Path) -> None:
    flipped(path, 3)
    file = record.reopen(record.read_so_far(path), DATASET)
    assert file.path.exists()
    file.give_up()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_round_of_a_person_that_is_damaged_has_its_trials_and_the_box_before(path: Path) -> None:
    search = again(path)
    search.edit(Box.of({"learning_rate": [1e-3, 1e-2]}), trials=3)
    search.run()
    flipped(path, 11)
    so_far = record.read_so_far(path)
    assert [(each.number, each.first, each.trials, each.why) for each in so_far.rounds][2] == (3, 8, 3, "edited")
    assert so_far.rounds[2].box == so_far.rounds[1].box
    view = again(path).run()
    assert (view.state, same(view.trials)) == ("finished", same(so_far.trials))


def test_first_records_that_are_both_damaged(path: Path) -> None:
    flipped(path, 0, 1)
    with pytest.raises(SessionDamaged, match=r"is damaged: record 000000-search: .*; without that"):
        record.read_so_far(path)


def test_what_is_intact_of_a_damaged_file_is_read(path: Path) -> None:
    flipped(path, 2)
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
    with pytest.raises(SessionNotFound, match="there is no search"):
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
