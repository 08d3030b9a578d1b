"""How far apart the periodic checkpoints of a run are."""

from __future__ import annotations

FIRST_CHECKPOINT_SECONDS = 0.5
CHECKPOINT_SECONDS = 10.0
CHECKPOINT_BYTES_PER_SECOND = 28e3
FIRST_BYTES_PER_SECOND = 1e6


def seconds_to_next_checkpoint(seconds: float, nbytes: int) -> float:
    """Training time from one checkpoint to the next, `seconds` of it having gone by, with a state of so many bytes.

    Checkpoints are close at first, so that a short run can be travelled at once, and further apart as it goes on: a
    sixteenth of its training time, from the first of these distances to the second; further for a large state, so that
    an hour stays near 100 MB and writing takes a small part of the time.
    """
    closest = max(FIRST_CHECKPOINT_SECONDS, nbytes / FIRST_BYTES_PER_SECOND)
    furthest = max(CHECKPOINT_SECONDS, nbytes / CHECKPOINT_BYTES_PER_SECOND)
    return min(max(seconds / 16, closest), furthest)
