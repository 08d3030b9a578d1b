"""The main job in a real browser: start, watch, nudge, pause, change, resume, stop."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests.browser.app import App
from tests.browser.words import (
    answered,
    box,
    data,
    end,
    live,
    number,
    open_setup,
    press,
    start,
    start_to_the_end,
    traces,
    wait,
    wait_for_frames,
    wait_for_iterations,
    wait_for_state,
)
from trainer.recorder.session import read_session


@pytest.fixture
def running(page: Page) -> Page:
    """The Train page with a run of its own under way."""
    start(page)
    return page


def test_one_press_of_start_learns_the_digits(page: Page, app: App) -> None:
    press(page, "Start")
    wait_for_state(page, "running")
    wait(page, "Number(d.iteration) > 2000")
    tiles = page.get_by_role("status", name="State of the run")
    for word in ("Status", "Running", "Iteration", "Epoch", "α in force", "Cost", "Dev cost", "Dev accuracy"):
        expect(tiles).to_contain_text(word)
    expect(tiles).to_contain_text("Iterations/s")
    press(page, "Stop")
    wait_for_state(page, "stopped")
    (path,) = app.sessions()
    run = read_session(path).run("r1")
    assert run.ended == "stopped"
    assert run.evaluations[-1].dev_accuracy >= 0.97
    assert run.costs[-1] < 0.1 * run.costs[0]
    expect(page.get_by_text(f"saved to sessions/{path.name}")).to_be_visible()


def test_nudge_type_pause_change_resume_stop(running: Page, app: App) -> None:
    page = running
    press(page, "÷3")
    wait(page, "d.interventions === '1'")
    assert "α 0.1 → 0.03333: applied at iteration" in answered(page)

    box(page, "Learning rate α").fill("0.0123")
    box(page, "Note").fill("by hand")
    press(page, "Apply")
    wait(page, "d.interventions === '2'")
    expect(box(page, "Learning rate α")).to_have_value("0.0123")

    box(page, "Momentum β").fill("0.95")
    box(page, "Decay").select_option("inverse-time")
    box(page, "Decay rate").fill("5e-2")
    box(page, "Decay rate").press("Enter")
    wait(page, "d.interventions === '3'")

    press(page, "Pause")
    wait_for_state(page, "paused")
    at = number(page, "iteration")
    box(page, "Momentum β").fill("0.8")
    press(page, "Apply")
    wait(page, "d.interventions === '4'")
    assert f"β 0.95 → 0.8: applied at iteration {at:,}" in answered(page)
    press(page, "Step")
    wait(page, "Number(d.iteration) === a", at + 1)
    page.get_by_label("Iterations to run").fill("25")
    press(page, "Run N")
    wait(page, "Number(d.iteration) === a && d.state === 'paused'", at + 26)
    press(page, "Checkpoint")
    page.get_by_text(f"checkpoint recorded at iteration {at + 26:,}").wait_for()
    box(page, "Note").fill("going on")
    press(page, "Apply")
    page.get_by_text(f"note recorded at iteration {at + 26:,}").wait_for()

    press(page, "Resume")
    wait_for_iterations(page, 100)
    press(page, "Stop")
    wait_for_state(page, "stopped")

    run = read_session(app.sessions()[-1]).run("r1")
    changes = [dict(change.after) for change in run.interventions]
    assert changes[1:] == [
        {"learning_rate": 0.0123},
        {"momentum": 0.95, "decay": "inverse-time", "decay_rate": 0.05},
        {"momentum": 0.8},
    ]
    assert [change.note for change in run.interventions] == ["", "by hand", "", ""]
    assert run.interventions[3].iteration == at
    assert [note.text for note in run.notes] == ["going on"]

    press(page, "Resume")
    wait_for_state(page, "running")
    wait_for_iterations(page, 50)
    assert number(page, "interventions") == 4
    end(page)
    assert len(read_session(app.sessions()[-1]).run("r1").interventions) == 4


def test_what_is_not_allowed_is_refused_in_a_sentence_and_stays_as_typed(running: Page) -> None:
    page = running
    for typed, sentence in (("0", "above 0"), ("0,1", "such as 0.01"), ("nan", "such as 0.01")):
        box(page, "Learning rate α").fill(typed)
        box(page, "Learning rate α").press("Enter")
        page.locator(".panda-answer[data-status='refused']", has_text=sentence).wait_for()
        expect(box(page, "Learning rate α")).to_have_value(typed)
        expect(page.locator("[data-knob='learning_rate']")).to_have_class("panda-knob panda-dirty")
        press(page, "×1.1")  # any other answer, so that the next refusal is a new one
        answered(page)
    wait(page, "d.interventions === '3'")
    box(page, "Learning rate α").press("Escape")
    expect(page.locator("[data-knob='learning_rate']")).not_to_have_class("panda-knob panda-dirty")
    end(page)


def test_a_slider_writes_nothing_before_apply_and_apply_sends_only_what_changed(running: Page, app: App) -> None:
    page = running
    slider = page.get_by_role("slider", name="β, 1-log scale")
    for _ in range(5):
        slider.press("ArrowRight")
    wait_for_frames(page, 3)
    assert number(page, "interventions") == 0
    wanted = float(box(page, "Momentum β").input_value())
    assert wanted > 0.9
    expect(page.get_by_text("1 change not applied yet")).to_be_visible()
    slider.press("Enter")
    wait(page, "d.interventions === '1'")
    end(page)
    (change,) = read_session(app.sessions()[-1]).run("r1").interventions
    assert dict(change.after) == {"momentum": wanted}


def hover_first_marker(page: Page, chart: str, tale: Locator) -> None:
    """Until it is told; a last redraw may move the marker away from the hand."""
    for _ in range(10):
        x, y = marker(page, chart)
        page.mouse.move(x - 1, y)
        page.mouse.move(x, y)
        try:
            tale.wait_for(timeout=1000)
        except TookTooLong:
            continue
        return
    raise AssertionError(f"the marker on {chart} tells nothing")


def marker(page: Page, chart: str) -> tuple[float, float]:
    x, y = page.evaluate(
        """name => {
          const box = document.querySelector(`[data-chart=${name}]`), { xaxis, yaxis2 } = box.layout;
          const { left, bottom, width, height } = box.querySelector(".nsewdrag").getBoundingClientRect();
          const share = (value, [low, high]) => (value - low) / (high - low), marks = box.data.at(-1);
          return [left + width * share(marks.x[0], xaxis.range), bottom - height * share(marks.y[0], yaxis2.range)];
        }""",
        chart,
    )
    return x, y


def test_non_finite_numbers_pause_with_advice_and_the_controls_stay(page: Page) -> None:
    open_setup(page)
    page.get_by_test_id("stCheckbox").get_by_text("Batch norm").click()
    page.get_by_text("no batch norm").wait_for()
    start(page)
    # θ = θ - αλθ - … grows 10¹²-fold with every update
    page.get_by_text("More", exact=True).click()
    box(page, "Weight decay λ").fill("1e6")
    box(page, "Learning rate α").fill("1e6")
    press(page, "Apply")
    wait_for_state(page, "paused")
    page.get_by_role("alert").get_by_text("lower the learning rate").wait_for()
    expect(page.get_by_role("alert")).to_contain_text("To go back: Undo, to before the change at iteration ")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()
    box(page, "Learning rate α").fill("1e-9")
    press(page, "Apply")
    page.get_by_text("→ 1e-9: applied at iteration").wait_for()
    expect(page.get_by_role("status", name="State of the run")).to_contain_text("Paused")
    end(page)


def test_undo_is_no_advice_where_there_is_nothing_to_undo(page: Page) -> None:
    open_setup(page)
    page.get_by_test_id("stCheckbox").get_by_text("Batch norm").click()
    page.get_by_text("no batch norm").wait_for()
    alpha = page.get_by_label("Learning rate α", exact=True)
    alpha.fill("1e6")
    alpha.press("Enter")
    page.get_by_text("α 1e6").wait_for()
    press(page, "Start")
    wait_for_state(page, "paused")
    expect(page.get_by_role("alert")).to_contain_text("lower the learning rate")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_disabled()
    expect(page.get_by_role("alert")).not_to_contain_text("Undo")
    end(page)


def test_every_intervention_is_a_marker_on_every_chart_and_a_line_in_the_log(running: Page) -> None:
    page = running
    box(page, "Note").fill("<img src=x onerror=alert(1)> & <b>why</b>")
    box(page, "Momentum β").fill("0.5")
    press(page, "Apply")
    wait(page, "d.interventions === '1'")
    for _ in range(4):
        press(page, "÷1.1")
        answered(page)
    wait(page, "d.interventions === '5'")
    page.wait_for_function(
        "[...document.querySelectorAll('.panda-chart')].every("
        "c => c.data?.at(-1).customdata?.reduce((a, b) => a + b, 0) === 5)"
    )
    for chart in ("cost", "accuracy", "rate"):
        hover = traces(page, chart)[-1]["hovertext"][0]
        assert "β 0.9 → 0.5 (page) “&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;why&lt;/b&gt;”" in hover
    press(page, "Pause")
    wait_for_state(page, "paused")
    for chart in ("cost", "accuracy", "rate"):
        tale = page.locator(f"[data-chart='{chart}'] .hoverlayer", has_text="β 0.9 → 0.5 (page)")
        hover_first_marker(page, chart, tale)
    log = page.get_by_role("region", name="Interventions").get_by_role("listitem")
    expect(log).to_have_count(5)
    expect(log.last).to_contain_text("<img src=x onerror=alert(1)> & <b>why</b>")
    expect(log.first).to_contain_text("α")
    assert live(page).locator("img, b").count() == 0
    end(page)


def test_reload_second_tab_and_a_page_opened_later_show_the_one_run(
    running: Page, context: BrowserContext, app: App
) -> None:
    page, sessions = running, app.sessions()
    run_before = number(page, "iteration")
    page.reload()
    wait(page, "Number(d.iteration) > a", run_before)
    second = context.new_page()
    second.goto(app.url)
    wait_for_state(second, "running")
    expect(second.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    press(second, "÷3")
    wait(page, "d.interventions === '1'")
    expect(box(page, "Learning rate α")).to_have_value("0.03333")
    at = number(page, "iteration")
    page.close()
    second.close()
    later = context.new_page()
    later.goto(app.url)
    wait(later, "Number(d.iteration) > a && d.interventions === '1'", at)
    assert app.sessions() == sessions
    assert app.threads("panda-trainer") == 1
    end(later)


def test_a_double_click_on_start_starts_one_run(page: Page, app: App) -> None:
    before = len(app.sessions())
    page.get_by_role("button", name="Start", exact=True).dblclick()
    wait_for_state(page, "running")
    wait_for_iterations(page, 200)
    assert len(app.sessions()) == before + 1
    assert app.threads("panda-trainer") == 1
    expect(page.get_by_text("Cannot start")).to_have_count(0)
    end(page)


def test_what_is_being_typed_into_the_set_up_survives_its_reruns(page: Page) -> None:
    open_setup(page)
    seed, iterations = page.get_by_label("Seed", exact=True), page.get_by_label("Iterations", exact=True)
    problem = page.get_by_text("Cannot start: seed must be a whole number")
    for typed in ("4", "45", "456"):
        seed.fill("one")
        seed.press("Enter")
        problem.wait_for()
        seed.fill("1")
        iterations.press("End")
        iterations.press_sequentially(typed[-1])
        problem.wait_for(state="hidden")
        expect(iterations).to_have_value(typed)
        expect(iterations).to_be_focused()


def test_a_run_ends_where_it_was_told_to_and_the_next_is_set_up_above(page: Page, app: App) -> None:
    open_setup(page)
    page.get_by_label("Layers", exact=True).fill("sixteen")
    press(page, "Start")
    page.get_by_text("Cannot start: layers must be a whole number").wait_for()
    page.get_by_label("Layers", exact=True).fill("16")
    page.get_by_label("Iterations", exact=True).fill("300")
    page.get_by_label("Learning rate α", exact=True).fill("5e-2")
    start_to_the_end(page)
    run = read_session(app.sessions()[-1]).run("r1")
    assert run.config.layers == (16,)
    assert run.initial.hyperparameters.learning_rate == 0.05
    assert run.iteration == 300
    expect(page.get_by_text("Finished at iteration 300.")).to_be_visible()
    assert data(page, "state") == "finished"
