"""What a person has in hand survives every refresh: zoom, legend, focus, half-typed text, hover; nothing is rebuilt."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.words import (
    box,
    end,
    number,
    press,
    ranges,
    start,
    traces,
    wait,
    wait_for_draws,
    wait_for_frames,
    wait_for_state,
)
from trainer.recorder.session import read_session


@pytest.fixture
def running(page: Page) -> Page:
    start(page)
    wait(page, "Number(d.iteration) > 500")
    wait_for_draws(page)
    return page


def drag(page: Page, chart: str, begin: float, stop: float) -> None:
    """Across a chart, between two fractions of its width."""
    area = page.locator(f"[data-chart='{chart}'] .nsewdrag").first.bounding_box()
    assert area is not None
    y = area["y"] + area["height"] / 2
    page.mouse.move(area["x"] + begin * area["width"], y)
    page.mouse.down()
    page.mouse.move(area["x"] + stop * area["width"], y, steps=5)
    page.mouse.up()


def test_zoom_is_linked_and_survives_and_can_be_undone(running: Page) -> None:
    page = running
    drag(page, "cost", 0.3, 0.6)
    page.locator(".panda-charts[data-zoom]:not([data-zoom=''])").wait_for()
    wait_for_draws(page, 3)
    zoomed = ranges(page, "cost")
    wait_for_draws(page, 4)
    for chart in ("cost", "accuracy", "rate"):
        assert ranges(page, chart) == zoomed
    x = traces(page, "cost")[2]["x"]
    assert x[-1] < zoomed[1] + (zoomed[1] - zoomed[0])
    box(page, "x axis").select_option("epoch")
    wait_for_draws(page)
    assert ranges(page, "cost")[1] == pytest.approx(zoomed[1] * 64 / 1437, rel=0.05)
    box(page, "x axis").select_option("iteration")
    wait_for_draws(page)
    assert ranges(page, "cost") == pytest.approx(zoomed, rel=1e-3)
    press(page, "Reset zoom")
    wait_for_draws(page, 3)
    assert ranges(page, "rate")[0] == 0
    assert ranges(page, "rate")[1] > zoomed[1]


def test_a_slow_drawing_is_followed_by_a_rest(running: Page) -> None:
    rests = running.evaluate(
        """async () => {
            const { react } = Plotly, rests = [];
            let ended = null;
            Plotly.react = (box, ...more) => {
                const begun = performance.now(), chart = box.dataset.chart;
                if (chart === 'cost' && ended !== null) rests.push(begun - ended);
                while (performance.now() < begun + 200);  // 600 ms for all three
                react(box, ...more);
                if (chart === 'rate') ended = performance.now();
            };
            while (rests.length < 4) await new Promise(requestAnimationFrame);
            Plotly.react = react;
            return rests;
        }"""
    )
    assert min(rests) > 900  # twice the time it took, up to a second


def test_the_axis_of_the_cost_reaches_from_the_least_to_the_greatest(running: Page) -> None:
    (low, high), (begin, end) = running.evaluate(
        "(({ data, layout }) => [[Math.min(...data[0].y), Math.max(...data[1].y)], layout.yaxis.range])"
        "(document.querySelector('[data-chart=cost]'))"
    )
    assert 10**begin == pytest.approx(low / 1.5, rel=1e-6)
    assert high <= 10**end <= 2 * high


def test_half_typed_text_and_focus_survive(running: Page) -> None:
    page = running
    box(page, "Learning rate α").fill("0.0")
    box(page, "Note").press_sequentially("because")
    wait_for_frames(page, 6)
    expect(box(page, "Note")).to_have_value("because")
    expect(box(page, "Note")).to_be_focused()
    expect(box(page, "Learning rate α")).to_have_value("0.0")
    box(page, "Learning rate α").focus()
    press(page, "÷1.1")
    wait_for_frames(page, 3)
    expect(box(page, "Learning rate α")).to_have_value("0.0")
    box(page, "Learning rate α").press("Escape")


def test_hover_survives(running: Page) -> None:
    page = running
    area = page.locator("[data-chart='accuracy'] .nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 0.4 * area["width"], area["y"] + 0.5 * area["height"])
    page.locator("[data-chart='accuracy'] .hoverlayer .hovertext").first.wait_for()
    wait_for_draws(page, 4)
    assert page.locator("[data-chart='accuracy'] .hoverlayer .hovertext").count() > 0


def test_no_chart_is_rebuilt_and_nothing_moves(running: Page) -> None:
    page = running
    page.evaluate(
        """() => {
          const root = document.querySelector('.panda-live');
          const boxes = [...root.querySelectorAll('.panda-chart, .panda-chart .main-svg, .panda-knob, .panda-tile')];
          window.seen = { removed: 0, moved: 0 };
          new MutationObserver((records) => {
            for (const record of records)
              for (const node of record.removedNodes)
                if (boxes.some((b) => node === b || node.contains?.(b))) window.seen.removed += 1;
          }).observe(document.body, { childList: true, subtree: true });
          const place = (b) => { const r = b.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].join(); };
          const before = boxes.map(place);
          window.check = () => {
            window.seen.moved = boxes.filter((b, i) => place(b) !== before[i]).length;
            return window.seen;
          };
        }"""
    )
    wait_for_draws(page, 12)
    assert page.evaluate("window.check()") == {"removed": 0, "moved": 0}


def test_a_dragging_hand_is_not_disturbed(running: Page) -> None:
    page = running
    area = page.locator("[data-chart='cost'] .nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 100, area["y"] + 50)
    page.mouse.down()
    page.mouse.move(area["x"] + 200, area["y"] + 50, steps=3)
    before = page.locator(".panda-charts").get_attribute("data-draws")
    wait_for_frames(page, 6)
    assert page.locator(".panda-charts").get_attribute("data-draws") == before
    page.keyboard.press("Escape")
    page.mouse.move(area["x"] + 101, area["y"] + 50)
    page.mouse.up()
    wait_for_draws(page)
    if page.get_by_role("button", name="Reset zoom").is_enabled():
        press(page, "Reset zoom")


def test_a_spike_of_one_iteration_is_seen_at_every_zoom(running: Page, app: App) -> None:
    page = running
    press(page, "Pause")
    wait_for_state(page, "paused")
    # one iteration with an absurd α: what follows is the greatest cost of the run
    before, iteration = number(page, "interventions"), number(page, "iteration")
    box(page, "Learning rate α").fill("300")
    press(page, "Apply")
    wait(page, "Number(d.interventions) === a", before + 1)
    press(page, "Step")
    wait(page, "Number(d.iteration) === a", iteration + 1)
    box(page, "Learning rate α").fill("0.01")
    press(page, "Apply")
    told = page.get_by_text("α 300 → 0.01: applied at iteration")
    at = int(told.inner_text().rstrip(".").split()[-1].replace(",", ""))
    page.get_by_label("Iterations to run").fill("2500")
    press(page, "Run N")  # not so far that the spike is out of the last 5,000
    wait(page, "d.state === 'paused' && Number(d.iteration) === a", at + 2500)
    spike = float(np.float32(read_session(app.sessions()[-1]).run("r1").costs[at:].max()))
    for span in ("last 5,000", "whole run"):
        box(page, "In view").select_option(span)
        page.wait_for_function(
            "([span, spike]) => document.querySelector('.panda-charts').dataset.span === span"
            " && document.querySelector('[data-chart=cost]').data[1].y.some(y => Math.abs(y - spike) < 1e-5 * spike)",
            arg=[span, spike],
        )
    press(page, "Resume")
    wait_for_state(page, "running")


def test_smoothing_and_log_axis_can_be_chosen(running: Page) -> None:
    page = running
    page.get_by_label("Log y").uncheck()
    page.wait_for_function("document.querySelector('[data-chart=cost]').layout.yaxis.type === 'linear'")
    page.get_by_label("Log y").check()
    page.wait_for_function("document.querySelector('[data-chart=cost]').layout.yaxis.type === 'log'")
    box(page, "Smoothing").select_option("off")
    page.wait_for_function("document.querySelector('[data-chart=cost]').data[3].y.length === 0")
    box(page, "Smoothing").select_option("strong (1,000)")
    page.wait_for_function("document.querySelector('[data-chart=cost]').data[3].y.length > 0")
    press(page, "Pause")
    wait_for_state(page, "paused")
    ends = []
    for axis in ("minutes", "epoch", "iteration"):
        before = ranges(page, "cost")
        box(page, "x axis").select_option(axis)
        page.wait_for_function(
            "a => document.querySelector('[data-chart=cost]').layout.xaxis.range[1] !== a", arg=before[1]
        )
        begin, reached = ranges(page, "cost")
        assert begin == pytest.approx(0, abs=1e-6)
        ends.append(reached)
    minutes, epochs, iterations = ends
    assert minutes < epochs < iterations
    assert epochs == pytest.approx(iterations / 23, rel=1e-3)  # of 1,438 examples by 64
    press(page, "Resume")
    wait_for_state(page, "running")


def test_the_forecast_of_a_decay_is_drawn_ahead(running: Page) -> None:
    page = running
    box(page, "Decay").select_option("exponential")
    box(page, "Decay rate").fill("0.9")
    press(page, "Apply")
    page.wait_for_function("document.querySelector('[data-chart=rate]').data.some(t => t.name === 'forecast')")
    (forecast,) = (trace for trace in traces(page, "rate") if trace.get("name") == "forecast")
    assert len(forecast["y"]) > 5
    assert forecast["y"] == sorted(forecast["y"], reverse=True)
    assert forecast["line"]["dash"] == "dot"
    expect(page.get_by_role("status", name="State of the run")).to_contain_text("exponential")


def test_the_theme_is_followed_while_it_changes(running: Page) -> None:
    page = running
    color = "getComputedStyle(document.querySelector('.panda-live')).getPropertyValue('--panda-train').trim()"
    light = page.evaluate(color)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"a => {color} !== a", arg=light)
    dark = page.evaluate(color)
    page.wait_for_function(
        "a => document.querySelector('[data-chart=rate]').data[0].line.color === "
        "getComputedStyle(document.querySelector('.panda-live')).getPropertyValue('--panda-rate').trim()"
    )
    assert dark != light
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"a => {color} === a", arg=light)


def test_names_of_lines_under_the_pointer_stand_on_the_background_of_the_theme(running: Page) -> None:
    page = running
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(22, 26, 23)")
    area = page.locator("[data-chart='cost'] .nsewdrag").first.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 0.4 * area["width"], area["y"] + 0.5 * area["height"])
    page.wait_for_function("""() => {
        const named = [...document.querySelectorAll('[data-chart=cost] .hovertext:has(.name) rect')];
        return named.length && named.every(rect => getComputedStyle(rect).fill === 'rgb(22, 26, 23)');
    }""")
    page.emulate_media(color_scheme="light")


def test_it_fits_a_phone_and_can_be_reached_by_keyboard(running: Page) -> None:
    page = running
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    cost = page.locator("[data-chart=cost]").bounding_box()
    assert cost
    assert cost["y"] + 0.8 * cost["height"] < 844  # the cost is on the first screen
    page.locator("[data-chart=cost]").scroll_into_view_if_needed()  # only what is in view is drawn
    wait_for_draws(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        "[...document.querySelectorAll('.panda-live *')].filter(n => n.getBoundingClientRect().right > 391"
        " && !n.closest('.panda-chart > *')).map(n => n.className)"
    )
    assert wide == []
    page.set_viewport_size({"width": 1440, "height": 1600})
    page.get_by_role("button", name="Pause", exact=True).focus()
    page.keyboard.press("Enter")
    wait_for_state(page, "paused")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    wait_for_state(page, "running")
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(a => a.getAttribute('aria-label') || a.textContent)(document.activeElement)"))
    assert {"÷3", "×3", "Learning rate α", "Momentum β", "Mini-batch size", "Decay", "Optimizer", "Apply"} <= reached
    end(page)
