"""Beside a run that goes on: candidates that are typed, the speed limit, and the α finder."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_look_ahead import ahead, looked
from tests.browser.words import box, end, number, open_setup, press, start, wait

FURTHER = "at => Number(document.querySelector('.panda-ahead').dataset.at) > at"

AT_REST = """async () => {
    const top = () => document.querySelector('[data-chart=cost]').getBoundingClientRect().top;
    for (let [before, still] = [top(), 0]; still < 20; still += 1) {
        await new Promise(requestAnimationFrame);
        if (top() !== before) [before, still] = [top(), -1];
    }
}"""
"""Until nothing scrolls, nor is about to: in 20 pictures."""

ZOOMED = """() => Plotly.relayout(
    document.querySelector('[data-chart=cost]'), { 'xaxis.range[0]': 1000, 'xaxis.range[1]': 1100 }
)"""
"""As a hand zooms: what is drawn next keeps it."""
LABELLED = "() => [...document.querySelectorAll('[data-chart=cost] .xtick text')].at(-1)?.textContent === '1.1k'"
CUT_OFF = """() => {
    const { right } = document.querySelector('[data-chart=cost]').getBoundingClientRect();
    const labels = [...document.querySelectorAll('[data-chart=cost] .xtick text')];
    return labels.filter(text => text.getBoundingClientRect().right > right).map(text => text.textContent);
}"""
"""Labels of the x axis that end right of the chart."""

LIMITED = """limited => {
    const { data, layout } = document.querySelector('[data-chart=rate]');
    const named = layout.annotations.some(({ text }) => /^speed limit \\S+, an estimate$/.test(text));
    return named === limited && data.some(trace => trace.uid === 'speed-limit') === limited;
}"""

NAMED = """named => document.querySelector('[data-chart=rate]').layout.annotations.some(
    ({ text }) => text.startsWith('speed limit ')) === named"""

NEAR = """() => {
    const [begin, end] = document.querySelector('.panda-charts').dataset.zoom.split(' ').map(Number);
    return Math.abs(end - begin - 4.05 * 50) < 1;
}"""
"""Whether what was looked ahead by 50 iterations is zoomed to, with what came before it."""

RESTED = """() => {
    const asked = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/panda/speed-limit'));
    return asked.length > 1 && asked[1].startTime - asked[0].responseEnd;
}"""
"""Milliseconds between the first measurement of the speed limit and the second, once that has been made."""


def test_candidates_and_the_alpha_finder_beside_a_run_that_goes_on(page: Page) -> None:
    open_setup(page)
    # so low that there is an α to suggest however far the run is by then
    page.get_by_label("Learning rate α", exact=True).first.fill("1e-6")
    page.get_by_label("Learning rate α", exact=True).first.press("Enter")
    start(page)
    ahead(page).get_by_label("Candidates").fill("momentum=0.5,0.9 optimizer=gd")
    looked(page, 2)
    expect(ahead(page).get_by_role("button", name="Take β 0.5 with optimizer gd")).to_be_visible()
    page.get_by_label("Iterations ahead").fill("50")
    wait(page, "Number(d.iteration) > 400")
    looked(page, 2)
    charts = page.locator(".panda-charts")
    page.wait_for_function(NEAR)  # of a long run it would be a dot
    page.get_by_label("x axis").select_option(label="epochs")
    stretch = charts.get_attribute("data-zoom")
    assert stretch  # at once, not when it is looked ahead again
    assert 8 < float(stretch.split()[1]) - float(stretch.split()[0]) < 10  # of 23 iterations each
    page.get_by_label("x axis").select_option(label="minutes")
    assert charts.get_attribute("data-zoom")
    press(page, "Clear")
    expect(charts).to_have_attribute("data-zoom", "")  # it was zoomed to by looking ahead, not by a person
    page.get_by_label("x axis").select_option(label="iterations")
    ahead(page).get_by_label("Speed limit").check()
    limit = re.compile(r"At iteration [\d,]+: momentum is stable up to about α = \S+ here \(an estimate: ")
    expect(ahead(page)).to_contain_text(limit)
    page.wait_for_function(LIMITED, arg=True)
    ahead(page).get_by_label("Speed limit").uncheck()
    page.wait_for_function(LIMITED, arg=False)
    expect(ahead(page)).not_to_contain_text("is stable up to")
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
    page.locator(".panda-ahead [data-found]").wait_for(timeout=120_000)
    expect(ahead(page)).to_contain_text(re.compile(r"α (=|from) \S+( to \S+)? is suggested: after 200 iterations"))
    expect(ahead(page)).to_contain_text("Momentum is stable up to about α = ")
    expect(ahead(page)).to_contain_text(re.compile(r"The run has gone on by [\d,]+ iterations? since\."))
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
    look, cost = page.get_by_role("button", name="Look ahead"), page.locator("[data-chart=cost]")
    look.evaluate("button => { document.activeElement.blur(); button.scrollIntoView({ block: 'start' }); }")
    expect(cost).not_to_be_in_viewport()
    page.keyboard.press("l")
    page.locator(".panda-ahead[data-arms='5']").wait_for()
    expect(cost).to_be_in_viewport(ratio=1)
    expect(look).to_be_in_viewport()
    expect(ahead(page)).to_contain_text("the median of 3 orders of the data (")
    page.evaluate(AT_REST)
    before = cost.bounding_box()
    asked_at = number(page, "iteration")
    page.keyboard.press("l")
    page.wait_for_function(FURTHER, arg=asked_at)
    page.evaluate(AT_REST)
    assert cost.bounding_box() == before  # it was in sight
    first = int(ahead(page).get_attribute("data-at") or 0)
    page.get_by_label("Other orders").fill("")
    arm = ahead(page).get_by_role("button", name=re.compile("^Take ×1:"))
    arm.focus()
    page.wait_for_function(FURTHER, arg=first)
    expect(arm).to_be_focused()
    assert number(page, "interventions") == 1
    end(page)
    expect(ahead(page)).to_contain_text("The run is stopped: resume it to look ahead.")
    expect(ahead(page).get_by_role("button", name=re.compile("^Take"))).to_have_count(0)
    expect(page.get_by_role("button", name="Look ahead")).to_be_disabled()
    page.evaluate(ZOOMED)
    expect(charts).to_have_attribute("data-zoom", "1000 1100")
    page.wait_for_function(LABELLED)
    assert page.evaluate(CUT_OFF) == []


def test_the_speed_limit_rests_between_measurements_and_is_given_up(page: Page) -> None:
    start(page)
    page.evaluate("performance.clearResourceTimings()")
    limit = ahead(page).get_by_label("Speed limit")
    limit.check()
    assert page.wait_for_function(RESTED, timeout=120_000).json_value() >= 3000
    limit.uncheck()
    page.wait_for_function(LIMITED, arg=False)
    page.route("**/panda/speed-limit*", lambda _: None)  # no answer comes
    with page.expect_request("**/panda/speed-limit*"):
        limit.check()
    with page.expect_event("requestfailed", lambda request: "/panda/speed-limit" in request.url):
        limit.uncheck()
    end(page)


def test_the_speed_limit_goes_at_once_when_something_is_changed(page: Page) -> None:
    start(page)
    ahead(page).get_by_label("Speed limit").check()
    expect(ahead(page)).to_contain_text(re.compile(r"here \(an estimate: .*, in mini-batches of 64\)"))
    page.wait_for_function(NAMED, arg=True)
    page.route("**/panda/speed-limit*", lambda _: None)  # no answer comes
    box(page, "Mini-batch size").fill("32")
    press(page, "Apply")
    anew = re.compile(r"Something was changed at iteration [\d,]+: the speed limit is measured anew\.")
    expect(ahead(page)).to_contain_text(anew)
    page.wait_for_function(NAMED, arg=False)
    page.unroute("**/panda/speed-limit*")
    box(page, "Mini-batch size").fill("16")  # what is asked for is given up
    press(page, "Apply")
    last = re.compile(r"here \(an estimate: .*, in mini-batches of 16\)")
    expect(ahead(page)).to_contain_text(last, timeout=120_000)  # it rests for ten times what one takes
    page.wait_for_function(NAMED, arg=True)
    end(page)


def test_find_alpha_rests_while_it_is_at_work_and_keeps_the_focus(page: Page) -> None:
    start(page)
    page.get_by_label("Iterations ahead").fill("5000")
    find = page.get_by_role("button", name="Find α")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/panda/find-alpha" in request.url else None)
    find.click()
    expect(ahead(page)).to_contain_text(re.compile(r"Trying learning rates … \d+ %"))
    expect(find).to_be_focused()
    expect(find).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")  # it rests
    press(page, "Stop looking")
    expect(page.get_by_role("button", name="Stop looking")).to_be_hidden()
    expect(find).to_have_attribute("aria-disabled", "false")
    assert len(asked) == 1
    end(page)
