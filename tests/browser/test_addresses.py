"""Every page can be visited by its address, and says nothing in the console there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, Response, expect

from tests.browser.app import App
from tests.browser.recorded import record
from trainer.views.early_loading import PAGES


class Heard:
    """What a page says in the console, and its requests that fail."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        page.on("console", self._message)
        page.on("response", self._response)
        page.on("requestfailed", lambda request: self.said.append(f"{request.url}: {request.failure}"))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _message(self, message: ConsoleMessage) -> None:
        self.said.append(f"{message.type}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.said.append(f"{response.url}: {response.status}")


@pytest.fixture
def sessions(app: App) -> Iterator[list[str]]:
    """Names of two recorded sessions."""
    paths = [record(app, name, iterations=60) for name in ("one", "two")]
    yield [path.name for path in paths]
    for path in paths:
        path.unlink()


def test_the_console_stays_clean_on_every_page_visited_by_its_address(
    page: Page, app: App, sessions: list[str]
) -> None:
    one, two = sessions
    shown = {
        "": ".panda, [data-testid=stExpander]",
        **dict.fromkeys(PAGES, "[data-testid=stHeading], [data-testid=stExpander]"),
        f"sessions?session={one}": ".panda-playback[data-exact='true']",
        f"sessions?session={one}&run=r1": ".panda-playback[data-exact='true']",
        f"sessions?compare={one}&compare={two}:r1": ".panda-comparison:not([hidden])",
    }
    for address, there in shown.items():
        tab = page.context.new_page()
        heard = Heard(tab)
        tab.goto(f"{app.url}/{address}")
        expect(tab.locator(there).first).to_be_visible()
        tab.wait_for_load_state("networkidle")
        assert heard.said == [], address
        tab.close()
