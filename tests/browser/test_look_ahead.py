"""Look ahead on the Train page: arms ahead of the curve; the one that is taken comes as foreseen; and α is found."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.words import box, end, number, press, start, traces, wait, wait_for_state
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session


def ahead(page: Page) -> Locator:
    return page.get_by_role("region", name="Look ahead")


def looked(page: Page, arms: int = 5) -> int:
    """Press the button; returns the iteration it was looked ahead from."""
    press(page, "Look ahead")
    page.locator(f".panda-ahead[data-arms='{arms}']").wait_for()
    expect(page.get_by_role("button", name="Look ahead")).to_be_focused()  # also while it was at work
    return int(ahead(page).get_attribute("data-at") or 0)


def expect_drawn(page: Page, *uids: str) -> None:
    """Until these arms, and the row of dev costs at their ends, are drawn."""
    page.wait_for_function(
        """uids => document.querySelector('[data-chart=cost]').data.map(t => t.uid)
            .filter(uid => uid.startsWith('ahead-')).sort().join() === uids""",
        arg=",".join(uids),
    )


SETTLED = """() => {
    const { data, layout } = document.querySelector('[data-chart=cost]');
    return data.find(trace => trace.uid === 'smoothed').x[0] >= layout.xaxis.range[0];
}"""

POINT = """() => {
    const chart = document.querySelector('[data-chart=cost]');
    const { xaxis, yaxis, _size: { l, t } } = chart._fullLayout;
    const { x, y } = chart.data.find(trace => trace.uid === 'ahead-1');
    const { left, top } = chart.getBoundingClientRect();
    return [left + l + xaxis.d2p(x.at(-5)), top + t + yaxis.d2p(y.at(-5))];
}"""


def point_at_an_arm(page: Page) -> str:
    """Point at a line in the chart; returns which arm the page says that is."""
    page.wait_for_function(SETTLED)  # the curve of what was zoomed to came, and with it the range of the costs
    page.mouse.move(*page.evaluate(POINT))
    pointed = page.locator(".panda-ahead .panda-pointed")
    expect(pointed).to_have_count(1)
    expect(page.locator(".panda-arm-name")).to_have_text(pointed.inner_text())
    return pointed.inner_text().partition(" →")[0]


def came(page: Page) -> None:
    """Until it is told what came, which is what was foreseen."""
    page.locator(".panda-ahead:not([data-came=''])").wait_for()
    told = re.search(r"foreseen (\S+), came (\S+)\.", ahead(page).inner_text())
    assert told is not None
    assert told[1] == told[2]


def test_an_arm_that_is_taken_comes_as_it_was_foreseen(page: Page, app: App) -> None:
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    here = looked(page)
    assert here == number(page, "iteration")
    expect(ahead(page)).to_contain_text(re.compile(r"From iteration [\d,]+: ×\S+ is best: dev cost \S+ after 200"))
    expect_drawn(page, "ahead-0", "ahead-1", "ahead-2", "ahead-3", "ahead-4", "ahead-ends")
    lines = [trace for trace in traces(page, "cost") if re.fullmatch(r"ahead-\d", trace["uid"])]
    assert all(line["x"][-1] == here + 200 for line in lines if line["line"]["dash"] == "solid")
    assert number(page, "interventions") == 0  # nothing is applied by looking

    arm = point_at_an_arm(page)
    page.mouse.down()
    page.mouse.up()
    wait(page, "d.interventions === '1'")
    expect(ahead(page)).to_contain_text(f"{arm} was applied: ")
    page.get_by_label("Iterations to run").fill("200")
    press(page, "Run N")
    wait(page, "d.state === 'paused' && Number(d.iteration) === a", here + 200)
    came(page)
    expect(ahead(page)).to_contain_text(f"{arm}, dev cost at iteration")
    expect_drawn(page, "ahead-0", "ahead-ends")

    looked(page)
    ahead(page).get_by_role("button", name=re.compile("Take ×1:")).click()
    wait(page, "d.interventions === '2'")
    press(page, "Resume")
    came(page)
    expect(ahead(page)).to_contain_text("×1, dev cost at iteration")  # it is evaluated there, though it goes on
    press(page, "Pause")
    wait_for_state(page, "paused")
    looked(page)
    press(page, "÷3")
    wait(page, "d.interventions === '3'")
    expect(ahead(page)).to_contain_text("holds no more: something was changed at iteration")
    expect_drawn(page)

    ahead(page).get_by_label("Candidates").fill("learning_rate=0.02")
    looked(page, 1)
    page.locator("body").press("1")
    wait(page, "d.interventions === '4'")
    expect(ahead(page)).to_contain_text("α 0.02 was applied: ")  # the only arm, too
    press(page, "Undo")
    expect(ahead(page)).to_contain_text("What was looked ahead holds no more: another run of the session began.")
    expect_drawn(page)
    end(page)
    (path,) = app.sessions()
    run = read_session(path).run("r1")
    assert [change.note for change in run.interventions] == [
        f"looked ahead: {arm}",
        "looked ahead: ×1",
        "",
        "looked ahead: α 0.02",
    ]
    evaluated = {evaluation.iteration for evaluation in run.evaluations}
    assert {change.iteration + 200 for change in run.interventions[:2]} <= evaluated
    assert verify(path).result == "exact"


HAND = """label => {
    const drawn = document.querySelector('[data-chart=cost]').data.filter(t => t.uid === 'hand').map(t => t.name);
    return label === null ? drawn.length === 0 : drawn.join() === `not applied: ${label}`;
}"""


PLACE = """button => {
    const [at, panel] = [button, button.closest('.panda-knobs')].map(node => node.getBoundingClientRect());
    return at.top - panel.top;
}"""


def test_nothing_moves_under_a_hand_on_a_phone(page: Page) -> None:
    """What a turned knob would bring is in sight of it, and neither it nor what becomes of it moves a button."""
    page.set_viewport_size({"width": 390, "height": 800})
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    apply, hand = page.get_by_role("button", name="Apply", exact=True), page.locator(".panda-hand")
    place = apply.evaluate(PLACE)
    for count, knob in enumerate(("α, log scale", "β, 1-log scale"), 1):
        slider = page.get_by_label(knob)
        slider.scroll_into_view_if_needed()
        slider.press("ArrowLeft")
        expect(hand).to_contain_text("would bring dev cost")
        expect(hand).to_be_in_viewport(ratio=1)
        assert apply.evaluate(PLACE) == place
        press(page, "Apply")
        wait(page, "d.interventions === a", str(count))
        expect(hand).to_be_empty()
        assert apply.evaluate(PLACE) == place


def test_what_is_under_the_hand_is_drawn_until_it_is_applied_and_keys(page: Page) -> None:
    """A slider that moves: at once the coming iterations with its value, until it is applied or taken back.

    Applied, it comes as foreseen. Keys look ahead, take an arm and clear, but not while something is typed.
    """
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if "/panda/ahead" in request.url else None)
    slider = page.get_by_label("α, log scale")
    slider.press("ArrowRight")
    for _ in range(20):
        slider.press("ArrowRight")
    value = box(page, "Learning rate α").input_value()
    page.wait_for_function(HAND, arg=f"α {value}")
    here = number(page, "iteration")
    brings = re.compile(rf"α {value} would bring dev cost \S+ → \S+, in 200")
    expect(page.locator(".panda-hand")).to_contain_text(brings)
    (line,) = [trace for trace in traces(page, "cost") if trace["uid"] == "hand"]
    assert (line["x"][-1], line["line"]["dash"]) == (here + 200, "solid")
    assert "iterations=50&" in requests[0], requests  # the first of them are drawn before all of them
    assert number(page, "interventions") == 0
    assert len(requests) <= 22

    press(page, "Revert")
    page.wait_for_function(HAND, arg=None)
    hand = page.locator(".panda-hand")
    expect(hand).to_be_empty()
    box(page, "Learning rate α").fill("-1")
    expect(hand).to_have_text(re.compile(r"Not drawn ahead: Learning rate α must be a number .*, but got -1(\.0)?\."))
    box(page, "Learning rate α").fill("0,1")
    expect(hand).to_have_text("Not drawn ahead: Learning rate α must be one value, but got '0,1'.")
    box(page, "Learning rate α").fill("0.2")
    page.wait_for_function(HAND, arg="α 0.2")
    page.get_by_label("At iteration").fill("99999")
    page.wait_for_function(HAND, arg=None)
    expect(hand).to_have_text("Not drawn ahead, as it is not for now.")
    page.get_by_label("At iteration").fill("")
    page.wait_for_function(HAND, arg="α 0.2")
    press(page, "Revert")
    expect(hand).to_be_empty()
    page.get_by_label("Iterations ahead").fill("9")
    box(page, "Optimizer").select_option("adam")
    expect(hand).to_have_text(
        re.compile("Not drawn ahead: .*terations.* must be a whole number from 50 to 5,000, but got")
    )
    page.get_by_label("Iterations ahead").fill("200")
    page.wait_for_function(HAND, arg="optimizer adam")
    press(page, "Revert")
    box(page, "Momentum β").fill("0.5")
    page.wait_for_function(HAND, arg="β 0.5")
    expect(hand).to_contain_text("in 200 iterations")
    press(page, "Apply")
    wait(page, "d.interventions === '1'")
    page.wait_for_function(HAND, arg=None)
    expect(ahead(page)).to_contain_text("β 0.5 was applied: foreseen is dev cost")
    page.get_by_label("Iterations to run").fill("200")
    press(page, "Run N")
    came(page)
    expect(ahead(page)).to_contain_text("β 0.5, dev cost at iteration")
    press(page, "Clear")

    expect(page.get_by_role("button", name="Look ahead")).to_have_attribute("title", re.compile("^Key l"))
    ahead(page).get_by_label("Candidates").press("l")
    expect(ahead(page).get_by_label("Candidates")).to_have_value("l")
    ahead(page).get_by_label("Candidates").fill("")
    ahead(page).get_by_label("Candidates").blur()
    expect(ahead(page)).not_to_contain_text("From iteration")
    page.get_by_label("Iterations ahead").fill("5000")
    page.get_by_label("Other orders").fill("64")
    for give_up in ("Stop looking ahead", "Clear"):
        press(page, "Look ahead")
        expect(ahead(page)).to_contain_text(re.compile(r"Trying candidates … \d+ %"))
        press(page, give_up)
        expect(ahead(page)).not_to_contain_text("Trying candidates")
    page.get_by_label("Iterations ahead").fill("200")
    page.get_by_label("Other orders").fill("")
    page.get_by_label("Other orders").blur()
    page.keyboard.press("l")  # its turn comes when the server has given the others up
    arms = ahead(page).get_by_role("button", name=re.compile("^Take"))
    expect(arms).to_have_count(5)
    expect(arms.nth(1)).to_have_attribute("title", re.compile("; key 2$"))
    slider.press("Escape")  # nothing is typed into a slider, and a hand that dragged it is still there
    expect(arms).to_have_count(0)
    slider.press("2")
    slider.press("l")
    expect(arms).to_have_count(5)
    assert number(page, "interventions") == 1
    slider.press("2")
    wait(page, "d.interventions === '2'")
    expect(page.get_by_text("looked ahead: ×0.3")).to_be_visible()

    press(page, "Resume")
    wait_for_state(page, "running")
    box(page, "Momentum β").fill("0.7")
    page.wait_for_function(HAND, arg="β 0.7")
    end(page)
    page.wait_for_function(HAND, arg=None)


HEIGHTS = """() => ['[role=status]', '[role=group]'].map(name => {
    const node = document.querySelector(`.panda-ahead > ${name}`);
    const { bottom } = (node.querySelector('button:last-child') ?? node).getBoundingClientRect();
    const { top, height } = node.getBoundingClientRect();
    return { height, spare: Math.round(height - (bottom - top)) };
})"""
"""Of the sentence, and of the arms with what is empty below the last of them."""


def test_what_stands_below_a_look_ahead_stays_where_it_is_while_that_is_rewritten(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    start(page)
    press(page, "Pause")
    wait_for_state(page, "paused")
    page.get_by_label("Other orders").fill("2")
    looked(page)
    (narrow, _), before = page.evaluate(HEIGHTS), ahead(page).evaluate("node => node.offsetHeight")
    page.evaluate("document.querySelector('.panda-ahead > [role=status] > span').textContent = 'Less.'")
    assert ahead(page).evaluate("node => node.offsetHeight") == before
    page.get_by_label("Follow the run").uncheck()
    press(page, "Resume")
    expect(ahead(page)).to_contain_text("beyond what was looked ahead")
    assert ahead(page).evaluate("node => node.offsetHeight") == before
    press(page, "Pause")
    wait_for_state(page, "paused")
    page.set_viewport_size({"width": 1440, "height": 1000})
    wide, arms = page.evaluate(HEIGHTS)
    assert wide["height"] < narrow["height"]
    assert arms["spare"] == 0


UNFIRED = """() => {
    const [set, clear] = [window.setTimeout, window.clearTimeout];
    window.unfired = new Set();
    window.setTimeout = (call, wait, ...more) => {
        const zooms = wait === 500 && new Error().stack.includes('/charts.js');
        const made = set(call, zooms ? 1e9 : wait, ...more);
        if (zooms) window.unfired.add(made);
        return made;
    };
    window.clearTimeout = made => { window.unfired.delete(made); clear(made); };
}"""
"""Timers that the charts have started to wait for the curve of another stretch; none fires in this test."""


def test_charts_that_are_left_wait_for_nothing(page: Page) -> None:
    start(page)
    page.get_by_label("Iterations ahead").fill("50")
    wait(page, "Number(d.iteration) > 400")
    press(page, "Pause")
    wait_for_state(page, "paused")
    page.evaluate(UNFIRED)
    looked(page)
    page.wait_for_function("unfired.size === 1")
    page.get_by_role("link", name="Course").click()
    page.locator(".panda-live").wait_for(state="detached")
    assert page.evaluate("unfired.size") == 0
