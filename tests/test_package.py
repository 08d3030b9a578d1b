"""What is installed: a wheel has everything, and an editable install has the training step compiled already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_wheel_installed_elsewhere_trains(tmp_path: Path) -> None:
    wheels, elsewhere = tmp_path / "wheels", tmp_path / "elsewhere"
    _run("-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(ROOT))
    (wheel,) = wheels.glob("*.whl")
    _run("-m", "pip", "install", "--no-index", "--no-deps", "--target", str(elsewhere), str(wheel))
    shipped = {
        path.relative_to(ROOT) for path in (ROOT / "trainer").rglob("*") if path.suffix in {".py", ".js", ".css"}
    }
    assert {path for path in shipped if not (elsewhere / path).exists()} == set()
    environment = {**os.environ, "PYTHONPATH": str(elsewhere)}
    where = _run("-c", "import trainer; print(trainer.__file__)", cwd=tmp_path, env=environment)
    assert where.startswith(str(elsewhere))
    command: list[str | Path] = [elsewhere / "bin" / "panda", "train", "--data", "iris", "--iterations", "20", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    trained = json.loads(done.stdout)
    assert trained["iterations"] == 20
    assert (tmp_path / trained["session"]).exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what an install needs, in which nothing has been compiled."""
    copy = tmp_path / "checkout"
    for folder in ("trainer", ".install"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
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
