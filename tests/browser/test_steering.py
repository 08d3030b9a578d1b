"""What the Train page shows of what was asked: in full, where it was asked, and for as long as it is true."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.recorded import play, record, row, scrub
from tests.browser.words import answered, box, data, end, live, number, press, start, wait, wait_for_state
from trainer.recorder.session import read_session


@pytest.fixture
def running(page: Page) -> Page:
    """The Train page with a run of its own under way."""
    start(page)
    return page


def test_on_a_phone_the_answer_to_apply_is_beside_it(running: Page) -> None:
    page = running
    page.set_viewport_size({"width": 390, "height": 844})
    for typed, status, said in (("abc", "refused", "Not done: momentum must be"), ("0.8", "applied", "applied at")):
        box(page, "Momentum β").fill(typed)
        press(page, "Apply")
        answer = page.locator(f".panda-answer[data-status='{status}']")
        expect(answer).to_contain_text(said)
        expect(answer).to_be_in_viewport()
    nudge = page.get_by_role("button", name="×1.1", exact=True)
    nudge.evaluate("button => { button.style.scrollMargin = 0; button.scrollIntoView({ block: 'end' }); }")
    press(page, "×1.1")
    assert "α 0.1 → 0.11" in answered(page)  # one answer, now among the buttons
    expect(page.locator(".panda-transport .panda-answer[data-status]")).to_be_in_viewport(ratio=1)
    nudge.click()  # though the answer may lie over it
    wait(page, "d.interventions === '3'")


def test_a_control_shows_what_is_in_force_in_full(running: Page) -> None:
    page = running
    box(page, "Momentum β").fill("0.99999999")
    box(page, "Mini-batch size").fill("1234")
    box(page, "Mini-batch size").press("Enter")
    wait(page, "d.interventions === '1'")
    expect(box(page, "Momentum β")).to_have_value("0.99999999")
    expect(box(page, "Mini-batch size")).to_have_value("1234")
    expect(page.get_by_role("region", name="Interventions")).to_contain_text("β 0.9 → 0.99999999, mini-batch 64 → 1234")


FONTS = {
    "the page's": ".panda {}",
    "a wide one": ".panda { --panda-font: 'DejaVu Sans Mono', monospace; letter-spacing: 0.05em; }",
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("font", FONTS)
def test_a_number_fits_its_box(running: Page, font: str, width: int) -> None:
    page = running
    page.add_style_tag(content=FONTS[font])
    page.set_viewport_size({"width": width, "height": 900})
    press(page, "Pause")
    wait_for_state(page, "paused")
    alpha = box(page, "Learning rate α")
    shown = {
        "0.00150655": "0.00150655",
        "0.00150655123": "0.00150655",
        "1.23456789e-5": "1.23457e-5",
        "888888": "888888",
    }
    for i, (typed, short) in enumerate(shown.items(), 1):
        alpha.fill(typed)
        press(page, "Apply")
        wait(page, "d.interventions === a", str(i))
        expect(alpha).to_have_value(short)
        expect(alpha).to_have_attribute("title", typed)
        for name in ("Learning rate α", "Momentum β", "Mini-batch size", "Decay rate"):
            knob = box(page, name)
            assert knob.evaluate("box => box.scrollWidth <= box.clientWidth"), (name, knob.input_value())
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_number_that_is_longer_than_its_box_is_shortened(running: Page) -> None:
    page = running
    box(page, "Decay").select_option("inverse-time")
    press(page, "Apply")
    wait(page, "d.interventions === '1'")
    press(page, "Pause")
    wait_for_state(page, "paused")
    page.wait_for_function("document.querySelector('[data-knob=learning_rate] input').title.length > 10")
    full = box(page, "Learning rate α").get_attribute("title") or ""
    shown = box(page, "Learning rate α").input_value()
    assert len(shown) <= 10
    assert float(shown) == pytest.approx(float(full), rel=1e-4)
    assert box(page, "Learning rate α").evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_note_is_in_the_list_of_what_was_done(running: Page) -> None:
    page = running
    press(page, "×1.1")
    wait(page, "d.interventions === '1'")
    box(page, "Note").fill("it <b>settles</b>")
    press(page, "Apply")
    entries = page.get_by_role("region", name="Interventions").get_by_role("listitem")
    expect(entries).to_have_count(2)
    expect(entries.first).to_contain_text("it <b>settles</b>")
    assert number(page, "interventions") == 1
    page.reload()
    expect(entries.first).to_contain_text("it <b>settles</b>")


def test_an_edit_ends_with_the_session_that_it_was_meant_for(running: Page) -> None:
    """It outlives the end of its run, which may be resumed, and a way back, but not the start of another session."""
    page = running
    session, alpha, note = data(page, "session"), box(page, "Learning rate α"), box(page, "Note")
    press(page, "×1.1")
    wait(page, "d.interventions === '1'")
    alpha.fill("0.7")
    note.fill("faster")
    page.get_by_label("At iteration").fill("99999")
    press(page, "Undo")
    wait(page, "d.run === 'r2'")
    press(page, "Stop")
    wait_for_state(page, "stopped")
    press(page, "Resume")
    wait_for_state(page, "running")
    expect(alpha).to_have_value("0.7")
    expect(note).to_have_value("faster")
    expect(live(page)).to_contain_text("1 change not applied yet")
    press(page, "Stop")
    wait_for_state(page, "stopped")
    press(page, "Start")
    wait(page, "d.state === 'running' && d.session !== a", session)
    expect(alpha).to_have_value("0.1")
    expect(note).to_have_value("")
    expect(page.get_by_label("At iteration")).to_have_value("")
    expect(live(page)).not_to_contain_text("not applied")


def test_what_was_deleted_cannot_go_on(running: Page, app: App) -> None:
    page = running
    press(page, "Stop")
    wait_for_state(page, "stopped")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_enabled()
    path = app.sessions()[-1]
    expect(live(page)).to_contain_text(f"saved to sessions/{path.name}")
    path.unlink()
    expect(live(page)).to_contain_text("The session of this run was deleted")
    expect(live(page)).not_to_contain_text("saved to")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_disabled()


def test_the_second_click_of_two_is_no_wish(running: Page) -> None:
    page = running
    for name, state in (("Pause", "paused"), ("Stop", "stopped")):
        page.get_by_role("button", name=name, exact=True).evaluate("button => { button.click(); button.click(); }")
        wait_for_state(page, state)
    resume = page.get_by_role("button", name="Resume", exact=True)
    expect(resume).to_be_enabled()
    resume.evaluate("button => button.click()")  # the set-up comes back above it, and would move it under the pointer
    wait_for_state(page, "running")  # answers come in the order of the wishes
    expect(page.locator(".panda-answer[data-answers='3']")).to_be_visible()


def test_a_branch_of_the_run_under_way_waits_on_the_train_page(running: Page, app: App) -> None:
    page = running
    wait(page, "Number(d.iteration) > 300")
    path = app.sessions()[-1]
    page.get_by_role("link", name="Sessions").click()
    row(page, path).get_by_role("button").click()
    page.locator(".panda-playback[data-exact='true']").wait_for()
    scrub(page, 20)
    press(page, "Branch from here")
    wait(page, "d.run === 'r2' && d.state === 'paused'")
    assert number(page, "iteration") == 20
    expect(page.get_by_role("button", name="Apply", exact=True)).to_be_visible()
    end(page)
    assert list(read_session(path).runs) == ["r1", "r2"]


def test_labels_stand_on_whole_iterations(page: Page, app: App) -> None:
    play(page, app, record(app, "three", iterations=3))
    labels = page.locator("[data-chart=cost] .xtick text")
    expect(labels).to_have_count(4)
    assert labels.all_text_contents() == ["0", "1", "2", "3"]
