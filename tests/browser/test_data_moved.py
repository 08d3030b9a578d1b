"""The data of a session that are not in it were moved: the page says so, and takes their new place."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import open_session, play, press, scrub
from tests.browser.words import end, wait_for_state
from tests.data.test_npy import many, pair
from trainer.cli.main import main
from trainer.data import npy

WORDS = ["--layers", "4", "--mini-batch-size", "16", "--iterations", "400", "--nudge", "200: learning_rate=0.02"]


@pytest.fixture
def moved(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A session whose data have another name by now; other data have their old one in the folder `other`."""
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    X, y = many()
    data, other = tmp_path / "a.npy", tmp_path / "other"
    other.mkdir()
    pair(data, X, y)
    pair(other / "a.npy", X + 1, y)
    session = app.folder / "sessions" / "moved.panda"
    session.parent.mkdir(exist_ok=True)
    assert main(["train", "--data", str(data), *WORDS, "--session", str(session)]) == 0
    for name in ("a.npy", "a.labels.npy"):
        (tmp_path / name).rename(tmp_path / name.replace("a", "b", 1))
    return session


def test_another_place_is_told(tab: Page, app: App, moved: Path, tmp_path: Path) -> None:
    open_session(tab, app, moved)
    expect(tab.get_by_text("Its data were not found")).to_be_visible()
    expect(tab.get_by_text(f"there is no file at\n{tmp_path}/a.npy")).to_be_visible()
    press(tab, "Verify")
    expect(tab.get_by_text("Cannot be verified")).to_be_visible()
    expect(tab.get_by_text(f"looked for at {tmp_path}/a.npy (no such file)").first).to_be_visible()
    press(tab, "Resume")
    expect(tab.get_by_text("Not done: the data that")).to_be_visible()

    field = tab.get_by_label("Path of the data")
    field.fill(str(tmp_path / "other" / "a.npy"))
    field.press("Enter")
    press(tab, "Look there")
    expect(tab.get_by_text("other data: fingerprint")).to_be_visible()
    field.fill(str(tmp_path / "b.npy"))
    field.press("Enter")
    press(tab, "Look there")
    tab.get_by_text("Where its data are").click()
    expect(tab.get_by_text(f"they are read from {tmp_path}/b.npy.")).to_be_visible()
    expect(tab.get_by_text("other data: fingerprint")).to_be_hidden()

    press(tab, "Verify")
    expect(tab.get_by_text("400 iterations re-executed")).to_be_visible()
    press(tab, "Find out")
    expect(tab.get_by_text("this run", exact=False).filter(has_text="It ")).to_be_visible()
    play(tab, app, moved)
    scrub(tab, 300)
    expect(tab.get_by_text("; digest")).to_be_visible()
    press(tab, "Resume")
    wait_for_state(tab, "running")
    end(tab)
