"""The first page: what it asks for before Streamlit's scripts would."""

from __future__ import annotations

import re
import urllib.request

from playwright.sync_api import Page

from tests.browser.app import App
from tests.browser.words import press, start, wait_for_draws, wait_for_state


def test_the_first_page_asks_early_for_what_will_be_drawn(page: Page, app: App) -> None:
    def first() -> str:
        with urllib.request.urlopen(app.url) as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
            return str(answer.read().decode())

    assert "<title>Panda</title>" in first()
    modules = re.findall(r'modulepreload" href="(/panda/modules/[^"]+)"', first())
    assert {path.rpartition("/")[2] for path in modules} >= {"main.js", "charts.js", "traces.js", "text.js"}
    for path in modules:
        with urllib.request.urlopen(app.url + path) as answer:
            assert answer.status == 200
    assert "plotly.js" not in first()  # nothing to draw yet
    start(page)
    (script,) = re.findall(r'<script async src="([^"]+/plotly.js)"', first())
    page.reload()
    wait_for_draws(page)
    assert page.locator(f'script[src="{script}"]').count() == 1
    press(page, "Stop")
    wait_for_state(page, "stopped")
