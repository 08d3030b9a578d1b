"""Names and notes of strangers on the page: nothing is hidden or turned around, and no file name ends a page."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import press, record, visit
from trainer.recorder.library import rename_session

HOSTILE = "safe\u202egnp.exe\u2066\u200b\x1b[2J\x9b"
SHOWN = r"safe\u202egnp.exe\u2066\u200b\x1b[2J\x9b"


@pytest.fixture
def hostile(tab: Page, app: App) -> Iterator[Path]:
    """A session whose name, note and file name are hostile; that of the file is not even Unicode."""
    made = record(app, "hostile", "--nudge", f"200: momentum=0.5 # {HOSTILE}")
    rename_session(made, HOSTILE)
    path = made.rename(made.with_name(os.fsdecode(b"\xff") + "\u202e.panda"))
    yield path
    visit(tab, app)
    path.unlink()


def test_nothing_is_hidden_or_turned_around(tab: Page, app: App, hostile: Path) -> None:
    visit(tab, app)
    button = tab.get_by_role("button", name=SHOWN, exact=True)
    expect(button).to_be_visible()
    button.click()
    tab.locator(".panda-playback[data-exact='true']").wait_for()
    tab.get_by_role("slider", name="Iteration", exact=True).fill("400")
    expect(tab.locator(".panda-playback .panda-log")).to_contain_text(SHOWN)
    expect(tab.locator(".panda-head h2")).to_have_text(SHOWN)
    press(tab, "Delete")
    expect(tab.get_by_role("dialog")).to_contain_text(r"\xff\u202e.panda")
    said = tab.locator("body").inner_text()
    assert {c for c in said if unicodedata.category(c) in ("Cf", "Cs", "Cc")} <= {"\n", "\t"}
    press(tab, "Keep it")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == hostile.read_bytes()
