"""What lies ahead of a run, on the page: planned changes, each with a hollow marker and a way back; the end."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.app import App
from tests.browser.recorded import play, story
from tests.browser.words import (
    answered,
    box,
    end,
    number,
    open_setup,
    press,
    start,
    traces,
    wait,
    wait_for_state,
)
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session

SIGNS = """() => [...document.querySelectorAll('.panda-chart')].map((chart) =>
    ['path.point', '.panda-veil', '.main-svg'].map((what) => chart.parentElement.querySelector(what))
    .map((node) => node.getBoundingClientRect().toJSON()))"""
"""Of each chart, where the first marker is, the veil, and all that is drawn."""

HOLLOW = "n => document.querySelector('[data-chart=cost]').data.some(t => t.uid === 'planned' && t.x.length === n)"


def plan(page: Page, value: str, at: int | str, note: str = "") -> None:
    box(page, "Momentum β").fill(value)
    box(page, "At iteration").fill(str(at))
    box(page, "Note").fill(note)
    press(page, "Apply")


def hollow(page: Page) -> dict[str, Any]:
    (markers,) = [trace for trace in traces(page, "cost") if trace["uid"] == "planned"]
    return markers


def test_what_is_typed_as_the_answer_comes_replaces_what_stood_there(page: Page) -> None:
    asked: list[str | bytes] = []
    forward: list[WebSocketRoute] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def held(message: str | bytes) -> None:
            if isinstance(message, str) and '"plan"' in message:
                asked.append(message)
            else:
                server.send(message)

        socket.on_message(held)
        forward.append(server)

    page.route_web_socket("**/panda/live*", between)
    page.reload()
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    plan(page, "0.6", 10 * number(page, "iteration") + 1000)
    momentum = box(page, "Momentum β")
    page.locator(".panda-answer[data-status='queued']").wait_for()
    momentum.select_text()
    forward[-1].send(asked[0])
    answered(page)
    expect(momentum).to_have_value("0.9")  # what is planned is not in force
    page.keyboard.insert_text("0.7")
    expect(momentum).to_have_value("0.7")
    end(page)


def test_a_change_is_planned_shown_ahead_taken_back_and_made_at_exactly_its_iteration(page: Page, app: App) -> None:
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    here = number(page, "iteration")
    near, further = here + here // 4, here + here // 2
    planned = page.get_by_role("region", name="Planned")
    expect(planned).to_be_hidden()

    plan(page, "0.5", near, "<b>calmer</b>")
    assert f"β → 0.5: planned at iteration {near:,}" in answered(page)
    plan(page, "0.6", further)
    plan(page, "0.7", 10 * here + 1000)
    expect(planned.get_by_role("listitem")).to_have_count(3)
    # what is planned is not in force yet, and nothing typed is left
    expect(box(page, "Momentum β")).to_have_value("0.9")
    expect(box(page, "At iteration")).to_have_value("")
    expect(box(page, "Note")).to_have_value("")
    expect(planned.get_by_role("listitem").first).to_contain_text("calmer")
    page.wait_for_function(HOLLOW, arg=3)
    markers = hollow(page)
    assert markers["x"][:2] == [near, further]
    assert markers["marker"]["symbol"][-1] == "triangle-down-open"  # further on than the axis
    assert "&lt;b&gt;calmer" in markers["hovertext"][0]

    plan(page, "0.8", here - 1)
    assert f"from {here:,} on, but got {here - 1:,}: the run is at iteration {here:,} already" in answered(
        page, "refused"
    )
    plan(page, "0.8", "soon")
    page.locator(
        ".panda-answer[data-status='refused']", has_text="whole number of at least 0, but got 'soon'"
    ).wait_for()
    box(page, "At iteration").fill("")
    press(page, "Revert")

    planned.get_by_role("button", name=f"Cancel β → 0.6 planned at iteration {further:,}").click()
    expect(planned.get_by_role("listitem")).to_have_count(2)
    page.get_by_label("Iterations to run").fill(str(here))
    press(page, "Run N")
    wait(page, "d.interventions === '1' && d.state === 'paused' && Number(d.iteration) === a", 2 * here)
    expect(planned.get_by_role("listitem")).to_have_count(1)
    expect(box(page, "Momentum β")).to_have_value("0.5")
    page.wait_for_function(HOLLOW, arg=1)

    press(page, "Undo")  # what was planned further on is taken along
    wait(page, "d.run === 'r2'")
    expect(planned.get_by_role("listitem")).to_have_count(1)
    end(page)
    path = app.sessions()[-1]
    run = read_session(path).run("r1")
    made = [(c.iteration, c.after, c.note, c.author) for c in run.interventions]
    assert made == [(near, {"momentum": 0.5}, "<b>calmer</b>", "page")]
    assert [plan.fate for plan in run.plans] == ["made", "cancelled", "waiting"]
    assert verify(path).result == "exact"


def test_playback_shows_what_still_waits_ahead_of_the_curve(page: Page, app: App) -> None:
    start(page)
    plan(page, "0.5", 10**9)
    answered(page)
    end(page)
    path = app.sessions()[-1]
    play(page, app, path)
    assert [line.split("\n")[1:] for line in story(page)] == [["Planned", "β → 0.5 at iteration 1000000000"]]
    page.wait_for_function("document.querySelector('[data-chart=cost]')?.data?.some((t) => t.uid === 'planned')")
    markers = hollow(page)
    assert markers["marker"]["symbol"] == ["triangle-down-open"]
    for marker, veil, svg in page.evaluate(SIGNS):  # whole: beside the veil over what had not happened yet
        assert veil["right"] <= marker["left"] < marker["right"] <= svg["right"]
        assert marker["height"] > marker["width"]  # it points to the right
    assert markers["hovertext"] == ["planned at 1,000,000,000: β → 0.5 (page)"]


def test_a_run_that_has_an_end_tells_how_far_it_is_and_what_is_left(page: Page) -> None:
    open_setup(page)
    page.get_by_label("Iterations", exact=True).fill("9000000")
    start(page)
    tile = page.locator(".panda-tile-iteration")
    expect(tile).to_have_text(re.compile(r"^Iteration[\d,]+of 9,000,000 · ([1-9]\d* h( \d+ min)?|\d+ min) left$"))
    press(page, "Pause")
    wait_for_state(page, "paused")
    expect(tile).to_have_text(re.compile(r"of 9,000,000$"))
    end(page)
