"""The real app on a free port, a real browser, and what both have to say at the end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.app import App

ROOT = Path(__file__).parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app, serving from a folder of its own; at the end it must have printed nothing alarming."""
    with App(tmp_path_factory.mktemp("panda"), ROOT / "app.py") as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, app: App) -> Iterator[BrowserContext]:
    """A visitor; at the end no console error, no page error, no request to anywhere else."""
    made = browser.new_context(viewport={"width": 1440, "height": 1600})
    made.set_default_timeout(30_000)
    trouble: list[str] = []

    def watch(page: Page) -> None:
        page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))

    def request(request: Any) -> None:
        if not request.url.startswith((app.url, "data:", f"blob:{app.url}")):
            trouble.append(f"request to {request.url}")

    made.on("page", watch)
    made.on("request", request)
    yield made
    made.close()
    assert trouble == []


@pytest.fixture
def page(context: BrowserContext, app: App) -> Page:
    """The Train page, with nothing under way."""
    opened = context.new_page()
    opened.goto(app.url)
    return opened
