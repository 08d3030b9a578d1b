"""How the live page does: what watching costs the training, how soon a click is applied, what a refresh weighs.

    python -m tests.benchmarks.page [--after 1000000] [--rounds 5] [--seconds 4] [--json FILE]

The real app serves a run on digits, which may have many iterations behind it. "watchers" are WebSockets that answer
every frame and draw nothing, so they show what the server alone spends; "tabs" are real ones, whose drawing takes its
own share of the same cores. All numbers of watchers take turns, and figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import struct
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserType, Page, ViewportSize, sync_playwright
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.benchmarks.synthetic import record_digits
from tests.browser.app import App
from tests.browser.conftest import ARGUMENTS, ROOT
from trainer.bench.turns import machine, write_json

VIEWPORT: ViewportSize = {"width": 1440, "height": 1200}
CLICKS = """async (n) => {
  const took = [], said = document.querySelector('.panda-answer');
  const button = (name) => [...document.querySelectorAll('.panda button')].find(b => b.textContent === name);
  for (let i = 0; i < n; i++) {
    const begun = performance.now(), before = said.dataset.answers;
    button(i % 2 ? '÷1.1' : '×1.1').click();
    await new Promise(done => {
      const look = new MutationObserver(() => { if (said.dataset.answers !== before) { look.disconnect(); done(); } });
      look.observe(said, { attributes: true });
    });
    took.push(performance.now() - begun);
    await new Promise(done => setTimeout(done, 30));
  }
  return took;
}"""


class Watcher(threading.Thread):
    """A tab without a picture: takes frames and answers them."""

    def __init__(self, app: App, token: str) -> None:
        super().__init__(daemon=True)
        self.sizes: list[int] = []
        self.iteration = 0
        address = f"ws://127.0.0.1:{app.port}/panda/live"
        self._left = ExitStack()
        self._socket: ClientConnection = self._left.enter_context(connect(address, origin=Origin(app.url)))
        self._socket.send(json.dumps({"token": token, "view": {"pixels": 1000}}))
        self.start()

    def run(self) -> None:
        try:
            for frame in self._socket:
                assert isinstance(frame, bytes)
                self.sizes.append(len(frame))
                (length,) = struct.unpack_from("<I", frame)
                header = json.loads(frame[4 : 4 + length])
                self.iteration = header.get("status", {}).get("iteration", self.iteration)
                self._socket.send(json.dumps({"got": header["n"]}))
        except ConnectionClosed:
            pass

    def close(self) -> None:
        self._left.close()
        self.join()


def main() -> None:
    options = parse()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp())
        if options.after:
            (folder / "sessions").mkdir()
            record_digits(folder / "sessions", options.after)
        app = stack.enter_context(App(folder, ROOT / "app.py"))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        page, token = visit(browser, app)
        page.get_by_role("button", name="Resume it" if options.after else "Start", exact=True).click()
        drawn(page)
        page.close()

        def open_tabs(app: App, _token: str, n: int) -> list[Any]:
            return tabs(browser, app, n)

        figures = {
            "frames, bytes": frames(app, token, options.seconds),
            **{f"first chart, s: {name}": row for name, row in first_chart(playwright.chromium, app).items()},
            **{f"{kind}, watchers": row for kind, row in throughput(app, token, options, watchers).items()},
            **{f"{kind}, tabs": row for kind, row in throughput(app, token, options, open_tabs).items()},
            "asked → applied, ms": asked(app, token),
            "click → applied → shown, ms": clicks(browser, app),
            "server": {"resident MB": psutil.Process(app.process.pid).memory_info().rss / 1e6},
        }
        browser.close()
    for name, row in figures.items():
        print(f"{name:34}" + "   ".join(f"{key} {value:,.4g}" for key, value in row.items()))
    write_json(options.json, {"machine": machine("streamlit"), **figures})


def visit(browser: Browser, app: App) -> tuple[Page, str]:
    """A tab on the page, and the token that its component was handed."""
    page = browser.new_context(viewport=VIEWPORT).new_page()
    tokens: list[str] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda said: note(tokens, said)))
    page.goto(app.url)
    page.wait_for_function("document.querySelector('.panda-live')?.dataset.frames > 0")
    return page, str(json.loads(tokens[0])["token"])


def note(tokens: list[str], said: str | bytes) -> None:
    if isinstance(said, str) and said.startswith('{"token"'):
        tokens.append(said)


def drawn(page: Page) -> None:
    page.wait_for_function("document.querySelector('.panda-charts')?.dataset.draws > 0")


def clicks(browser: Browser, app: App) -> dict[str, float]:
    """From a click on a nudge button to its answer in the page."""
    row: dict[str, float] = {}
    for n in (1, 3):
        pages = [visit(browser, app)[0] for _ in range(n)]
        drawn(pages[0])
        took = sorted(pages[0].evaluate(CLICKS, 60))
        row |= {f"{n} tab p50": statistics.median(took), f"{n} tab p95": took[56]}
        for page in pages:
            page.context.close()
    return row


def asked(app: App, token: str) -> dict[str, float]:
    """From a wish on the WebSocket to its answer, while others look on."""
    row: dict[str, float] = {}
    for n in (1, 3):
        others = watchers(app, token, n - 1)
        with connect(f"ws://127.0.0.1:{app.port}/panda/live", origin=Origin(app.url)) as socket:
            socket.send(json.dumps({"token": token, "view": {}}))
            socket.send(json.dumps({"hidden": True}))
            took = sorted(ask(socket, k) for k in range(60))
        for other in others:
            other.close()
        row |= {f"{n} tab p50": statistics.median(took), f"{n} tab p95": took[56]}
    return row


def ask(socket: ClientConnection, k: int) -> float:
    begun = time.perf_counter()
    socket.send(json.dumps({"ask": k, "do": "nudge", "factor": "÷1.1" if k % 2 else "×1.1"}))
    for message in socket:
        if isinstance(message, str) and json.loads(message)["ask"] == k:
            break
    time.sleep(0.03)
    return 1000 * (time.perf_counter() - begun - 0.03)


def frames(app: App, token: str, seconds: float) -> dict[str, float]:
    watcher = Watcher(app, token)
    time.sleep(2 * seconds)
    watcher.close()
    first, *later = watcher.sizes
    return {"first": first, "later p50": statistics.median(later), "a second": sum(later) / (2 * seconds)}


def watchers(app: App, token: str, n: int) -> list[Any]:
    return [Watcher(app, token) for _ in range(n)]


def tabs(browser: Browser, app: App, n: int) -> list[Any]:
    pages = [visit(browser, app)[0] for _ in range(n)]
    for page in pages:
        drawn(page)
    return [page.context for page in pages]


def throughput(app: App, token: str, options: argparse.Namespace, open_some: Any) -> dict[str, dict[str, float]]:
    """Iterations per second while 0, 1 and 3 look on, taking turns; and where the server's processor time goes.

    The speed of these machines changes by the second, so the tax on the training is given as the share of a core that
    its thread gets, and that the rest of the server takes.
    """
    rates: dict[int, list[float]] = {0: [], 1: [], 3: []}
    trainer: dict[int, list[float]] = {0: [], 1: [], 3: []}
    rest: dict[int, list[float]] = {0: [], 1: [], 3: []}
    for _ in range(options.rounds):
        for n, found in rates.items():
            opened = open_some(app, token, n)
            begun, before, spent = time.perf_counter(), reached(app, token), processor_time(app)
            time.sleep(options.seconds)
            seconds = time.perf_counter() - begun
            took = {thread: now - spent.get(thread, 0.0) for thread, now in processor_time(app).items()}
            found.append((reached(app, token) - before) / seconds)
            busiest = max(took.values())
            trainer[n].append(100 * busiest / seconds)
            rest[n].append(100 * (sum(took.values()) - busiest) / seconds)
            for one in opened:
                one.close()
    return {
        kind: {str(n): statistics.median(found) for n, found in row.items()}
        for kind, row in {"iterations/s": rates, "trainer, % of a core": trainer, "rest, % of a core": rest}.items()
    }


def processor_time(app: App) -> dict[int, float]:
    """Seconds of each thread of the server so far."""
    threads = psutil.Process(app.process.pid).threads()
    return {thread.id: thread.user_time + thread.system_time for thread in threads}


def reached(app: App, token: str) -> int:
    """The iteration that training has reached."""
    watcher = Watcher(app, token)
    while not watcher.sizes:
        time.sleep(0.005)
    watcher.close()
    return watcher.iteration


def first_chart(chromium: BrowserType, app: App) -> dict[str, dict[str, float]]:
    """Seconds from the address to the first drawn chart, and to the only button of an empty page of Streamlit's.

    A visitor who was never there, who reloads the page, and who comes back in another tab. Each round is another
    visitor; the figures are medians.
    """
    folder = Path(tempfile.mkdtemp())
    (folder / "empty.py").write_text("import streamlit as st\n\nst.button('Start')\n", "utf-8")
    (folder / ".streamlit").symlink_to(ROOT / ".streamlit")
    rows: dict[str, dict[str, list[float]]] = {}
    with App(folder, folder / "empty.py") as empty:
        for _ in range(3):
            for name, url, ready in (("Panda", app.url, drawn), ("an empty page", empty.url, button)):
                with chromium.launch_persistent_context(
                    tempfile.mkdtemp(), executable_path="/usr/bin/chromium", args=ARGUMENTS, viewport=VIEWPORT
                ) as visitor:
                    for visit in ("first visit", "reload", "later visit"):
                        page = visitor.pages[-1] if visit == "reload" else visitor.new_page()
                        begun = time.perf_counter()
                        page.reload() if visit == "reload" else page.goto(url)
                        ready(page)
                        rows.setdefault(name, {}).setdefault(visit, []).append(time.perf_counter() - begun)
    return {name: {visit: statistics.median(took) for visit, took in row.items()} for name, row in rows.items()}


def button(page: Page) -> None:
    page.get_by_role("button", name="Start", exact=True).wait_for()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after", type=int, default=0, help="iterations that the run has behind it")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="of one turn")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
