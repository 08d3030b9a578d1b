"""The modules of the page: their own tests, their types, their style; skipped only where node is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path("tests/frontend")
TOOLS = HERE / "node_modules" / ".bin"
MODULES = "trainer/views/frontend"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None and not os.environ.get("CI"), reason="node is not installed"
)


def run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def tool(name: str) -> Path:
    """A tool of npm, which `npm install` in this folder brings; without it the test is skipped, but not in CI."""
    if not (ROOT / TOOLS / name).exists() and not os.environ.get("CI"):
        pytest.skip(f"`npm install --prefix {HERE}` brings {name}")
    return TOOLS / name


def test_pure_logic() -> None:
    run("node", "--test", *sorted((ROOT / HERE).glob("*.test.js")))


def test_types() -> None:
    run(tool("tsc"), "-p", HERE)


def test_style() -> None:
    run(tool("eslint"), "-c", HERE / "eslint.config.js", MODULES, HERE)
    run(tool("prettier"), "--config", HERE / "prettier.json", "--check", f"{MODULES}/*.js", f"{HERE}/*.js")


def test_every_module_is_checked_for_types() -> None:
    unchecked = [
        path.name
        for folder in (ROOT / MODULES, ROOT / HERE)
        for path in folder.glob("*.js")
        if path.name != "eslint.config.js" and "// @ts-check" not in path.read_text("utf-8").splitlines()[0]
    ]
    assert unchecked == []
