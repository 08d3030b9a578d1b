"""What the page writes is whole: nothing is cut off, on a wide screen and on a narrow one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import play, record
from tests.browser.words import end, press, start, wait_for_state

CUT_OFF = """charts => [...document.querySelectorAll(charts)].flatMap(chart => {
    const box = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('[class^=y][class$=tick] text')]
        .filter(text => text.getBoundingClientRect().left < box.left)
        .map(text => text.textContent);
})"""
"""Labels of y axes that begin left of their chart."""

DRAWN = """() => {
    const chart = document.querySelector('[data-chart=rate]');
    const wide = Number(chart.querySelector('.main-svg')?.getAttribute('width'));
    return wide === chart.clientWidth && chart.querySelectorAll('.ytick text').length > 1;
}"""
"""Whether the chart of α is drawn as wide as it is now."""

LONG = """async texts => {
    const loaded = performance.getEntriesByType('resource').map(entry => entry.name);
    const { Tiles } = await import(loaded.find(name => /\\/tiles[^/]*\\.js/.test(name)));
    const there = document.querySelector('.panda-tiles');
    const names = [...there.children].map(tile => /panda-tile-(\\w+)/.exec(tile.className)[1]);
    const tiles = new Tiles(Object.fromEntries(names.map(name => [name, name])), {});
    there.after(tiles.node);
    const found = Object.entries(texts).map(([name, text]) => {
        tiles.set(name, text, 'at iteration 1,234,567');
        const box = tiles.node.querySelector(`.panda-tile-${name}`);
        const [value, note] = box.querySelectorAll('dd');
        const inside = [value, note].every(one => one.scrollWidth <= one.clientWidth);
        const words = document.createRange();
        words.selectNodeContents(value);
        return [name, inside, new Set([...words.getClientRects()].map(line => Math.round(line.top))).size];
    });
    tiles.node.remove();
    return found;
}"""
"""Of texts in tiles of their own, by name of the tile: whether all is inside, and on how many lines it stands."""


@pytest.mark.parametrize("width", [1280, 390])
def test_a_status_or_a_number_that_is_long_is_whole_in_its_tile(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    texts = {"state": "Not connected", "epoch": "192,377.25", "iteration": "123,456,789", "rate": "1.23456e-7"}
    found = page.evaluate(LONG, texts)
    assert [name for name, inside, _ in found if not inside] == []
    assert {name: lines for name, _, lines in found if name != "state"} == {"epoch": 1, "iteration": 1, "rate": 1}
    assert {name: lines for name, _, lines in found}["state"] <= 2
    end(page)


@pytest.fixture
def tiny(app: App) -> Path:
    """A session whose α falls far below what is written in full."""
    return record(app, "tiny", "--learning-rate", "0.00003", "--nudge", "200: learning_rate=0.000001")


@pytest.mark.parametrize("width", [1280, 390])
def test_labels_of_small_numbers_are_whole(page: Page, app: App, tiny: Path, width: int) -> None:
    page.set_viewport_size({"width": 1280, "height": 1600})  # on a narrow page the links are folded away
    play(page, app, tiny)
    page.set_viewport_size({"width": width, "height": 1600})
    page.locator("[data-chart=rate]").scroll_into_view_if_needed()
    page.wait_for_function(DRAWN)
    assert page.evaluate(CUT_OFF, ".panda-chart") == []
    page.goto(f"{app.url}/sessions?compare={tiny.name}:r1")
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .y4tick text').length > 1")
    assert page.evaluate(CUT_OFF, ".js-plotly-plot") == []


def test_the_signs_of_the_player_need_no_glyph(page: Page, app: App, tiny: Path) -> None:
    play(page, app, tiny)
    for name in ("Previous change or note", "Back one iteration", "Forward one iteration", "Next change or note"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_have_text("")
        drawn = button.locator("svg path").bounding_box()
        assert drawn is not None
        assert min(drawn["width"], drawn["height"]) > 4


@pytest.mark.parametrize("width", [1280, 390])
def test_a_digit_is_drawn_large(page: Page, app: App, width: int) -> None:
    play(page, app, record(app, f"digits-{width}", "--data", "digits", iterations=30))
    page.set_viewport_size({"width": width, "height": 900})
    picture = page.get_by_role("img", name="dev example 0, of class ")
    expect(picture).to_be_visible()
    drawn, bars = picture.bounding_box(), page.locator(".panda-example .panda-bars").bounding_box()
    assert drawn is not None
    assert bars is not None
    assert min(drawn["width"], drawn["height"]) >= 140
    assert drawn["width"] == drawn["height"]
    assert drawn["y"] < bars["y"] + bars["height"]  # beside its probabilities, or above them
    assert bars["width"] > 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
