"""e^z, tanh and sigmoid in lanes, beside those of more digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numba import njit

from trainer.compiled.exponential import LOWEST, exp, sigmoid, tanh
from trainer.compiled.lanes import first, load, store, total, width

Floats = np.ndarray[Any, np.dtype[Any]]


@njit(error_model="numpy")
def exp_of(z: Floats, out: Floats) -> None:
    for i in range(0, z.size, width(z)):
        some = first(z, z.size - i)
        store(out, i, some, exp(z, load(z, i, some)))


@njit(error_model="numpy")
def tanh_of(z: Floats, out: Floats) -> None:
    for i in range(0, z.size, width(z)):
        some = first(z, z.size - i)
        store(out, i, some, tanh(z, load(z, i, some)))


@njit(error_model="numpy")
def sigmoid_of(z: Floats, out: Floats) -> None:
    for i in range(0, z.size, width(z)):
        some = first(z, z.size - i)
        store(out, i, some, sigmoid(z, load(z, i, some)))


@njit(error_model="numpy")
def sums_of(z: Floats, out: Floats) -> None:
    for i in range(0, z.size, width(z)):
        out[i // width(z)] = total(load(z, i, first(z, z.size - i)))


def applied(function: Callable[[Floats, Floats], None], z: Floats) -> Floats:
    out = np.full_like(z, -7)
    function(z, out)
    return out


def units_in_the_last_place(made: Floats, true: Floats) -> float:
    return float(np.max(np.abs(made - true) / np.abs(true))) / float(np.finfo(made.dtype).eps)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_exp(dtype: str) -> None:
    z = np.concatenate([np.linspace(LOWEST[dtype], 0, 100_001), -np.logspace(-30, 0, 1001)]).astype(dtype)
    assert units_in_the_last_place(applied(exp_of, z), np.exp(z.astype(np.longdouble))) < 1
    edges = np.array([0, LOWEST[dtype] * 1.001, -np.inf, np.nan], dtype)
    np.testing.assert_array_equal(applied(exp_of, edges), np.array([1, 0, 0, np.nan], dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_tanh(dtype: str) -> None:
    z = np.concatenate([np.linspace(-25, 25, 100_002), np.logspace(-30, 0, 1001)]).astype(dtype)
    assert units_in_the_last_place(applied(tanh_of, z), np.tanh(z.astype(np.longdouble))) < 3
    edges = np.array([0, -0.0, np.inf, -np.inf, np.nan], dtype)
    np.testing.assert_array_equal(applied(tanh_of, edges), np.tanh(edges))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid(dtype: str) -> None:
    z = np.linspace(-30, 30, 100_001).astype(dtype)
    true = 1 / (1 + np.exp(-z.astype(np.longdouble)))
    assert np.abs(applied(sigmoid_of, z) - true).max() < 2 * np.finfo(dtype).eps
    edges = np.array([0, np.inf, -np.inf, np.nan], dtype)
    np.testing.assert_array_equal(applied(sigmoid_of, edges), np.array([0.5, 1, 0, np.nan], dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sum_of_lanes_has_a_fixed_order_and_leaves_out_what_is_not_there(dtype: str) -> None:
    lanes = 64 // np.dtype(dtype).itemsize
    z = np.random.default_rng(5).standard_normal(3 * lanes + 5).astype(dtype)
    sums = np.empty(4, dtype)
    sums_of(z, sums)
    padded = np.concatenate([z, np.zeros(lanes - 5, dtype)]).reshape(4, lanes)
    while padded.shape[1] > 1:
        half = padded.shape[1] // 2
        padded = padded[:, :half] + padded[:, half:]
    assert sums.tolist() == padded[:, 0].tolist()
