"""A search in the browser: edited in the middle, zoomed, stopped, gone on with; a trial promoted and babysat."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.conftest import ROOT
from tests.browser.test_accessibility import found
from tests.browser.words import box, data, end, number, press, settle, start, wait, wait_for_iterations, wait_for_state
from tests.waiting import wait_until

# all at once, as the picture is drawn anew while trials end
SCATTER = """() => {
  const figures = [...document.querySelectorAll("figure")];
  const svg = figures.find((figure) => figure.textContent.includes("Every trial a point")).querySelector("svg");
  svg.scrollIntoView({ block: "center" });
  return svg.getBoundingClientRect().toJSON();
}"""
SHARE = """() => {
  const figures = [...document.querySelectorAll("figure")];
  const svg = figures.find((figure) => figure.textContent.includes("Every trial a point")).querySelector("svg");
  const height = (what) => Number(svg.querySelector(what).getAttribute("height"));
  return height(".panda-brush") / height(".panda-frame");
}"""
NO_OVERFLOW = """() => [document.scrollingElement, document.querySelector("[data-testid=stMain]")]
  .every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"""


def search_id(page: Page) -> str:
    page.wait_for_function("location.search.includes('search=')")
    return parse_qs(urlparse(page.url).query)["search"][0]


def status(app: App, search: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{app.url}/panda/search?id={search}", timeout=60) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    return found


def over(app: App, search: str) -> dict[int, Any]:
    """Dev cost of each trial that is over, by its number."""
    trials = status(app, search)["trials"]
    return {trial["index"]: trial["dev_cost"] for trial in trials if trial["state"] not in ("waiting", "training")}


def visit(page: Page, app: App) -> None:
    page.goto(f"{app.url}/search")
    page.get_by_role("button", name="Start search", exact=True).wait_for()


def typed(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=label, exact=True)


def fill(page: Page, label: str, text: str) -> None:
    form = page.locator("details", has=page.locator("summary", has_text="How it is searched"))
    # one that is unfolded may still be on its way: a click would fold it
    if not typed(page, label).is_visible() and not form.evaluate("details => details.open"):
        form.locator("summary").click()
    typed(page, label).fill(text)
    typed(page, label).press("Enter")
    settle(page)


def start_search(page: Page, trials: int, epochs: int = 2) -> str:
    """Press Start search; its id. The box is α from 0.001 to 1, and β."""
    before = page.url
    fill(page, "Trials", str(trials))
    fill(page, "Epochs per trial", str(epochs))
    fill(page, "Learning rate α from", "0.001")
    fill(page, "Learning rate α to", "1")
    press(page, "Start search")
    page.wait_for_function("before => location.href !== before", arg=before)
    search = search_id(page)
    # until then the pictures and the table are those of the search that was shown before
    page.locator(f".panda-search[data-search='{search}']").wait_for()
    settle(page)
    return search


def wait_for(page: Page, state: str) -> None:
    page.locator(f".panda-search[data-state='{state}']").wait_for()


def test_edited_in_the_middle_zoomed_stopped_and_gone_on_with_after_a_restart(page: Page, app: App) -> None:
    visit(page, app)
    search = start_search(page, 3000)
    wait_until(lambda: len(over(app, search)) >= 5)
    before = over(app, search)
    fill(page, "Learning rate α from", "0.1")  # above the other end, once that is typed
    fill(page, "Learning rate α to", "0.01")
    press(page, "Search this box")
    page.get_by_text("the range of Learning rate α, 0.1 to 0.01, is reversed").wait_for()
    expect(typed(page, "Learning rate α to")).to_have_value("0.01")  # nothing typed is lost
    fill(page, "Learning rate α from", "0.01")
    fill(page, "Learning rate α to", "0.1")
    press(page, "Search this box")
    page.locator(".panda-search[data-rounds='2']").wait_for()
    wait_until(lambda: sum(trial["round"] == 2 for trial in status(app, search)["trials"]) >= 3)
    late = [trial for trial in status(app, search)["trials"] if trial["round"] == 2]
    assert all(0.01 <= trial["values"]["learning_rate"] <= 0.1 for trial in late)
    after = over(app, search)
    assert {index: after[index] for index in before} == before  # what was finished stays
    press(page, "Stop search")
    wait_for(page, "cancelled")
    press(page, "Zoom")
    proposed = status(app, search)["zoom"]["learning_rate"]
    for which, bound in zip(("from", "to"), proposed, strict=True):
        expect(typed(page, f"Learning rate α {which}")).to_have_value(f"{bound:.4g}")
    stopped = over(app, search)
    page.goto("about:blank")
    app.stop()
    app.start()
    visit(page, app)
    wait_for(page, "cancelled")
    assert over(app, search) == stopped
    press(page, "Go on")
    wait_for(page, "searching")
    wait_until(lambda: len(over(app, search)) > len(stopped) + 3)
    press(page, "Stop search")
    wait_for(page, "cancelled")
    later = over(app, search)
    assert {index: later[index] for index in stopped} == stopped


def mark(page: Page) -> None:
    """Drag along the axis of α once it is in sight, its place found in one go: it is drawn anew with the next trial."""
    script = """() => {
        const axis = document.querySelector(".panda-handle[data-axis='learning_rate']");
        axis?.scrollIntoView({ block: "center" });
        return axis && axis.getBoundingClientRect().height > 0 && axis.getBoundingClientRect().toJSON();
    }"""
    axis = dict(page.wait_for_function(script).json_value())
    x, y = axis["x"] + axis["width"] / 2, axis["y"]
    page.mouse.move(x, y + 0.3 * axis["height"])
    page.mouse.down()
    page.mouse.move(x, y + 0.6 * axis["height"], steps=4)
    page.mouse.up()


def test_a_range_brushed_along_an_axis_is_the_next_round(page: Page, app: App) -> None:
    visit(page, app)
    search = start_search(page, 3000)
    page.locator(".panda-trials tbody tr").nth(5).wait_for()
    row = typed(page, "Learning rate α to").element_handle()
    mark(page)
    marked = page.locator(".panda-brush-bar p").inner_text()
    assert marked.startswith("Marked: α 0.")
    # what is marked is what the form says, and what its button searches
    expect(typed(page, "Learning rate α to")).not_to_have_value("1")
    settle(page)
    assert row.evaluate("box => box.isConnected")  # no other box in its place, as what is below would move meanwhile
    press(page, "Search this box")
    page.locator(".panda-search[data-rounds='2']").wait_for()
    low, high = status(app, search)["rounds"][1]["box"]["learning_rate"]
    assert 0.001 < low < high < 1
    assert f"α {low:g} to {high:g}" in marked
    expect(page.get_by_label("Learning rate α to", exact=True)).to_have_value(f"{high:g}")
    press(page, "Stop search")
    wait_for(page, "cancelled")


def test_a_box_brushed_on_the_scatter_fills_the_rows_and_is_the_next_round(page: Page, app: App) -> None:
    visit(page, app)
    search = start_search(page, 3000)
    wait_until(lambda: len(over(app, search)) >= 5)
    at = page.evaluate(SCATTER)
    page.mouse.move(at["x"] + 0.4 * at["width"], at["y"] + 0.3 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + 0.6 * at["width"], at["y"] + 0.6 * at["height"], steps=5)
    page.mouse.up()
    press(page, "Search the marked box")
    page.locator(".panda-search[data-rounds='2']").wait_for()
    low, high = status(app, search)["rounds"][1]["box"]["learning_rate"]
    assert 0.001 < low < high < 1
    for which, bound in (("from", low), ("to", high)):
        expect(typed(page, f"Learning rate α {which}")).to_have_value(f"{bound:.4g}")
    press(page, "Stop search")
    wait_for(page, "cancelled")


def test_what_is_marked_is_shown_as_the_whole_box_that_is_searched(page: Page, app: App) -> None:
    visit(page, app)
    search = start_search(page, 3000)
    wait_until(lambda: len(over(app, search)) >= 3)
    press(page, "Stop search")
    wait_for(page, "cancelled")
    fill(page, "Trials", "2")
    fill(page, "Momentum β from", "0.5")
    fill(page, "Momentum β to", "0.6")
    mark(page)
    said = page.locator(".panda-brush-bar p")
    expect(said).to_contain_text("; typed: β 0.5 to 0.6.")
    assert 0 < page.evaluate(SHARE) < 0.1  # of the axis of β, which goes on to 0.999
    expect(typed(page, "Learning rate α to")).not_to_have_value("1")  # the row says what is marked
    settle(page)
    fill(page, "Learning rate α to", "0.9")  # typed over what was marked
    expect(said).not_to_contain_text("Marked")
    mark(page)
    expect(said).to_contain_text("; typed: β 0.5 to 0.6.")
    marked = said.inner_text()
    expect(typed(page, "Learning rate α to")).not_to_have_value("0.9")
    settle(page)
    press(page, "Search the marked box")
    page.locator(".panda-search[data-rounds='2']").wait_for()
    sent = status(app, search)["rounds"][1]["box"]
    assert sent["momentum"] == [0.5, 0.6]
    low, high = sent["learning_rate"]
    assert f"Marked: α {low:g} to {high:g}; typed: β 0.5 to 0.6." in marked
    wait_for(page, "finished")


def test_a_promoted_trial_is_babysat_and_verifies(page: Page, app: App) -> None:
    visit(page, app)
    search = start_search(page, 6)
    wait_until(lambda: status(app, search)["state"] == "finished")  # the page shows the one before for a moment
    wait_for(page, "finished")
    trials = status(app, search)["trials"]
    best = min(trials, key=lambda trial: trial["dev_cost"])
    page.get_by_role("button", name="Promote").first.click()
    page.wait_for_function("!location.pathname.includes('search')")
    wait(page, "d.state === 'paused' && d.iteration !== '0'")  # it begins paused, and is trained then
    assert number(page, "iteration") == best["iterations"]
    page.get_by_text("is that of the trial, bit for bit").first.wait_for()
    page.get_by_text(f"Trial {best['index']} of the search").first.wait_for()
    press(page, "÷3")
    wait(page, "d.interventions === '1'")
    press(page, "Resume")
    wait_for_iterations(page, 100)
    assert float(box(page, "Learning rate α").input_value()) < best["values"]["learning_rate"]
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_role("button", name="Promote").nth(1).click()  # while a run is under way
    expect(page.get_by_test_id("stToast")).to_contain_text("Not done: another run is under way: stop it first")
    expect(page.get_by_text("Not done: another run is under way: stop it first.")).to_be_attached()  # out of sight
    page.get_by_role("link", name="Train", exact=True).click()
    end(page)
    (path,) = [path for path in app.sessions() if path.name.startswith("digits-")]
    command = [sys.executable, "-m", "trainer", "verify", str(path), "--json"]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    assert told["result"] == "exact"
    assert told["iterations"] > best["iterations"]


def test_tested_again_and_the_best_values_applied(page: Page, app: App) -> None:
    page.goto(app.url)
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    at = number(page, "iteration")
    press(page, "Re-test here")  # on Train; it leads to the search
    page.get_by_text(f"from iteration {at:,} of run r1").first.wait_for()
    wait_for(page, "finished")
    search = search_id(page)
    assert len(status(app, search)["trials"]) == 12
    lowest = status(app, search)["rounds"][0]["box"]["learning_rate"][0]
    expect(typed(page, "Learning rate α from")).to_have_value(f"{lowest:.4g}")
    best = min(status(app, search)["trials"], key=lambda trial: trial["dev_cost"])
    page.get_by_role("button", name="to the live run").first.click()
    wait(page, "d.state === 'paused'")
    wait(page, "d.interventions === '1'" if best["index"] else "true")
    assert data(page, "iteration") == str(at)
    assert float(box(page, "Learning rate α").input_value()) == pytest.approx(best["values"]["learning_rate"], rel=1e-5)
    end(page)


def test_my_values_go_first(page: Page, app: App) -> None:
    visit(page, app)
    # how long it takes stands below the fold: by then the script has run
    page.locator(".panda-search[data-state]").or_(page.get_by_text("about")).first.wait_for()
    fold = page.locator("details", has_text="How it is searched").last
    if fold.get_attribute("open") is None:
        fold.locator("summary").first.click()
    page.get_by_text("Start at my values", exact=True).click()
    expect(page.get_by_role("switch", name="Start at my values")).to_be_checked()
    search = start_search(page, 3)
    wait_until(lambda: status(app, search)["state"] == "finished")  # the page shows the one before for a moment
    wait_for(page, "finished")
    trials = {trial["index"]: trial["values"] for trial in status(app, search)["trials"]}
    assert trials[0] == {"learning_rate": 0.1, "momentum": 0.9}  # as set up on Train
    assert {0.1} != {trials[1]["learning_rate"], trials[2]["learning_rate"]}
    expect(page.locator(".panda-trials [data-trial='0']")).to_contain_text("0.1")


def test_nothing_is_wrong_with_the_page(page: Page, app: App) -> None:
    visit(page, app)
    page.locator("summary", has_text="How it is searched").click()
    expect(page.locator(".panda-search-time")).to_contain_text("25 trials of 230 iterations, ")
    expect(page.locator(".panda-search-time")).to_contain_text(": about ")
    wrong = found(page, "a box, before a search")
    start_search(page, 12)
    wait_for(page, "finished")
    page.get_by_role("table", name="Trials").wait_for()
    fill(page, "Epochs per trial", "10")  # of the next search; what goes on is as long as before
    told = page.locator(".panda-search-time")
    expect(told).to_contain_text("Start search: 12 trials of 230 iterations, ")
    expect(told).to_contain_text("Search this box: 12 trials of 46 iterations, ")
    wrong += found(page, "a search that is over")
    assert not wrong, "\n".join(wrong)
    page.set_viewport_size({"width": 390, "height": 1000})
    page.wait_for_function("document.querySelector('[data-testid=stMain]').clientWidth <= 390")
    assert page.locator(".panda-trials").evaluate("node => node.scrollWidth") > 390  # it scrolls in its frame
    page.wait_for_function(NO_OVERFLOW)
    page.set_viewport_size({"width": 1280, "height": 1000})
