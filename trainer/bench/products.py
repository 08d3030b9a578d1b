"""The matrix products of an update alone, by numpy's BLAS: no update by that BLAS can be faster."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from trainer.bench.task import Task, Updates


def updates(task: Task) -> Updates:
    """A function that computes the products of an update, Z, dW and dA of each layer, into arrays made beforehand."""
    m = task.mini_batch_size
    generator = np.random.Generator(np.random.PCG64(3))
    products = []

    def random(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return generator.standard_normal(shape, dtype=np.float32)

    for l, (n_prev, n) in enumerate(pairwise(task.layer_dims)):
        A_prev, W, dZ = random(m, n_prev), random(n, n_prev), random(m, n)
        products += [(A_prev, W.T, random(m, n)), (dZ.T, A_prev, random(n, n_prev))]
        if l > 0:
            products.append((dZ, W, random(m, n_prev)))

    def update() -> int:
        for A, B, out in products:
            np.matmul(A, B, out=out)
        return 1

    return update
