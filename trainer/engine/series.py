"""Series: the named curves of a run. Each has one entry here, from which charts, exports and comparisons follow.

The costs of the mini-batches and α are there for every iteration; the others are measured now and then, whenever the
dev set is evaluated. A series that is measured says how, and is recorded as a column beside the dev cost: to add one
is to add its entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from trainer.engine.wording import capital


@dataclass(frozen=True)
class Series:
    """The entry of one series.

    Attributes
    ----------
    name : as in records and exports
    label : as charts and tables name it
    panel : title of the chart that it is drawn in, with all others of that panel
    help : one sentence: what it shows
    scale : of its axis
    percent : whether a value is shown as a percentage
    smoothed : whether an exponentially weighted average is drawn over it
    better : whether a comparison calls the "less" or the "more" the best; "" where neither is
    measure : of a network at an iteration boundary, a pure function `(Trainable) -> float`, called whenever the dev
        set is evaluated; None for what training itself gives
    """

    name: str
    label: str
    panel: str
    help: str
    scale: Literal["log", "linear"] = "linear"
    percent: bool = False
    smoothed: bool = False
    better: Literal["less", "more", ""] = ""
    measure: Callable[[Any], float] | None = None

    @property
    def heading(self) -> str:
        """The label as it begins a line: "Dev cost"."""
        return capital(self.label)


_ALL = (
    Series(
        "cost",
        "cost J",
        "Cost J",
        "Cost J of each mini-batch before its update.",
        scale="log",
        smoothed=True,
        better="less",
    ),
    Series("dev_cost", "dev cost", "Cost J", "Cost J on the dev set.", scale="log", better="less"),
    Series(
        "dev_accuracy",
        "dev accuracy",
        "Dev accuracy",
        "Share of the dev set that is classified right.",
        percent=True,
        better="more",
    ),
    Series("learning_rate", "learning rate α", "Learning rate α", "α in force, and its forecast.", scale="log"),
)

SERIES: dict[str, Series] = {series.name: series for series in _ALL}
"""Name → entry."""

MEASURED: dict[str, Callable[[Any], float]] = {
    series.name: series.measure for series in _ALL if series.measure is not None
}
"""Name → how it is measured, beside dev cost and dev accuracy."""
