"""Compiling beside the page: a process of its own, of which nothing is left when it has ended."""

from __future__ import annotations

import psutil

from tests.waiting import wait_until
from trainer.experiments.compiling import Compiling


def test_the_process_that_compiled_does_not_stay_behind_as_a_zombie() -> None:
    before = {child.pid for child in psutil.Process().children()}
    compiling = Compiling()
    compiling.start()
    (pid,) = {child.pid for child in psutil.Process().children()} - before
    wait_until(lambda: not psutil.pid_exists(pid))
    compiling.close()
