"""What is found out beside training, in the page: one thing after the other, and no process outlives the server."""

from __future__ import annotations

import signal

import psutil
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.app import App
from tests.browser.recorded import play, press, record_with_changes


def ask_for_minutes(page: Page) -> None:
    """Ask what the latest intervention was worth, with 64 other seeds."""
    other_seeds = page.get_by_role("spinbutton", name="Other seeds", exact=True)
    other_seeds.fill("64")
    other_seeds.press("Enter")
    press(page, "Find out")
    page.get_by_text("Training without it: ").filter(has_text="of ").wait_for()


def test_a_question_about_another_session_waits_for_its_turn(context: BrowserContext, app: App) -> None:
    long, short = record_with_changes(app, "spiral-long", iterations=20_000), record_with_changes(app, "spiral-short")
    first, second = context.new_page(), context.new_page()
    play(first, app, long)
    ask_for_minutes(first)
    play(second, app, short)
    press(second, "Verify")
    second.get_by_text("Verifying: waiting until something else is found out.").wait_for()
    press(first, "Cancel")
    expect(second.get_by_text("Exact")).to_be_visible()


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_no_job_outlives_the_server(context: BrowserContext, app: App, how: signal.Signals, code: int) -> None:
    path = record_with_changes(app, f"spiral-{how.name}", iterations=20_000)
    page = context.new_page()
    play(page, app, path)
    ask_for_minutes(page)
    page.close()  # the job goes on without the page, and the browser does not complain of a lost server
    beside = psutil.Process(app.process.pid).children(recursive=True)
    assert beside
    assert app.stop(how) == code
    assert psutil.wait_procs(beside, timeout=20)[1] == []
    if how == signal.SIGKILL:
        app.lines.clear()  # semaphores that are left by a killed process are cleaned up for it, with a warning
    app.start()
