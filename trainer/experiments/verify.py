"""Verify: a recorded run, re-executed from its recorded states on all cores, and the verdict.

Each part of the run between two recorded states can be computed by itself. Where all parts come out as recorded, so
does the whole. Where one does not, the run is re-executed from its beginning to its end, since only that tells what
becomes of the difference; in another environment each part begins with what was recorded anyway.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock
from typing import Literal

from trainer.engine.engines import ENGINES, Engine
from trainer.engine.wording import counted
from trainer.errors import InvalidInput, NonFinite, SessionDamaged
from trainer.experiments.replay import Difference, Replay, describe, far_apart, how_close, latest_run
from trainer.experiments.session_data import dataset_of
from trainer.recorder.environment import differences, environment
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedCheckpoint, RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.threads import cores, with_members, with_threads

_SHORTEST_PART = 1000
"""Iterations that are worth a part of their own."""

Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Verdict:
    """What verification found.

    Attributes
    ----------
    result : "exact"; "diverged" on the same environment; or "other-environment", equal only within `largest`
    iterations : re-executed
    checkpoints_compared : recorded states whose digest was compared
    first_difference : iteration, or None
    digest : of the re-executed final state
    largest : largest relative difference of a cost
    text : the verdict in a sentence
    """

    result: Literal["exact", "diverged", "other-environment"]
    iterations: int
    checkpoints_compared: int
    first_difference: int | None
    digest: str
    largest: float
    text: str


def verify(
    path: Path, run_name: str | None = None, progress: Told | None = None, engine: Engine | None = None
) -> Verdict:
    """Re-execute a run of a session, with the ancestors it came from, and compare every cost, evaluation and digest.

    Parameters
    ----------
    run_name : by default the latest run
    progress : called with (iterations done, of how many)
    engine : by default the one that the run was computed by

    Raises
    ------
    SessionDamaged : bytes of the file were changed; the sentence names the record
    SessionNotFound : no such session or run
    InvalidInput : no such engine
    """
    session = read_session(path)
    if session.damage:
        raise SessionDamaged(f"{path.name} is damaged: {describe(session)}")
    run = with_ancestors(session, latest_run(session) if run_name is None else session.run(run_name))
    here = {**environment(), "threads": session.environment["threads"]}  # which is what is computed with
    other = differences(session.environment, here)
    if engine is not None and engine != run.config.engine:
        if engine not in ENGINES:
            raise InvalidInput(f"engine must be one of {', '.join(ENGINES)}, but got {engine!r}")
        other.append(f"engine {run.config.engine} when recorded, {engine} here")
        run = replace(run, config=replace(run.config, engine=engine))
    foreign = bool(other)
    beginnings = _beginnings(run)
    with with_threads(here["threads"]):
        again = _in_parts(session, run, beginnings, foreign, progress)
        if again.found and not foreign and again.parts > 1:
            again = _in_parts(session, run, run.checkpoints[:1], foreign, progress)
    found, done, compared = again.found, again.iteration - run.initial.iteration, again.compared
    if not found:
        iterations, states = counted(done, "iteration"), counted(compared, "checkpoint")
        text = f"exact: {iterations} re-executed, every cost and {states} equal bit for bit"
        return Verdict("exact", done, compared, None, again.digest, 0.0, text)
    first = found[0]
    largest = max((d.relative for d in found if d.what != "state" and not d.of_gauge), default=0.0)
    elsewhere = f"recorded in another environment ({'; '.join(other)})"
    if foreign and not far_apart(found, run.config.dtype):
        text = f"{elsewhere}: {how_close(found, run.config.dtype)}; the bits differ from iteration {first.iteration} on"
        return Verdict("other-environment", done, compared, first.iteration, again.digest, largest, text)
    text = f"differs from iteration {first.iteration}: {first.what}" + (f"; {elsewhere}" if foreign else "")
    return Verdict("diverged", done, compared, first.iteration, again.digest, largest, text)


@dataclass(frozen=True)
class _Again:
    """What came of a re-execution: differences in order, the iteration reached, the digest there."""

    found: list[Difference]
    iteration: int
    digest: str
    compared: int
    parts: int


def _beginnings(run: RecordedRun) -> list[RecordedCheckpoint]:
    """Recorded states that divide a run into parts of about the same length, one for each core.

    Compiled code gives the same bits with any number of threads, so that each part can do with one while there are
    others; the reference does not, and holds the interpreter's lock.
    """
    first: dict[int, RecordedCheckpoint] = {}
    for checkpoint in run.checkpoints:
        first.setdefault(checkpoint.iteration, checkpoint)
    begin, length = run.initial.iteration, run.iteration - run.initial.iteration
    parts = 1 if run.config.engine == "reference" else cores()
    parts = max(1, min(parts, length // _SHORTEST_PART))
    wanted = [begin + length * part // parts for part in range(1, parts)]
    nearest = {min(first, key=lambda iteration, to=to: abs(iteration - to)) for to in wanted}  # type: ignore[misc]
    inside = sorted(iteration for iteration in nearest if begin < iteration < run.iteration)
    return [run.checkpoints[0], *(first[iteration] for iteration in inside)]


def _in_parts(
    session: Session,
    run: RecordedRun,
    beginnings: list[RecordedCheckpoint] | tuple[RecordedCheckpoint, ...],
    foreign: bool,
    progress: Told | None,
) -> _Again:
    """Re-execute the parts that begin at these recorded states, at the same time."""
    ends = [*(beginning.iteration for beginning in beginnings[1:]), run.iteration]
    dataset = dataset_of(session, run)
    replays = [
        Replay(session, run, beginning, dataset=dataset, resync=foreign, gauges=True) for beginning in beginnings
    ]
    total = run.iteration - run.initial.iteration
    stopped, lock, done = Event(), Lock(), 0

    def re_execute(replay: Replay, end: int) -> None:
        nonlocal done
        before = replay.loop.iteration
        try:
            for reached in replay.advance(end):
                if stopped.is_set():
                    return
                with lock:
                    done += reached - before
                    if progress is not None:
                        progress(done, total)
                before = reached
        except NonFinite as error:
            replay.differences.append(Difference(replay.loop.iteration + 1, str(error), math.inf, 1))

    with ExitStack() as while_several, ThreadPoolExecutor(len(replays)) as pool:
        if len(replays) > 1:
            while_several.enter_context(with_members(1))
        try:
            parts = [pool.submit(re_execute, *part) for part in zip(replays, ends, strict=True)]
            for number, part in enumerate(as_completed(parts), start=1):
                part.result()
                if number == len(parts) - 1:
                    while_several.close()
        finally:
            stopped.set()
    found: list[Difference] = []
    compared: set[int] = set()
    for replay, beginning, end in zip(replays, beginnings, ends, strict=True):
        # what is recorded where a part begins was compared by the part before it
        found += [d for d in replay.differences if replay is replays[0] or d.iteration > beginning.iteration]
        compared |= replay.compared
        if replay.loop.iteration < end:
            break
    return _Again(found, replay.loop.iteration, replay.digest(), len(compared), len(replays))
