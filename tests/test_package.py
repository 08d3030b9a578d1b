"""What is installed: a wheel has everything, and an editable install has the training step compiled already."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Subprotocol

import trainer

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel is installed, with everything else as it is here."""
    folder = tmp_path_factory.mktemp("package")
    wheels, elsewhere = folder / "wheels", folder / "elsewhere"
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("panda_trainer-*.whl")
    _run("-m", "pip", "install", "--no-index", "--no-deps", "--target", str(elsewhere), str(wheel))
    return elsewhere


@pytest.fixture
def environment(installed: Path) -> dict[str, str]:
    """Of a process that finds the installed package and not the checkout."""
    return {**os.environ, "PYTHONPATH": str(installed)}


def test_the_wheel_installed_elsewhere_trains(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    names = {path for path in (ROOT / "trainer").rglob("*") if path.suffix in {".py", ".js", ".css", ".typed"}}
    shipped = {path.relative_to(ROOT) for path in names}
    assert {path for path in shipped if not (installed / path).exists()} == set()
    where = _run("-c", "import trainer; print(trainer.__file__)", cwd=tmp_path, env=environment)
    assert where.startswith(str(installed))
    command: list[str | Path] = [installed / "bin" / "panda", "train", "--data", "iris", "--iterations", "20", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    trained = json.loads(done.stdout)
    assert trained["iterations"] == 20
    assert (tmp_path / trained["session"]).exists()


def test_the_wheel_says_what_it_is(installed: Path) -> None:
    (about,) = installed.glob("panda_trainer-*.dist-info")
    fields = (about / "METADATA").read_text("utf-8").splitlines()
    assert {f"Version: {trainer.__version__}", "License-Expression: MIT", "Author: The Panda developers"} <= {*fields}
    assert (about / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_page_is_served_without_a_checkout(environment: dict[str, str], installed: Path, tmp_path: Path) -> None:
    port = _free_port()
    words: list[str | Path] = [installed / "bin" / "panda", "serve", "--no-browser", "--port", str(port)]
    with subprocess.Popen(words, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout is not None
            assert any(f"http://127.0.0.1:{port}" in line for line in served.stdout)  # it listens
            assert _get(port, "/_stcore/health") == "ok"
            assert "<title>Panda</title>" in _get(port, "/")
            theme = _first_message(port).new_session.custom_theme
            refused = subprocess.run(words, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
        finally:
            served.send_signal(signal.SIGTERM)
        assert served.wait(30) == 0
    chosen = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    assert theme.body_font == chosen["font"]
    assert theme.light.primary_color == chosen["light"]["primaryColor"]
    assert theme.dark.background_color == chosen["dark"]["backgroundColor"]
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == f"panda: port must be one that is free, but got {port}: Address already in use\n"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _get(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def _first_message(port: int) -> ForwardMsg:
    """What Streamlit sends to a page that begins: its theme is in it."""
    begin = BackMsg()
    begin.rerun_script.query_string = ""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket_:
        socket_.send(begin.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(socket_.recv(60, decode=False))
            if message.HasField("new_session"):
                return message


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what an install needs, in which nothing has been compiled."""
    copy = tmp_path / "checkout"
    for folder in ("trainer", ".install"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


INSTALL = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
"""What `pip install -e .` asks the build backend for."""


def test_nothing_is_left_to_compile_after_an_editable_install(checkout: Path, tmp_path: Path) -> None:
    at_hand = "from trainer.experiments.compiling import engine_at_hand; print(engine_at_hand('float32'))"
    assert _run("-c", at_hand, cwd=checkout).strip() == "reference"
    _run("-c", INSTALL, str(tmp_path), cwd=checkout)
    assert _run("-c", at_hand, cwd=checkout).strip() == "compiled"


def test_what_cannot_be_compiled_does_not_hinder_an_install(checkout: Path, tmp_path: Path) -> None:
    (checkout / "trainer" / "compiled" / "ahead.py").write_text("raise SystemExit('no compiler here')")
    command = [sys.executable, "-c", INSTALL, str(tmp_path)]
    done = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True)
    assert "The training step will be compiled at the first start: no compiler here" in done.stderr
    assert list(tmp_path.glob("*.whl"))


def _run(*arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True
    ).stdout
