"""The view Layers: gauges with their sentences follow a live run, and are the same when it is played back."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.conftest import ROOT
from tests.browser.recorded import open_session, play, record, scrub
from tests.browser.test_accessibility import found
from tests.browser.test_network import choose, start_on
from tests.browser.words import box, end, number, press, wait, wait_for_state
from trainer.engine.gauge_specs import GAUGES, HISTOGRAMS


def layers(page: Page) -> Locator:
    return page.locator(".panda-layers:not([hidden])")


def drawn_at(page: Page, other_than: str = "") -> str:
    """The iteration of the latest gauges that are drawn, once it is another one."""
    shown = page.locator(f".panda-layers:not([data-iteration='{other_than}'], [data-iteration=''])[data-iteration]")
    shown.wait_for()
    return shown.get_attribute("data-iteration") or ""


def numbers(page: Page) -> dict[str, str]:
    """The numbers of the table, but those that the page makes of the curves."""
    told: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.panda-layer-numbers td:not([data-gauge=train_dev_gap])')]"
        ".map(cell => [`${cell.dataset.gauge}[${cell.dataset.layer}]`, cell.textContent]))"
    )
    return told


def test_gauges_follow_a_run_with_their_sentences_and_are_played_back(page: Page, app: App) -> None:
    start_on(page, "spiral")
    note = box(page, "Note")
    note.fill("half a th")
    choose(page, "Layers")
    first = drawn_at(page)
    assert int(drawn_at(page, first)) > int(first)
    expect(layers(page).locator("[data-gauge=gradient_noise]").first).to_be_visible()
    expect(layers(page).locator("[data-gauge=train_dev_gap]").first).to_be_visible()
    page.get_by_label("Explain all").check()
    for spec in GAUGES.values():
        gauge = layers(page).locator(f"figure[data-gauge={spec.name}]")
        expect(gauge).to_contain_text(spec.shows)
        expect(gauge).to_contain_text(spec.normal)
        expect(gauge.get_by_role("link", name=f"Course row {spec.course}", exact=True)).to_be_visible()
    with page.expect_popup() as opened:
        layers(page).get_by_role("link", name="Course row 10", exact=True).first.click()
    expect(opened.value.get_by_role("heading", name="10. Batch norm at test time")).to_be_in_viewport()
    opened.value.close()
    choose(page, "Curves")
    expect(note).to_have_value("half a th")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/panda/gauges" in request.url else None)
    wait(page, "Number(d.frames) >= a", number(page, "frames") + 5)
    assert len(asked) <= 1  # nothing is asked for a view that nobody looks at, but what was due already
    choose(page, "Layers")
    page.get_by_text("Numbers", exact=True).click()
    press(page, "Pause")
    wait_for_state(page, "paused")
    page.locator(f".panda-layers[data-asked='{number(page, 'iteration')}']").wait_for()  # nothing is measured any more
    at = drawn_at(page)
    live = numbers(page)
    expect(layers(page)).to_contain_text(re.compile(r"Measured in \d+\.\d\d% of the training time so far.* 2\.00%"))
    assert live["update_ratio[1]"] not in ("", "–")
    press(page, "Compare running statistics with the training set")
    expect(layers(page)).to_contain_text(
        re.compile(rf"At iteration {number(page, 'iteration'):,}: layer 1: \S+, layer 2: ")
    )
    assert found(page, "layers of the spiral") == []
    end(page)
    play(page, app, app.sessions()[-1])
    choose(page, "Layers")
    scrub(page, int(at))
    page.locator(f".panda-layers[data-iteration='{at}']").wait_for()
    assert numbers(page) == live
    expect(layers(page)).to_contain_text(
        "Measured within 2.00% of the training time"
    )  # how much it was is not recorded
    histograms_and_zoom(page)
    scrub(page, 0)
    page.locator(".panda-layers[data-iteration='0']").wait_for()
    assert numbers(page) != live


def histograms_and_zoom(page: Page) -> None:
    """Histograms are there when they are unfolded; a drag in one chart zooms all, and a double click goes back."""
    page.get_by_text("Histograms of a layer over time", exact=True).click()
    page.locator(".panda-histograms[data-state=drawn]").wait_for()
    histograms = page.locator(".panda-histograms")
    expect(histograms).to_contain_text(HISTOGRAMS["W"].normal)
    page.get_by_role("combobox", name="Histogram of", exact=True).select_option("dW")
    expect(histograms).to_contain_text(HISTOGRAMS["dW"].normal)
    canvas = page.locator("figure[data-gauge=gradient_norm] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 60)
    page.mouse.up()
    page.locator(".panda-charts:not([data-zoom=''])[data-zoom]").wait_for(state="attached")
    choose(page, "Curves")
    zoom = page.locator(".panda-charts").get_attribute("data-zoom") or ""
    page.wait_for_function(
        "zoom => document.querySelector('[data-chart=cost]').layout?.xaxis.range"
        ".every((end, i) => Math.abs(end - zoom[i]) < 1)",
        arg=[float(each) for each in zoom.split()],
    )
    choose(page, "Layers")
    canvas.dblclick()
    page.locator(".panda-charts[data-zoom='']").wait_for(state="attached")
    expect(layers(page).get_by_role("button", name="Reset zoom")).to_be_disabled()


def test_what_was_zoomed_to_for_a_look_ahead_is_not_zoomed_to_in_the_layers(page: Page) -> None:
    """Between two measurements of a gauge may lie more iterations than are looked ahead: none would be drawn."""
    start_on(page, "spiral")
    page.get_by_label("Iterations ahead").fill("50")
    wait(page, "Number(d.iteration) > 400")
    press(page, "Look ahead")
    charts = page.locator(".panda-charts")
    expect(charts).not_to_have_attribute("data-zoom", "")
    choose(page, "Layers")
    drawn_at(page)
    expect(layers(page).get_by_role("button", name="Reset zoom")).to_be_disabled()
    choose(page, "Curves")
    expect(charts).not_to_have_attribute("data-zoom", "")
    end(page)


def test_of_many_layers_some_are_drawn_and_what_is_not_shown_is_told_with_the_reason(page: Page, app: App) -> None:
    play(page, app, record(app, "deep", "--layers", ",".join(["4"] * 100), "--no-batch-norm", iterations=20))
    choose(page, "Layers")
    expect(layers(page)).to_contain_text("12 of 101 layers are drawn, evenly chosen.")
    expect(layers(page)).to_contain_text("z_norm, z~, γ, β and the drift of running statistics are not shown")
    page.get_by_role("combobox", name="Layers drawn").select_option(label="layer 57")
    expect(page.locator(".panda-layer-numbers td[data-layer='57']").first).to_have_count(1)
    expect(page.locator(".panda-layer-numbers td[data-layer='56']")).to_have_count(0)
    old = app.folder / "sessions" / "old.panda"
    old.write_bytes((ROOT / "tests/fixtures/sessions/0.2-adam.panda").read_bytes())
    open_session(page, app, old)
    choose(page, "Layers")
    expect(layers(page)).to_contain_text("There are no gauges: none have been measured yet, or the run was recorded by")
    why = page.get_by_text("There are no gauges: none").bounding_box()
    histograms = page.get_by_text("Histograms of a layer over time").bounding_box()
    assert why
    assert histograms
    assert why["y"] < histograms["y"]  # where the gauges would be
