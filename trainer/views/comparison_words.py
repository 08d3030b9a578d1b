"""What a comparison of runs tells, in words: its tables, and a sentence for whatever has to be known beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isfinite
from typing import Any

from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG
from trainer.engine.series import SERIES
from trainer.engine.wording import change_text, duration_text, layers_text, measured_text, number_text
from trainer.experiments.comparison import Comparison, Figures, Parting, Trait, one_environment, other_data
from trainer.experiments.line import Line
from trainer.recorder.runs import RecordedIntervention

LETTERS = "ABCDEFGH"

_LONGEST_NOTE = 80

_NAMES = {
    ("data", "name"): "Data",
    ("data", "fingerprint"): "Fingerprint of the data",
    ("data", "m"): "Training examples",
    ("data", "m_dev"): "Dev examples",
    ("data", "inputs"): "Inputs",
    ("data", "classes"): "Classes",
    ("hyperparameters", "iteration"): "Begins at iteration",
    ("environment", "panda"): "Panda",
    ("environment", "python"): "Python",
    ("environment", "numpy"): "NumPy",
    ("environment", "simd"): "Processor's extensions",
    ("environment", "blas"): "BLAS",
    ("environment", "blas_version"): "BLAS version",
    ("environment", "kernel"): "BLAS kernel",
    ("environment", "threads"): "threads",
    ("environment", "libc"): "C library",
    ("environment", "machine"): "Machine",
    ("environment", "system"): "System",
}
_NAMES |= {("config", spec.name): spec.label for spec in RUN_CONFIG.values()}
_NAMES["config", "data"] = "Data asked for"  # beside what was found there, which is "Data"
_NAMES |= {("hyperparameters", spec.name): spec.label for spec in HYPERPARAMETERS.values()}
"""Label of every trait."""

Row = dict[str, Any]


def final_rows(comparison: Comparison) -> list[Row]:
    """How far the runs came: a label, a cell for each, and which of them are the best.

    None is the best of runs on different data, also where a data shift made them so, and of costs with different class
    weights.
    """
    figures = comparison.figures
    rows = [
        _row("Iterations", [f"{f.iterations:,}" for f in figures]),
        _row("Cost, smoothed", [_number(f.cost) for f in figures], [_less(f.cost) for f in figures]),
        _row(SERIES["dev_cost"].heading, [_number(f.dev_cost) for f in figures], [_less(f.dev_cost) for f in figures]),
        _row(
            SERIES["dev_accuracy"].heading,
            [_percent(f.dev_accuracy) for f in figures],
            [f.dev_accuracy for f in figures],
        ),
        _row("Best dev accuracy", [_best(f) for f in figures], [f.best_dev_accuracy for f in figures]),
        *_further_rows(figures),
        _row("Interventions", [f"{f.interventions:,}" for f in figures]),
        _row("Training time", [duration_text(f.seconds) for f in figures]),
    ]
    traits = {(trait.kind, trait.name) for trait in comparison.traits}
    if ("data", "fingerprint") in traits or len({f.shift for f in figures}) > 1:
        rows = [{**row, "best": []} for row in rows]
    elif ("config", "class_weights") in traits:
        costs = ("Cost, smoothed", SERIES["dev_cost"].heading)
        rows = [{**row, "best": []} if row["label"] in costs else row for row in rows]
    return rows


def trait_rows(traits: Sequence[Trait]) -> list[Row]:
    """What was not the same when the runs began."""
    return [_row(_NAMES.get((trait.kind, trait.name), trait.name), _cells(trait)) for trait in traits]


def sentences(lines: Sequence[Line], letters: Sequence[str], comparison: Comparison) -> Iterator[str]:
    """Where the runs part, and what has to be known before their numbers are compared."""
    others, first = list(zip(lines[1:], letters[1:], strict=True)), letters[0]
    other = [letter for line, letter in others if other_data(lines[0], line)]
    if other:
        yield (
            f"{_all(other)} {_was(other)} trained on other data than {first}:"
            " their costs and accuracies are of other examples."
        )
    shifts = [found.shift for found in comparison.figures]
    shifted = [letter for (_, letter), shift in zip(others, shifts[1:], strict=True) if shift != shifts[0]]
    if shifted:
        yield (
            f"The inputs of {_all(shifted)} and of {first} were not shifted alike in the end:"
            " their costs and accuracies are of other inputs."
        )
    weighted = [letter for line, letter in others if _weights(line) != _weights(lines[0])]
    if weighted:
        yield f"{_all(weighted)} and {first} weigh the classes differently: their costs are not the same quantity."
    told = list(zip(others, comparison.nearest, comparison.partings, strict=True))
    apart = [letter for (_, letter), _, there in told if there.from_the_start and letter not in other]
    if apart:
        yield f"{_all(apart)} and {first} differ from the beginning: they began with another state."
    for (line, letter), near, there in told:
        if not there.from_the_start:
            yield _parting(there, lines[near], line, letters[near], letter)
        if there.lost:
            yield (
                f"{there.lost:,} cost{'' if there.lost == 1 else 's'} of {letters[near]} or {letter}"
                f" {'is' if there.lost == 1 else 'are'} lost to damage and could not be compared."
            )
    elsewhere = [letter for line, letter in others if not one_environment(lines[0], line)]
    if elsewhere:
        yield (
            f"{_all(elsewhere)} {_was(elsewhere)} computed in another environment than {first},"
            " where the same computation may give other bits."
        )


def _weights(line: Line) -> str:
    return line.run.config.class_weights


def _parting(there: Parting, first: Line, line: Line, a: str, b: str) -> str:
    if there.end == there.begin:
        return f"{a} and {b} have no iteration in common."
    if there.iteration is not None:
        return _differ(there, a, b)
    if there.lost == there.end - there.begin:
        return f"Whether {a} and {b} are the same cannot be told: the costs are lost."
    return f"{a} and {b} are equal bit for bit {_where(there)}{_goes_on(first, line, a, b)}."


def _where(there: Parting) -> str:
    """The iterations that both have."""
    begin = f"from iteration {there.begin + 1:,} " if there.begin else ""
    return f"{begin}up to iteration {there.end:,}"


def _differ(there: Parting, a: str, b: str) -> str:
    at = there.iteration or 0
    by = [
        f"{letter}’s intervention at iteration {change.iteration:,}: {_told_change(change)}"
        for letter, changes in zip((a, b), there.changes, strict=True)
        for change in changes
    ]
    since = f"{a} and {b} differ from iteration {at:,} on"
    if there.lost_before and there.cost == at:
        since += f", or up to {there.lost_before:,} earlier, where costs are lost"
    if by:
        since += f", after {' and '.join(by)}"
    else:
        since += ", though no intervention stands there"
    shown = ""
    if there.cost is None:
        shown = f" Their costs are equal {_where(there)}."
    elif there.cost != at:
        shown = f" The first cost that differs is that of iteration {there.cost:,}."
    return f"{since}.{shown}"


def _told_change(change: RecordedIntervention) -> str:
    note = change.note if len(change.note) <= _LONGEST_NOTE else f"{change.note[:_LONGEST_NOTE]}…"
    return change_text(change.before, change.after) + (f" (“{note}”)" if note else "")


def _goes_on(first: Line, line: Line, a: str, b: str) -> str:
    here, there = first.run.iteration, line.run.iteration
    if here == there:
        return ", the last of both"
    longer, end = (a, here) if here > there else (b, there)
    return f", where one of them ends; {longer} goes on to {end:,}"


def _all(letters: Sequence[str]) -> str:
    return " and ".join([*([", ".join(letters[:-1])] if letters[1:] else []), letters[-1]])


def _was(letters: Sequence[str]) -> str:
    return "were" if letters[1:] else "was"


def _row(label: str, cells: Sequence[str], merit: Sequence[float | None] = ()) -> Row:
    """Cells, and the numbers of those with the greatest merit, unless it is that of all."""
    known = [value for value in merit if value is not None and isfinite(value)]
    best = [i for i, value in enumerate(merit) if known and value == max(known)]
    return {"label": label, "cells": list(cells), "best": best if len(best) < len(cells) else []}


def _cells(trait: Trait) -> list[str]:
    cells = [_told(trait, value) for value in trait.values]
    hidden = any(a == b and x != y for (a, x), (b, y) in combinations(zip(cells, trait.values, strict=True), 2))
    return [str(value) for value in trait.values] if hidden else cells  # to the last digit


def _told(trait: Trait, value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if trait.name == "fingerprint":
        return str(value)[:8]
    if trait.name == "layers":
        return layers_text(value, ", ") or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(map(str, value))
    if trait.name == "evaluate_every":
        return f"{value:,} iterations" if value else "as its cost allows"
    return f"{value:,}" if isinstance(value, int) and trait.name != "seed" else number_text(value)


def _less(value: float | None) -> float | None:
    return None if value is None else -value


def _further_rows(figures: Sequence[Figures]) -> Iterator[Row]:
    """A row for each series beyond cost and accuracy that was measured in one of the runs."""
    for name in sorted({name for f in figures for name in f.measures}):
        series = SERIES.get(name)  # None where a newer Panda measured it
        values = [f.measures.get(name) for f in figures]
        better = "" if series is None else series.better
        label = name if series is None else series.heading
        shown = _percent if series is not None and series.percent else _number
        ranked = [_less(value) if better == "less" else value for value in values] if better else ()
        yield _row(label, [shown(value) for value in values], ranked)


def _best(figures: Figures) -> str:
    return "–" if figures.best_at is None else f"{_percent(figures.best_dev_accuracy)} at {figures.best_at:,}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.2%}"


def _number(value: float | None) -> str:
    return "–" if value is None else measured_text(value, 4)
