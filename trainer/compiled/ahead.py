"""Compile ahead of the first run: `python -m trainer.compiled.ahead float32 float64` compiles for both precisions."""

from __future__ import annotations

import sys

from trainer.compiled.compiler import declare_ready, is_ready, kept_in, throw_away_damaged
from trainer.compiled.updates import load


def compile_ahead(dtype: str) -> None:
    """Compile everything for a precision, "float32" or "float64", and keep it; takes ten to twenty seconds.

    Does nothing where everything is kept already, or where no folder can be written to: a process that trains then
    compiles for itself.
    """
    if kept_in() is None or is_ready(dtype):
        return
    throw_away_damaged(dtype)
    load(dtype)
    declare_ready(dtype)


if __name__ == "__main__":
    for precision in sys.argv[1:]:
        compile_ahead(precision)
