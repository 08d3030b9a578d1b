"""Rounds have one numbering, from 1, in the file and for everything that looks at a search; none is empty."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.experiments.search.searching import BOX, DATASET, again, begun, plan, same, searched
from trainer.cli.search_report import document
from trainer.experiments.search import record
from trainer.experiments.search.box import Box
from trainer.experiments.search.plan import Round, followed
from trainer.recorder.search_file import read_search

LOW = Box.of({"learning_rate": [1e-3, 1e-2]})
MINE = {"learning_rate": 0.03, "momentum": 0.8}


def recorded(path: Path) -> tuple[list[int], list[int]]:
    """The numbers of the rounds in a file, and of the rounds that its trials say they are of."""
    records = read_search(path).records
    rounds = [fields["number"] for kind, fields in records if kind == "round"]
    return rounds, [fields["round"] for kind, fields in records if kind == "trial"]


def test_a_round_that_is_edited_before_it_has_a_trial_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    search = begun(path, plan(trials=4, epochs=1))
    search.edit(BOX, given=[MINE])
    search.run()
    on = again(path)
    on.edit(BOX, trials=3)
    on.edit(LOW, trials=2)
    view = on.run()
    assert recorded(path) == ([1, 2], [1, 1, 1, 1, 2, 2])
    assert [(each.number, each.first, each.trials) for each in view.rounds] == [(1, 0, 4), (2, 4, 2)]
    assert view.trials[0].values == MINE
    found = document(on.plan, view)
    assert [each["number"] for each in found["rounds"]] == [1, 2]
    assert all(found["rounds"][trial["round"] - 1]["number"] == trial["round"] for trial in found["trials"])
    assert [each["trials"] for each in found["rounds"]] == [4, 2]


def test_a_recorded_round_without_a_trial_is_replaced_by_the_next_of_its_number(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    begun(path, plan(trials=3, epochs=1)).run()
    cancelled = again(path)
    cancelled.edit(BOX, trials=3)
    cancelled.cancel()
    cancelled.run()
    on = again(path)
    on.edit(LOW, trials=2)
    view = on.run()
    assert recorded(path) == ([1, 2, 2], [1, 1, 1, 2, 2])
    so_far = record.read_so_far(path)
    assert so_far.rounds == view.rounds
    assert [each.box for each in so_far.rounds] == [BOX, LOW]
    assert same(so_far.trials) == same(view.trials)


def test_rounds_of_an_earlier_version_are_numbered_anew_and_go_on(tmp_path: Path) -> None:
    path = tmp_path / "x.panda-search"
    wished = plan(trials=8, epochs=1)
    before = searched(wished).trials
    file = record.create(path, wished, DATASET)
    old = [Round(1, BOX, 0, 8), Round(2, BOX, 0, 8, (), "edited"), Round(3, BOX, 4, 4, (), "edited")]
    for each in old[:2]:
        file.keep("round", each.as_json())
    for trial in before[:4]:
        file.keep("trial", record.trial_as_json(replace(trial, round=2)))
    file.keep("round", old[2].as_json())
    for trial in before[4:6]:
        file.keep("trial", record.trial_as_json(replace(trial, round=3)))
    file.write()
    file.close()
    so_far = record.read_so_far(path)
    assert [(each.number, each.first) for each in so_far.rounds] == [(1, 0), (2, 4)]
    assert [trial.round for trial in so_far.trials] == [1, 1, 1, 1, 2, 2]
    on = again(path)
    made = on.edit(LOW, trials=2)
    assert made.number == 3
    view = on.run()
    assert [trial.round for trial in view.trials] == [1, 1, 1, 1, 2, 2, 3, 3]
    read = record.read_so_far(path)
    assert read.rounds == view.rounds
    assert same(read.trials) == same(view.trials)


def test_a_planned_zoom_that_is_replaced_does_not_come_again() -> None:
    rounds = [Round(1, BOX, 0, 4), Round(2, BOX, 4, 4, (), "zoom")]
    assert followed(rounds, Round(0, LOW, 4, 2, (), "edited"))[1:] == [Round(2, LOW, 4, 2, (), "zoom")]
    assert followed(rounds, Round(0, LOW, 6, 2, (), "edited"))[2:] == [Round(3, LOW, 6, 2, (), "edited")]
