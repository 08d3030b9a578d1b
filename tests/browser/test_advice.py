"""The card of advice: what is wrong, its evidence, a button that does it, and one that mutes it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.test_accessibility import found
from tests.browser.words import box, end, number, open_setup, press, start, wait, wait_for_state
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session

CLEAR_OF_THE_CARD = """() => {
    const card = document.querySelector('.panda-advice-card');
    const [at, over] = [document.activeElement, card].map(node => node.getBoundingClientRect());
    return card.hidden || at.bottom <= over.top || at.left >= over.right;
}"""
"""Where what has the focus of the keyboard is, while the rule speaks: above it, or beside it."""

DRAWN_UP_TO = """back => {
    const dev = document.querySelector('[data-chart=cost]').data.find(({ name }) => name === 'dev cost');
    return dev?.x[0] === 0 && dev.x.at(-1) === back;
}"""
"""Where the dev cost is drawn from the beginning to an iteration, and no further."""

BESIDE = """() => {
    const [card, knobs] = ['.panda-advice-card', '.panda-knobs'].map(name => document.querySelector(name));
    return card.getBoundingClientRect().right <= knobs.getBoundingClientRect().left;
}"""
"""Whether the card is beside the controls, so that it can be over none of them."""

HAND_CLEAR_OF_THE_CARD = """() => {
    const [hand, card] = ['.panda-hand', '.panda-advice-card'].map(name => document.querySelector(name));
    const [at, over] = [hand, card].map(node => node.getBoundingClientRect());
    return at.bottom <= over.top + 1 || at.left >= over.right;
}"""
"""Where what a turned knob would bring is."""


ANSWER_CLEAR_OF_THE_CARD = """words => {
    const [hand, answer, card] = ['.panda-hand', '.panda-knobs > .panda-answer', '.panda-advice-card']
        .map(name => document.querySelector(name));
    const [above, at, below] = [hand, answer, card].map(node => node.getBoundingClientRect());
    return answer.textContent.includes(words) && at.top >= 0 && at.bottom <= innerHeight
        && (at.bottom <= below.top + 1 || at.left >= below.right)
        && (hand.textContent === '' || above.bottom <= at.top + 1)
        && document.elementFromPoint(at.left + 20, (at.top + at.bottom) / 2) === answer;
}"""
"""Where the answer to Apply is: in sight, below what a turned knob would bring."""

LEFT_BEHIND = "document.querySelector('[data-chart=cost]').data.some(trace => trace.name === 'left behind')"
"""That a run which was left is drawn."""

AS_BY_KEYBOARD = "node => node.scrollIntoView({ block: 'nearest' })"
"""Scrolled to no further than needed."""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_the_card_lies_over_no_answer_to_apply(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    open_setup(page)
    page.get_by_label("Learning rate α", exact=True).first.fill("1e-6")
    page.get_by_label("Mini-batch size", exact=True).first.fill("2")
    press(page, "Start")
    card, opener = page.locator(".panda-advice"), page.get_by_role("button", name="Advice", exact=True)
    expect(card).to_have_attribute("data-rule", re.compile("."), timeout=60_000)
    if width < 400:
        opener.press("Enter")
    expect(card).to_be_visible()
    assert page.evaluate(BESIDE) == (width > 400)
    momentum = box(page, "Momentum β")
    for value, words in (("0.8", "β 0.9 → 0.8: applied at iteration"), ("2", "Not done: momentum must be")):
        momentum.fill(value)
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        momentum.evaluate(AS_BY_KEYBOARD)
        momentum.press("Enter")
        page.wait_for_function(ANSWER_CLEAR_OF_THE_CARD, arg=words)
    momentum.fill("0.7")
    apply = page.get_by_role("button", name="Apply", exact=True)
    apply.focus()
    apply.evaluate(AS_BY_KEYBOARD)
    apply.press("Enter")
    page.wait_for_function(ANSWER_CLEAR_OF_THE_CARD, arg="β 0.8 → 0.7: applied at iteration")
    end(page)


def test_advice_is_shown_muted_heard_again_and_taken(page: Page, app: App) -> None:
    open_setup(page)
    page.get_by_label("Learning rate α", exact=True).first.fill("1e-6")
    page.get_by_label("Mini-batch size", exact=True).first.fill("2")
    press(page, "Start")
    card = page.locator(".panda-advice")
    expect(card).to_have_attribute("data-rule", "mini-batches too small", timeout=60_000)
    expect(card).to_contain_text("The gradients of mini-batches of 2 disagree")
    card.get_by_role("button", name="Mute").click()
    page.mouse.move(0, 0)  # under the pointer it would stay another one that spoke meanwhile
    expect(card).to_have_attribute("data-rule", "α too low", timeout=60_000)
    expect(card).to_contain_text("Each update moves the weights of a layer by")
    expect(card.get_by_role("img")).to_be_visible()  # the evidence
    expect(card.get_by_text("Muted: mini-batches too small")).to_be_visible()  # though another rule speaks
    assert found(page, "advice") == []
    wide = page.viewport_size
    assert wide
    page.set_viewport_size({"width": 1280, "height": 900})
    box(page, "Decay rate").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        page.evaluate(f"({AS_BY_KEYBOARD})(document.activeElement)")  # the card may have grown since
        page.wait_for_function(CLEAR_OF_THE_CARD)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.get_by_label("α, log scale").press("ArrowRight")  # which scrolls no further than it must
    hand = page.locator(".panda-hand")
    expect(hand).to_contain_text("would bring dev cost")
    expect(hand).to_be_in_viewport(ratio=1)
    page.wait_for_function(HAND_CLEAR_OF_THE_CARD)
    press(page, "Revert")
    opener = page.get_by_role("button", name="Advice", exact=True)
    expect(opener).to_be_hidden()
    card.get_by_role("button", name="Close").press("Enter")
    expect(card).to_be_hidden()
    expect(opener).to_be_focused()
    assert found(page, "advice that is closed") == []
    opener.press("Enter")
    expect(card.get_by_role("img")).to_be_visible()
    expect(opener).to_be_hidden()
    expect(card.get_by_role("button", name="Close")).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    card.get_by_role("button", name="Close").press("Enter")
    expect(card).to_be_hidden()
    page.set_viewport_size(wide)
    page.reload()
    expect(card).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(card).to_be_hidden()  # on a phone it would lie over the cost
    page.locator("[data-chart=cost] .main-svg").first.wait_for()
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    cost = page.locator("[data-chart=cost]").bounding_box()
    expect(opener).to_be_in_viewport(ratio=1)
    opener.press("Enter")
    evidence = card.get_by_role("img").bounding_box()
    assert evidence
    assert (48 <= evidence["height"] <= 64, evidence["width"] > 300) == (True, True)
    assert page.locator("[data-chart=cost]").bounding_box() == cost  # nothing has moved
    card.get_by_role("button", name="Mute").press("Enter")
    listen = card.get_by_role("button", name="Listen again")
    expect(listen).to_be_focused()  # all is muted, and the button beside the views leads here still
    expect(listen).to_be_in_viewport(ratio=1)
    opener.press("Enter")
    expect(card).to_be_hidden()
    page.set_viewport_size({"width": 1280, "height": 900})
    opener.press("Enter")  # where it is wide it hides itself
    expect(listen).to_be_focused()
    page.set_viewport_size({"width": 390, "height": 844})
    listen.press("Enter")
    expect(card).to_have_attribute("data-rule", "mini-batches too small")
    expect(card.get_by_role("button", name="Mute")).to_be_focused()
    card.get_by_role("button", name="Mute").press("Enter")
    expect(card).to_have_attribute("data-rule", "α too low")
    card.get_by_role("button", name="Close").press("Enter")
    expect(card).to_be_hidden()
    expect(opener).to_be_focused()
    page.set_viewport_size(wide)
    page.reload()
    expect(card.get_by_text("Muted: mini-batches too small")).to_be_visible()
    act = card.get_by_role("button", name="α 1e-5")
    act.hover()
    page.get_by_role("button", name="×3", exact=True).first.press("Enter")
    expect(act).to_have_attribute("aria-disabled", "true")  # it is not another button under the finger
    expect(card.get_by_text("It is not advised any more.")).to_be_visible()
    page.mouse.move(5, 5)
    expect(card.get_by_role("button", name="α 3e-5")).to_have_attribute("aria-disabled", "false", timeout=60_000)
    listen.click()
    expect(card.get_by_text(re.compile(r"told at iteration [\d,]+$")).last).to_be_visible()
    act = card.get_by_role("button", name="Mini-batch size 64")
    read = act.evaluate(
        "act => { const read = act.closest('.panda-advice-card').querySelector('p').textContent;"
        " act.focus(); act.click(); return read; }"
    )
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    wait(page, "d.interventions === '2'")
    _, change = read_session(app.sessions()[-1]).run("r1").interventions
    assert (change.author, change.after) == ("advice", {"mini_batch_size": 64})
    assert change.note == read
    expect(page.get_by_text("The gradients of mini-batches of 2 disagree").first).to_be_visible()  # why, in the log
    end(page)


def test_the_sentence_is_of_the_inputs_as_they_are_though_it_stays_for_a_while_to_be_read(page: Page) -> None:
    start(page)
    page.get_by_text("Data shift", exact=True).click()
    card = page.locator(".panda-advice")
    for name, value, told, seconds in (
        ("Input scale", "50", "input scale 50", 60),
        ("Input noise", "3", "noise 3", 10),
    ):
        box(page, name).fill(value)
        box(page, name).press("Enter")
        expect(card).to_contain_text(told, timeout=1000 * seconds)  # numbers alone would stay for 15
    end(page)


def test_what_holds_no_more_stays_for_a_while_to_be_read_and_goes_with_the_run(page: Page) -> None:
    start(page)
    page.get_by_text("Data shift", exact=True).click()
    card, over = page.locator(".panda-advice-card"), page.get_by_text("It is not advised any more.", exact=True)
    box(page, "Input scale").fill("50")
    box(page, "Input scale").press("Enter")
    expect(card).to_contain_text("input scale 50", timeout=60_000)
    page.route("**/panda/advice*", lambda route: route.fulfill(json=[]))
    page.mouse.move(0, 0)
    expect(over).to_be_visible()
    expect(card.get_by_role("button", name="Mute")).to_be_visible()
    press(page, "Stop")
    expect(card).to_be_hidden()
    page.unroute_all(behavior="wait")
    end(page)


def test_what_was_said_of_another_session_is_gone_at_once(page: Page) -> None:
    open_setup(page)
    page.get_by_label("Learning rate α", exact=True).first.fill("1e-6")
    page.get_by_label("Mini-batch size", exact=True).first.fill("2")
    page.get_by_label("Iterations", exact=True).fill("20000")
    press(page, "Start")
    wait_for_state(page, "finished")
    card = page.locator(".panda-advice-card")
    expect(card).to_be_visible()
    page.route("**/panda/advice*", lambda _: None)  # no answer comes of the next one
    first = page.locator(".panda-live").get_attribute("data-session")
    press(page, "Start")
    wait(page, "d.session !== a", first)
    expect(card).to_be_hidden(timeout=5_000)  # it does not stay to be read
    end(page)


def test_a_run_that_has_ended_is_advised_too(page: Page, app: App) -> None:
    open_setup(page)
    page.get_by_label("Layers", exact=True).fill("400, 400")  # slow enough to be paused in the middle
    page.get_by_label("Learning rate α", exact=True).first.fill("0.01")
    page.get_by_label("Mini-batch size", exact=True).first.fill("64")
    page.get_by_label("Iterations", exact=True).fill("1500")
    press(page, "Start")
    wait(page, "Number(d.iteration) > 0")
    press(page, "Pause")
    wait_for_state(page, "paused")
    back = number(page, "iteration")
    box(page, "Learning rate α").fill("1e-6")
    press(page, "Apply")
    wait(page, "d.interventions === '1'")
    press(page, "Resume")
    wait(page, "Number(d.iteration) > 700")
    wait_for_state(page, "finished")
    card = page.locator(".panda-advice-card")
    act = card.get_by_role("button", name=re.compile(f"^Back to iteration {back:,}: α "))
    expect(act).to_be_visible()
    read = card.locator("p").first.inner_text()
    alpha = float(act.inner_text().rpartition(" ")[2])
    act.press("Enter")
    wait_for_state(page, "paused")
    wait(page, "d.interventions === '2'")
    told = f"went back to iteration {back:,}, in run r2; run r1 is kept as it was; α 1e-6 → "
    expect(page.locator(".panda-answer").filter(has_text=told)).to_be_visible()
    expect(page.get_by_text("of 1,500").first).to_be_visible()
    page.wait_for_function(LEFT_BEHIND)
    page.wait_for_function(DRAWN_UP_TO, arg=back)  # the curve up to there is as it was
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_enabled()
    (path,) = app.sessions()
    (change,) = read_session(path).run("r2").interventions
    assert (change.author, change.after, change.note) == ("advice", {"learning_rate": alpha}, read)
    press(page, "Resume")
    wait(page, "Number(d.iteration) > 700")
    wait_for_state(page, "finished")
    assert read_session(path).run("r2").iteration == 1500
    assert verify(path).result == "exact"
