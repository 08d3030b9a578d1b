"""A session that is being recorded, and that something may happen to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorder.sessions import Recording


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "sessions").mkdir()
    return tmp_path / "sessions" / "x.panda"


@pytest.fixture
def recording(path: Path) -> Recording:
    made = Recording(path)
    made.start()
    made.train(5)
    made.intervene("calmer", learning_rate=0.03)
    made.train(4)
    made.checkpoint()
    return made
