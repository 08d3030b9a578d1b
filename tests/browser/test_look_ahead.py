"""Look ahead on the Train page: arms ahead of the curve; the one that is taken comes as foreseen; and α is found."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.app import App
from tests.browser.words import box, end, number, press, start, traces, wait, wait_for_state
from trainer.recorder.session import read_session


def ahead(page: Page) -> Locator:
    return page.get_by_role("region", name="Look ahead")


def looked(page: Page, arms: int = 5) -> int:
    """Press the button; returns the iteration it was looked ahead from."""
    press(page, "Look ahead")
    page.locator(f".panda-ahead[data-arms='{arms}']").wait_for()
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
    assert [change.note for change in read_session(path).run("r1").interventions] == [
        f"looked ahead: {arm}",
        "looked ahead: ×1",
        "",
        "looked ahead: α 0.02",
    ]


def test_candidates_and_the_alpha_finder_beside_a_run_that_goes_on(page: Page) -> None:
    start(page)
    ahead(page).get_by_label("Candidates").fill("momentum=0.5,0.9 optimizer=gd")
    looked(page, 2)
    expect(ahead(page).get_by_role("button", name="Take β 0.5, optimizer gd")).to_be_visible()
    ahead(page).get_by_label("Candidates").fill("colour=red")
    press(page, "Look ahead")
    expect(ahead(page)).to_contain_text("Not done: 'colour' is not a hyperparameter")
    page.get_by_label("Iterations ahead").fill("5000")
    press(page, "Find α")
    expect(ahead(page)).to_contain_text(re.compile(r"Trying learning rates … \d+ %"))
    press(page, "Stop looking")
    expect(page.get_by_role("button", name="Stop looking")).to_be_hidden()
    page.get_by_label("Iterations ahead").fill("200")
    press(page, "Find α")
    page.locator(".panda-ahead [data-found]").wait_for()
    expect(ahead(page)).to_contain_text(re.compile(r"α (=|from) \S+( to \S+)? is suggested: after 200 iterations"))
    expect(ahead(page)).to_contain_text("Momentum is stable up to about α = ")
    page.wait_for_function(
        "() => document.querySelector('[data-chart=rate]').data.some(trace => trace.uid === 'suggested-high')"
    )
    picture = page.get_by_role("img", name=re.compile("Chart: cost over α at iteration .* suggested from"))
    expect(picture).to_be_visible()
    drawn = picture.evaluate("box => [box.data.map(t => t.x.length), box.layout.shapes.length]")
    assert drawn[0][1:] == [25, 25]
    assert drawn[1] >= 2  # the suggested range, and α in force
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_function(
        "() => (({clientWidth, layout}) => Math.max(clientWidth, layout.width) < 390)"
        "(document.querySelector('.panda-alpha-chart'))"
    )
    wait(page, "d.state === 'running'")
    press(page, "÷3")
    expect(ahead(page)).to_contain_text("Something was changed since, at iteration")
    press(page, "Clear")
    expect(picture).to_be_hidden()
    expect(ahead(page).get_by_text("is suggested")).to_have_count(0)
    expect(ahead(page).get_by_role("button", name=re.compile("^Take"))).to_have_count(0)

    page.get_by_label("Candidates").fill("")
    page.get_by_label("Other orders").fill("2")
    first = looked(page)
    expect(ahead(page)).to_contain_text("the median of 3 orders of the data (")
    page.get_by_label("Other orders").fill("")
    ahead(page).get_by_label("Follow the run").check()
    arm = ahead(page).get_by_role("button", name=re.compile("^Take ×1:"))
    arm.focus()
    page.wait_for_function("at => Number(document.querySelector('.panda-ahead').dataset.at) > at", arg=first)
    expect(arm).to_be_focused()
    assert number(page, "interventions") == 1
    end(page)
    expect(ahead(page)).to_contain_text("The run is over: nothing comes after it.")
    expect(ahead(page).get_by_role("button", name=re.compile("^Take"))).to_have_count(0)
    expect(page.get_by_role("button", name="Look ahead")).to_be_disabled()


HAND = """label => {
    const drawn = document.querySelector('[data-chart=cost]').data.filter(t => t.uid === 'hand').map(t => t.name);
    return label === null ? drawn.length === 0 : drawn.join() === `not applied: ${label}`;
}"""


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
    (line,) = [trace for trace in traces(page, "cost") if trace["uid"] == "hand"]
    assert (line["x"][-1], line["line"]["dash"]) == (here + 200, "solid")
    brings = re.compile(rf"α {value} would bring dev cost \S+ → \S+, in 200")
    expect(page.locator(".panda-hand")).to_contain_text(brings)
    assert number(page, "interventions") == 0
    assert len(requests) <= 21

    press(page, "Revert")
    page.wait_for_function(HAND, arg=None)
    expect(page.locator(".panda-hand")).to_be_empty()
    box(page, "Optimizer").select_option("adam")
    page.wait_for_function(HAND, arg="optimizer adam")
    press(page, "Revert")
    box(page, "Momentum β").fill("0.5")
    page.wait_for_function(HAND, arg="β 0.5")
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
    page.keyboard.press("l")
    arms = ahead(page).get_by_role("button", name=re.compile("^Take"))
    expect(arms).to_have_count(5)
    expect(arms.nth(1)).to_have_attribute("title", re.compile("; key 2$"))
    page.keyboard.press("Escape")
    expect(arms).to_have_count(0)
    page.keyboard.press("2")
    page.keyboard.press("l")
    expect(arms).to_have_count(5)
    assert number(page, "interventions") == 1
    page.keyboard.press("2")
    wait(page, "d.interventions === '2'")
    expect(page.get_by_text("looked ahead: ×0.3")).to_be_visible()

    press(page, "Resume")
    wait_for_state(page, "running")
    box(page, "Momentum β").fill("0.7")
    page.wait_for_function(HAND, arg="β 0.7")
    end(page)
    page.wait_for_function(HAND, arg=None)
