"""The command as a person runs it, in this process."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trainer.cli.main import main

SMALL = ["train", "--data", "blobs", "--layers", "6", "--mini-batch-size", "16"]


class Panda:
    """The command in this process; what it printed is kept apart by stream."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        code, out, err = self(*arguments, "--json")
        assert (code, err) == (0, ""), err
        document: dict[str, Any] = json.loads(out)
        return document


@pytest.fixture
def panda(capsys: pytest.CaptureFixture[str]) -> Iterator[Panda]:
    before = signal.getsignal(signal.SIGTERM)
    yield Panda(capsys)
    signal.signal(signal.SIGTERM, before)
