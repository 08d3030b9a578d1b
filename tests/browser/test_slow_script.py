"""Pages whose script takes long, and is begun anew meanwhile: what was asked for is done all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App, copied_code
from tests.browser.recorded import open_session, record, row, visit
from tests.browser.words import press, settle
from tests.waiting import wait_until

WAITS = """    import time
    while Path("hold").exists():
        time.sleep(0.01)
"""
COUNTS = """with open("runs", "a") as runs:
    runs.write(".")
"""
PUT = {
    "trainer/recorder/library.py": (
        WAITS,
        "    with tempfile.TemporaryDirectory() as private:\n        source = Path(",
    ),
    "trainer/views/sessions.py": (WAITS, "    show_back_link()\n    try:\n        path = find_session("),
    "trainer/views/page.py": (COUNTS, "_HERE = "),
}
"""What is put in front of what: taking in a session and showing one wait, as if it was large; runs are counted."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Slow as long as there is a file `hold`; `runs` has a mark for each time that the script was begun."""
    folder = tmp_path_factory.mktemp("panda")
    script = copied_code(folder)
    for name, (what, begins) in PUT.items():
        text = (folder / name).read_text("utf-8")
        assert text.count(begins) == 1
        (folder / name).write_text(text.replace(begins, what + begins), "utf-8")
    with App(folder, script) as started:
        yield started


@pytest.fixture
def hold(app: App) -> Iterator[Path]:
    path = app.folder / "hold"
    yield path
    path.unlink(missing_ok=True)


def ask(app: App, control: Locator) -> None:
    """Press it by a key, which finds also what moves, and wait until the script is begun for it."""
    runs = app.folder / "runs"
    before = len(runs.read_text("utf-8"))
    control.press("Enter")
    wait_until(lambda: len(runs.read_text("utf-8")) > before)


def upload(page: Page, app: App, path: Path, hold: Path) -> None:
    """While it is taken in, the page is asked for once more."""
    visit(page, app)
    settle(page)
    choose = page.locator("input[type=file]")
    choose.wait_for(state="attached")
    hold.touch()
    choose.set_input_files(path)
    page.get_by_text("Every record is checked and written anew …").wait_for()
    ask(app, page.get_by_role("link", name="Sessions", exact=True))
    hold.unlink()


def test_what_cannot_be_taken_in_is_refused(page: Page, app: App, hold: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.panda"
    bad.write_bytes(b"PK\3\4 not a session" * 100)
    upload(page, app, bad, hold)
    expect(page.get_by_text("Not done: bad.panda is not a session of Panda")).to_be_visible()
    assert app.sessions() == []


def test_a_session_is_taken_in_once_and_opened(page: Page, app: App, hold: Path, tmp_path: Path) -> None:
    recorded = record(app, "spiral-sent", iterations=60)
    sent = recorded.rename(tmp_path / recorded.name)
    upload(page, app, sent, hold)
    page.locator(".panda-playback[data-exact='true']").wait_for()
    (taken,) = app.sessions()
    press(page, "All sessions")
    expect(row(page, taken)).to_have_count(1)
    expect(page.locator("tr[data-file]")).to_have_count(1)


def test_what_is_pressed_before_another_press_was_seen_to(page: Page, app: App, hold: Path) -> None:
    path = record(app, "spiral-short", iterations=60)
    open_session(page, app, path)
    page.locator(".panda-playback[data-exact='true']").wait_for()
    settle(page)
    hold.touch()
    for button in ("Verify", "Rename"):
        ask(app, page.get_by_role("button", name=button, exact=True))
    hold.unlink()
    expect(page.get_by_role("dialog", name=re.compile("^Rename this session"))).to_be_visible()
    press(page, "Close")
    # at low priority, so on a busy machine not soon
    expect(page.get_by_text(re.compile("^(Verifying: |Exact$)"))).to_be_visible()
