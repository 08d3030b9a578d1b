"""Gauges as records: rows of numbers under names, in which a gauge of many layers is named once.

The payload is a float64 array: an iteration, and a number for each name, NaN where it has no meaning then. In the JSON
`z_mean[1..3]` stands for `z_mean[1]`, `z_mean[2]` and `z_mean[3]`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from trainer.engine.events import Gauged
from trainer.engine.gauge_specs import split_layer
from trainer.recorder.drafts import Draft
from trainer.recorder.kinds import KINDS
from trainer.recorder.payloads import decode_rows, encode_rows
from trainer.recorder.records import Malformed, Record
from trainer.recorder.run_records import names_of
from trainer.recorder.runs import Column, join

_LAYERS = re.compile(r"(.+)\[(\d{1,4})\.\.(\d{1,4})\]", re.ASCII | re.DOTALL)

Block = tuple[tuple[str, ...], NDArray[np.float64]]
"""Names, and rows `(n, 1 + names)` of an iteration and their numbers."""


def draft_of_gauges(gauged: Sequence[Gauged]) -> Draft:
    """The record of what was measured at some iterations of a run, in order, at least one."""
    names = tuple(dict.fromkeys(name for each in gauged for name in each.values))
    rows = [[each.iteration, *(each.values.get(name, math.nan) for name in names)] for each in gauged]
    kind, told = KINDS["gauges"], {"gauges": in_ranges(names)}
    fields = {**told, "effect": kind.effect, "text": kind.text(told)}
    last = gauged[-1]
    return Draft(kind.name, fields, last.run, last.iteration, encode_rows(np.array(rows, np.float64)))


def block_of(record: Record, payload: bytes) -> Block:
    """What a record says; raises Malformed."""
    rows = decode_rows(payload)
    width = rows.shape[1] - 1
    names = tuple(_each_layer(names_of(record.body, "gauges"), width))
    if len(names) != width or len(set(names)) != width:
        raise Malformed(f"its gauges are {record.body['gauges']!r:.60}, but its rows have {width} of them")
    iterations = rows[:, 0]
    if not (np.isfinite(rows[:, :1]).all() and (iterations == np.floor(iterations)).all() and len(rows)):
        raise Malformed("its gauges are not at iterations")
    if iterations[0] < 0 or (np.diff(iterations) <= 0).any() or iterations[-1] > record.iteration:
        raise Malformed(f"its gauges are not at iterations that follow each other up to {record.iteration}")
    return names, rows


def columns_of(blocks: Iterable[Block]) -> dict[str, Column]:
    """Blocks that follow one another as a column for each name; an iteration that comes again is left out."""
    pieces: dict[tuple[str, ...], list[NDArray[np.float64]]] = {}
    last = -1.0
    for names, rows in blocks:
        later = rows[rows[:, 0] > last]
        if len(later):
            last = float(later[-1, 0])
            pieces.setdefault(names, []).append(later)
    found: dict[str, list[Column]] = {}
    for names, several in pieces.items():
        rows = np.concatenate(several)
        iterations = rows[:, 0].astype(np.int64)
        for place, name in enumerate(names, 1):
            there = ~np.isnan(rows[:, place])
            if there.any():
                found.setdefault(name, []).append((iterations[there], rows[there, place]))
    return {name: columns[0] if len(columns) == 1 else _in_order(columns) for name, columns in found.items()}


def in_ranges(names: Iterable[str]) -> list[str]:
    """Names with those that differ by layer alone, and follow one another, as one.

    >>> in_ranges(["noise", "z[1]", "z[2]", "z[3]", "a[2]"])
    ['noise', 'z[1..3]', 'a[2]']
    """
    found: list[tuple[str, int | None, int]] = []
    for name in names:
        base, layer = split_layer(name)
        if layer is None:
            found.append((name, None, 0))
        elif found and found[-1][0] == base and found[-1][1] is not None and found[-1][2] == layer - 1:
            found[-1] = (base, found[-1][1], layer)
        else:
            found.append((base, layer, layer))
    return [
        base if first is None else f"{base}[{first}]" if first == last else f"{base}[{first}..{last}]"
        for base, first, last in found
    ]


def _each_layer(names: Iterable[str], most: int) -> Iterable[str]:
    """The inverse of `in_ranges`; raises Malformed where it would be more than `most`."""
    count = 0
    for name in names:
        found = _LAYERS.fullmatch(name)
        layers = [None] if found is None else range(int(found[2]), int(found[3]) + 1)
        count += len(layers)
        if count > most:
            raise Malformed(f"its rows have {most} gauges, but it names more")
        for layer in layers:
            yield name if found is None else f"{found[1]}[{layer}]"


def _in_order(columns: Sequence[Column]) -> Column:
    iterations, values = join(columns)
    order = np.argsort(iterations, kind="stable")
    return iterations[order], values[order]
