"""Searches of a server: one at a time, by id, in plain values; edited, ended, gone on with, promoted, tested again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.searching import IRIS, WISH, begun, finished, over
from tests.waiting import wait_until
from trainer.engine.trainer import Trainer
from trainer.experiments.search.promote import promote
from trainer.experiments.search.record import read_so_far
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
from trainer.service.controller import Controller
from trainer.service.dispatcher import Dispatcher
from trainer.service.own_trainer import OwnTrainer
from trainer.service.searches import Searches


def told(controller: Controller, **message: object) -> dict[str, Any]:
    return controller.ask(message).result(60)


def notes(controller: Controller) -> list[str]:
    found: Any = controller.status()["notes"]
    return [str(note["note"]) for note in found]


def test_a_search_in_plain_values(controller: Controller) -> None:
    search = begun(controller)
    status = finished(controller, search)
    assert json.loads(json.dumps(status, allow_nan=False)) == status
    assert [trial["index"] for trial in status["trials"]] == list(range(6))
    assert all(0 <= r <= 1 for trial in status["trials"] for r in trial["unit"].values())
    assert all(0 <= trial["begun"] <= trial["ended"] <= status["seconds"] for trial in status["trials"])
    assert status["rounds"][0]["unit"] == {"learning_rate": [0.0, 1.0], "momentum": [0.0, 1.0]}
    assert [tick["text"] for tick in status["dimensions"][0]["ticks"]] == ["0.001", "0.01", "0.1", "1"]
    assert [tick["text"] for tick in status["dimensions"][1]["ticks"]] == ["0", "0.9", "0.99"]
    assert status["grid"]["names"] == ["learning_rate", "momentum"]
    assert len(status["grid"]["points"]) == 6
    assert (status["left"], status["workers"] > 0) == (0, True)


def test_what_is_recorded_is_shown_as_it_was(controller: Controller) -> None:
    search = begun(controller)
    here = finished(controller, search)
    controller.close()
    another = Controller()
    there = another.searches.look(search)
    assert there["trials"] == here["trials"]  # also when each was under way
    assert there["seconds"] == pytest.approx(max(trial["ended"] for trial in here["trials"]), abs=0.01)
    assert there["state"] == "finished"
    assert [each["id"] for each in another.searches.recorded()] == [search]
    another.close()


def test_one_at_a_time(controller: Controller) -> None:
    search = begun(controller, trials="5000")
    again = controller.searches.start(WISH)
    assert again == {
        "status": "refused",
        "text": "a search is under way here, one at a time: stop it first",
        "id": "",
    }
    assert controller.searches.cancel(search)["status"] == "applied"
    assert controller.searches.look(search)["state"] == "cancelled"


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"box": {"learning_rate": ["1", "0.1"]}}, "is reversed"),
        ({"box": {"learning_rate": ["0", "0.1"]}}, "learning_rate must be a number above 0"),
        ({"box": {"learning_rate": ["x", "0.1"]}}, "but got 'x'"),
        ({"box": {}}, "the box is empty"),
        ({"trials": "0"}, "trials must be a whole number of at least 1, but got '0'"),
        ({"seed": "-3"}, "seed must be a whole number of at least 0"),
        ({"sampler": "grid", "trials": "3"}, "a grid over learning_rate, momentum has at least 4 points"),
    ],
)
def test_what_cannot_be_searched_is_said_and_leaves_nothing(
    controller: Controller, others: dict[str, Any], sentence: str
) -> None:
    answer = controller.searches.start(WISH | others)
    assert (answer["status"], sentence in answer["text"]) == ("refused", True), answer["text"]
    assert controller.searches.recorded() == []


def test_edited_in_the_middle_what_is_over_stays(controller: Controller) -> None:
    search = begun(controller, trials="400")
    wait_until(lambda: len(over(controller.searches.look(search))) >= 3)
    before = over(controller.searches.look(search))
    answer = controller.searches.search_box(search, {"learning_rate": ["0.01", "0.1"]}, WISH)
    assert answer["status"] == "applied", answer["text"]
    wait_until(lambda: controller.searches.look(search)["trials"][-1]["round"] == 2)
    wait_until(lambda: controller.searches.look(search)["trials"][-1]["state"] == "finished")
    controller.searches.cancel(search)
    status = controller.searches.look(search)
    by_number = {trial["index"]: trial for trial in status["trials"]}
    assert all(by_number[trial["index"]]["dev_cost"] == trial["dev_cost"] for trial in before)
    late = [trial for trial in status["trials"] if trial["round"] == 2]
    assert late
    assert all(0.01 <= trial["values"]["learning_rate"] <= 0.1 for trial in late)
    assert [each["why"] for each in status["rounds"]] == ["begin", "edited"]


def test_a_brushed_box_is_the_next_round(controller: Controller) -> None:
    search = begun(controller, trials="400")
    box = controller.searches.brushed_box(search, {"learning_rate": [1 / 3, 2 / 3]})
    assert box == {"learning_rate": [0.01, 0.1], "momentum": [0.0, 0.99]}
    assert controller.searches.search_box(search, box, WISH)["status"] == "applied"
    assert controller.searches.look(search)["rounds"][-1]["box"] == box
    controller.searches.cancel(search)


def test_what_a_person_ended_is_cancelled_and_what_ended_otherwise_is_interrupted(
    controller: Controller, tmp_path: Path
) -> None:
    search = begun(controller, trials="5000")
    wait_until(lambda: len(over(controller.searches.look(search))) >= 3)
    path = Path(controller.searches.look(search)["path"])
    (tmp_path / "killed").mkdir()
    shutil.copyfile(path, tmp_path / "killed" / path.name)  # what a kill leaves
    killed = Searches(Dispatcher(OwnTrainer()), tmp_path / "killed")
    status = killed.look(search)
    assert (status["state"], status["reason"]) == (
        "interrupted",
        "its process ended before it was over; to go on repeats no trial",
    )
    killed.close()
    controller.searches.cancel(search)
    controller.close()
    another = Controller()
    assert another.searches.look(search)["state"] == "cancelled"
    before = another.searches.look(search)["seconds"]
    assert another.searches.resume(search)["status"] == "applied"
    assert another.searches.look(search)["seconds"] >= before > 0  # the timeline goes on
    n = len(over(another.searches.look(search)))
    wait_until(lambda: len(over(another.searches.look(search))) > n)
    another.close()  # as when the server is ended
    third = Controller()
    assert third.searches.look(search)["state"] == "interrupted"
    third.close()


def test_a_search_that_ended_goes_on_with_more_trials_in_another_process(controller: Controller) -> None:
    search = begun(controller)
    first = finished(controller, search)
    controller.close()
    another = Controller()
    answer = another.searches.search_box(search, {"learning_rate": ["0.01", "0.1"]}, WISH | {"trials": "3"})
    assert (answer["status"], answer["id"]) == ("applied", search), answer["text"]
    status = finished(another, search)
    assert len(status["trials"]) == 9
    assert [trial["dev_cost"] for trial in status["trials"][:6]] == [trial["dev_cost"] for trial in first["trials"]]
    another.close()


def test_a_stopped_one_goes_on_and_repeats_nothing(controller: Controller) -> None:
    search = begun(controller, trials="40")
    wait_until(lambda: len(over(controller.searches.look(search))) >= 3)
    controller.searches.cancel(search)
    stopped = over(controller.searches.look(search))
    assert controller.searches.resume(search)["status"] == "applied"
    status = finished(controller, search)
    assert len(status["trials"]) == 40
    seconds = {trial["index"]: trial["seconds"] for trial in status["trials"]}
    assert all(seconds[trial["index"]] == trial["seconds"] for trial in stopped)  # which no second time would be


def test_another_process_watches_and_may_not_go_on(controller: Controller) -> None:
    search = begun(controller, trials="5000")
    another = Controller()
    status = another.searches.look(search)
    assert (status["state"], status["reason"]) == ("searching", "another process is at it")
    assert "another process" in another.searches.resume(search)["text"]
    another.close()
    assert controller.searches.under_way == search


def test_my_values_go_first(controller: Controller) -> None:
    search = begun(controller, mine=True)
    status = finished(controller, search)
    assert status["trials"][0]["values"] == {"learning_rate": 0.05, "momentum": 0.9}
    assert len(status["trials"]) == 6


def test_my_values_go_first_once_and_never_outside_a_later_box(controller: Controller) -> None:
    search = begun(controller, mine=True)
    finished(controller, search)
    wish = WISH | {"mine": True, "trials": "3"}
    assert controller.searches.search_box(search, {"learning_rate": ["0.2", "0.9"]}, wish)["status"] == "applied"
    later = finished(controller, search)["trials"][6:]
    assert len(later) == 3
    assert all(0.2 <= trial["values"]["learning_rate"] <= 0.9 for trial in later)


def test_a_grid_is_shown_over_numbers_and_its_axes_stay(controller: Controller) -> None:
    box = {"learning_rate": ["1e-3", "1"], "optimizer": ["gd", "adam"], "weight_decay": ["1e-4", "0.1"]}
    search = begun(controller, box=box, trials="12", epochs="1")
    assert finished(controller, search)["grid"]["names"] == ["learning_rate", "weight_decay"]
    smaller = {"momentum": ["0.5", "0.9"], **box}
    assert controller.searches.search_box(search, smaller, WISH)["status"] == "applied"
    assert finished(controller, search)["grid"]["names"] == ["learning_rate", "weight_decay"]
    choice = finished(controller, begun(controller, box={"optimizer": ["gd", "adam"], "momentum": ["0.5", "0.9"]}))
    assert choice["grid"]["names"] == ["momentum", "optimizer"]


def test_a_promoted_trial_is_babysat_from_where_it_ended_and_verifies(controller: Controller) -> None:
    search = begun(controller)
    status = finished(controller, search)
    best = min(status["trials"], key=lambda trial: trial["dev_cost"])
    answer = told(controller, do="promote", search=status["path"], trial=best["index"])
    assert answer["status"] == "applied", answer["text"]
    wait_until(lambda: len(notes(controller)) >= 2)
    assert controller.status()["iteration"] == best["iterations"]
    assert controller.status()["state"] == "paused"
    assert f"Trial {best['index']} of the search {Path(status['path']).name}" in notes(controller)[0]
    assert "is that of the trial, bit for bit" in notes(controller)[1]
    refused = told(controller, do="promote", search=status["path"], trial=best["index"])
    assert (refused["status"], refused["text"]) == ("refused", "another run is under way: stop it first")
    told(controller, do="nudge", factor="÷3")
    told(controller, do="run", iterations="50")
    wait_until(lambda: controller.status()["iteration"] == best["iterations"] + 50)
    path = controller.path
    assert path is not None
    told(controller, do="stop")
    assert read_session(path).name == f"trial {best['index']} of {Path(status['path']).stem}"
    assert verify(path).result == "exact"


def test_a_promoted_trial_that_comes_out_otherwise_is_told(controller: Controller) -> None:
    search = begun(controller)
    so_far = read_so_far(Path(finished(controller, search)["path"]))
    trials = [replace(trial, digest="0" * 64) for trial in so_far.trials]
    trainer = Trainer()
    live = promote(trainer, replace(so_far, trials=tuple(trials)), 2, Path("other.panda"))
    assert live.path is not None
    path = live.path
    wait_until(lambda: any("is not that of the trial" in n.text for n in read_session(path).run("r1").notes))
    trainer.close()


def test_no_trial_that_is_not_there_is_promoted(controller: Controller) -> None:
    status = finished(controller, begun(controller))
    answer = told(controller, do="promote", search=status["path"], trial=77)
    assert (answer["status"], "trial 77" in answer["text"]) == ("refused", True)
    assert told(controller, do="promote", search="nowhere.panda-search", trial=0)["status"] == "refused"
    assert not controller.live()


def test_tested_again_from_the_present_state_and_applied(controller: Controller) -> None:
    assert controller.searches.retest()["text"] == "no run is under way, whose values could be tested again: start one"
    told(controller, do="start", config=IRIS, hyperparameters={"learning_rate": "0.03"})
    wait_until(lambda: int(str(controller.status()["iteration"])) > 50)
    told(controller, do="pause")
    at = controller.status()["iteration"]
    answer = controller.searches.retest()
    assert answer["status"] == "applied", answer["text"]
    status = finished(controller, answer["id"])
    assert len(status["trials"]) == 12
    assert status["trials"][0]["values"] == {"learning_rate": 0.03, "momentum": 0.9}
    assert status["rounds"][-1]["box"]["learning_rate"] == pytest.approx([0.01, 0.09])
    assert status["rounds"][-1]["box"]["momentum"] == pytest.approx([0.7, 1 - 0.1 / 3])
    assert f"from iteration {at:,} of run r1" in status["plan"]["text"]
    assert [each["number"] for each in status["rounds"]] == [1]
    assert {trial["round"] for trial in status["trials"]} == {1}
    assert controller.status()["iteration"] == at  # the live run is where it was
    answer = told(controller, do="promote", search=status["path"], trial=3)
    assert answer["status"] == "applied", answer["text"]
    assert answer["after"] == status["trials"][3]["values"]
    told(controller, do="stop")
    told(controller, do="start", config=IRIS, hyperparameters={})
    answer = told(controller, do="promote", search=status["path"], trial=3)
    assert (answer["status"], "is not the one that was tested again" in answer["text"]) == ("refused", True)


def test_the_values_of_the_live_run_go_first_and_it_goes_on(controller: Controller) -> None:
    told(controller, do="start", config=IRIS, hyperparameters={"learning_rate": "0.02", "momentum": "0.5"})
    wait_until(lambda: int(str(controller.status()["iteration"])) > 50)
    at = int(str(controller.status()["iteration"]))
    status = finished(controller, begun(controller, mine=True))
    assert status["trials"][0]["values"] == {"learning_rate": 0.02, "momentum": 0.5}
    assert controller.status()["state"] == "running"
    assert int(str(controller.status()["iteration"])) > at
    told(controller, do="stop")


def test_a_damaged_file_is_told_and_goes_on_in_a_new_one(controller: Controller) -> None:
    search = begun(controller)
    path = Path(finished(controller, search)["path"])
    data = bytearray(path.read_bytes())
    data[data.index(b"-trial.json") + 600] ^= 1
    path.write_bytes(data)
    controller.close()
    another = Controller()
    there = another.searches.look(search)
    told, *_ = there["remarks"]
    assert (there["state"], there["reason"]) == ("interrupted", "")
    assert told.startswith(f"{path.name} is damaged (record ")
    assert told.endswith("): 5 trials are whole, and Go on trains the others in a new file beside it")
    refused = another.searches.search_box(search, {"learning_rate": ["0.1", "0.1"]}, WISH)
    assert "is empty" in refused["text"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    answer = another.searches.resume(search)
    assert answer["status"] == "applied", answer["text"]
    assert answer["id"] != search
    status = finished(another, answer["id"])
    assert (len(status["trials"]), status["path"]) == (6, str(path.with_stem(f"{path.stem}-anew")))
    assert path.read_bytes() == data
    assert "has what is whole: go on with that" in another.searches.resume(search)["text"]
    another.close()
