"""Compiling ahead: `python -m trainer.compiled.ahead float32 float64` compiles and keeps everything for both."""

from __future__ import annotations

import sys

from trainer.compiled.compiler import declare_ready, is_ready, kept_in, throw_away_damaged
from trainer.compiled.updates import load


def compile_ahead(dtype: str) -> None:
    """Compile and keep everything for a precision, if that was not done yet; takes ten to twenty seconds.

    Nothing is done where it cannot be kept: whoever trains compiles for himself then.
    """
    if kept_in() is None or is_ready(dtype):
        return
    throw_away_damaged(dtype)
    load(dtype)
    declare_ready(dtype)


if __name__ == "__main__":
    for precision in sys.argv[1:]:
        compile_ahead(precision)
