"""An audit of accessibility finds nothing on any page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.audit import audit
from tests.browser.recorded import damage, play, record, record_with_changes, row, visit
from tests.browser.words import (
    answered,
    box,
    end,
    open_setup,
    press,
    settle,
    start,
    wait,
    wait_for_iterations,
    wait_for_state,
)

BACKGROUNDS: dict[Literal["light", "dark"], str] = {"light": "rgb(251, 250, 246)", "dark": "rgb(22, 26, 23)"}
WIDTHS = (1280, 390)


def found(page: Page, where: str) -> list[str]:
    """What is wrong with the page as it stands, in both themes, on a wide screen and on a narrow one."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1000})
        for theme, background in BACKGROUNDS.items():
            page.emulate_media(color_scheme=theme)
            expect(page.locator(".stApp")).to_have_css("background-color", background)
            settle(page)  # a colour that fades is measured at its end
            wrong += [f"{where}, {theme}, {width}: {what}" for what in audit(page)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    return wrong


def test_the_train_page(page: Page) -> None:
    open_setup(page)
    for folded in ("Look at the data", "More", "Data shift"):
        page.locator("summary", has_text=folded).click()
    page.locator(".panda-preview").wait_for()
    wrong = found(page, "set-up")
    start(page)
    wrong += found(page, "running")
    box(page, "Momentum β").fill("2")
    press(page, "Apply")
    answered(page, "refused")
    box(page, "Momentum β").fill("0.8")
    box(page, "Note").fill("calmer")
    press(page, "Apply")
    answered(page)
    for n in range(14):  # more than the list of them has room for
        press(page, "×1.1" if n % 2 else "÷1.1")
        wait(page, "d.interventions === a", str(n + 2))
    wait_for_iterations(page, 100)
    press(page, "Undo")
    press(page, "Pause")
    wait_for_state(page, "paused")
    for folded in ("More", "Data shift"):
        page.get_by_text(folded, exact=True).click()
    box(page, "Input shift").fill("far")
    press(page, "Apply")
    assert answered(page, "refused").startswith("Not done: Input shift must be a number such as")
    expect(box(page, "Input shift")).to_have_attribute("aria-invalid", "true")
    expect(box(page, "Input shift")).to_have_accessible_description(re.compile("^Input shift must be a number such as"))
    wrong += found(page, "refused")
    box(page, "Input shift").fill("-0.5")
    expect(box(page, "Input shift")).to_have_attribute("aria-invalid", "false")
    expect(box(page, "Input shift")).not_to_have_accessible_description(re.compile("must be"))
    press(page, "Apply")
    page.get_by_text("input shift 0 → -0.5: applied at iteration").wait_for()
    wrong += found(page, "paused")
    box(page, "Weight decay λ").fill("1e6")
    box(page, "Learning rate α").fill("1e6")
    press(page, "Apply")
    answered(page)
    press(page, "Resume")
    wait_for_state(page, "paused")
    page.get_by_role("alert").get_by_text("lower the learning rate").wait_for()
    wrong += found(page, "not finite")
    end(page)
    wrong += found(page, "stopped")
    assert wrong == []


@pytest.fixture(scope="module")
def digits(app: App) -> Path:
    return record(app, "digits", "--data", "digits", "--nudge", "20: learning_rate=0.3 # bolder", iterations=60)


@pytest.fixture(scope="module")
def changed(app: App) -> Path:
    return record_with_changes(app, "spiral")


def test_the_list_of_sessions_and_the_course(page: Page, app: App, digits: Path, changed: Path) -> None:
    broken = app.folder / "sessions" / "broken.panda"
    broken.write_bytes(changed.read_bytes())
    damage(broken)
    visit(page, app)
    row(page, broken).wait_for()
    wrong = found(page, "sessions")
    page.goto(f"{app.url}/course")
    page.get_by_role("heading", name="18. Frameworks").wait_for()
    assert wrong + found(page, "course") == []


def test_playback(page: Page, app: App, digits: Path, changed: Path) -> None:
    wrong = []
    for path in (digits, changed):
        page.set_viewport_size({"width": 1280, "height": 1000})
        play(page, app, path)
        page.locator(".panda-model[data-exact='true']").wait_for()
        page.locator(".panda-more-facts summary").click()
        wrong += found(page, f"playback of {path.stem}")
    press(page, "Find out")
    page.get_by_text(re.compile("^It (helped|hurt|made no difference|cannot be told)")).wait_for()
    wrong += found(page, "what an intervention was worth")
    press(page, "Rename")
    page.get_by_role("dialog").wait_for()
    wrong += found(page, "rename")
    page.keyboard.press("Escape")
    press(page, "Delete")
    page.get_by_role("dialog").wait_for()
    wrong += found(page, "delete")
    assert wrong == []


def test_comparison(page: Page, app: App, digits: Path, changed: Path) -> None:
    page.goto(f"{app.url}/sessions?compare={changed.name}&compare={digits.name}:r1")
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    assert found(page, "comparison") == []
