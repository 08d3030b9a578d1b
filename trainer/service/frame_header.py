"""FrameHeader: the JSON in front of a frame's columns, as a type; every field only when there is something to say.

The columns that follow it, of float32: train low, high, mean, α; smoothed mean; dev iteration, cost low, high, mean,
accuracy low, high, mean, and low, high, mean of each further series that is measured.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Number = float | Literal["inf", "-inf", "nan"]
"""JSON has no infinity: a number that is not finite is sent by its name."""
Values = dict[str, float | int | str]


class Part(Struct, forbid_unknown_fields=True):
    """A JSON object with these fields and no others."""


class Now(Part):
    """The end of what is shown, and α in force there."""

    iteration: int
    epoch: float
    seconds: float
    rate: Number


class Track(Part):
    """Bucket i holds numbers i size … (i + 1) size - 1, at most up to iteration `end`.

    Of the same size, those before `first` are to be forgotten and those from `at` on replaced by `count` buckets; of
    another size, all are. Of `dev`, `measures` names the further series, whose columns follow its own.
    """

    size: int
    first: int
    at: int
    count: int
    end: int
    measures: list[str] | UnsetType = UNSET


class Mark(Part):
    """An intervention."""

    iteration: int
    epoch: float
    author: str
    note: str
    before: Values
    after: Values


MarkList = list[Mark]
KnotList = list[tuple[int, float]]
"""Pairs of iteration and seconds."""


class Marks(Part):
    """Those from number `at` on."""

    at: int
    list: MarkList


class Knots(Part):
    """Those from number `at` on."""

    at: int
    list: KnotList


class Left(Part):
    """A part of the session that was left: its run, last iteration, latest change, costs and evaluations."""

    run: str
    iteration: int
    change: dict[str, Values]
    iterations: list[int]
    costs: list[Number]
    evaluations: list[tuple[int, Number, Number]]


class PlanShown(Part):
    """A change that waits for its iteration; `plan` is its name."""

    plan: str
    iteration: int
    author: str
    note: str
    changes: Values


class Forecast(Part):
    """α ahead under the present decay; empty without decay."""

    iterations: list[int]
    rates: list[Number]


class NoteShown(Part):
    iteration: int
    author: str
    note: str


class Status(Part):
    """Fields of the status of the live run that changed; see `trainer.engine.status` and `read_model`."""

    id: str | UnsetType = UNSET
    state: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    run: str | UnsetType = UNSET
    iteration: int | UnsetType = UNSET
    epoch: float | UnsetType = UNSET
    cost: Number | UnsetType | None = UNSET
    dev_cost: Number | UnsetType | None = UNSET
    dev_accuracy: Number | UnsetType | None = UNSET
    learning_rate: Number | UnsetType | None = UNSET
    hyperparameters: Values | UnsetType = UNSET
    iterations: int | UnsetType | None = UNSET
    pause_at: int | UnsetType | None = UNSET
    iterations_per_second: float | UnsetType = UNSET
    commands: int | UnsetType = UNSET
    m: int | UnsetType = UNSET
    anew: str | UnsetType = UNSET
    remarks: list[str] | UnsetType = UNSET
    path: str | UnsetType = UNSET
    notes: list[NoteShown] | UnsetType = UNSET
    evaluated: int | UnsetType | None = UNSET
    phase: str | UnsetType = UNSET
    not_ahead: str | UnsetType = UNSET
    seconds: float | UnsetType = UNSET


class FrameHeader(Part):
    """`n` is the number of the frame, which the client answers; with `anew`, everything before is to be forgotten.

    `run`, `start`, `epoch`, `rate`: the run, the iteration it starts after, where in the data that is, and α there.
    """

    n: int
    run: str | UnsetType = UNSET
    start: int | UnsetType = UNSET
    epoch: float | UnsetType = UNSET
    rate: Number | UnsetType = UNSET
    anew: bool | UnsetType = UNSET
    now: Now | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    train: Track | UnsetType = UNSET
    smoothed: Track | UnsetType = UNSET
    dev: Track | UnsetType = UNSET
    interventions: Marks | UnsetType = UNSET
    knots: Knots | UnsetType = UNSET
    abandoned: list[Left] | UnsetType = UNSET
    planned: list[PlanShown] | UnsetType = UNSET
    forecast: Forecast | UnsetType = UNSET
