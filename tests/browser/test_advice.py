"""The card of advice: what is wrong, its evidence, a button that does it, and one that mutes it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.app import App
from tests.browser.test_accessibility import found
from tests.browser.words import end, open_setup, press, wait
from trainer.recorder.session import read_session


def test_advice_is_shown_muted_heard_again_and_taken(page: Page, app: App) -> None:
    open_setup(page)
    page.get_by_label("Learning rate α", exact=True).first.fill("1e-6")
    page.get_by_label("Mini-batch size", exact=True).first.fill("2")
    press(page, "Start")
    card = page.locator(".panda-advice")
    expect(card).to_have_attribute("data-rule", "mini-batches too small", timeout=60_000)
    expect(card).to_contain_text("The gradients of mini-batches of 2 disagree")
    card.get_by_role("button", name="Mute").click()
    expect(card).to_have_attribute("data-rule", "α too low", timeout=60_000)
    expect(card).to_contain_text("Each update moves the weights of a layer by")
    expect(card.get_by_role("img")).to_be_visible()  # the evidence
    expect(card.get_by_text("Muted: mini-batches too small")).to_be_visible()  # though another rule speaks
    assert found(page, "advice") == []
    page.reload()
    expect(card.get_by_text("Muted: mini-batches too small")).to_be_visible()
    card.get_by_role("button", name="Listen again").click()
    card.get_by_role("button", name="Mini-batch size 64").click()
    wait(page, "d.interventions === '1'")
    (change,) = read_session(app.sessions()[-1]).run("r1").interventions
    assert (change.author, change.after) == ("advice", {"mini_batch_size": 64})
    expect(page.get_by_text("The gradients of mini-batches of 2 disagree").first).to_be_visible()  # why, in the log
    end(page)
