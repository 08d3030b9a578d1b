"""One entry more in the table of series: it is charted while it is measured, played back and compared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, copied_code
from tests.browser.recorded import visit
from tests.browser.words import press, start, traces, wait_for_state

ENTRY = """
    Series(
        "age",
        "age in iterations",
        "Age",
        "The iteration at which the dev set was evaluated.",
        measure=lambda loop: float(loop.iteration),
    ),
)

SERIES: dict"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app from a copy of its code, with the entry."""
    script = copied_code(tmp_path_factory.mktemp("code"))
    table = script.parent / "trainer" / "engine" / "series.py"
    source = table.read_text("utf-8")
    assert source.count("\n)\n\nSERIES: dict") == 1
    table.write_text(source.replace("\n)\n\nSERIES: dict", ENTRY), "utf-8")
    with App(tmp_path_factory.mktemp("panda"), script) as started:
        yield started


def test_it_is_charted_played_back_and_compared(page: Page, app: App) -> None:
    start(page)
    expect(page.locator(".panda-charts figcaption")).to_have_text(["Cost J", "Dev accuracy", "Learning rate α", "Age"])
    page.wait_for_function("document.querySelector('[data-chart=age]').data?.[2].y.length > 1")
    drawn = next(trace for trace in traces(page, "age") if trace.get("name") == "age in iterations")
    assert list(drawn["y"]) == list(drawn["x"])
    press(page, "×3")
    expect(page.get_by_role("region", name="Interventions")).to_contain_text("α 0.1 → 0.3")
    press(page, "Undo")
    page.wait_for_function("document.querySelector('.panda-live').dataset.run === 'r2'")
    press(page, "Stop")
    wait_for_state(page, "stopped")
    visit(page, app)
    page.locator(".panda-open").first.click()
    page.locator(".panda-playback[data-exact='true']").wait_for()
    page.locator("[data-chart=age]").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-chart=age]').data?.[2].y.length > 1")
    press(page, "Compare runs")
    page.locator(".panda-tables:not([hidden])").wait_for()
    expect(page.locator("tr[data-label='Age in iterations']")).to_be_visible()
    expect(page.locator(".panda-static-chart")).to_contain_text("Age in iterations")
