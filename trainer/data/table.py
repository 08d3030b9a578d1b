"""Table: the columns of a file as they were read, each of one kind, before it is decided what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.data.examples import AnyExamples, Examples, RawLabels
from trainer.data.row_file import RowFile
from trainer.errors import InvalidData

Kind = Literal["numbers", "booleans", "words", "dates", "nothing", "other"]

Place = Callable[[int, int], str]
"""(i, k) → where the cell of row i and column k stands in the file: "line 4, column 2 ('width')"."""

FEW_ROWS = 10
"""Rows of a table that are kept as they stand in the file."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a file.

    Attributes
    ----------
    name : unique in its table
    kind : what it holds beside missing values; "nothing" if all are missing, "other" for lists and the like
    numbers : `(m,)` float64 of a column of numbers or booleans, NaN where missing; empty for any other
    codes : `(m,)` of a column of words: for each row the number of its word, -1 where missing; empty for any other
    words : the different words, in no particular order
    missing : how many values are missing
    markers : what stands for a missing value in it, such as "NA"
    problem : the sentence why it cannot be an input; "" where it can
    remarks : sentences that a person should read if it is an input
    """

    name: str
    kind: Kind
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    codes: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp))
    words: tuple[str, ...] = ()
    missing: int = 0
    markers: tuple[str, ...] = ()
    problem: str = ""
    remarks: tuple[str, ...] = ()

    def distinct(self) -> int:
        """How many different values there are, the missing ones not counted."""
        if self.kind == "words":
            return len(np.unique(self.codes[self.codes >= 0]))
        return len(np.unique(self.numbers[~np.isnan(self.numbers)]))


@dataclass(frozen=True, eq=False)
class Table:
    """What a reader of a table returns.

    Attributes
    ----------
    m : number of rows, one example each
    columns : all columns of the file, in its order
    label : number of the column that holds the labels
    left_out : numbers of the columns that are no inputs
    labels : one per row, as they stand in the file
    place : where a cell stands in the file
    first_rows : text of the cells of the first rows
    on_disk : the inputs, where they are too large for memory; the columns then hold no values
    warnings : sentences about the file that a person should read
    problem : the sentence why the labels cannot be ones; "" where they can
    """

    m: int
    columns: tuple[Column, ...]
    label: int
    left_out: tuple[int, ...]
    labels: RawLabels
    place: Place
    first_rows: tuple[tuple[str, ...], ...] = ()
    on_disk: RowFile | None = None
    warnings: tuple[str, ...] = ()
    problem: str = ""

    @property
    def inputs(self) -> tuple[int, ...]:
        """Numbers of the columns that are inputs."""
        return tuple(k for k in range(len(self.columns)) if k != self.label and k not in self.left_out)

    def check_inputs(self) -> None:
        """Raise InvalidData where the label or an input cannot be one."""
        if self.problem:
            raise InvalidData(self.problem)
        if not self.inputs:
            raise InvalidData("no column is left to be an input beside the label")
        for k in self.inputs:
            if self.columns[k].problem:
                raise InvalidData(self.columns[k].problem)

    def labelled(self) -> AnyExamples:
        """The examples by their labels, with the inputs only if they stay on disk."""
        X = np.empty((self.m, 0)) if self.on_disk is None else self.on_disk
        return Examples(X, self.labels, lambda i, _: self.place(i, self.label))
