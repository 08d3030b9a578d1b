"""How far apart checkpoints are: close at first, so that a short run can be travelled, and never a flood."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.examples import three_blobs
from trainer.engine.events import Checkpointed, Event
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.intervals import (
    CHECKPOINT_SECONDS,
    CLOSEST_CHECKPOINT_SECONDS,
    FIRST_CHECKPOINT_SECONDS,
    seconds_to_next_checkpoint,
)
from trainer.engine.live_run import SLICE_SECONDS, LiveRun
from trainer.engine.pace import Clocks
from trainer.engine.start import Start
from trainer.recorder.session_log import FLUSH_SECONDS

SLICE = 0.2
"""Seconds; a checkpoint is due at the end of a slice of the run below."""


@pytest.mark.slow
def test_a_sixteenth_of_the_time_so_far_within_bounds() -> None:
    when = _checkpoints_of((4,), seconds=250)
    assert FIRST_CHECKPOINT_SECONDS <= when[0] < FIRST_CHECKPOINT_SECONDS + SLICE
    for at, later in pairwise(when):
        wanted = min(max(at / 16, CLOSEST_CHECKPOINT_SECONDS), CHECKPOINT_SECONDS)
        assert wanted - 1e-9 <= later - at < wanted + SLICE
    assert len([at for at in when if at < 8]) >= 13
    assert len(when) < 320


def test_a_change_right_at_the_beginning_does_not_put_off_the_first_one() -> None:
    assert seconds_to_next_checkpoint(0.1, 1000) == FIRST_CHECKPOINT_SECONDS
    assert seconds_to_next_checkpoint(FIRST_CHECKPOINT_SECONDS, 1000) == CLOSEST_CHECKPOINT_SECONDS


def test_one_of_a_small_state_comes_before_the_curve_is_written_by_itself() -> None:
    """So that what a crash may take costs no flush of its own; a checkpoint is at most a slice late."""
    assert CHECKPOINT_SECONDS + SLICE_SECONDS < FLUSH_SECONDS


@pytest.mark.slow
def test_further_apart_for_a_large_state() -> None:
    *_, at, later = _checkpoints_of((256, 128), seconds=60)
    assert at / 16 > 4 * CHECKPOINT_SECONDS
    assert at / 16 - 1e-9 <= later - at < at / 16 + SLICE


def test_a_stall_of_the_disk_changes_nothing() -> None:
    assert _checkpoints_of((4,), seconds=30, taken=5) == pytest.approx(_checkpoints_of((4,), seconds=30))


def _checkpoints_of(layers: tuple[int, ...], seconds: float, taken: float = 0) -> list[float]:
    """Training time at each checkpoint of a run of so long, by a clock that goes on with the training alone, and by
    what was `taken` for every checkpoint."""
    when: list[float] = []
    now = 0.0

    def goes_on() -> bool:
        nonlocal now
        now += 0.045
        return False

    def watch(event: Event) -> None:
        nonlocal now
        if isinstance(event, Checkpointed):
            now += taken
            when.append(live.status().seconds)

    config = RunConfig(data="three blobs", layers=layers, gauge_budget=0)
    start = Start(config, three_blobs(), subscribers=(watch,))
    live = LiveRun(start, Clocks(lambda: now, lambda: now), goes_on, lambda: False)
    live.begin()
    while live.status().seconds < seconds:
        live.train()
    return when
