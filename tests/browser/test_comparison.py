"""Runs compared in the page: chosen from the list or from one session, drawn over each other, and told in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.branched import branched_session
from tests.browser.app import App
from tests.browser.recorded import damage, open_session, press, record, row, visit
from trainer.recorder.library import rename_session
from trainer.recorder.session import read_session

NAME = "*x* <img src=x>"
CHART = "document.querySelector('.panda-static-chart .js-plotly-plot')"


@pytest.fixture(scope="module")
def calm(app: App) -> Path:
    path = record(app, "spiral-calm", "--nudge", "200: learning_rate=0.01 # <i>calmer</i>", iterations=600)
    rename_session(path, NAME)
    return path


@pytest.fixture(scope="module")
def bold(app: App, calm: Path) -> Path:
    return record(app, "spiral-bold", iterations=400)


def compared(page: Page) -> list[str]:
    """What is compared, once the charts and tables of it are there."""
    page.locator(".panda-tables:not([hidden])").wait_for()
    return (page.locator(".panda-comparison").get_attribute("data-runs") or "").split()


def said(page: Page) -> Locator:
    return page.locator(".panda-said li")


def cells(page: Page, table: str, label: str) -> list[str]:
    found = page.get_by_role("table", name=table).locator(f"tr[data-label='{label}'] td")
    return found.all_inner_texts()


def drawn(page: Page, draws: str = "lines") -> list[dict[str, Any]]:
    """The lines of the charts, or what else they draw, with the last place of each on the x axis."""
    page.locator(".panda-static-chart .js-plotly-plot .main-svg").first.wait_for()
    found: list[dict[str, Any]] = page.evaluate(
        """draws => [...document.querySelector('.panda-static-chart .js-plotly-plot')._fullData]
            .filter(t => t.mode === draws && t.fill === 'none')
            .map(t => ({name: t.name, y: t.yaxis, color: t.line?.color ?? t.marker.color, text: t.text,
                        end: Math.max(...t.x), x: Array.from(t.x)}))""",
        draws,
    )
    return found


def test_two_sessions_of_the_list(tab: Page, app: App, calm: Path, bold: Path) -> None:
    page = tab
    visit(page, app)
    button = page.get_by_role("button", name="Compare", exact=True)
    expect(button).to_be_disabled()
    expect(page.get_by_text("tick two or more sessions")).to_be_visible()
    for path in (calm, bold):
        row(page, path).get_by_role("checkbox").check()  # and nothing is opened by that
    expect(page.get_by_text("2 ticked")).to_be_visible()
    button.click()
    assert compared(page) == ["spiral-calm.panda:r1", "spiral-bold.panda:r1"]
    expect(page.locator(".panda-compared li").first).to_contain_text(NAME)  # as it is, not as HTML or Markdown
    assert page.locator(".panda-comparison img").count() == 0
    expect(said(page)).to_have_text(
        [
            "A and B differ from iteration 201 on, after A’s intervention at iteration 200: α 0.1 → 0.01"
            " (“<i>calmer</i>”). The first cost that differs is that of iteration 202."
        ]
    )
    assert cells(page, "How far they came", "Iterations") == ["600", "400"]
    best = max(read_session(bold).run("r1").evaluations, key=lambda e: e.dev_accuracy)
    assert cells(page, "How far they came", "Best dev accuracy")[1].startswith(f"{best.dev_accuracy:.2%} at ")
    expect(page.get_by_text("Nothing: the same data, config, hyperparameters and environment.")).to_be_visible()
    lines = drawn(page)
    assert [(line["name"], line["y"]) for line in lines] == [(n, y) for n in "AB" for y in ("y", "y2", "y3", "y4")]
    assert {line["end"] for line in lines if line["name"] == "A"} == {600}
    assert {line["end"] for line in lines if line["name"] == "B"} == {400}
    assert len({line["color"] for line in lines}) == 2
    marks = drawn(page, "markers")
    assert [(mark["name"], mark["x"], mark["text"]) for mark in marks] == [
        ("A changed", [200], ["iteration 200: α 0.1 → 0.01"])
    ] * 2

    page.get_by_role("radiogroup", name="x axis").get_by_text("epoch", exact=True).click()
    page.wait_for_function("document.querySelector('.panda-static-chart .js-plotly-plot').layout.xaxis.range[1] < 100")
    page.get_by_role("button", name=f"Remove A: {NAME}").click()
    expect(said(page)).to_have_text(["Choose another run to compare with."])
    page.get_by_label("Add a session").select_option("spiral-calm.panda")
    expect(said(page)).to_contain_text(["A and B differ from iteration 201 on, after B’s intervention"])
    page.get_by_role("button", name=NAME, exact=True).click()
    expect(page.locator(".panda-head")).to_have_attribute("data-name", NAME)
    press(page, "All sessions")
    expect(row(page, calm).get_by_role("checkbox")).to_be_checked()  # the list is as it was left


def test_the_runs_of_one_session(tab: Page, app: App) -> None:
    page = tab
    path = branched_session(app.folder / "sessions" / "branched.panda")
    open_session(page, app, path)
    page.locator(".panda-tree:not([hidden])").wait_for()  # nothing above the button grows any more
    press(page, "Compare runs")
    assert compared(page) == [f"branched.panda:{run}" for run in ("r1", "r2", "r3")]
    expect(said(page)).to_contain_text(
        [
            "A and B differ from iteration 41 on, after A’s intervention at iteration 40: α 0.1 → 0.01",
            "B and C differ from iteration 61 on, after C’s intervention at iteration 60: β 0.9 → 0.5",
        ]
    )
    page.get_by_label("Run of B").select_option("r1")  # the same as A
    expect(page.locator(".panda-compared li")).to_have_count(2)
    expect(said(page)).to_contain_text(["A and B differ from iteration 41 on"])
    assert compared(page) == ["branched.panda:r1", "branched.panda:r3"]


def test_what_cannot_be_compared_is_told_and_the_rest_is_shown(
    context: BrowserContext, app: App, calm: Path, bold: Path
) -> None:
    broken = app.folder / "sessions" / "spiral-broken.panda"
    broken.write_bytes(bold.read_bytes())
    damage(broken)
    record(app, "iris", "--data", "iris", iterations=200)
    (app.folder / "sessions" / "empty.panda").write_bytes(calm.read_bytes()[:3000])
    (app.folder / "sessions" / "nonsense.panda").write_text("hello")
    names = ["spiral-calm.panda", "spiral-broken.panda:r1", "iris.panda:r1", "gone.panda:r1", "iris.panda:r7"]
    names += ["empty.panda", "nonsense.panda", "../x.panda:r1", "spiral-bold.panda"]
    page = context.new_page()
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app.url}/sessions?{'&'.join(f'compare={name}' for name in names)}")
    assert len(compared(page)) == 8
    assert {line["name"] for line in drawn(page)} == {"A", "B", "C"}
    for sentence in (
        "At most 8 runs are compared at a time; the others are left out.",
        "C was trained on other data than A: their costs and accuracies are of other examples.",
        "of A or B are lost to damage and could not be compared.",
        "It cannot be compared: there is no session 'gone.panda' here.",
        "there is no run 'r7' in sessions/iris.panda; it has r1.",
        "It cannot be compared: there is no run in it.",
        "nonsense.panda is not a session of Panda.",
        "Its session is damaged: what is shown of it is intact, and what is lost is left out.",
    ):
        expect(page.get_by_text(sentence)).to_be_visible()
    assert cells(page, "What was different at the start", "Data") == ["spiral", "spiral", "iris"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert drawn(page)[0]["color"] == "#7aa9e0"
    page.emulate_media(color_scheme="light")
    page.reload()  # the address names what is compared
    assert {line["name"] for line in drawn(page)} == {"A", "B", "C"}
    assert drawn(page)[0]["color"] == "#3b74b8"
    page.get_by_label("Run of iris.panda").or_(page.get_by_label("Run of iris")).last.select_option("r1")
    expect(page.locator(".panda-compared li")).to_have_count(7)  # it is there already


def test_what_is_zoomed_into_stays_in_sight_and_words_follow_the_theme(
    context: BrowserContext, app: App, calm: Path, bold: Path
) -> None:
    page = context.new_page()
    page.goto(f"{app.url}/sessions?compare={calm.name}&compare={bold.name}")
    assert drawn(page)[0]["color"] == "#3b74b8"
    wide, text = range_and_text(page)
    area = page.locator(".panda-static-chart .nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] / 4, area["y"] + 80)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 82, steps=4)
    page.mouse.up()
    page.wait_for_function(f"{CHART}.layout.xaxis.range[1] < 400")
    zoomed, _ = range_and_text(page)
    assert wide[0] < zoomed[0] < zoomed[1] < wide[1]
    page.get_by_text("Mini-batches", exact=True).click()  # another figure
    page.wait_for_function(f"!{CHART}.data.some(t => t.fill === 'toself')")
    assert range_and_text(page)[0] == zoomed
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"before => getComputedStyle({CHART}.querySelector('.xtick text')).fill !== before", arg=text
    )
    color = page.evaluate("getComputedStyle(document.querySelector('.panda')).color")
    assert range_and_text(page) == (zoomed, color)
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function(f"{CHART}.querySelector('.main-svg').clientWidth < 700")
    page.close()


def range_and_text(page: Page) -> tuple[list[float], str]:
    """Of the x axis in sight, and the colour of its labels."""
    x: list[float] = page.evaluate(f"{CHART}.layout.xaxis.range")
    return x, str(page.evaluate(f"getComputedStyle({CHART}.querySelector('.xtick text')).fill"))
