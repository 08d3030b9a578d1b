"""What was looked ahead, and what is under the hand, of a run that went on: nothing of before is left standing."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.test_look_ahead import HAND, ahead, looked
from tests.browser.words import box, draws, end, number, press, start, wait, wait_for_state


def test_what_is_said_of_a_fan_that_is_gone_has_an_end(page: Page) -> None:
    """It is cleared, or goes where something else is drawn; and of a stopped run it is said until that is resumed."""
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    gone = ahead(page).get_by_text("holds no more: something was changed")
    clear = page.get_by_role("button", name="Clear", exact=True)
    alpha = box(page, "Learning rate α")
    for count, ended in enumerate(("cleared", "by an edit"), 1):
        looked(page)
        press(page, "÷3")
        wait(page, "d.interventions === a", str(count))
        expect(gone).to_be_visible()
        if ended == "cleared":
            clear.click()
        else:
            alpha.fill("0.2")
            page.wait_for_function(HAND, arg="α 0.2")
        expect(gone).to_have_count(0)
        expect(clear).to_be_hidden()
    press(page, "Revert")

    arms = ahead(page).get_by_role("button", name=re.compile("^Take"))
    looked(page)
    ahead(page).get_by_label("Candidates").fill("momentum=2")
    press(page, "Look ahead")
    expect(ahead(page)).to_contain_text(
        re.compile(r"Not done: .* The lines and the buttons are still those of before\.")
    )
    ahead(page).get_by_label("Candidates").fill("")
    expect(ahead(page).get_by_text("Not done")).to_have_count(0)  # nothing is typed that could not be done
    expect(arms).to_have_count(5)
    press(page, "Stop")
    stopped = ahead(page).get_by_text("The run is stopped: resume it to look ahead.")
    expect(stopped).to_be_visible()
    for name in ("Look ahead", "Find α"):
        expect(page.get_by_role("button", name=name)).to_have_attribute("title", re.compile("^The run is stopped:"))
    press(page, "Resume")
    expect(stopped).to_have_count(0)
    expect(page.get_by_role("button", name="Find α")).to_be_enabled()
    end(page)


def test_a_fan_ends_where_something_is_planned_on_its_way_or_no_longer_is(page: Page) -> None:
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    soon = number(page, "iteration") + 100
    arms = ahead(page).get_by_role("button", name=re.compile("^Take"))
    for planned in (True, False):
        looked(page)
        if planned:
            box(page, "Learning rate α").fill("0.5")
            box(page, "At iteration").fill(str(soon))
            press(page, "Apply")
            why = f"something was planned, at iteration {soon:,}."
        else:
            page.get_by_role("button", name=re.compile("^Cancel α → 0.5 planned")).click()
            why = f"what was planned at iteration {soon:,} was taken back."
        expect(ahead(page)).to_contain_text(f"holds no more: {why}")
        expect(arms).to_have_count(0)
    end(page)


def test_what_is_under_the_hand_says_how_far_the_run_is_beyond_it_in_every_view(page: Page) -> None:
    start(page)
    held: list[Route] = []
    box(page, "Learning rate α").fill("0.2")
    page.wait_for_function(HAND, arg="α 0.2")
    page.get_by_role("tab", name="Layers").click()
    page.route("**/panda/ahead?*", lambda route: held.append(route))
    further = page.locator(".panda-hand").get_by_text(
        re.compile(r"^α 0\.2 would bring .* The run has gone on by [\d,]+ iterations since\.$")
    )
    expect(further).to_be_visible()
    with page.expect_request("**/panda/ahead?*"):  # it is drawn anew by itself
        pass
    press(page, "Pause")
    wait_for_state(page, "paused")
    held[0].continue_()
    page.unroute_all(behavior="wait")
    expect(page.locator(".panda-hand")).to_have_text(re.compile(r"^α 0\.2 would bring .* on\.( The run has .*)?$"))
    end(page)


def test_an_edit_is_drawn_again_where_the_curve_came_anew(page: Page) -> None:
    sockets: list[WebSocketRoute] = []

    def joined(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket("**/panda/live*", joined)
    page.reload()
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    box(page, "Learning rate α").fill("0.2")
    page.wait_for_function(HAND, arg="α 0.2")
    before, drawn = number(page, "frames"), draws(page)
    sockets[-1].close()
    wait(page, "Number(d.frames) > a && d.state === 'paused'", before)
    page.wait_for_function("a => Number(document.querySelector('.panda-charts').dataset.draws) > a", arg=drawn)
    page.wait_for_function(HAND, arg="α 0.2")
    expect(page.locator(".panda-hand")).to_contain_text("α 0.2 would bring")
    end(page)


def test_where_a_run_is_paused_it_is_looked_ahead_from_there(page: Page) -> None:
    """The fan that follows it, and what is under the hand; the latter also where it was stopped and is resumed."""
    start(page)
    looked(page)
    box(page, "Learning rate α").fill("0.2")
    page.wait_for_function(HAND, arg="α 0.2")
    press(page, "Pause")
    wait_for_state(page, "paused")
    here = number(page, "iteration")
    hand = page.locator(".panda-hand")
    expect(hand).to_have_text(re.compile(rf"^α 0\.2 would bring .* from {here:,} on\.$"))
    expect(ahead(page)).to_have_attribute("data-at", str(here))
    press(page, "Stop")
    wait_for_state(page, "stopped")
    press(page, "Resume")
    page.wait_for_function(HAND, arg="α 0.2")
    expect(hand).to_contain_text("α 0.2 would bring")
    end(page)
