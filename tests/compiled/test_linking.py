"""The tiles are linked once, however many threads compute first at the same time."""

from __future__ import annotations

import subprocess
import sys

ASKED_AT_ONCE = """
import threading
from trainer.compiled.tiles import link_tiles

together, engines = threading.Barrier(8), []

def ask():
    together.wait()
    engines.append(link_tiles())

threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(engines), len({id(engine) for engine in engines}))
"""


def test_eight_threads_that_ask_at_once_have_one_engine() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED_AT_ONCE], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("8 1\n", 0), done.stderr
