"""The file of a run goes while the page shows it: it is said, and a press writes the record anew."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import play, tile
from tests.browser.words import answered, end, live, press, start, wait_for_iterations, wait_for_state
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session


def _path(app: App, page: Page) -> Path:
    saved = page.locator(".panda-saved")
    expect(saved).to_contain_text("saved to ")
    return app.folder / saved.inner_text().removeprefix("saved to ")


def test_a_file_that_is_removed_is_written_anew_at_a_press(page: Page, app: App) -> None:
    start(page)
    path = _path(app, page)
    anew = page.get_by_role("button", name="Record anew", exact=True)
    expect(anew).to_be_hidden()
    path.unlink()
    wait_for_state(page, "blocked")
    banner = page.locator(".panda-banner")
    name = path.relative_to(app.folder)
    expect(banner).to_contain_text(
        f"The file {name} was removed; nothing is lost: all of the record can be written anew."
    )
    expect(banner).to_contain_text("Training waits here. Write the record to a new file; where the file comes back")
    expect(page.locator(".panda-saved")).to_be_empty()
    expect(live(page)).to_contain_text("Waiting for the file")
    place = page.get_by_label("Path of the new file", exact=True)
    expect(place).to_have_value(str(name))
    (app.folder / "mine").write_text("mine")
    place.fill("mine")
    press(page, "Record anew")
    assert "mine exists already" in answered(page, "refused")
    expect(place).to_have_value("mine")
    place.fill("sessions/rescued.panda")
    place.press("Enter")
    assert f"the file {name} was removed: all of the record was written anew" in answered(page)
    wait_for_state(page, "running")
    expect(anew).to_be_hidden()
    expect(page.locator(".panda-saved")).to_have_text("saved to sessions/rescued.panda")
    wait_for_iterations(page, 100)
    press(page, "÷3")
    answered(page)
    end(page)
    rescued = app.folder / "sessions" / "rescued.panda"
    session = read_session(rescued)
    assert (session.state, session.damage, path.exists()) == ("closed", (), False)
    assert len(session.runs["r1"].interventions) == 1
    assert verify(rescued).result == "exact"
    play(page, app, rescued)
    assert tile(page, "iteration")


def test_a_file_that_is_moved_in_its_folder_is_followed(page: Page, app: App) -> None:
    start(page)
    path = _path(app, page)
    moved = path.with_name("moved.panda")
    path.rename(moved)
    expect(page.locator(".panda-saved")).to_have_text("saved to sessions/moved.panda")
    log = page.get_by_role("region", name="Interventions", exact=True)
    expect(log).to_contain_text("was moved, so the session is recorded in sessions/moved.panda now")
    expect(page.locator(".panda-banner")).to_be_empty()
    end(page)
    assert verify(moved).result == "exact"


def test_after_a_file_was_cut_the_page_shows_what_is_in_the_new_one(page: Page, app: App) -> None:
    start(page)
    path = _path(app, page)
    press(page, "÷3")
    answered(page)
    log = page.get_by_role("region", name="Interventions", exact=True)
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(log.get_by_role("listitem")).to_have_count(1)
    expect(undo).to_be_enabled()
    os.truncate(path, 0)
    wait_for_state(page, "blocked")
    press(page, "Record anew")
    wait_for_state(page, "running")
    expect(log.get_by_role("listitem")).to_have_count(1)
    expect(log).to_contain_text("was cut to 0 of ")
    expect(undo).to_be_disabled()
    expect(page.locator(".panda-banner")).to_be_empty()
    press(page, "÷3")
    answered(page)
    expect(log.get_by_role("listitem")).to_have_count(2)
    expect(undo).to_be_enabled()
    end(page)
    new = path.with_name(f"{path.stem}-anew.panda")
    assert len(read_session(new).runs["r1"].interventions) == 1
    assert verify(new).result == "exact"
