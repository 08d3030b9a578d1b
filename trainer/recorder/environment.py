"""The environment that numbers were computed in, as far as their bits depend on it.

Same machine, versions and thread count give the same bits; another matrix kernel or thread count may not.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import threadpoolctl

import trainer
from trainer.threads import threads

DECIDING = (
    "panda",
    "python",
    "numpy",
    "simd",
    "blas",
    "blas_version",
    "kernel",
    "threads",
    "compiler",
    "libc",
    "machine",
    "system",
)
"""What has to be equal for bits to be equal; the rest is told to people only."""

BITS_SINCE = "0.3.0"
"""The version of Panda since which the same computation gives the same bits; to be raised when they change."""


def environment() -> dict[str, Any]:
    """Versions, BLAS with its kernel, the number of threads, and the processor, JSON-ready."""
    return {**_fixed(), "threads": threads()}


def same_bits(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether the same computation can be expected to give the same bits in both environments."""
    return not differences(a, b)


def differences(recorded: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What stands in the way of equal bits, for people, as in `numpy 2.1.0 when recorded, 2.4.6 here`."""
    return [
        f"{name} {_text(recorded.get(name))} when recorded, {_text(here.get(name))} here"
        for name in _known(recorded, here)
        if _deciding(recorded, name) != _deciding(here, name)
    ]


def _known(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """What both can be compared by: the first sessions name no compiler, since nothing was compiled."""
    return [name for name in DECIDING if name != "compiler" or (name in a and name in b)]


def _deciding(environment: Mapping[str, Any], name: str) -> Any:
    """A value that bits depend on; versions of Panda from BITS_SINCE to the present one count as the same."""
    value = environment.get(name)
    if name == "panda" and value != trainer.__version__ and _numbers(value) >= _numbers(BITS_SINCE):
        return trainer.__version__ if _numbers(value) < _numbers(trainer.__version__) else value
    return value


def _numbers(version: object) -> tuple[int, ...]:
    """Of a version such as 0.3.0; () of anything else."""
    parts = str(version).split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() and len(part) < 9 for part in parts) else ()


@cache
def _fixed() -> dict[str, Any]:
    return {
        "panda": trainer.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "simd": list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
        "compiler": f"numba {version('numba')} llvmlite {version('llvmlite')}",
        "libc": " ".join(platform.libc_ver()).strip(),
        "machine": platform.machine(),
        "system": sys.platform,
        "cpu": _cpu_model(),
        **_blas(),
    }


def _blas() -> dict[str, Any]:
    """The BLAS that numpy multiplies matrices with; SciPy may have loaded another one beside it."""
    loaded = [found for found in threadpoolctl.threadpool_info() if found["user_api"] == "blas"]
    loaded.sort(key=lambda found: not Path(found["filepath"]).parent.name.startswith("numpy"))
    if not loaded:
        return {"blas": "unknown", "blas_version": "", "kernel": ""}
    blas = loaded[0]
    return {
        "blas": blas["internal_api"],
        "blas_version": blas["version"] or "",
        "kernel": blas.get("architecture") or "",
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())


def _text(value: object) -> str:
    if value is None:
        return "unknown"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
