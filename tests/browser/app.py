"""The app as a process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from types import TracebackType

from trainer.recorder.library import is_recorded

_ROOT = Path(__file__).parents[2]

_ON_SIGNAL = """
import pathlib, signal, threading

def tell(*_):
    names = [thread.name for thread in threading.enumerate()]
    pathlib.Path(__file__).with_name("threads").write_text("\\n".join(names))

signal.signal(signal.SIGUSR1, tell)
"""

ALARMING = ("Traceback", "missing ScriptRunContext", "Error", "Warning:")


def copied_code(folder: Path) -> Path:
    """A copy of the code, which may be edited; its app.py.

    Nothing is compiled, which would go on for half a minute beside the tests: its runs are computed by the reference.
    """
    shutil.copy(_ROOT / "app.py", folder)
    shutil.copytree(_ROOT / ".streamlit", folder / ".streamlit")
    shutil.copytree(_ROOT / "trainer", folder / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "trainer/compiled/ahead.py").write_text("def compile_ahead(dtype: str) -> None: ...\n", "utf-8")
    return folder / "app.py"


class App:
    """`streamlit run app.py` on a free port, in a folder of its own."""

    def __init__(self, folder: Path, script: Path) -> None:
        self.folder, self.script = folder, script
        self.lines: list[str] = []
        # apart from the sessions: Streamlit watches all that is beside a module of its path
        self._site = folder / "site"
        self._site.mkdir()
        self._pipe = self._site / "threads"
        os.mkfifo(self._pipe)
        (self._site / "sitecustomize.py").write_text(_ON_SIGNAL, "utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> App:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        code = self.stop()
        if kind is None:
            assert code == 0, code
            alarming = [line for line in self.lines if any(word in line for word in ALARMING)]
            assert not alarming, "\n".join(self.lines)

    def start(self) -> None:
        """Return when it answers."""
        arguments = ["-m", "streamlit", "run", str(self.script), "--server.port", str(self.port)]
        self.process = subprocess.Popen(
            [sys.executable, *arguments, "--server.headless", "true"],
            cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(self._site)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        announced = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(announced,))
        self._reader.start()
        assert announced.wait(120), "\n".join(self.lines)
        # it listens already, so this waits until it answers
        with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=120) as answer:
            assert answer.status == 200

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(120)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def threads(self, name: str) -> int:
        """How many of its threads are called so; it writes their names into a pipe when it is asked by a signal."""
        self.process.send_signal(signal.SIGUSR1)
        return self._pipe.read_text("utf-8").splitlines().count(name)

    def sessions(self) -> list[Path]:
        """The session files, the latest last."""
        return sorted((self.folder / "sessions").glob("*.panda"), key=lambda path: path.stat().st_mtime)

    def records(self) -> bool:
        """Whether a run is under way, also while it is paused."""
        return any(is_recorded(path) for path in self.sessions())

    def searches(self) -> bool:
        """Whether a search is under way."""
        return any(is_recorded(path) for path in (self.folder / "sessions").glob("*.panda-search"))

    def _read(self, announced: threading.Event) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if self.url in line:
                announced.set()
        announced.set()
