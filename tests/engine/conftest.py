"""A trainer whose thread is joined when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trainer.engine.trainer import Trainer


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()
