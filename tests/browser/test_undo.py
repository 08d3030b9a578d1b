"""Undo, and the way back, in the page: nothing is erased, nothing is mixed up."""

from __future__ import annotations

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import row
from tests.browser.words import (
    answered,
    box,
    data,
    end,
    number,
    press,
    start,
    traces,
    wait,
    wait_for_draws,
    wait_for_state,
)
from trainer.experiments.verify import verify
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import read_session


def test_undo_twice_while_it_runs_and_go_back_to_what_was_left(page: Page, app: App) -> None:
    start(page)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    for n, alpha in enumerate(("0.3", "30"), start=1):
        box(page, "Learning rate α").fill(alpha)
        press(page, "Apply")
        wait(page, "d.interventions === a", str(n))
        reached = number(page, "iteration")
        wait(page, "Number(d.iteration) > a", reached + 200)
    press(page, "Undo")
    wait(page, "d.run === 'r2' && d.interventions === '1'")
    assert "in run r2; run r1 is kept as it was" in answered(page)
    wait_for_state(page, "running")
    expect(box(page, "Learning rate α")).to_have_value("0.3")
    press(page, "Pause")
    wait_for_state(page, "paused")
    press(page, "Undo")
    wait(page, "d.run === 'r3' && d.interventions === '0'")
    assert data(page, "state") == "paused"
    expect(box(page, "Learning rate α")).to_have_value("0.1")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    here = number(page, "iteration")
    session = read_session(app.sessions()[-1])
    # what was left is there, in grey, and no part of the curve
    page.wait_for_function(
        "here => { const [,, mean,,, left] = document.querySelector('[data-chart=cost]').data;"
        " return Math.max(...left.x) > here && Math.max(...mean.x) <= here + 1; }",
        arg=here,
    )
    costs = session.run("r1").costs[:here]
    assert max(traces(page, "cost")[1]["y"]) == np.float32(costs.max())
    left = page.get_by_role("region", name="Left behind")
    expect(left.get_by_role("listitem")).to_have_count(2)
    left.get_by_role("listitem").filter(has_text="run r1").get_by_role("button").click()
    wait(page, "d.run === 'r4' && d.interventions === '2'")
    end(page)
    session = read_session(app.sessions()[-1])
    line = with_ancestors(session, session.run("r4"))
    first = session.run("r1")
    assert np.array_equal(line.costs[: len(first.costs)], first.costs)
    assert {verify(session.path, run).result for run in session.runs} == {"exact"}


def test_undo_while_it_waits_is_shown_each_time_and_what_was_left_has_a_way_back(page: Page, app: App) -> None:
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    for n in range(12):
        press(page, "×3")
        wait(page, "d.interventions === '1'")
        press(page, "Undo")
        wait(page, "d.run === a && d.interventions === '0'", f"r{n + 2}")
        expect(box(page, "Learning rate α")).to_have_value("0.1")
    left = page.get_by_role("region", name="Left behind").get_by_role("listitem")
    expect(left).to_have_count(12)
    expect(left.first).to_contain_text("α 0.1 → 0.3")
    left.first.get_by_role("button").click()
    wait(page, "d.run === 'r14' && d.interventions === '1'")
    expect(box(page, "Learning rate α")).to_have_value("0.3")
    expect(left).to_have_count(11)
    end(page)


def test_a_double_click_on_undo_takes_back_one_change(page: Page, app: App) -> None:
    start(page)
    for n in ("1", "2", "3"):
        press(page, "÷1.1")
        wait(page, "d.interventions === a", n)
    page.get_by_role("button", name="Undo", exact=True).dblclick()
    wait(page, "d.run === 'r2'")
    press(page, "Checkpoint")
    page.get_by_text("checkpoint recorded").wait_for()
    assert (data(page, "run"), data(page, "interventions")) == ("r2", "2")
    end(page)


def test_what_is_in_view_stays_in_view(page: Page, app: App) -> None:
    start(page)
    box(page, "In view").select_option("last 200")
    press(page, "÷1.1")
    wait(page, "d.interventions === '1' && Number(d.iteration) > 3000")
    press(page, "Undo")
    wait(page, "d.run === 'r2' && d.interventions === '0'")
    reached = number(page, "iteration")
    wait(page, "Number(d.iteration) > a", reached + 500)
    wait_for_draws(page)
    assert len(traces(page, "cost")[2]["x"]) > 50
    end(page)


def test_the_tree_of_the_session_leads_to_every_run(page: Page, app: App) -> None:
    start(page)
    for alpha in ("0.3", "0.2"):
        box(page, "Learning rate α").fill(alpha)
        press(page, "Apply")
        wait(page, "d.interventions === '1'")
        press(page, "Undo")
        wait(page, "d.interventions === '0'")
    end(page)
    path = app.sessions()[-1]
    session = read_session(path)
    page.get_by_role("link", name="Sessions").click()
    row(page, path).get_by_role("button").click()
    rows = page.get_by_role("region", name="Runs of this session").get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text(f"from r1 at {session.run('r2').initial.iteration:,}, without α 0.1 → 0.3")
    expect(rows.nth(2).get_by_role("button")).to_have_attribute("aria-current", "true")
    page.set_viewport_size({"width": 390, "height": 844})
    cut = "nodes => nodes.filter(told => told.scrollWidth > told.clientWidth).length"
    assert page.locator(".panda-tree-told").evaluate_all(cut) == 0  # every word of it can be read on a phone
    page.set_viewport_size({"width": 1440, "height": 1600})
    rows.nth(0).get_by_role("button").click()
    expect(rows.nth(0).get_by_role("button")).to_have_attribute("aria-current", "true")
    expect(page.locator(".panda-playback")).to_have_count(1)  # that of the other run goes when this one has come
    expect(page.locator(".panda-playback .panda-tile-iteration")).to_contain_text(f"of {session.run('r1').iteration:,}")
    assert page.url.endswith("run=r1")
