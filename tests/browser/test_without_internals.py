"""The page without what leans on the internals of Streamlit and Plotly: slower to come, but all of it there."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, copied_code
from tests.browser.recorded import play, record
from tests.browser.words import press, start, traces, wait_for_draws, wait_for_state

REPLACED = {
    "early_loading.py": ("    if not _INDEX.is_file()", "    if True or not _INDEX.is_file()"),
    "plotly_script.py": ("    if not begin or not end or after.strip():", "    if True:"),
    "frontend/links.js": ('addEventListener("click", take, true)', "contains(null)"),
    "frontend/theme.js": ("observer.observe(node,", "String("),
    "frontend/plot.js": ('".nsewdrag"', '".there-is-no-such-class"'),
}
"""File → what is replaced in it: as if the other side had changed."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    script = copied_code(tmp_path_factory.mktemp("code"))
    for name, (old, new) in REPLACED.items():
        path = script.parent / "trainer" / "views" / name
        source = path.read_text("utf-8")
        assert old in source, name
        path.write_text(source.replace(old, new), "utf-8")
    with App(tmp_path_factory.mktemp("panda"), script) as started:
        yield started


def test_a_run_is_shown_and_steered(page: Page, app: App) -> None:
    with urllib.request.urlopen(app.url) as answer:
        assert b"/panda/" not in answer.read()
    start(page)
    wait_for_draws(page)
    assert len(traces(page, "cost")[0]["x"]) > 1
    press(page, "÷3")
    expect(page.get_by_role("region", name="Interventions")).to_contain_text("α 0.1 → 0.03333")
    press(page, "Stop")
    wait_for_state(page, "stopped")


def test_another_theme_is_drawn_with_what_comes_next(page: Page, app: App) -> None:
    start(page)
    wait_for_draws(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('[data-chart=cost]').layout.font.color === '#e6e9e2'", polling="raf")
    press(page, "Stop")
    wait_for_state(page, "stopped")


def test_a_session_is_played_back_and_left(page: Page, app: App) -> None:
    path = record(app, "short", iterations=200)
    play(page, app, path)
    scrubber = page.get_by_label("Iteration", exact=True)
    scrubber.fill("100")
    veil = page.locator(".panda-veil").first
    expect(veil).to_be_visible()
    box, chart = veil.bounding_box(), page.locator("[data-chart=cost]").bounding_box()
    assert box is not None
    assert chart is not None
    middle = chart["x"] + 64 + (chart["width"] - 86) / 2  # between the margins that the layout asks for
    assert box["x"] == pytest.approx(middle, abs=8)
    page.get_by_role("button", name="All sessions").click()
    page.get_by_role("heading", name="Sessions", exact=True).wait_for()
