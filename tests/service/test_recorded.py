"""Recorded sessions as several requests ask for them at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from tests.benchmarks.synthetic import SESSION, record_iterations
from trainer.recorder.library import stamp
from trainer.service.recorded import curve_as_of, session_as_of


def test_requests_that_come_at_once_are_given_one_session_and_one_curve(tmp_path: Path) -> None:
    record_iterations(tmp_path, 200_000)
    path = tmp_path / SESSION
    content, together = str(stamp(path)), Barrier(4)

    def ask(_number: int) -> tuple[int, int]:
        together.wait()
        return id(curve_as_of(path, content, "r1")), id(session_as_of(path, content))

    with ThreadPoolExecutor(4) as requests:
        assert len(set(requests.map(ask, range(4)))) == 1
