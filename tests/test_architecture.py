"""The house of `trainer`: imports only go down, each floor uses what belongs to it, and nothing is called utils."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 320

THREADS = frozenset({"threading", "queue", "concurrent", "multiprocessing", "asyncio", "_thread", "sched"})
CLOCKS = frozenset({"time", "datetime"})
FILES = frozenset({"os", "io", "pathlib", "shutil", "tempfile", "tarfile", "zipfile", "sqlite3", "socket"})
CHANCE = frozenset({"random", "secrets", "uuid"})


@dataclass(frozen=True)
class Floor:
    """What one floor may import.

    Attributes
    ----------
    height : imports go to floors that are not higher
    packages : what it may import that is not in the standard library
    never : modules of the standard library it does without
    modules : of the floors below, only these, where they are named
    """

    height: int
    packages: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    modules: tuple[str, ...] = ()


PURE = THREADS | CLOCKS | FILES | CHANCE

FLOORS = {
    "trainer": Floor(0, never=PURE),
    "text": Floor(0, never=PURE),
    "errors": Floor(0, never=PURE),
    "paths": Floor(0, never=PURE - {"os", "pathlib"}),
    "threads": Floor(0, frozenset({"threadpoolctl"}), PURE - {"os"}),
    "numerics": Floor(1, frozenset({"numpy"}), PURE),
    "compiled": Floor(
        2,
        frozenset({"numpy", "numba", "llvmlite"}),
        (THREADS - {"concurrent"}) | CLOCKS | CHANCE | (FILES - {"pathlib"}),
    ),
    "data": Floor(2, frozenset({"numpy", "sklearn", "pyarrow"}), THREADS | CLOCKS | CHANCE),
    "engine": Floor(3, frozenset({"numpy"}), PURE),
    "recorder": Floor(
        4,
        frozenset({"numpy", "threadpoolctl"}),
        frozenset({"pickle", "random"}),
        (
            "trainer.errors",
            "trainer.text",
            "trainer.paths",
            "trainer.numerics",
            "trainer.threads",
            "trainer.data.dataset",
            "trainer.engine.events",
            "trainer.engine.gauge_specs",
            "trainer.engine.state",
            "trainer.engine.hyperparameters",
            "trainer.engine.schedule",
            "trainer.engine.start",
            "trainer.engine.series",
            "trainer.engine.specs",
            "trainer.engine.wording",
            "trainer.engine.commands",
        ),
    ),
    "experiments": Floor(
        5,
        frozenset({"numpy", "pyarrow", "tensorboardX", "loky", "optuna", "distributed", "sklearn", "scipy"}),
        frozenset({"tarfile", "pickle"}),
    ),
    "bench": Floor(5, frozenset({"numpy", "torch", "jax", "sklearn"}), frozenset({"tarfile", "pickle"})),
    "service": Floor(
        6, frozenset({"numpy", "starlette", "msgspec"}), (THREADS - {"concurrent"}) | {"tarfile", "pickle"}
    ),
    "views": Floor(7, frozenset({"numpy", "streamlit", "plotly", "starlette"}), THREADS | {"tarfile", "pickle"}),
    "cli": Floor(7, frozenset({"numpy", "typer", "rich"}), frozenset({"tarfile", "pickle", "_thread"})),
    "__main__": Floor(8),
    "app": Floor(8, frozenset({"streamlit"}), frozenset({"tarfile", "pickle"})),
}

EXCEPTIONS = {
    ("trainer.cli.main", "importlib.import_module"): "a verb's module is imported when that verb is asked for",
    ("trainer.engine.trainer", "threading"): "the one thread",
    ("trainer.engine.trainer", "concurrent.futures.Future"): "their answers",
    ("trainer.engine.trainer", "time"): "tells people how long it took; never read by the loop",
    ("trainer.compiled.tiles", "threading.Lock"): "two threads that compute first at the same time link the tiles once",
    ("trainer.service.process_singleton", "threading.Lock"): "two tabs that open at once find one trainer",
    ("trainer.service.dispatcher", "threading.Lock"): "commands of all tabs stand in one order",
    ("trainer.service.recorded", "threading.Lock"): "requests that need the same curve have it built once",
    ("trainer.service.searches", "threading.RLock"): "two tabs that start a search at once start one",
    ("trainer.service.own_trainer", "threading.get_native_id"): "the one thread's priority",
    ("trainer.views.sessions", "threading.Lock"): "scripts of a tab that run side by side take a file in once",
    ("trainer.service.awaited", "asyncio"): "one coroutine per request, in the server's own loop",
    ("trainer.service.socket", "asyncio"): "one coroutine per tab, in the server's own loop",
}
"""(module, what it imports) → why it may, against the rule of its floor."""

SEEDED = frozenset({"Generator", "PCG64", "SeedSequence"})
"""All that may be used of `numpy.random`: no state is shared by the process."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> dict[str, str]:
    paths = [*sorted((ROOT / "trainer").rglob("*.py")), *ROOT.glob("app.py")]
    return {module_name(path): path.read_text("utf-8") for path in paths}


def floor_of(module: str) -> str:
    return module.split(".")[1] if module.startswith("trainer.") else module


def imports(module: str, source: str, known: Iterable[str]) -> Iterator[str]:
    """Full names of what is imported anywhere in a module, within functions as well: a.b for `from a import b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{origin}.{alias.name}"
                ours = origin.split(".")[0] in ("trainer", "app")
                yield full if not ours or full in known else origin
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("__import__", "importlib.import_module"):
            yield "importlib.import_module"


def wrong_imports(module: str, source: str, known: Iterable[str]) -> list[str]:
    """One sentence for each import that the floor of the module does not allow."""
    name = floor_of(module)
    floor = FLOORS[name]
    found = []
    for imported in imports(module, source, known):
        top = imported.split(".")[0]
        if (module, imported) in EXCEPTIONS:
            continue
        if imported == "importlib.import_module":
            found.append(f"{module} imports by a name that is only known when it runs")
        elif top in ("trainer", "app"):
            below = FLOORS[floor_of(imported)]
            only_the_version = imported == "trainer"
            allowed = not floor.modules or floor_of(imported) == name or imported.startswith(floor.modules)
            if below.height > floor.height:
                found.append(f"{module} imports {imported}, which is a floor above {name}")
            elif not (allowed or only_the_version):
                found.append(f"{module} imports {imported}; of the floors below, {name} needs {floor.modules}")
        elif top in sys.stdlib_module_names:
            if top in floor.never:
                found.append(f"{module} imports {imported}; {name} does without")
        elif top not in floor.packages:
            found.append(f"{module} imports {imported}; of packages, {name} has {sorted(floor.packages)}")
    return found


def calls_of_open(source: str) -> list[int]:
    """Lines on which a file is opened."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return sorted(call.lineno for call in calls if ast.unparse(call.func).split(".")[-1] == "open")


def global_random(module: str, source: str) -> list[str]:
    """Uses of numpy's random module beyond the seeded generators."""
    used = {ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}
    used |= set(imports(module, source, ()))
    names = {name.replace("numpy.", "np.", 1) for name in used if name.startswith(("np.random.", "numpy.random."))}
    return sorted(name for name in names if name.split(".")[2].split("(")[0] not in SEEDED)


SOURCES = sources()


@pytest.mark.parametrize("module", SOURCES)
def test_imports_only_go_down_and_each_floor_has_what_belongs_to_it(module: str) -> None:
    assert wrong_imports(module, SOURCES[module], SOURCES) == []


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("trainer.numerics.cost", "import trainer.engine.loop", "a floor above numerics"),
        ("trainer.numerics.cost", "from trainer.data import dataset", "a floor above numerics"),
        ("trainer.numerics.cost", "from ..engine.loop import TrainingLoop", "a floor above numerics"),
        ("trainer.numerics.cost", "def f():\n    import trainer.recorder", "a floor above numerics"),
        ("trainer.numerics.cost", "import scipy.special", "of packages, numerics has ['numpy']"),
        ("trainer.numerics.cost", "import time", "does without"),
        ("trainer.engine.loop", "from threading import Thread", "does without"),
        ("trainer.engine.state", "import time", "does without"),
        ("trainer.engine.trainer", "from trainer.recorder.session_log import SessionLog", "a floor above engine"),
        ("trainer.engine.trainer", "import streamlit as st", "of packages, engine has ['numpy']"),
        (
            "trainer.recorder.writer",
            "from trainer.engine.trainer import Trainer",
            "of the floors below, recorder needs",
        ),
        ("trainer.recorder.writer", "import plotly", "of packages, recorder has"),
        ("trainer.experiments.replay", "from plotly import graph_objects", "of packages, experiments has"),
        ("trainer.experiments.replay", "from trainer.cli import main", "a floor above experiments"),
        ("trainer.views.train", "import threading", "does without"),
        ("trainer.service.process_singleton", "from threading import Thread", "does without"),
        ("trainer.service.controller", "import streamlit", "of packages, service has"),
        ("trainer.experiments.replay", "import trainer.service.protocol", "a floor above experiments"),
        ("trainer.views.train", "import tarfile", "does without"),
        ("trainer.cli.main", "import streamlit", "of packages, cli has"),
        ("trainer.data.npz", "import importlib\nimportlib.import_module('torch')", "only known when it runs"),
    ],
)
def test_a_wrong_import_would_be_seen(module: str, source: str, sentence: str) -> None:
    (found,) = wrong_imports(module, source, SOURCES)
    assert sentence in found


def test_a_right_import_is_let_through() -> None:
    source = "import numpy as np\nfrom trainer.engine.events import Event\nfrom . import records\nimport os"
    assert wrong_imports("trainer.recorder.writer", source, SOURCES) == []


def test_every_exception_is_in_use() -> None:
    used = {(module, name) for module in SOURCES for name in imports(module, SOURCES[module], SOURCES)}
    assert set(EXCEPTIONS) - used == set()


def test_no_module_imports_itself_round_a_corner() -> None:
    graph = {
        module: {name for name in imports(module, source, SOURCES) if name in SOURCES and name != module}
        for module, source in SOURCES.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize(
    "module", [name for name in SOURCES if floor_of(name) in ("views", "service", "cli", "engine", "numerics")]
)
def test_sessions_are_opened_by_the_recorder_alone(module: str) -> None:
    assert calls_of_open(SOURCES[module]) == []


@pytest.mark.parametrize("module", [name for name in SOURCES if floor_of(name) != "errors"])
def test_no_shared_random_state(module: str) -> None:
    assert global_random(module, SOURCES[module]) == []


def test_what_the_two_searches_above_look_for_would_be_found() -> None:
    assert calls_of_open("with path.open() as f: pass\nopen('x')") == [1, 2]
    source = "from numpy.random import rand\nnp.random.seed(1)\nnp.random.Generator(np.random.PCG64(1))"
    assert global_random("trainer.numerics.cost", source) == ["np.random.rand", "np.random.seed"]


@pytest.mark.parametrize("module", [name for name, source in SOURCES.items() if source.strip()])
def test_a_module_says_what_it_is_in_one_sentence(module: str) -> None:
    docstring = ast.get_docstring(ast.parse(SOURCES[module]))
    assert docstring, f"{module} has no docstring"
    assert docstring.splitlines()[0].endswith("."), docstring.splitlines()[0]


def test_nothing_is_called_utils_or_helpers() -> None:
    names = {part.strip("_") for module in SOURCES for part in module.split(".")}
    assert not names & {"util", "utils", "helper", "helpers", "misc", "common", "lib", "tools"}


def test_no_file_asks_to_be_two() -> None:
    files = [
        path
        for folder in ("trainer", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".js") and "node_modules" not in path.parts
    ]
    long = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in [*files, *ROOT.glob("app.py")]
    }
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_top_level_entries() -> None:
    """Six things to look at, and what a tool or custom forces."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    entries = {line.split("/")[0] for line in listed.splitlines()}
    visible = {"README.md", "app.py", "pyproject.toml", "sessions", "tests", "trainer"}
    customary = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE"}
    hidden = {".ci", ".gitignore", ".images", ".install", ".streamlit"}
    assert entries <= visible | customary | hidden
