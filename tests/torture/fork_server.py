"""A process that has everything loaded, and forks a child on demand: hundreds start, and are killed, in seconds.

    with ForkServer() as server:
        child = server.fork("record", path)     # or "panda", "train", …: the command line
        server.readline()                       # what the child writes to standard output
        os.kill(child, signal.SIGKILL)
        server.rest()                           # what the child had written before it died

One child lives at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

_DEAD = "dead"


class ForkServer:
    """The process, from the side of a test."""

    def __enter__(self) -> ForkServer:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        if kind is not None:
            self._process.kill()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def fork(self, *words: str | Path) -> int:
        """The process number of a new child that does what the words say."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        self._process.stdin.flush()
        return int(self.readline().removeprefix("pid "))

    def readline(self) -> str:
        """The next line of the child, or "dead"."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the fork server has ended"
        return line.strip()

    def rest(self) -> list[str]:
        """All lines of the child that have not been read, once it is dead."""
        lines: list[str] = []
        while (line := self.readline()) != _DEAD:
            lines.append(line)
        return lines


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _record_for_ever(path: Path) -> None:
    """Record as fast as possible, and say what has been acknowledged."""
    from tests.examples import TEST
    from tests.recorder.sessions import Recording
    from trainer.engine.events import Noted

    recording = Recording(path)
    _say("created")
    recording.start()
    _say(f"run {recording.loop.iteration} {recording.loop.state().digest()}")
    while True:
        recording.train(3)
        event = recording.intervene(learning_rate=0.01 + recording.interventions / 1000)
        _say(f"intervention {event.iteration} {event.state.digest()}")
        recording.clock.now += 0.3
        recording.train(2)
        recording.log.record(Noted("r1", recording.loop.iteration, TEST, f"note {recording.interventions}"))
        _say(f"note {recording.loop.iteration} note {recording.interventions}")
        if recording.interventions % 5 == 0:
            recording.checkpoint()
            _say(f"checkpoint {recording.loop.iteration} {recording.loop.state().digest()}")


def _search(path: Path) -> None:
    """Begin a search in a file, or go on with it, and say when a leg of a trial begins."""
    from concurrent.futures import Future

    from tests.torture.killed_search import DATASET, PLAN
    from trainer.experiments.search import record
    from trainer.experiments.search.pools import LocalPool
    from trainer.experiments.search.search import Search
    from trainer.experiments.search.trial import Leg, LegResult

    class Saying(LocalPool):
        def submit(self, leg: Leg) -> Future[LegResult]:
            _say("leg")
            return super().submit(leg)

    if path.exists():
        so_far = record.read_so_far(path)
        file, rounds, over = record.reopen(so_far, DATASET), so_far.rounds, so_far.trials
    else:
        file, rounds, over = record.create(path, PLAN, DATASET), (), ()
    _say(Search(PLAN, DATASET, Saying(1), file, rounds=rounds, over=over).run().state)


def _serve() -> None:
    import tests.torture.killed_search  # noqa: F401 - loaded once for all children
    from tests.examples import three_blobs
    from tests.recorder.sessions import CONFIG
    from trainer.cli.main import main
    from trainer.engine.hyperparameters import Hyperparameters
    from trainer.engine.loop import TrainingLoop

    # loads what is compiled, once for all children
    TrainingLoop(CONFIG, three_blobs(m=37, m_dev=6, inputs=3), Hyperparameters(mini_batch_size=8))
    for line in sys.stdin:
        what, *words = json.loads(line)
        child = os.fork()
        if child == 0:
            _say(f"pid {os.getpid()}")
            if what == "record":
                _record_for_ever(Path(words[0]))
            if what == "search":
                _search(Path(words[0]))
                os._exit(0)
            os._exit(main(words))
        os.waitpid(child, 0)
        _say(_DEAD)


if __name__ == "__main__":
    _serve()
