"""How often a run is evaluated, and how far apart its periodic checkpoints are."""

from __future__ import annotations

import math

from trainer.engine.trainable import Trainable

FIRST_CHECKPOINT_SECONDS = 0.2
CLOSEST_CHECKPOINT_SECONDS = 0.5
CHECKPOINT_SECONDS = 0.8
CHECKPOINT_BYTES_PER_SECOND = 28e3
FIRST_BYTES_PER_SECOND = 1e6
FEWEST_BETWEEN_EVALUATIONS = 64


def seconds_to_next_checkpoint(seconds: float, nbytes: int) -> float:
    """Training time from one checkpoint to the next, after `seconds` of it, with a state of `nbytes` bytes.

    Checkpoints are close at first, so that a short run can be travelled at once, the very first one of a small state in
    time for half a second to be verified in two parts; and further apart as it goes on: a sixteenth of its training
    time, within bounds, where those of a small state come just before the curve would have to be written by itself;
    further for a large state, so that an hour stays near 100 MB and writing takes a small part of the time.
    """
    shortest = FIRST_CHECKPOINT_SECONDS if seconds < FIRST_CHECKPOINT_SECONDS else CLOSEST_CHECKPOINT_SECONDS
    closest = max(shortest, nbytes / FIRST_BYTES_PER_SECOND)
    furthest = max(CHECKPOINT_SECONDS, nbytes / CHECKPOINT_BYTES_PER_SECOND)
    return min(max(seconds / 16, closest), furthest)


def evaluation_interval(loop: Trainable) -> int:
    """Iterations between two evaluations on the dev set: as configured, or so that they cost about 5 % of training.

    Going forward only takes a third of the arithmetic of an update: m_dev / (3 · mini_batch_size) updates' time. Not
    closer than some iterations, since each evaluation is recorded too, which is what the smallest networks notice.
    """
    worth_it = math.ceil(10 * len(loop.dataset.y_dev) / loop.hyperparameters.mini_batch_size)
    return loop.config.evaluate_every or max(FEWEST_BETWEEN_EVALUATIONS, worth_it)
