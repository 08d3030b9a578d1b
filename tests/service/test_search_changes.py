"""What a page is told of a search: what changed, and about how long it takes."""

from __future__ import annotations

from typing import Any

from tests.service.searching import WISH, begun, over
from tests.waiting import wait_until
from trainer.service.controller import Controller
from trainer.service.search_changes import SearchChanges


def status(seconds: float, *done: int) -> dict[str, Any]:
    trials = [{"index": index, "done": n} for index, n in enumerate(done)]
    return {"id": "x", "seconds": seconds, "rounds": [{"number": 1}], "trials": trials}


def test_only_what_changed_is_sent() -> None:
    changes = SearchChanges()
    first = changes.since("", status(1, 5, 2))
    assert first["whole"]
    assert {name: first[name] for name in status(1, 5, 2)} == status(1, 5, 2)
    second = changes.since(first["revision"], status(2, 5, 3, 1))
    assert not second["whole"]
    assert second == {
        "seconds": 2,
        "trials": [{"index": 1, "done": 3}, {"index": 2, "done": 1}],
        "revision": second["revision"],
        "whole": False,
    }
    assert changes.since(second["revision"], status(2, 5, 3, 1))["trials"] == []
    late = changes.since(first["revision"], status(2, 5, 3, 1))  # another page, which asked less often
    assert (late["seconds"], late["trials"]) == (2, second["trials"])


def test_what_is_not_known_or_not_there_any_more_is_sent_anew() -> None:
    changes = SearchChanges()
    first = changes.since("", status(1, 5, 2))
    for strange in ("", "7", "abc-1", "-", first["revision"] + "x", SearchChanges().since("", status(1))["revision"]):
        assert changes.since(strange, status(1, 5, 2))["whole"], strange
    fewer = changes.since(first["revision"], status(1, 5))  # the one under way was given up
    assert (fewer["whole"], len(fewer["trials"])) == (True, 1)


def test_a_page_is_sent_what_changed(controller: Controller) -> None:
    search = begun(controller, trials="5000")
    wait_until(lambda: len(over(controller.searches.look(search))) >= 30)
    first = controller.searches.look_since(search, "")
    n = len(over(first))
    wait_until(lambda: len(over(controller.searches.look(search))) >= n + 2)
    more = controller.searches.look_since(search, first["revision"])
    assert {trial["index"] for trial in more["trials"]}.isdisjoint(trial["index"] for trial in over(first))
    assert "dimensions" not in more
    together = {trial["index"]: trial for trial in [*first["trials"], *more["trials"]]}
    controller.searches.cancel(search)
    now = {trial["index"]: trial for trial in controller.searches.look(search)["trials"]}
    assert all(now[index] == trial for index, trial in together.items() if trial["state"] == "finished")


def test_about_how_long_it_takes_is_foreseen_and_told_while_it_runs(controller: Controller) -> None:
    searches = controller.searches
    wish = WISH | {"trials": "5000"}
    assert searches.foreseen(wish) == ""  # not measured yet
    wait_until(lambda: not searches.measuring)
    assert searches.foreseen(wish).startswith("5,000 trials of 16 iterations, ")
    assert "about " in searches.foreseen(wish)
    endless = searches.foreseen(wish | {"trials": "100000", "epochs": "100000000"})
    assert endless.endswith(" years"), endless
    assert searches.foreseen(wish | {"trials": "none"}) == ""
    short = begun(controller, epochs="1")
    wait_until(lambda: searches.under_way == "")
    more = searches.foreseen_more(short, "7", WISH["box"])
    assert more.startswith("7 trials of 4 iterations, ")  # each as long as its others
    assert searches.foreseen_more(short, "7", {"learning_rate": ["1", "0.1"]}) == ""
    assert searches.foreseen_more("not there", "7") == ""
    search = begun(controller, trials="5000")
    wait_until(lambda: searches.look(search)["time_left"].startswith("about "))
    searches.cancel(search)
    assert searches.look(search)["time_left"] == ""
