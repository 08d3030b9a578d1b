"""How soon a long recorded session is drawn: seconds until its first chart, and until that of two of them compared.

    python -m tests.benchmarks.opening [--iterations 1000 1000000 10000000] [--rounds 5] [--json FILE]

The real app serves sessions of digits, each of them a file that it has not read yet; the lengths take turns. They are
opened from the list of sessions, by their address in a tab of its own, and by reloading that tab, when the server knows
them. The visitor was there before, so that the browser has the page's scripts. Figures are medians over the rounds.
What a session of a thousand iterations takes is what the page takes by itself.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.benchmarks.page import VIEWPORT
from tests.benchmarks.synthetic import SESSION, record_digits
from tests.browser.app import App
from tests.browser.conftest import ARGUMENTS, ROOT
from trainer.bench.turns import machine, write_json

Figures = dict[str, float]


def main() -> None:
    options = parse()
    figures = opened(options.iterations, options.rounds)
    for n, row in figures.items():
        print(f"{n:>12,}   " + "   ".join(f"{name} {value:,.2f}" for name, value in row.items()))
    write_json(options.json, {"machine": machine("streamlit"), "opening": figures})


def opened(sizes: list[int], rounds: int) -> dict[int, Figures]:
    """Seconds of each way to open sessions of so many iterations, which take turns."""
    found: dict[int, dict[str, list[float]]] = {n: {} for n in sizes}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "sessions").mkdir()
        for n in sizes:
            (folder / str(n)).mkdir()
            record_digits(folder / str(n), n)
        new_session(folder, sizes[0], "first")
        app = stack.enter_context(App(folder, ROOT / "app.py"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        visitor = browser.new_context(viewport=VIEWPORT)
        in_a_tab(visitor, playback(app, "first"), drawn)
        in_a_tab(visitor, comparison(app, "first", "first"), compared)
        for _ in range(rounds):
            for n in sizes:
                a, b, c, d, e, f = names = [f"{letter}-{n}" for letter in "abcdef"]
                for name in names:
                    new_session(folder, n, name)
                for way, seconds in {
                    "playback, from the list": from_the_list(visitor, app, a),
                    "Compare, from the list": two_of_the_list(visitor, app, e, f),
                    **in_a_tab(visitor, playback(app, b), drawn, "playback"),
                    **in_a_tab(visitor, comparison(app, c, d), compared, "Compare"),
                }.items():
                    found[n].setdefault(way, []).append(seconds)
                for name in names:
                    (folder / "sessions" / f"{name}.panda").unlink()
        browser.close()
    return {n: {way: statistics.median(seconds) for way, seconds in row.items()} for n, row in found.items()}


def new_session(folder: Path, iterations: int, name: str) -> None:
    shutil.copyfile(folder / str(iterations) / SESSION, folder / "sessions" / f"{name}.panda")


def playback(app: App, name: str) -> str:
    return f"{app.url}/sessions?session={name}.panda"


def comparison(app: App, *names: str) -> str:
    return f"{app.url}/sessions?" + "&".join(f"compare={name}.panda" for name in names)


def drawn(page: Page) -> None:
    page.locator(".panda-playback:not([hidden]) .panda-charts:not([data-draws='0'])[data-draws]").wait_for()


def compared(page: Page) -> None:
    page.locator(".panda-static-chart .js-plotly-plot .main-svg").first.wait_for()


def from_the_list(visitor: BrowserContext, app: App, name: str) -> float:
    """From the click on a session of the list to its first chart."""
    page = visitor.new_page()
    page.goto(f"{app.url}/sessions")
    button = page.locator(f"tr[data-file='{name}.panda']").get_by_role("button")
    button.wait_for()
    page.wait_for_function("window.Plotly")  # a person looks at the list for longer
    begun = time.perf_counter()
    button.click()
    drawn(page)
    seconds = time.perf_counter() - begun
    page.close()
    return seconds


def two_of_the_list(visitor: BrowserContext, app: App, *names: str) -> float:
    """From the click on *Compare*, once two sessions are ticked, to the chart."""
    page = visitor.new_page()
    page.goto(f"{app.url}/sessions")
    for name in names:
        page.locator(f"tr[data-file='{name}.panda']").get_by_role("checkbox").check()
    page.wait_for_function("window.Plotly")
    begun = time.perf_counter()
    page.get_by_role("button", name="Compare", exact=True).click()
    compared(page)
    seconds = time.perf_counter() - begun
    page.close()
    return seconds


def in_a_tab(visitor: BrowserContext, url: str, ready: Callable[[Page], None], what: str = "") -> Figures:
    """From an address to the first chart, and the same when the tab is reloaded."""
    page = visitor.new_page()
    figures = {}
    for way in ("in a new tab", "reloaded"):
        begun = time.perf_counter()
        page.reload() if way == "reloaded" else page.goto(url)
        ready(page)
        figures[f"{what}, {way}"] = time.perf_counter() - begun
    page.close()
    return figures


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, nargs="+", default=[1000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
