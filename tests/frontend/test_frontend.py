"""The modules of the page: their own tests, their types, their style; skipped only where node is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.frontend.generate_types import TYPES, types_of
from trainer.service.protocol import schema

ROOT = Path(__file__).parents[2]
HERE = Path("tests/frontend")
TOOLS = HERE / "node_modules" / ".bin"
MODULES = "trainer/views/frontend"
REPORT = "trainer/experiments/export/report"

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
    run(tool("eslint"), "-c", HERE / "eslint.config.js", MODULES, REPORT, HERE)
    files = (f"{folder}/*.js" for folder in (MODULES, REPORT, HERE))
    run(tool("prettier"), "--config", HERE / "prettier.json", "--check", *files)


def test_every_module_is_checked_for_types() -> None:
    unchecked = [
        path.name
        for folder in (ROOT / MODULES, ROOT / REPORT, ROOT / HERE)
        for path in folder.glob("*.js")
        if path.name != "eslint.config.js" and "// @ts-check" not in path.read_text("utf-8").splitlines()[0]
    ]
    assert unchecked == []


def test_the_types_of_messages_are_those_that_the_server_exports() -> None:
    again = "they are not as the server's schema has them: run `python -m tests.frontend.generate_types`"
    assert TYPES.read_text("utf-8") == types_of(schema()["$defs"]), again


def test_a_message_that_changed_makes_other_types() -> None:
    definitions = {
        "Step": {
            "description": "One iteration.",
            "properties": {"do": {"enum": ["step"]}, "at": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "required": ["do"],
        },
        "Asks": {"anyOf": [{"$ref": "#/$defs/Step"}, {"type": "array", "prefixItems": [{"type": "number"}] * 2}]},
    }
    declared = types_of(definitions).partition("\n\n")[2]
    assert declared == (
        '/**\n * One iteration.\n */\nexport interface Step {\n  do: "step";\n  at?: number | null;\n}\n'
        "\nexport type Asks = Step | [number, number];\n"
    )
    with pytest.raises(ValueError, match="there is no type for"):
        types_of({"Other": {"type": "decimal"}})
