"""Travel in the page: the scrubber shows the network as it was, and a branch begins there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.app import App
from tests.browser.conftest import Visitor
from tests.browser.recorded import play, press, record_with_changes, scrub
from tests.browser.words import box, end, number, wait
from trainer.experiments.predictions import confusion
from trainer.experiments.travel import travel
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session


@pytest.fixture(scope="module")
def travelled(app: App) -> Path:
    return record_with_changes(app, "spiral-travelled")


def at(page: Page, iteration: int) -> str:
    """Scrub there; the digest that the page tells of the network."""
    scrub(page, iteration)
    model = page.locator(f".panda-model[data-exact='true'][data-iteration='{iteration}']")
    model.wait_for()
    return model.get_attribute("data-digest") or ""


def test_the_network_at_any_iteration_and_a_branch_from_there(page: Page, app: App, travelled: Path) -> None:
    session = read_session(travelled)
    run = session.run("r1")
    play(page, app, travelled)
    for iteration in (150, 37, 400, 0):
        assert at(page, iteration) == travel(session, run, iteration).digest
    expect(page.get_by_role("img", name="what the network takes every point of the plane for")).to_be_visible()
    expect(page.locator(".panda-confusion tbody tr")).to_have_count(3)
    told = confusion(travel(session, run, 0).loop)  # type: ignore[arg-type]
    recalls = page.locator(".panda-confusion tbody td:last-child").all_inner_texts()
    assert recalls == [f"{100 * recall:.2f}%" for recall in told.recall]
    mean = f"{100 * told.recall.mean():.2f}%"
    expect(page.get_by_text(f"accuracy {100 * told.accuracy:.2f}%, mean recall of the classes {mean}")).to_be_visible()
    held: list[Route] = []
    page.route("**/panda/playback", lambda route: held.append(route), times=1)
    press(page, "Next example")
    expect(page.get_by_role("textbox", name="Dev example")).to_have_value("1")
    page.get_by_role("textbox", name="Dev example").fill("9999")
    page.get_by_role("textbox", name="Dev example").press("Enter")
    refused = page.get_by_text("A dev example is a whole number from 0 to 179.")
    expect(refused).to_be_visible()
    told_before = page.locator(".panda-example .panda-bars").inner_text()
    held[0].continue_()
    page.wait_for_function(
        "before => document.querySelector('.panda-example .panda-bars').innerText !== before", arg=told_before
    )
    expect(refused).to_be_visible()  # also once the answer to what was asked before has come
    at(page, 250)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 1600})
    press(page, "Branch from here")
    wait(page, "d.state === 'paused'")
    assert number(page, "iteration") == 250
    box(page, "Learning rate α").fill("0.02")
    press(page, "Apply")
    wait(page, "d.interventions === '1'")
    press(page, "Step")
    wait(page, "Number(d.iteration) === 251")
    end(page)
    born = read_session(app.sessions()[-1])
    assert born.origin is not None
    assert (born.origin.session, born.origin.run, born.origin.iteration) == (session.id, "r1", 250)
    assert born.origin.digest == travel(session, run, 250).digest
    assert verify(born.path).result == "exact"


def test_an_iteration_that_is_not_there(page: Page, app: App, travelled: Path, visitor: Visitor) -> None:
    with page.expect_request("**/panda/playback") as asked:
        play(page, app, travelled)
    first = asked.value.post_data_json
    assert first is not None
    known = {name: first[name] for name in ("token", "session", "stamp", "run")}
    for iteration in (401, -1, 1.5, None, "7"):
        said = page.evaluate(
            """async (message) => {
              const body = JSON.stringify(message);
              return await (await fetch('/panda/playback', { method: 'POST', body })).text();
            }""",
            {**known, "do": "model", "example": 0, "iteration": iteration},
        )
        assert re.match(r"iteration must be a whole number( from 0 to 400)?, but got", said)
    visitor.trouble = [said for said in visitor.trouble if "400 (Bad Request)" not in said]
