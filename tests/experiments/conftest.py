"""What tests of experiments begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.experiments.babysitter import Babysitter


@pytest.fixture
def panda(tmp_path: Path) -> Iterator[Babysitter]:
    made = Babysitter(tmp_path / "walk.panda")
    yield made
    made.trainer.close()
