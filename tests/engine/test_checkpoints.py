"""How far apart checkpoints are: close at first, so that a short run can be travelled, and never a flood."""

from __future__ import annotations

from itertools import count, pairwise

from tests.examples import three_blobs
from trainer.engine.events import Checkpointed, Event
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.intervals import CHECKPOINT_SECONDS, FIRST_CHECKPOINT_SECONDS
from trainer.engine.live_run import LiveRun
from trainer.engine.start import Start


def test_a_sixteenth_of_the_time_so_far_within_bounds() -> None:
    when: list[float] = []
    now = count(step=0.045)  # seconds: one more step each time somebody looks

    def watch(event: Event) -> None:
        if isinstance(event, Checkpointed):
            when.append(live.status().seconds)

    start = Start(RunConfig(data="three blobs", layers=(4,)), three_blobs(), subscribers=(watch,))
    live = LiveRun(start, lambda: float(next(now)), lambda: False, lambda: False)
    live.begin()
    while live.status().seconds < 250:
        live.train()
    apart = [(at, later - at) for at, later in pairwise([0.0, *when])]
    slice_ = 0.2  # a checkpoint is due at the end of a slice
    for at, distance in apart:
        wanted = min(max(at / 16, FIRST_CHECKPOINT_SECONDS), CHECKPOINT_SECONDS)
        assert wanted - 1e-9 <= distance < wanted + slice_
    assert len([at for at in when if at < 8]) >= 13
    assert len(when) < 260
