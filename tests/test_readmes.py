"""The README of a floor fits on one screen, and the files that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
READMES = sorted((ROOT / "trainer").glob("*/README.md"))
ONE_SCREEN = 60


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.parent.name)
def test_a_readme_of_a_floor_is_short_and_names_files_that_exist(readme: Path) -> None:
    text = readme.read_text("utf-8")
    assert len(text.splitlines()) <= ONE_SCREEN
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    assert {name for name in named if not (any(ROOT.glob(f"trainer/**/{name}")) or (ROOT / name).exists())} == set()
