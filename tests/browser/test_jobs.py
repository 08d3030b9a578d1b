"""What is found out beside training, when the server ends: no process of it stays."""

from __future__ import annotations

import signal

import psutil
import pytest
from playwright.sync_api import BrowserContext

from tests.browser.app import App
from tests.browser.recorded import play, press, record_with_changes


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_job_outlives_the_server(context: BrowserContext, app: App, how: signal.Signals) -> None:
    path = record_with_changes(app, f"spiral-{how.name}", iterations=20_000)
    page = context.new_page()
    play(page, app, path)
    other_seeds = page.get_by_role("spinbutton", name="Other seeds", exact=True)
    other_seeds.fill("64")
    other_seeds.press("Enter")
    press(page, "Find out")
    page.get_by_text("Training without it: ").filter(has_text="of ").wait_for()
    page.close()  # the job goes on without the page, and the browser does not complain of a lost server
    beside = psutil.Process(app.process.pid).children(recursive=True)
    assert beside
    assert app.stop(how) == -how
    assert psutil.wait_procs(beside, timeout=20)[1] == []
    if how == signal.SIGKILL:
        app.lines.clear()  # semaphores that are left by a killed process are cleaned up for it, with a warning
    app.start()
