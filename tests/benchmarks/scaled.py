"""What `scaling` measures: what is done with sessions, networks and data of a given size."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.benchmarks.synthetic import (
    HYPERPARAMETERS,
    SESSION,
    describe_network,
    random_data,
    record_interventions,
    record_iterations,
    record_runs,
    record_sessions,
    recording_of_network,
    units,
    write_rows,
)
from trainer.cli.main import main as panda
from trainer.data.loading import load_dataset
from trainer.engine.events import Checkpointed
from trainer.engine.hyperparameters import RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.recorder.library import sessions_in
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.session import read_session
from trainer.views.session_tree import tree

Act = Callable[[], float | None]
"""What is measured; its own figure, or None where that is the seconds it takes."""

SIZE = "size"
"""Name of the file that holds the size of what was prepared beside it."""


@dataclass(frozen=True)
class Operation:
    """One thing that is done with what was prepared.

    Attributes
    ----------
    ready : of a folder, what is measured there; whatever is not to be measured is done before that is returned
    unit : of its figure, "s" or "MB"
    """

    ready: Callable[[Path], Act]
    unit: str = "s"


@dataclass(frozen=True)
class Axis:
    """Something that may become large.

    Attributes
    ----------
    prepare : puts one of a size into an empty folder
    first, quick : 1 × of it; 10 × and 100 × are measured as well
    """

    prepare: Callable[[Path, int], None]
    operations: dict[str, Operation]
    first: int
    quick: int


def doing(function: Callable[..., object], *arguments: object) -> Act:
    """A call whose time is measured; what it returns is kept until memory has been looked at."""
    kept = []

    def act() -> None:
        kept.append(function(*arguments))

    return act


def recording(folder: Path) -> Act:
    """All of it written again, by the synthetic clock: every stretch of iterations is made durable."""
    again = folder / f"again-{time.monotonic_ns()}"
    again.mkdir()
    return doing(record_iterations, again, size_of(folder))


def size_of(folder: Path) -> int:
    """How large what was prepared there is."""
    return int((folder / SIZE).read_text())


def reading(folder: Path) -> Act:
    return doing(read_session, folder / SESSION)


def listing(folder: Path) -> Act:
    return doing(sessions_in, folder)


def listing_again(folder: Path) -> Act:
    sessions_in(folder)
    return doing(sessions_in, folder)


def telling(folder: Path) -> Act:
    """`panda log`."""

    def act() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            code = panda(["log", str(folder / SESSION), "--json"])
        assert code == 0

    return act


def lineage(folder: Path) -> Act:
    session = read_session(folder / SESSION)
    *_, latest = session.runs.values()
    return doing(with_ancestors, session, latest)


def drawing_the_tree(folder: Path) -> Act:
    session = read_session(folder / SESSION)
    *_, latest = session.runs
    return doing(tree, session, latest)


def file_size(folder: Path) -> Act:
    return lambda: (folder / SESSION).stat().st_size / 1e6


def stepping(folder: Path) -> Act:
    n = units(size_of(folder))
    loop = TrainingLoop(RunConfig(data="random", layers=(n, n)), random_data(1408), HYPERPARAMETERS)
    costs = np.empty(loop.at_once)
    loop.train(costs)

    def act() -> float:
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < 0.3:
            loop.train(costs)
            done += len(costs)
        return (time.perf_counter() - began) / done

    return act


def taking_checkpoint(folder: Path) -> Act:
    """A state copied out of the loop, and durable."""
    path = folder / f"written-{time.monotonic_ns()}.panda"
    recording = recording_of_network(size_of(folder), path)
    recording.start()
    loop = TrainingLoop(recording.config, recording.dataset, HYPERPARAMETERS)

    def act() -> None:
        recording.log.record(Checkpointed("r1", 0, loop.state(), "requested"))

    return act


def checkpoint_size(folder: Path) -> Act:
    return lambda: (
        recording_of_network(size_of(folder), folder / f"size-{time.monotonic_ns()}.panda").state.nbytes / 1e6
    )


def reading_checkpoint(folder: Path) -> Act:
    session = read_session(folder / SESSION)
    seq = session.run("r1").checkpoints[-1].seq
    return doing(session.training_state, seq)


def loading(folder: Path) -> Act:
    return doing(load_dataset, str(folder / "data.npz"))


def first_epoch(folder: Path) -> Act:
    dataset = load_dataset(str(folder / "data.npz"))
    loop = TrainingLoop(RunConfig(layers=(32, 16)), dataset, HYPERPARAMETERS)
    costs = np.empty(min(loop.at_once, dataset.m // HYPERPARAMETERS.mini_batch_size))

    def act() -> None:
        while loop.epoch_position < 1:
            loop.train(costs)

    return act


AXES = {
    "iterations of a session": Axis(
        record_iterations,
        {
            "open: read and check": Operation(reading),
            "list": Operation(listing),
            "record": Operation(recording),
            "file": Operation(file_size, "MB"),
        },
        100_000,
        1_000,
    ),
    "parameters of the network": Axis(
        describe_network,
        {
            "step, mini-batch of 64": Operation(stepping),
            "take a checkpoint": Operation(taking_checkpoint),
            "read a checkpoint": Operation(reading_checkpoint),
            "checkpoint": Operation(checkpoint_size, "MB"),
        },
        10_000,
        1_000,
    ),
    "rows of data": Axis(
        write_rows,
        {"load and normalise": Operation(loading), "first epoch": Operation(first_epoch)},
        10_000,
        1_000,
    ),
    "interventions of a run": Axis(
        record_interventions,
        {"open": Operation(reading), "panda log": Operation(telling), "file": Operation(file_size, "MB")},
        30,
        3,
    ),
    "runs of a session, in one line": Axis(
        record_runs,
        {"open": Operation(reading), "lineage": Operation(lineage), "tree": Operation(drawing_the_tree)},
        10,
        2,
    ),
    "sessions of a folder": Axis(
        record_sessions,
        {"list": Operation(listing), "list again": Operation(listing_again), "open one": Operation(reading)},
        10,
        2,
    ),
}
"""Everything that may become large."""
