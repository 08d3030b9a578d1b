"""The first page: what it asks for before Streamlit's scripts would."""

from __future__ import annotations

import re
import urllib.request

from playwright.sync_api import Page

from tests.browser.app import App
from tests.browser.recorded import record, row
from tests.browser.words import press, start, wait_for_draws, wait_for_state
from trainer.views.comparison import PARAMETER


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


def test_the_sessions_page_asks_early_for_what_its_address_names(page: Page, app: App) -> None:
    def asked(query: str) -> tuple[set[str], list[str]]:
        with urllib.request.urlopen(f"{app.url}/sessions{query}") as answer:
            text = str(answer.read().decode())
        found = re.findall(r'modulepreload" href="([^"]+)"', text)
        for path in found:
            with urllib.request.urlopen(app.url + path) as answer:
                assert answer.status == 200
        scripts = re.findall(r'<script async src="([^"]+/plotly.js)"', text)
        return {path.rpartition("/")[2].partition(".")[0] for path in found}, scripts

    listed, opened, compared = asked(""), asked("?session=x.panda"), asked(f"?{PARAMETER}=x.panda&{PARAMETER}=y.panda")
    assert listed[0] >= {"main", "session_list"}
    assert opened[0] >= {"main", "playback", "charts", "session_head"}
    assert compared[0] >= {"main", "comparison", "comparison_tables", "static_chart"}
    assert [len(scripts) for _, scripts in (listed, opened, compared)] == [0, 1, 1]
    path = record(app, "asked-for", iterations=50)
    page.goto(f"{app.url}/sessions?session={path.name}")
    page.locator(".panda-playback[data-exact='true']").wait_for()
    assert page.locator(f'script[src="{opened[1][0]}"]').count() == 1


def test_the_list_has_ready_what_draws_a_session_and_a_comparison(page: Page, app: App) -> None:
    one, two = (record(app, name, iterations=50) for name in ("one", "two"))
    page.goto(f"{app.url}/sessions")
    page.wait_for_function("window.Plotly !== undefined")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (one, two):
        row(page, path).get_by_role("checkbox").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator(".panda-static-chart .main-svg").first.wait_for()
    assert not [url for url in asked if "plotly" in url.lower()]
