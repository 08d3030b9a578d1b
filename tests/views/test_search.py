"""The Search page without a browser: rows that a person types, what is refused in a sentence, and a box that stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.views.setup_page import told
from tests.waiting import wait_until
from trainer.service.process_singleton import close_controller, the_controller


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    close_controller()


def script() -> None:
    import streamlit as st

    from trainer.views import search, train

    train_page = st.Page(lambda: train.page(searching), title="Train", url_path="train")
    searching = st.Page(lambda: search.page(train_page), title="Search", default=True)
    st.navigation([searching, train_page]).run()


def opened() -> AppTest:
    at = AppTest.from_function(script, default_timeout=60).run()
    assert not at.exception
    return at


def typed(at: AppTest, label: str, text: str) -> None:
    next(box for box in at.text_input if box.label == label).set_value(text).run()
    assert not at.exception


def texts(at: AppTest) -> dict[str, str]:
    return {box.label: str(box.value) for box in at.text_input}


def press(at: AppTest, label: str) -> None:
    next(button for button in at.button if button.label == label).click().run()
    assert not at.exception


def buttons(at: AppTest) -> dict[str, bool]:
    return {button.label: not button.disabled for button in at.button}


def test_a_search_of_what_is_set_up_and_then_in_a_smaller_box() -> None:
    at = opened()
    assert "digits · 128 – 64 · batch norm · momentum, α 0.1" in told(at)
    for label, text in (("Trials", "4"), ("Epochs per trial", "1"), ("Learning rate α from", "0.01")):
        typed(at, label, text)
    press(at, "Start search")
    searches = the_controller().searches
    (search,) = [each["id"] for each in searches.recorded()]
    wait_until(lambda: searches.look(search)["state"] == "finished")
    at.run()
    assert buttons(at) == {"Start search": True, "Zoom": True, "Search this box": True}
    press(at, "Zoom")
    zoomed = searches.look(search)["zoom"]
    assert float(texts(at)["Learning rate α from"]) == pytest.approx(zoomed["learning_rate"][0], rel=1e-3)
    typed(at, "Trials", "2")
    press(at, "Search this box")
    wait_until(lambda: len(searches.look(search)["trials"]) == 6 and searches.under_way == "")
    assert searches.look(search)["rounds"][-1]["box"]["learning_rate"] == pytest.approx(
        zoomed["learning_rate"], rel=1e-3
    )


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Learning rate α from", "2", "the range of Learning rate α, 2 to 1, is reversed"),
        ("Learning rate α from", "0", "Learning rate α must be a number above 0 and at most 1e+06, but got 0"),
        ("Learning rate α from", "a tenth", "but got 'a tenth'"),
        ("Momentum β to", "1", "momentum must be a number at least 0 and below 1, but got 1"),
        ("Trials", "many", "trials must be a whole number of at least 1, but got 'many'"),
        ("Search seed", "-1", "seed must be a whole number of at least 0, but got '-1'"),
    ],
)
def test_what_cannot_be_searched_is_told_and_stays_typed(label: str, text: str, sentence: str) -> None:
    at = opened()
    typed(at, label, text)
    press(at, "Start search")
    assert "Not done: " in told(at)
    assert sentence in told(at)
    assert texts(at)[label] == text
    assert the_controller().searches.recorded() == []


def test_what_cannot_be_trained_is_told_at_once() -> None:
    at = opened()
    at.session_state["setup_layers"] = "many"
    at.run()
    assert "Cannot start: layers must be a whole number" in told(at)


def test_one_row_for_each_hyperparameter_that_is_chosen() -> None:
    at = opened()
    at.multiselect[0].set_value(["learning_rate", "hidden_units", "optimizer", "batch_norm"]).run()
    assert not at.exception
    assert {"Learning rate α from", "Hidden units from", "Hidden units to"} <= set(texts(at))
    assert [box.label for box in at.multiselect] == ["Hyperparameters", "Optimizer", "Batch norm"]
    at.multiselect[1].set_value(["adam", "gd"]).run()
    typed(at, "Trials", "3")
    typed(at, "Epochs per trial", "1")
    press(at, "Start search")
    searches = the_controller().searches
    (search,) = [each["id"] for each in searches.recorded()]
    wait_until(lambda: searches.look(search)["state"] == "finished")
    box = searches.look(search)["rounds"][0]["box"]
    assert (box["optimizer"], box["batch_norm"], box["hidden_units"]) == (["gd", "adam"], [True, False], [50, 100])


def test_a_search_that_is_not_there_is_named_and_those_that_are_there_can_be_chosen() -> None:
    at = opened()
    typed(at, "Trials", "2")
    typed(at, "Epochs per trial", "1")
    press(at, "Start search")
    searches = the_controller().searches
    (search,) = searches.recorded()
    wait_until(lambda: searches.look(search["id"])["state"] == "finished")
    at = AppTest.from_function(script, default_timeout=60)
    at.query_params["search"] = "wrong"
    at.run()
    assert not at.exception
    assert 'There is no search "wrong" here (any more).' in told(at)
    assert "Zoom" not in buttons(at)
    (chooser,) = [box for box in at.selectbox if box.label == "Recorded searches"]
    assert search["file"] in chooser.options[0]
    chooser.set_value(search["id"]).run()
    assert "There is no search" not in told(at)
    assert at.query_params["search"] == search["id"]


def test_a_search_under_way_is_found_by_the_next_tab_and_stopped() -> None:
    at = opened()
    typed(at, "Trials", "5000")
    press(at, "Start search")
    another = opened()
    assert buttons(another) == {
        "Start search": False,
        "Stop search": True,
        "Zoom": True,
        "Search this box": True,
    }
    press(another, "Stop search")
    assert buttons(another)["Go on"]
    assert the_controller().searches.under_way == ""
