"""The Search page: many short runs of what is set up on Train, in a box that can be changed while they run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st
from streamlit.navigation.page import Page

from trainer.errors import InvalidInput
from trainer.experiments.search.plan import SAMPLERS
from trainer.service.process_singleton import the_controller
from trainer.views.caviar import show_caviar
from trainer.views.component import show, wished
from trainer.views.constants import constants
from trainer.views.flash import clear_flash_of_another_page, flash, flashed, toast_flash
from trainer.views.plotly_script import plotly_address
from trainer.views.search_box import fill_in, show_box, typed_box
from trainer.views.search_marks import marks, take
from trainer.views.setup import Plan, plan

PARAMETER = "search"
"""Of the address: id of the search that is shown."""

RETEST = "Re-test here"

_SAMPLERS = {
    "random": "Each trial draws every value anew, along the scale of its hyperparameter.",
    "grid": "All combinations of equally distant values.",
    "coarse-to-fine": "Random in rounds: each round draws from a smaller box around the best trials so far.",
    "tpe": "Optuna's tree-structured Parzen estimator, where it is installed.",
}
_GOES_ON = ("cancelled", "interrupted", "failed")
_GO_ON = "Trains the trials that are left. Those that are over stay, and none is repeated."
_ZOOM = "Types a smaller box, around the best trials so far, into the form. Nothing is searched before you say so."
_BOX = "The trials that are left are drawn from the box above. Those that are over stay."
_BOX_OF_ONE_THAT_IS_OVER = "This search goes on: as many more trials as stand in the form, as long as its own."
_BUTTONS = ("Start search", "Search this box", "Stop search", "Go on", "Zoom", RETEST, "Promote")


def page(train_page: Page) -> None:
    """The whole page, from top to bottom."""
    clear_flash_of_another_page("search")
    if st.session_state.pop("promoted", False):
        st.switch_page(train_page)
    named = _shown()
    state = the_controller().searches.look(named)
    shown = "" if state["state"] == "none" else named
    if "search_rows" not in st.session_state:
        _fill_in_box_of(shown)  # once: from here on a person types
    # one container above the component, whatever is in it: so that stays where it is, mounted
    with st.container():
        st.title("Search")
        problem = _set_up(shown, train_page)
        _buttons(shown, state)
        if not problem:
            _foresee(shown, state)
        if problem:
            st.container(border=True).text(f"Cannot start: {problem.rstrip('.')}.")
        _refusal(shown)
        if named and not shown:
            st.container(border=True).text(f'There is no search "{named[:40]}" here (any more).')
        _chooser(shown)
    if shown:
        show(
            "search",
            _view(shown),
            {
                "id": shown,
                "state": state["state"],
                "plotly": plotly_address(),
                "served": constants(),
                "form": typed_box(),
                "retyped": {name: ends for name, (ends, said) in marks(shown).items() if not said},
            },
            on_mark_change=partial(_mark, shown),
            on_box_change=partial(_search_marked, shown),
            on_promote_change=partial(_promote, shown),
            on_state_change=lambda: None,  # run again: other buttons
        )
    show_caviar()


def _set_up(shown: str, train_page: Page) -> str:
    """What is searched and how; why that cannot be trained, in a sentence, or ""."""
    problem = ""
    with st.container(horizontal=True, vertical_alignment="center"):
        try:
            st.text(plan().summary())
        except InvalidInput as error:
            problem = str(error)
        st.page_link(train_page, label="Change it on the Train page", icon=":material/edit:")
    with st.expander("How it is searched", expanded=not shown):
        columns = st.columns(5)
        with columns[0]:
            _choice("Sampler", SAMPLERS, "sampler", "\n".join(f"- {name}: {what}" for name, what in _SAMPLERS.items()))
        with columns[1]:
            _typed("Trials", "trials", "All of them, over all rounds.")
        with columns[2]:
            _typed("Epochs per trial", "epochs", "How long each trial is trained.")
        with columns[3]:
            _typed("Search seed", "seed", "Of what is drawn: the same seed and box draw the same trials.")
        if _value("sampler") == "coarse-to-fine":
            with columns[4]:
                _typed("Rounds", "rounds", "Each draws from a smaller box than the one before.")
        _switch("Early stopping", "halving", "Two of three trials are stopped after 1/9, and again after 1/3.")
        _switch(
            "Start at my values",
            "mine",
            "When a search is started, its first trial has the values of the run under way; where there is none, those"
            " of the set-up. Where layers are searched, all have the width of the first.",
        )
    show_box()
    return problem


def _buttons(shown: str, state: dict[str, Any]) -> None:
    controller = the_controller()
    running = controller.searches.under_way
    here = shown != "" and running == shown
    with st.container(horizontal=True, vertical_alignment="center"):
        button = partial(st.button, args=(shown,))
        button("Start search", type="primary", icon=":material/play_arrow:", on_click=_start, disabled=running != "")
        if here:
            button("Stop search", icon=":material/stop:", on_click=_stop)
        elif shown and state["state"] in _GOES_ON:
            button("Go on", help=_GO_ON, icon=":material/resume:", on_click=_go_on, disabled=running != "")
        if shown:
            button("Zoom", help=_ZOOM, icon=":material/zoom_in:", on_click=_zoom)
            elsewhere = running != "" and not here
            help_ = _BOX if here else _BOX_OF_ONE_THAT_IS_OVER
            icon = ":material/crop_free:"
            button("Search this box", help=help_, icon=icon, on_click=_search_box, disabled=elsewhere)
        if controller.live():
            button(RETEST, icon=":material/labs:", on_click=_retest, disabled=running != "")


def _foresee(shown: str, state: dict[str, Any]) -> None:
    """About how long what each button begins takes; while a search is under way, that tells it."""
    searches = the_controller().searches
    told: dict[str, str] = {}
    if not searches.under_way:
        with suppress(InvalidInput):
            told["Start search"] = searches.foreseen(_wish())
        if shown and state["state"] != "none":
            told["Search this box"] = searches.foreseen_more(shown, _value("trials"), typed_box())
            if state["state"] in _GOES_ON and state.get("left"):
                told["Go on"] = searches.foreseen_more(shown, str(state["left"]))
    measuring = "" in told.values() and searches.measuring
    known = {button: text for button, text in told.items() if text}
    text = ". ".join(f"{button}: {text}" for button, text in known.items()) if shown else "".join(known.values())
    data = {"text": text, "measuring": measuring}
    show("search_time", "search time", data, on_measured_change=lambda: None)


def _refusal(shown: str) -> None:
    """Why what was asked for last is not done."""
    for button in _BUTTONS:
        if why := flashed(button, shown):
            st.container(border=True).text(f"Not done: {why.rstrip('.')}.")


def _chooser(shown: str) -> None:
    """Every recorded search."""
    found = the_controller().searches.recorded()
    texts = {each["id"]: f"{each['file']} · {each['text']}" for each in found if each["id"]}
    if len(texts) > (shown in texts):
        ids = list(texts)
        key = f"search_chosen_{shown}_{len(ids)}"

        def chosen() -> None:
            st.query_params[PARAMETER] = st.session_state[key]
            _fill_in_box_of(st.session_state[key])

        at = ids.index(shown) if shown in ids else None
        st.selectbox("Recorded searches", ids, at, key=key, format_func=lambda id_: texts[id_], on_change=chosen)
    for each in found:
        if each["why"]:
            st.text(f"{each['file']} cannot be read: {each['why'].rstrip('.')}.")


def _shown() -> str:
    """The search that the address names; else the one under way here, else the latest."""
    named = st.query_params.get(PARAMETER, "")
    searches = the_controller().searches
    if named:
        return str(named)
    return searches.under_way or next((str(each["id"]) for each in searches.recorded() if each["id"]), "")


def _wish() -> dict[str, Any]:
    """All that a search is started with; raises InvalidInput."""
    trained: Plan = plan()
    how = {name: _value(name) for name in _DEFAULTS}
    return {"config": trained.config, "hyperparameters": trained.hyperparameters, "box": typed_box(), **how}


def _asked(button: str, shown: str, wish: Callable[[], dict[str, str]]) -> bool:
    """Ask for something; why it was refused stands on the page. Whether it is done; then its search is shown."""
    try:
        told = wish()
    except InvalidInput as error:
        told = {"status": "refused", "text": str(error), "id": ""}
    done = told["status"] == "applied"
    flash(button, shown, "" if done else told["text"])
    if done and told["id"]:
        st.query_params[PARAMETER] = told["id"]
    return done


def _start(shown: str) -> None:
    _asked("Start search", shown, lambda: the_controller().searches.start(_wish()))


def _stop(shown: str) -> None:
    _asked("Stop search", shown, lambda: the_controller().searches.cancel(shown))


def _go_on(shown: str) -> None:
    _asked("Go on", shown, lambda: the_controller().searches.resume(shown))


def _retest(shown: str) -> None:
    if _asked(RETEST, shown, the_controller().searches.retest):
        _fill_in_box_of(st.query_params[PARAMETER])


def retest_here(asked: object) -> str:
    """Re-test the live run as another page asks for it: the id of the search, or "", and a flash there says why."""
    told = the_controller().searches.retest()
    refused = told["status"] == "refused"
    flash(RETEST, asked, told["text"] if refused else "")
    if not refused:
        _fill_in_box_of(told["id"])
    return "" if refused else told["id"]


def _search_box(shown: str) -> None:
    _asked("Search this box", shown, lambda: the_controller().searches.search_box(shown, typed_box(), _wish()))


def _fill_in_box_of(shown: str) -> None:
    """Have the rows say the present box of a search."""
    rounds = the_controller().searches.look(shown)["rounds"]
    if rounds:
        fill_in(rounds[-1]["box"])
    st.session_state.search_rows = True


def _view(shown: str) -> str:
    """Key of the component."""
    return f"search {shown}"


def _mark(shown: str) -> None:
    """The rows say what is marked in the pictures; where a mark was taken away, the present box."""
    if (brush := wished(_view(shown), "mark")) is not None:
        take(shown, brush)


def _search_marked(shown: str) -> None:
    """The same, and then as a press of the button above: what is marked is what is searched."""
    if brush := wished(_view(shown), "box"):
        take(shown, brush)
        _search_box(shown)


def _promote(shown: str) -> None:
    """Train a trial once more, to be babysat on the Train page; of a re-test give the live run what it has."""
    controller, index = the_controller(), wished(_view(shown), "promote")
    if index is None:
        return
    path = controller.searches.look(shown).get("path", "")
    answer = controller.ask({"do": "promote", "search": path, "trial": index}).result()
    refused = answer["status"] == "refused"
    flash("Promote", shown, str(answer["text"]) if refused else "")
    if refused:
        toast_flash(str(answer["text"]))
    st.session_state.promoted = not refused


def _zoom(shown: str) -> None:
    """Fill in the proposed box, to be searched or changed."""
    proposed = the_controller().searches.look(shown).get("zoom")
    if proposed is None:
        flash("Zoom", shown, "there are fewer than two finished trials in this box, or it cannot be smaller")
    else:
        fill_in(proposed)
        flash("Zoom", shown, "")


_DEFAULTS: dict[str, Any] = {
    "sampler": "random",
    "trials": "25",
    "rounds": "2",
    "epochs": "10",
    "seed": "1",
    "halving": False,
    "mine": False,
}


def _value(name: str) -> Any:
    return st.session_state.get(f"search_{name}", _DEFAULTS[name])


def _typed(label: str, name: str, help_: str) -> None:
    st.text_input(label, _value(name), key=f"search_{name}", help=help_, persist_state="session")


def _switch(label: str, name: str, help_: str) -> None:
    st.toggle(label, _value(name), key=f"search_{name}", help=help_, persist_state="session")


def _choice(label: str, options: tuple[str, ...], name: str, help_: str) -> None:
    st.selectbox(label, options, options.index(_value(name)), key=f"search_{name}", help=help_, persist_state="session")
