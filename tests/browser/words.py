"""What a person does on the Train page, and what the page says, in as many words."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as WaitedInVain

_RESTING = """() => !document.querySelector('[data-testid=stSpinner], [data-stale=true]')
    && document.querySelector('.stApp').dataset.testScriptState === 'notRunning' && document.getAnimations().every(
    each => each.playState !== 'running' || each.effect.getComputedTiming().iterations === Infinity
)"""


def live(page: Page) -> Locator:
    """The live part of the page; its data attributes tell how things stand."""
    return page.locator(".panda-live:not([hidden])")


def data(page: Page, name: str) -> str:
    return live(page).get_attribute(f"data-{name}") or ""


def number(page: Page, name: str) -> int:
    return int(data(page, name) or 0)


def wait(page: Page, condition: str, argument: Any = None) -> None:
    """Until a condition on `d`, the data attributes of the live part, holds; `a` is the argument."""
    try:
        page.wait_for_function(
            f"a => {{ const d = document.querySelector('.panda-live')?.dataset; return Boolean(d && ({condition})); }}",
            arg=argument,
        )
    except WaitedInVain as error:
        raise WaitedInVain(f"{error.message}\n{how_things_stand(page)}") from error


def how_things_stand(page: Page) -> str:
    """What the page says, for whoever has waited for something else in vain."""
    state = page.evaluate("({...document.querySelector('.panda-live')?.dataset})")
    boxes = page.evaluate("[...document.querySelectorAll('input')].map(box => `${box.ariaLabel}: ${box.value}`)")
    return f"{state}\n{boxes}\n{page.locator('body').inner_text()}"


def wait_for_state(page: Page, state: str) -> None:
    wait(page, "d.state === a", state)


def wait_for_iterations(page: Page, more: int) -> None:
    """Until so many more iterations are shown."""
    wait(page, "Number(d.iteration) >= a", number(page, "iteration") + more)


def wait_for_frames(page: Page, more: int = 2) -> None:
    wait(page, "Number(d.frames) >= a", number(page, "frames") + more)


def wait_for_draws(page: Page, more: int = 2) -> None:
    wait(page, "Number(document.querySelector('.panda-charts').dataset.draws) >= a", draws(page) + more)


def draws(page: Page) -> int:
    return int(page.locator(".panda-charts").get_attribute("data-draws") or 0)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def box(page: Page, name: str) -> Locator:
    return live(page).get_by_label(name, exact=True)


def answered(page: Page, status: str = "applied") -> str:
    """What the page says of the last wish, once it has been answered so."""
    answer = page.locator(f".panda-answer[data-status='{status}']")
    answer.wait_for()
    return answer.inner_text()


def open_setup(page: Page) -> None:
    """Unfold the set-up if it is folded."""
    setup = page.locator("details", has_text="Set-up").first
    setup.wait_for()
    if setup.get_attribute("open") is None:
        setup.locator("summary").first.click()
    page.get_by_label("Layers", exact=True).wait_for()


def settle(page: Page) -> None:
    """Until the script has come to its end and nothing moves: what comes or goes above a button moves it."""
    page.wait_for_function(_RESTING)


def start(page: Page) -> None:
    """Press Start and wait until training is seen, and the set-up gone."""
    press(page, "Start")
    wait_for_state(page, "running")
    wait(page, "Number(d.iteration) > 50")
    page.get_by_text(": under way.").first.wait_for()
    settle(page)


def start_to_the_end(page: Page) -> None:
    """Press Start and wait until this run is over, not the one before it, which the page still shows for a moment."""
    before = page.locator(".panda-live").get_attribute("data-session")
    press(page, "Start")
    wait(page, "d.state === 'finished' && d.session !== a", before)


def end(page: Page) -> None:
    """Stop what is under way, if anything is, so that the next test begins with nothing under way."""
    page.wait_for_function("document.querySelector('.panda-live')?.dataset.frames > 0")
    if page.locator(".panda-live").get_attribute("data-state") in ("running", "paused"):
        press(page, "Stop")
        wait(page, "!['running', 'paused'].includes(d.state)")


def traces(page: Page, chart: str) -> list[dict[str, Any]]:
    """What a chart draws."""
    found: list[dict[str, Any]] = page.evaluate(
        "name => document.querySelector(`[data-chart=${name}]`).data.map(t => ({...t}))", chart
    )
    return found


def ranges(page: Page, chart: str) -> list[float]:
    """The x range that a chart shows."""
    found: list[float] = page.evaluate(
        "name => document.querySelector(`[data-chart=${name}]`).layout.xaxis.range", chart
    )
    return found
