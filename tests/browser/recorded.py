"""Recorded sessions for the Sessions page, and what a person does there, in as many words."""

from __future__ import annotations

import signal
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.app import App
from trainer.cli.main import main
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record

CHANGES = (
    "100: decay=inverse-time decay_rate=0.5 # slower and <b>slower</b>",
    "200: decay_rate=2",
    "200: momentum=0.5 # twice at once",
    "300: optimizer=adam decay=none learning_rate=0.003",
)


def record(app: App, name: str, *options: str, iterations: int = 400) -> Path:
    """A session recorded by the command, in this process, with as many threads as the server has."""
    path = app.folder / "sessions" / f"{name}.panda"
    path.parent.mkdir(exist_ok=True)
    network = ("--data", "spiral", "--layers", "16", "--iterations", str(iterations))
    before = signal.getsignal(signal.SIGTERM)
    assert main(["train", *network, *options, "--session", str(path), "--json"]) == 0
    signal.signal(signal.SIGTERM, before)
    return path


def record_with_changes(app: App, name: str, iterations: int = 400) -> Path:
    """A session with CHANGES; the decay alone is set at iteration 200, so α₀ is rebased there."""
    nudges = (option for change in CHANGES for option in ("--nudge", change))
    return record(app, name, *nudges, iterations=iterations)


def damage(path: Path, kind: str = "metrics") -> str:
    """Flip a bit in what the last record of a kind holds; its name."""
    reader = RecordReader(path)
    found = [record for record in reader.read() if isinstance(record, Record) and record.kind == kind][-1]
    reader.close()
    content = bytearray(path.read_bytes())
    content[found.offset + 700] ^= 1
    path.write_bytes(content)
    return found.name


def visit(page: Page, app: App) -> None:
    """The list of sessions, by way of the first page."""
    if not page.url.startswith(app.url):
        page.goto(app.url)
        page.get_by_role("button", name="Start", exact=True).wait_for()
    page.get_by_role("link", name="Sessions", exact=True).click()
    page.get_by_role("heading", name="Sessions", exact=True).wait_for()


def row(page: Page, path: Path) -> Locator:
    return page.locator(f"tr[data-file='{path.name}']")


def open_session(page: Page, app: App, path: Path) -> None:
    """Open one by clicking, and wait until its numbers are shown."""
    visit(page, app)
    row(page, path).get_by_role("button").click()
    page.locator(".panda-head:not([hidden])").wait_for()


def play(page: Page, app: App, path: Path) -> None:
    """Open one and wait until it can be played."""
    open_session(page, app, path)
    page.locator(".panda-playback[data-exact='true']").wait_for()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def scrub(page: Page, iteration: int) -> None:
    """Move the scrubber, and wait for the recorded numbers there."""
    page.get_by_role("slider", name="Iteration", exact=True).fill(str(iteration))
    wait_at(page, iteration)


def wait_at(page: Page, iteration: int) -> None:
    page.locator(f".panda-playback[data-iteration='{iteration}'][data-exact='true']").wait_for()


def iteration(page: Page) -> int:
    return int(page.locator(".panda-playback").get_attribute("data-iteration") or -1)


def tile(page: Page, name: str) -> str:
    """The number in a tile."""
    return page.locator(f".panda-playback .panda-tile-{name} dd").first.inner_text()


def knobs(page: Page) -> dict[str, str]:
    """The hyperparameters as the page shows them."""
    found: dict[str, str] = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.panda-was [data-name]')]"
        ".map(row => [row.dataset.name, row.querySelector('dd').textContent]))"
    )
    return found


def story(page: Page) -> list[str]:
    """What had happened by then, the latest first."""
    return page.locator(".panda-playback .panda-log li").all_inner_texts()


def veil(page: Page, chart: str) -> tuple[float, float]:
    """Where the future begins on a chart, and where the chart ends, in pixels of it."""
    found: list[float] = page.evaluate(
        """name => {
            const box = document.querySelector(`[data-chart=${name}]`);
            const veil = box.parentElement.querySelector('.panda-veil').getBoundingClientRect();
            const axes = box.querySelector('.nsewdrag').getBoundingClientRect();
            return [veil.left - axes.left, axes.width];
        }""",
        chart,
    )
    return found[0], found[1]
