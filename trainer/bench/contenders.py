"""The contenders of `panda bench`: their names, how each makes updates, and whether it is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from trainer.bench import jax_loop, panda, products, pytorch, scikit_learn
from trainer.bench.task import Task, Updates


@dataclass(frozen=True)
class Entrant:
    """A contender.

    Attributes
    ----------
    label : for people
    updates : prepares a task and returns a function that makes updates of it; the second argument is the number of
        updates that Panda makes in a call
    absent : why it cannot be measured on this machine; "" where it can
    package : the package that it needs; its version is reported
    """

    label: str
    updates: Callable[[Task, int], Updates]
    absent: Callable[[], str] = lambda: ""
    package: str = "numpy"


def _needs(package: str, name: str) -> Callable[[], str]:
    return lambda: "" if find_spec(package) else f"{name} is not installed"


def _needs_torch_and_compiler() -> str:
    missing = _needs("torch", "PyTorch")()
    return missing or ("" if any(map(shutil.which, ("g++", "c++", "clang++"))) else "there is no C++ compiler")


PANDA = "panda"
ENTRANTS = {
    PANDA: Entrant(
        "Panda, compiled",
        lambda task, _: panda.updates(task, "compiled"),
        package="numba",
    ),
    "panda-reference": Entrant("Panda, reference", lambda task, _: panda.updates(task, "reference")),
    "torch": Entrant(
        "PyTorch, eager",
        lambda task, _: pytorch.eager_updates(task, fused=False),
        _needs("torch", "PyTorch"),
        "torch",
    ),
    "torch-fused": Entrant(
        "PyTorch, fused optimizer",
        lambda task, _: pytorch.eager_updates(task, fused=True),
        _needs("torch", "PyTorch"),
        "torch",
    ),
    "torch-compiled": Entrant(
        "PyTorch, torch.compile",
        lambda task, _: pytorch.compiled_updates(task),
        _needs_torch_and_compiler,
        "torch",
    ),
    "jax": Entrant(
        "JAX, jitted update",
        lambda task, _: jax_loop.updates(task, at_once=1),
        _needs("jax", "JAX"),
        "jax",
    ),
    "jax-loop": Entrant(
        "JAX, lax.scan",
        lambda task, at_once: jax_loop.updates(task, at_once=at_once),
        _needs("jax", "JAX"),
        "jax",
    ),
    "scikit-learn": Entrant(
        "scikit-learn, no batch norm",
        lambda task, _: scikit_learn.updates(task),
        _needs("sklearn", "scikit-learn"),
        "scikit-learn",
    ),
    "products": Entrant("matrix products alone", lambda task, _: products.updates(task)),
}
