"""Compiling ahead: `python -m trainer.compiled.ahead` compiles and keeps everything, single precision first."""

from __future__ import annotations

from typing import Literal

import numpy as np

from trainer.compiled.blas import product_addresses
from trainer.compiled.compiler import declare_ready, is_ready
from trainer.compiled.matrix_product import link_matrix_products
from trainer.compiled.updates import CompiledUpdates
from trainer.numerics.parameters import Architecture
from trainer.numerics.updates import Network, Rule

DType = Literal["float32", "float64"]
PRECISIONS: tuple[DType, ...] = ("float32", "float64")


def compile_ahead(dtype: DType) -> None:
    """Compile and keep everything for a precision, if that was not done yet; takes some ten seconds."""
    if is_ready(dtype):
        return
    link_matrix_products()
    network = Network.initial(Architecture((1, 1, 2)), 1, np.dtype(dtype))
    updates = CompiledUpdates(network, 0.9)
    X, y, indices, bounds = np.zeros((2, 1), dtype), np.zeros(2, np.intp), np.arange(2), np.array([0, 2])
    rule = Rule("gd", 0.9, 0.999, 1e-8, 0.0, 0.0)
    updates.train(X, y, indices, bounds, 2, rule, np.zeros(1), np.empty(1), np.empty(1))
    updates.evaluate(X, y)
    declare_ready(dtype)


if __name__ == "__main__" and product_addresses():
    for dtype in PRECISIONS:
        compile_ahead(dtype)
