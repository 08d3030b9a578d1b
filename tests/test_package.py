"""The wheel has everything: installed elsewhere, it trains. A package without its own modules is no use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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


def _run(*arguments: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=env, check=True, capture_output=True, text=True
    ).stdout
