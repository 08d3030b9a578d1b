"""A run whose training data stay on disk is not looked ahead: the page says so once, and asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App, copied_code
from tests.browser.words import box, end, open_setup, press, wait_for_frames, wait_for_state
from tests.data.test_npy import many, pair


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app for which few data are too many for the memory."""
    script = copied_code(tmp_path_factory.mktemp("code"))
    path = script.parent / "trainer" / "data" / "row_file.py"
    source = path.read_text("utf-8")
    assert "IN_MEMORY = 2**28" in source
    path.write_text(source.replace("IN_MEMORY = 2**28", "IN_MEMORY = 0"), "utf-8")
    with App(tmp_path_factory.mktemp("panda"), script) as started:
        yield started


def test_it_is_said_once_and_nothing_is_asked_for(page: Page, tmp_path: Path) -> None:
    pair(tmp_path / "a.npy", *many())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_setup(page)
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name="A file on this machine").click()
    path = page.get_by_label("Path", exact=True)
    path.fill(str(tmp_path / "a.npy"))
    path.press("Enter")
    expect(page.get_by_text(re.compile(r"^a\.npy · "))).to_be_visible()
    press(page, "Start")
    wait_for_state(page, "running")
    why = re.compile("^Nothing is looked ahead: the training data of run r1 stay on disk, where clones would keep it")
    expect(page.get_by_text(why)).to_have_count(1)
    for name in ("Look ahead", "Find α"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_disabled()
        expect(button).to_have_attribute("title", why)
    expect(page.get_by_label("Speed limit")).to_be_disabled()
    box(page, "Learning rate α").fill("0.02")
    wait_for_frames(page, 4)
    expect(page.locator(".panda-hand")).to_be_empty()
    expect(page.get_by_text(why)).to_have_count(1)
    assert [url for url in asked if "/panda/ahead" in url] == []
    end(page)
