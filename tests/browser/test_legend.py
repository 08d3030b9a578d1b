"""What was switched off in the legend of the costs stays off, whatever comes and goes in the chart meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.words import box, press, start, wait, wait_for_draws


@pytest.fixture
def running(page: Page) -> Page:
    """The Train page with a run under way."""
    start(page)
    wait_for_draws(page)
    return page


def listed(page: Page) -> dict[str, object]:
    """The entries of the legend, and whether each is drawn."""
    found: dict[str, object] = page.evaluate(
        "Object.fromEntries(document.querySelector('[data-chart=cost]').data"
        ".filter(t => t.showlegend !== false && t.x.length).map(t => [t.name, t.visible !== 'legendonly']))"
    )
    return found


def test_the_legend_keeps_what_was_chosen(running: Page) -> None:
    page = running
    page.locator("[data-chart='cost'] .legendtoggle").nth(1).click()
    hidden = (
        "document.querySelector('[data-chart=cost]').data.find(t => t.name === 'smoothed').visible === 'legendonly'"
    )
    page.wait_for_function(hidden)
    wait_for_draws(page, 4)
    assert page.evaluate(hidden)
    box(page, "Smoothing").select_option("off")
    page.wait_for_function("document.querySelector('[data-chart=cost]').data[3].y.length === 0")
    box(page, "Smoothing").select_option("light (10)")
    page.wait_for_function(hidden)  # it is still in the legend, and so can be shown again
    page.locator("[data-chart='cost'] .legendtoggle").nth(1).click()
    page.wait_for_function(f"!({hidden})")


def test_what_is_shown_alone_stays_alone_whatever_comes_and_goes(running: Page) -> None:
    page = running
    press(page, "×1.1")
    wait(page, "d.interventions !== '0'")
    page.wait_for_function("document.querySelector('[data-chart=cost]').data.some(t => t.name === 'interventions')")
    names = ["cost J of a mini-batch", "smoothed", "dev cost", "interventions"]
    assert listed(page) == dict.fromkeys(names, True)
    alone = {name: name == "dev cost" for name in names}
    page.locator("[data-chart='cost'] .legendtoggle").nth(2).dblclick()
    page.wait_for_function("document.querySelector('[data-chart=cost]').data[2].visible === 'legendonly'")
    assert listed(page) == alone
    costs = page.evaluate("[...document.querySelector('[data-chart=cost]').data.find(t => t.name === 'dev cost').y]")
    low, high = page.evaluate("document.querySelector('[data-chart=cost]').layout.yaxis.range")
    assert min(costs) / 2 < 10**low < min(costs) < max(costs) < 10**high < 2 * max(costs)  # the axis is its own
    press(page, "Undo")  # what is left behind comes, the marker goes
    page.wait_for_function("document.querySelector('[data-chart=cost]').data.some(t => t.name === 'left behind')")
    wait_for_draws(page)
    assert {name: drawn for name, drawn in listed(page).items() if drawn} == {"dev cost": True}
    press(page, "÷1.1")
    page.wait_for_function("document.querySelector('[data-chart=cost]').data.some(t => t.name === 'interventions')")
    assert listed(page) == alone | {"left behind": False}
    page.locator("[data-chart='cost'] .legendtoggle").nth(2).dblclick()
    page.wait_for_function("document.querySelector('[data-chart=cost]').data[2].visible !== 'legendonly'")
    assert all(listed(page).values())
