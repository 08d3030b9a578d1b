"""Two tabs show two live runs of one server, and steer each its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import App
from tests.browser.conftest import ROOT
from tests.browser.words import answered, box, data, press, start, wait, wait_for_iterations, wait_for_state
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("panda")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    with App(folder, Path(__file__).with_name("two_live_runs.py")) as started:
        yield started


def test_two_tabs_show_and_steer_two_live_runs(page: Page, context: BrowserContext, app: App) -> None:
    (beside,) = app.sessions()
    other = context.new_page()
    other.goto(f"{app.url}/?run={read_session(beside).id}")
    wait_for_state(other, "running")
    start(page)
    expect(box(page, "Learning rate α")).to_have_value("0.1")
    expect(box(other, "Learning rate α")).to_have_value("0.02")
    press(other, "×3")
    wait(other, "d.interventions === '1'")
    assert "0.02 → 0.06" in answered(other)
    for tab in (page, other):
        wait_for_iterations(tab, 200)
    assert data(page, "interventions") == "0"
    press(page, "÷3")
    assert "0.1 → 0.0333" in answered(page)
    press(page, "Stop")
    wait_for_state(page, "stopped")
    wait_for_iterations(other, 200)
    press(other, "Undo")
    wait(other, "d.run === 'r2' && d.interventions === '0'")
    press(other, "Stop")
    wait_for_state(other, "stopped")
    own = next(path for path in app.sessions() if path != beside)
    assert [list(read_session(path).runs) for path in (own, beside)] == [["r1"], ["r1", "r2"]]
    for path, run in ((own, "r1"), (beside, "r1"), (beside, "r2")):
        assert verify(path, run).result == "exact"


def test_an_address_of_a_run_that_is_not_live_says_so(page: Page, app: App) -> None:
    page.goto(f"{app.url}/?run=nothing")
    expect(page.get_by_text("There is no live run nothing here (any more).")).to_be_visible()
    expect(page.locator(".panda-live")).to_be_hidden()
