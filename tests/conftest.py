"""Tests run as the product does: with its number of threads, fixed before numpy is loaded."""

import signal
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings

from trainer.threads import bound_threads

bound_threads()

# nothing is timed in tests; and the examples are the same each time, so that a failure is one of the change
settings.register_profile("panda", deadline=None, derandomize=True)
settings.load_profile("panda")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # started in the background, where Ctrl-C is ignored: processes under test would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """Compile ahead, as the page's server does: no test is to be about how long that takes."""
    from trainer.experiments.compiling import compile_now

    if not hasattr(config, "workerinput"):
        for dtype in ("float32", "float64"):
            compile_now(dtype)


_told: set[threading.Thread] = set()
"""Trainers of which it was told already, so that one that is left fails one file of tests, not all those after it."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """A file of tests closes what it starts: a run that went on would disturb those that follow in this process."""
    yield
    if nextitem is None or nextitem.path != item.path:
        left = {thread for thread in threading.enumerate() if thread.name == "panda-trainer"} - _told
        _told.update(left)
        assert not left, f"{item.path.name} leaves a trainer running"
