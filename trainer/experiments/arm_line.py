"""The line of an arm: its smoothed cost, ahead of the curve of the run and joined to it."""

from __future__ import annotations

from trainer.recorder.averages import Numbers, SoFar

_POINTS = 100
"""At most, with the last one, and the one where it begins."""


def arm_line(so_far: SoFar, at: int, costs: Numbers) -> tuple[tuple[int, ...], tuple[tuple[float, ...], ...]]:
    """The smoothed costs after some iterations, a row for every β of SMOOTHING, and which iterations those are.

    They go on where the smoothed costs of the run stand at iteration `at`: that is the first, if it is known.
    """
    every = -(-len(costs) // _POINTS)
    shown = sorted(range(len(costs) - 1, -1, -every)) if every else []
    iterations = tuple(at + 1 + i for i in shown)
    lines = tuple(tuple(row[i] for i in shown) for row in so_far.after(costs))
    if not so_far.known:
        return iterations, lines
    return (at, *iterations), tuple((v, *line) for v, line in zip(so_far.values, lines, strict=True))
