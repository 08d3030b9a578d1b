"""The real app on a free port, a real browser, and what both have to say at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Error, Page, Request, expect, sync_playwright

from tests.browser.app import App
from tests.browser.words import end

collect_ignore = ["two_live_runs.py"]  # a script for Streamlit: to import it is to start runs

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=30_000)  # as everything else that is waited for: the machine may be busy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder takes a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, serving from a folder of its own; at the end it must have printed nothing alarming."""
    with App(tmp_path_factory.mktemp("panda"), ROOT / "app.py") as started:
        yield started


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test leaves on the server ends with it: what is under way, and the sessions that were not there before."""
    if "app" not in request.fixturenames:
        yield
        return
    app: App = request.getfixturevalue("app")
    visitor: Visitor | None = request.getfixturevalue("visitor") if "visitor" in request.fixturenames else None
    before = app.sessions()
    yield
    if app.searches() or (app.records() and (visitor is None or not visitor.ends_run())):
        app.stop()
        app.start()
    left = [path for path in app.sessions() if path not in before]
    if left and visitor is not None and "tab" in request.fixturenames:
        visitor.tab.goto("about:blank")  # it may show one of them
    for path in left:
        path.unlink()


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    """Not longer than a module: while Playwright runs, its event loop is that of this thread."""
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def visitor(chromium: BrowserType, app: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody with a browser, who keeps what it has cached from page to page."""
    made = Visitor(chromium, tmp_path_factory.mktemp("profile"), app)
    yield made
    made.context.close()


@pytest.fixture
def context(visitor: Visitor) -> Iterator[BrowserContext]:
    """The visitor's browser; at the end no console error, no page error, no request to anywhere else."""
    yield visitor.context
    for page in visitor.context.pages:
        if page is not visitor.tab:
            page.close()
    trouble, visitor.trouble = visitor.trouble, []
    assert trouble == []


@pytest.fixture
def page(context: BrowserContext, app: App) -> Page:
    """The first page of the app, anew."""
    opened = context.new_page()
    opened.goto(app.url)
    return opened


@pytest.fixture
def tab(visitor: Visitor, context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page that the visitor keeps from test to test, wherever that has left it; after a failure another."""
    failed = request.session.testsfailed
    yield visitor.tab
    if request.session.testsfailed > failed:
        visitor.tab.close()
        visitor.tab = context.new_page()


class Visitor:
    """A browser that notes everything that should not be."""

    def __init__(self, chromium: BrowserType, profile: Path, app: App) -> None:
        self.trouble: list[str] = []
        self._url = app.url
        # with a profile of its own, as everybody's: else compiled scripts are not kept
        self.context = chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 1440, "height": 1600}
        )
        self.context.set_default_timeout(30_000)
        self.context.on("page", self._watch)
        self.context.on("request", self._request)
        (self.tab,) = self.context.pages
        self._watch(self.tab)

    def ends_run(self) -> bool:
        """Stop the run under way as a person would; whether that was possible."""
        trouble = len(self.trouble)
        page = self.context.new_page()
        try:
            page.goto(self._url)
            end(page)
        except Error:
            del self.trouble[trouble:]
            return False
        finally:
            page.close()
        return True

    def _watch(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note(str(error)))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self._url, "data:", f"blob:{self._url}")):
            self._note(f"request to {request.url}")

    def _note(self, trouble: str) -> None:
        self.trouble.append(trouble)
