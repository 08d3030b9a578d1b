"""ReadAs: how a data set is to be read, split and normalised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainer.errors import InvalidData

DType = Literal["float32", "float64"]


@dataclass(frozen=True)
class ReadAs:
    """How a data set is to be read: the same name or file gives the same data by it, bit for bit.

    Raises InvalidData where data cannot be split so.

    Attributes
    ----------
    label : column of the labels in a table (CSV, TSV or Parquet); "" is the last one
    leave_out : columns of a table that are no inputs
    seed : of the split, and of the points of a generated data set; 0 or more
    dev_fraction : share of the examples for the dev set, more than 0 and less than 1; not used where the data have
        their own dev set
    dtype : of the normalised inputs
    """

    label: str = ""
    leave_out: tuple[str, ...] = ()
    seed: int = 1
    dev_fraction: float = 0.2
    dtype: DType = "float32"

    def __post_init__(self) -> None:
        """Check how the data are to be split."""
        if not 0 < self.dev_fraction < 1:
            raise InvalidData(f"dev_fraction must be more than 0 and less than 1, but got {self.dev_fraction!r}")
        if self.seed < 0:
            raise InvalidData(f"seed must be 0 or more, but got {self.seed!r}")


AS_USUAL = ReadAs()
"""The last column is the label and no column is left out."""
