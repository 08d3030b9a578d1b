"""Compiling ahead: `python -m trainer.compiled.ahead` compiles and keeps everything, single precision first."""

from __future__ import annotations

from typing import Literal

from trainer.compiled.compiler import declare_ready, is_ready, throw_away_damaged
from trainer.compiled.updates import load

DType = Literal["float32", "float64"]
PRECISIONS: tuple[DType, ...] = ("float32", "float64")


def compile_ahead(dtype: DType) -> None:
    """Compile and keep everything for a precision, if that was not done yet; takes ten to twenty seconds."""
    if is_ready(dtype):
        return
    throw_away_damaged(dtype)
    load(dtype)
    declare_ready(dtype)


if __name__ == "__main__":
    for dtype in PRECISIONS:
        compile_ahead(dtype)
