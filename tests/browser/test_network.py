"""The view Network: it follows a live run, stands at any iteration of a recorded one, and disturbs nothing."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.app import App
from tests.browser.recorded import play, record, scrub
from tests.browser.test_accessibility import found
from tests.browser.words import box, end, number, open_setup, press, ranges, start, wait, wait_for_state

SPACE = (
    "document.querySelector('.panda-network').closest('[role=tabpanel]').parentElement.offsetHeight"
    " - document.querySelector('.panda-network').offsetHeight"
)
"""Pixels of nothing below the pictures."""


def network(page: Page) -> Locator:
    return page.locator(".panda-network:not([hidden])")


def choose(page: Page, view: str) -> None:
    page.get_by_role("tab", name=view, exact=True).click()


def drawn_at(page: Page, other_than: str = "") -> str:
    """The iteration of the pictures, once they are of another one."""
    shown = page.locator(f".panda-network:not([data-iteration='{other_than}'])[data-iteration]")
    shown.wait_for()
    return shown.get_attribute("data-iteration") or ""


def start_on(page: Page, data: str) -> None:
    open_setup(page)
    page.get_by_role("combobox", name="Data set").click()
    page.get_by_role("option", name=re.compile(f"^{data}")).first.click()
    start(page)


def choose_while_an_answer_is_on_its_way(page: Page, layer: str) -> None:
    """Pictures of the layer before still come then."""
    held: list[Route] = []
    with page.expect_request("**/panda/network?*"):
        page.route("**/panda/network?*", lambda route: held.append(route), times=1)
    page.get_by_role("combobox", name="Layer", exact=True).select_option(label=layer)
    held[0].continue_()


def choose_first_what_is_long(page: Page) -> None:
    choose(page, "Layers")
    page.get_by_label("Explain all").check()
    page.wait_for_function("document.querySelector('.panda-layers').offsetHeight > 2000")


def says_that_it_is_loading(page: Page) -> None:
    """Until the first pictures are there."""
    held: list[Route] = []
    with page.expect_request("**/panda/network?*"):
        page.route("**/panda/network?*", lambda route: held.append(route), times=1)
        choose(page, "Network")
    loading = page.get_by_text("Network is loading: the first answer of Panda is on its way.")
    expect(loading).to_be_visible()
    held[0].continue_()
    expect(loading).to_have_count(0)


def test_it_follows_a_run_on_the_plane_while_a_note_is_half_typed(page: Page) -> None:
    start_on(page, "spiral")
    note = box(page, "Note")
    note.fill("half a th")
    page.locator("[data-chart=cost] .nsewdrag").first.wait_for()
    choose_first_what_is_long(page)
    says_that_it_is_loading(page)
    first = drawn_at(page)
    page.wait_for_function(f"{SPACE} < 40")  # what is below follows, however long the view before was
    second = drawn_at(page, first)
    assert int(second) > int(first)
    expect(page.get_by_role("img", name="what the network takes every point of the plane for")).to_be_visible()
    expect(page.get_by_role("img", name="what each unit of layer 1 sees of the plane")).to_be_visible()
    expect(page.locator(".panda-confusion tbody tr")).to_have_count(3)
    expect(page.locator(".panda-worst li")).to_have_count(10)
    expect(network(page)).to_contain_text("First-layer weights are drawn where the inputs are the pixels of an image.")
    choose_while_an_answer_is_on_its_way(page, "output: 3 classes")
    expect(network(page)).to_contain_text("Probability of each class")
    for view in ("Curves", "Network", "Curves"):
        choose(page, view)
    expect(note).to_have_value("half a th")
    expect(page.locator(".panda-charts")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/panda/network" in request.url else None)
    wait(page, "Number(d.frames) >= a", number(page, "frames") + 6)
    assert asked == []  # nothing is computed for a view that nobody looks at
    choose(page, "Network")
    press(page, "Pause")
    wait_for_state(page, "paused")
    at = number(page, "iteration")
    page.locator(f".panda-network[data-iteration='{at}']").wait_for()
    assert found(page, "network of the spiral") == []
    end(page)


def test_it_follows_a_run_on_images_and_the_zoom_of_the_curves_stays(page: Page) -> None:
    open_setup(page)
    page.get_by_label("Layers", exact=True).fill("200, 64")
    start(page)
    choose(page, "Network")
    first = drawn_at(page)
    assert int(drawn_at(page, first)) > int(first)
    expect(page.get_by_role("img", name="dev examples on two principal axes")).to_be_visible()
    expect(page.get_by_role("img", name="first-layer weights of each unit")).to_be_visible()
    maps = page.get_by_role("group", name="first-layer weights of each unit")
    expect(maps).to_have_accessible_name(re.compile("units 1–128 of 200$"))
    maps.get_by_title("unit 128").scroll_into_view_if_needed()
    expect(maps.get_by_title("unit 128")).to_be_in_viewport()
    page.get_by_role("button", name="next units").press("Enter")
    expect(maps.get_by_title("unit 200")).to_be_attached()
    expect(maps).to_have_accessible_name(re.compile("units 129–200 of 200$"))
    expect(page.get_by_role("button", name="next units")).to_be_focused()
    expect(page.locator("canvas.panda-worst-image")).to_have_count(10)
    expect(network(page)).to_contain_text("What each unit sees is drawn over the plane of 2 inputs, but there are 64.")
    press(page, "Pause")
    wait_for_state(page, "paused")
    assert found(page, "network of the digits") == []
    choose(page, "Curves")
    plot = page.locator("[data-chart=cost] .nsewdrag").first
    plot.wait_for()
    area = plot.bounding_box()
    assert area is not None
    x, y = area["x"] + 0.2 * area["width"], area["y"] + 0.5 * area["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.4 * area["width"], y, steps=4)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.panda-charts').dataset.zoom")
    zoom = ranges(page, "cost")
    press(page, "Resume")
    choose(page, "Network")
    drawn_at(page, page.locator(".panda-network").get_attribute("data-iteration") or "")
    choose(page, "Curves")
    plot.wait_for()
    assert ranges(page, "cost") == zoom
    end(page)


def test_the_same_pictures_at_any_iteration_of_a_recorded_run(page: Page, app: App) -> None:
    path: Path = record(app, "network-spiral", iterations=300)
    play(page, app, path)
    for iteration in (300, 40):
        scrub(page, iteration)
        page.locator(f".panda-model[data-exact='true'][data-iteration='{iteration}']").wait_for()
        expect(page.locator(".panda-worst li")).to_have_count(10)
    page.get_by_role("combobox", name="Layer", exact=True).select_option(label="output: 3 classes")
    expect(page.locator(".panda-model")).to_contain_text("Probability of each class")
    expect(page.get_by_role("img", name="what each unit of layer 2 sees of the plane")).to_be_visible()
    page.get_by_role("combobox", name="Speed").select_option("all in 60 s")
    press(page, "Play")
    seen = [40]
    for _ in range(2):
        followed = page.locator(f".panda-model[data-exact='following']:not([data-iteration='{seen[-1]}'])")
        said = followed.get_by_text(re.compile(r"^Iteration \d+: re-executed")).inner_text()
        seen.append(int(re.findall(r"\d+", said)[0]))
    assert 40 < seen[1] < seen[2]
    scrub(page, 70)
    page.locator(".panda-model[data-exact='true'][data-iteration='70']").wait_for()


def test_of_many_classes_those_that_are_confused_are_told_and_no_others(page: Page) -> None:
    """As of a network with more classes than a matrix is drawn of: the digits, as if there were so many."""
    mistakes: list[list[int]] = []
    recall = [1.0] * 10

    def of_many(route: Route) -> None:
        told = route.fetch().json() | {"confusion": None, "mistakes": mistakes, "recall": recall}
        route.fulfill(json=told)

    page.route("**/panda/network?*", of_many)
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    choose(page, "Network")
    here = drawn_at(page)
    expect(network(page)).to_contain_text("No mistakes: every dev example that was looked at is taken for its class.")
    expect(network(page)).to_contain_text("There are 10 classes.")
    expect(network(page)).not_to_contain_text("Lowest recall")
    expect(network(page)).not_to_contain_text("Most frequent mistakes")
    loss = page.locator(".panda-worst-name + .panda-small").first
    assert "loss\N{NO-BREAK SPACE}" in (loss.text_content() or "")

    mistakes[:], recall[3] = [[3, 5, 2]], 0.5
    press(page, "Step")
    drawn_at(page, here)
    lowest, frequent = (page.get_by_role("table", name=re.compile(name)) for name in ("Lowest recall", "Most frequent"))
    expect(lowest.get_by_role("rowheader")).to_have_text(["3"])
    expect(frequent.get_by_role("rowheader")).to_have_text(["3"])
    expect(network(page)).to_contain_text("There are 10 classes: those that are confused most are told.")
    page.unroute_all(behavior="wait")
    end(page)
