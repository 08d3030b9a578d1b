"""The server: who is let in, and what survives a code edit, a signal, a restart."""

from __future__ import annotations

import json
import re
import shutil
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import SHUT_RDWR

import pytest
from playwright.sync_api import BrowserType, Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.browser.app import App, copied_code
from tests.browser.conftest import ROOT, Visitor
from tests.browser.words import (
    answered,
    number,
    open_setup,
    press,
    start,
    start_to_the_end,
    wait,
    wait_for_frames,
    wait_for_iterations,
    wait_for_state,
)
from trainer.recorder.session import read_session


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app from a copy of its code, which the tests may edit."""
    code = tmp_path_factory.mktemp("code")
    shutil.copy(ROOT / "app.py", code)
    shutil.copytree(ROOT / ".streamlit", code / ".streamlit")
    shutil.copytree(ROOT / "trainer", code / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    with App(tmp_path_factory.mktemp("panda"), code / "app.py") as started:
        yield started


TOLD_IF_CHANGED = """
import sys

class Told(list):
    def insert(self, index, folder):
        print("put into sys.path:", folder)
        super().insert(index, folder)

    def remove(self, folder):
        print("taken out of sys.path:", folder)
        super().remove(folder)

sys.path = Told(sys.path)
"""
"""For the head of a module."""


def status(app: App, path: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(app.url + path, headers=headers), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


LOST = re.compile(
    r"ERR_CONNECTION_|ERR_EMPTY_RESPONSE|when disconnected from server"
    r"|Client Error in reaching server endpoint|Streamlit server is not responding"
)
PATHS = ["/", "/_stcore/health", "/panda/modules/x/main.js", "/_stcore/host-config"]


@pytest.mark.parametrize("path", PATHS)
def test_foreign_hosts_and_origins_are_refused(app: App, path: str) -> None:
    assert status(app, path) == 200
    assert status(app, path, Origin=app.url) == 200
    assert status(app, path, Host="evil.example") == 403
    assert status(app, path, Host=f"evil.example:{app.port}") == 403
    assert status(app, path, Origin="http://evil.example") == 403
    assert status(app, path, Origin="null") == 403


@pytest.mark.parametrize("path", ["/panda/live", "/_stcore/stream"])
def test_foreign_websockets_are_refused(app: App, path: str) -> None:
    address = f"ws://127.0.0.1:{app.port}{path}"
    for headers in ({"Origin": "http://evil.example"}, {"Origin": f"http://localhost:{app.port}"}):
        with pytest.raises(InvalidStatus, match="403"), connect(address, additional_headers=headers):
            pass


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"token": "guessed", "view": {}}, 4401),
        ({"view": {}}, 4401),
        ({"token": None}, 4401),
        ({"token": "\ud800"}, 4401),
        ({"ask": 1, "do": "stop"}, 4401),
        ("stop", 4400),
        ([], 4400),
        (b"bytes", 4400),
    ],
)
def test_without_the_token_nothing_is_told_and_nothing_done(app: App, first: object, code: int) -> None:
    with connect(f"ws://127.0.0.1:{app.port}/panda/live", origin=Origin(app.url)) as socket:
        socket.send(first if isinstance(first, bytes) else json.dumps(first))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def test_modules_are_cached_and_nothing_else_is_served(app: App) -> None:
    with urllib.request.urlopen(f"{app.url}/panda/modules/v/charts.js") as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert "immutable" in answer.headers["Cache-Control"]
    for path in ("nothing.js", "%2e%2e%2fserver.py", "..%2fserver.py", "server.py"):
        assert status(app, f"/panda/modules/v/{path}") in (400, 404)


def test_those_who_leave_in_the_middle_of_their_wishes_leave_no_trace(page: Page, app: App) -> None:
    said: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: said.append(sent)))
    page.reload()
    start(page)
    hello = next(json.loads(one) for one in said if isinstance(one, str) and one.startswith('{"token"'))
    address = f"ws://127.0.0.1:{app.port}/panda/live"
    for k in range(40):
        with connect(address, origin=Origin(app.url)) as left:
            left.send(json.dumps(hello))
            for ask in range(k % 5):
                left.send(json.dumps({"ask": ask, "do": "nudge", "factor": "÷1.1" if ask % 2 else "×1.1"}))
            if k % 4 == 0:
                left.send("nonsense")
            if k % 2:
                left.recv(timeout=30)
            with suppress(OSError):  # where the server has closed it already
                left.socket.shutdown(SHUT_RDWR)
    wait_for_iterations(page, 20)
    press(page, "÷3")
    assert "applied at" in answered(page)
    press(page, "Stop")
    wait_for_state(page, "stopped")


def rerun_until(page: Page, text: str) -> None:
    """Go to another page and back, until Streamlit, which looks for edits now and then, has loaded the code anew."""
    for _ in range(20):
        page.get_by_role("link", name="Sessions").click()
        page.get_by_role("heading", name="Sessions").wait_for()
        page.get_by_role("link", name="Train").click()
        wait_for_state(page, "running")
        page.get_by_text("under way").wait_for()
        if page.get_by_text(text).is_visible():
            return
    raise AssertionError(f"{text!r} never came")


def test_a_code_edit_leaves_one_trainer_and_the_run(page: Page, app: App) -> None:
    start(page)
    sessions = app.sessions()
    trainer = app.script.parent / "trainer"
    train = (trainer / "views/train.py").read_text("utf-8")
    for i, name in enumerate(("service/process_singleton.py", "service/controller.py", "views/frontend/text.js") * 2):
        source = trainer / name
        source.write_text(source.read_text("utf-8") + "\n", "utf-8")
        edited = train.replace("Stop it to start another one", f"Edited {i} times")
        (trainer / "views/train.py").write_text(edited, "utf-8")
        rerun_until(page, f"Edited {i} times")
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
        wait_for_state(page, "running")
        wait_for_iterations(page, 20)
    press(page, "÷3")
    wait(page, "d.interventions === '1'")
    page.reload()
    wait(page, "d.state === 'running' && d.interventions === '1'")
    assert app.threads("panda-trainer") == 1
    assert app.sessions() == sessions


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_leaves_the_log_whole_and_the_page_comes_back(
    page: Page, app: App, visitor: Visitor, how: int
) -> None:
    start(page)
    wait_for_iterations(page, 20)
    shown = number(page, "iteration")
    app.stop(how)
    wait_for_state(page, "lost")
    expect(page.get_by_text("The connection to Panda is lost")).to_be_visible()
    session = read_session(app.sessions()[-1])
    assert session.state == "closed"
    assert session.run("r1").ended == "interrupted"
    assert session.run("r1").iteration >= shown
    with page.expect_websocket(lambda socket: "_stcore" in socket.url, timeout=120_000):  # the page looks now and then
        app.start()
    expect(page.get_by_text(f"was interrupted at iteration {session.run('r1').iteration:,}")).to_be_visible()
    press(page, "Resume it")
    wait_for_state(page, "running")
    assert number(page, "iteration") >= session.run("r1").iteration
    wait_for_frames(page)
    visitor.trouble = [said for said in visitor.trouble if not LOST.search(said)]


def test_a_file_can_be_uploaded_and_trained_on(page: Page, app: App, tmp_path: Path) -> None:
    table = tmp_path / "flowers.csv"
    rows = [f"{i % 7},{(i * 3) % 5},{'rose' if i % 2 else 'tulip'}" for i in range(200)]
    table.write_text("\n".join(["width,height,kind", *rows]), "utf-8")
    open_setup(page)
    page.get_by_label("Data set").click()
    page.get_by_role("option", name="Upload a file").click()
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_text("2 classes: rose, tulip").wait_for()
    page.get_by_label("Layers", exact=True).fill("")
    page.get_by_label("Iterations", exact=True).fill("200")
    start_to_the_end(page)
    assert read_session(app.sessions()[-1]).data["name"] == "flowers.csv"


def test_a_page_leaves_the_search_path_to_other_threads(
    chromium: BrowserType, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Else the version of a package, or a module, was found nowhere when it was asked for beside another page."""
    script = copied_code(tmp_path_factory.mktemp("code"))
    script.write_text(TOLD_IF_CHANGED + script.read_text("utf-8"), "utf-8")
    with App(tmp_path_factory.mktemp("panda"), script) as app:
        visitor = Visitor(chromium, tmp_path_factory.mktemp("profile"), app)
        for address in ("", "sessions"):
            visitor.tab.goto(f"{app.url}/{address}")
            expect(visitor.tab.get_by_role("link", name="Search")).to_be_visible()
        visitor.context.close()
    assert [line for line in app.lines if "sys.path" in line] == []
