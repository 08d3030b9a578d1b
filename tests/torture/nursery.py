"""A process that forks recorders on demand, so that three hundred of them can be killed in a short time.

For each path on standard input a child is born that records there as fast as it can, and says on standard output
what has been acknowledged; when it is dead, the nursery says `dead`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.examples import TEST, three_blobs
from tests.recorder.sessions import CONFIG, Recording
from trainer.engine.events import Noted
from trainer.engine.hyperparameters import Hyperparameters
from trainer.engine.loop import TrainingLoop


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def record_for_ever(path: Path) -> None:
    say(f"pid {os.getpid()}")
    recording = Recording(path)
    say("created")
    recording.start()
    say(f"run {recording.loop.iteration} {recording.loop.state().digest()}")
    while True:
        recording.train(3)
        event = recording.intervene(learning_rate=0.01 + recording.interventions / 1000)
        say(f"intervention {event.iteration} {event.state.digest()}")
        recording.clock.now += 0.3
        recording.train(2)
        recording.log.record(Noted("r1", recording.loop.iteration, TEST, f"note {recording.interventions}"))
        say(f"note {recording.loop.iteration} note {recording.interventions}")
        if recording.interventions % 5 == 0:
            recording.checkpoint()
            say(f"checkpoint {recording.loop.iteration} {recording.loop.state().digest()}")


def main() -> None:
    # loads what is compiled, once for all children
    TrainingLoop(CONFIG, three_blobs(m=37, m_dev=6, inputs=3), Hyperparameters(mini_batch_size=8))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            record_for_ever(Path(line.strip()))
        os.waitpid(child, 0)
        say("dead")


if __name__ == "__main__":
    main()
