"""What was it worth? Asked in the page of an opened session, beside everything else that can be done there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app import App
from tests.browser.recorded import play, press, record_with_changes, row, scrub
from trainer.experiments.worth import worth_in_file


@pytest.fixture(scope="module")
def changed(app: App) -> Path:
    return record_with_changes(app, "spiral-worth")


@pytest.fixture(scope="module")
def long(app: App) -> Path:
    """One that 64 seeds take minutes for."""
    return record_with_changes(app, "spiral-worth-long", iterations=100_000)


def choose(page: Page, label: str, iterations: int) -> None:
    """Choose an intervention that so many iterations came after."""
    box = page.get_by_role("combobox", name="Intervention")
    box.scroll_into_view_if_needed()
    page.locator(".panda-model[data-exact='true']").wait_for()  # nothing above it grows any more
    box.scroll_into_view_if_needed()
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    box.click()  # a menu closes when the page is scrolled, and of that it is told with the next frame
    page.get_by_role("option", name=label).click()
    page.get_by_placeholder(f"all {iterations}").wait_for()


def seeds(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="Other seeds", exact=True)


def drawn(page: Page) -> list[dict[str, Any]]:
    """What the chart of the ghost draws, once it is there; Streamlit may put another in its place meanwhile."""
    handle = page.wait_for_function(
        """() => document.querySelector('.panda-static-chart .js-plotly-plot')?.data
            ?.map(t => ({name: t.name, dash: t.line.dash, color: t.line.color, x: [...t.x]}))"""
    )
    found: list[dict[str, Any]] = handle.json_value()
    return found


def test_it_can_be_cancelled(context: BrowserContext, app: App, long: Path) -> None:
    page = context.new_page()
    play(page, app, long)
    expect(page.get_by_role("heading", name="What was it worth?")).to_be_visible()
    seeds(page).fill("64")
    seeds(page).press("Enter")
    press(page, "Find out")
    progress = page.get_by_text("Training without it: ").filter(has_text="of ")
    progress.wait_for()
    for busy in ("Find out", "Verify"):
        expect(page.get_by_role("button", name=busy, exact=True)).to_be_disabled()
    scrub(page, 250)  # the page is there for everything else meanwhile
    press(page, "Cancel")
    expect(page.get_by_role("button", name="Find out", exact=True)).to_be_enabled()
    expect(progress).to_have_count(0)
    expect(page.locator(".panda-playback")).to_have_attribute("data-iteration", "250")  # nothing moved it
    page.close()


def test_ask_and_see_the_ghost(context: BrowserContext, app: App, changed: Path) -> None:
    page = context.new_page()
    play(page, app, changed)
    choose(page, "1: iteration 200, decay rate 0.5 → 2", 200)
    seeds(page).fill("1")
    seeds(page).press("Enter")
    press(page, "Find out")
    expect(page.get_by_text("Not done: seeds must be 0 or a whole number from 2 to 64, but got 1.")).to_be_visible()

    seeds(page).fill("3")
    seeds(page).press("Enter")
    press(page, "Find out")
    page.locator(".panda-static-chart .js-plotly-plot").wait_for()
    _, worth = worth_in_file(changed, "r1", 1, seeds=3)
    assert worth.over_seeds is not None
    for said in (worth.text.replace("dev", "Dev", 1), worth.over_seeds.text, worth.over_seeds.method):
        expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_text(f"It {worth.outcome} this run")).to_be_visible()
    real, ghost, dev, dev_ghost = drawn(page)
    assert [t["dash"] for t in (real, ghost, dev, dev_ghost)] == ["solid", "dash", "solid", "dash"]
    assert (real["color"], dev["color"]) == (ghost["color"], dev_ghost["color"])
    assert real["color"] == "#c8671b"
    assert real["x"][0] < 200 == ghost["x"][0]
    assert real["x"][-1] == ghost["x"][-1] == dev["x"][-1] == dev_ghost["x"][-1] == 400

    press(page, "All sessions")
    row(page, changed).get_by_role("button").click()
    expect(page.get_by_text(worth.over_seeds.text)).to_be_visible()  # it is remembered
    page.close()


RESTS = "document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"
"""Whether the script of the page does."""

DONE_AT_A_PRESS = """() => {
  const [fetched, app] = [window.fetch, document.querySelector("[data-testid=stApp]")];
  const running = new Promise((resolve) => {
    const begun = new MutationObserver(() => app.dataset.testScriptState === "running" && resolve());
    const press = ({ target }) => {
      const rename = target.closest("button")?.innerText.includes("Rename");
      if (rename) begun.observe(app, { attributes: true });
    };
    document.addEventListener("click", press, { capture: true });
  });
  window.fetch = async (...asked) => {
    if (asked[0] !== "/panda/playback" || !asked[1].body.includes("progress")) return fetched(...asked);
    document.body.dataset.asked = "";
    await running;
    return Response.json({ over: true });
  };
}"""
"""The page hears that the answer is there at the very moment in which the script begins to carry out Rename."""


def test_what_is_pressed_as_the_answer_comes_is_done(context: BrowserContext, app: App, long: Path) -> None:
    page = context.new_page()
    play(page, app, long)
    seeds(page).fill("64")
    seeds(page).press("Enter")
    page.evaluate(DONE_AT_A_PRESS)
    press(page, "Find out")
    page.locator("body[data-asked]").wait_for(state="attached")
    page.wait_for_function(RESTS)  # so that it is seen to begin
    press(page, "Rename")
    page.get_by_text("done. Close the dialog to see what was found").wait_for()
    page.get_by_role("dialog", name="Rename this session").wait_for()
    page.keyboard.press("Escape")
    press(page, "Cancel")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.close()


def test_on_a_phone(context: BrowserContext, app: App, changed: Path) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app.url}/sessions")  # the links are folded away here
    row(page, changed).get_by_role("button").click()
    page.locator(".panda-playback[data-exact='true']").wait_for()
    expect(page.get_by_role("combobox", name="Intervention")).to_have_value(re.compile("3: iteration 300"))
    press(page, "Find out")
    _, worth = worth_in_file(changed, "r1", 3)
    expect(page.get_by_text(worth.text.replace("dev", "Dev", 1))).to_be_visible()
    page.locator(".panda-static-chart .js-plotly-plot .main-svg").first.wait_for()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert drawn(page)[0]["color"] == "#f09a4e"
