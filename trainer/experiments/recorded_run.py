"""A recorded run: data set, trainer and session file put together; begun, gone on with, or gone on with elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.engine.commands import PAGE, Actor, Intervene
from trainer.engine.events import Event, Origin, PlannedChange
from trainer.engine.hyperparameters import NETWORK, Hyperparameters, RunConfig
from trainer.engine.mini_batch_size import usual_mini_batch_size, why_not_usual
from trainer.engine.nudging import rate_changes
from trainer.engine.plans import check_changes, waiting_plan
from trainer.engine.start import Start, check_targets
from trainer.engine.state import TrainingState
from trainer.engine.trainable import Trainable, build
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, InvalidInput, SessionDamaged, SessionError
from trainer.experiments.replay import Replay, describe, latest_run
from trainer.experiments.session_data import keep_at_hand
from trainer.experiments.travel import from_latest, use_recorded_threads
from trainer.numerics.mini_batches import next_mini_batch_size
from trainer.recorder.environment import differences, environment
from trainer.recorder.lineage import up_to, with_ancestors
from trainer.recorder.new_path import new_session_path
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session, read_session
from trainer.recorder.session_log import SessionLog
from trainer.threads import threads_for, use_threads

SESSIONS = Path("sessions")
"""Where sessions are kept, relative to the working directory."""

Subscriber = Callable[[Event], None]
HeldBack = Sequence[tuple[int, Intervene]]


@dataclass(frozen=True, eq=False)
class LiveSession:
    """What is being trained, and where it is recorded (`log` and `path` are None where it is not).

    `remark` is a sentence where its beginning is not simply as asked or as recorded: a mini-batch size that follows the
    data, another environment, or damage; else "".
    """

    log: SessionLog | None
    run: str
    config: RunConfig
    dataset: Dataset
    remark: str = ""

    @property
    def path(self) -> Path | None:
        """Of the file as it is now; it may be moved."""
        return None if self.log is None else self.log.path


def new_path(data: str, folder: Path = SESSIONS) -> Path:
    """A path for a new session on a data set, in a folder that is made if it is not there."""
    return new_session_path(folder, Path(data).stem)


def begin(
    trainer: Trainer,
    config: RunConfig,
    hyperparameters: Hyperparameters,
    *,
    path: Path | None,
    iterations: int | None = None,
    epochs: int | None = None,
    interventions: HeldBack = (),
    subscribers: Sequence[Subscriber] = (),
    name: str = "",
    actor: Actor = PAGE,
    fit_mini_batch_size: bool = False,
    paused: bool = False,
) -> LiveSession:
    """Load the data, make the session file, and start the first run.

    Parameters
    ----------
    path : of the new session file; None records nothing
    iterations, epochs : where the run ends, if anywhere; at most one of them
    interventions : planned, each for an iteration
    fit_mini_batch_size : nobody chose the mini-batch size: where there are fewer training examples, it is all of them
    paused : it waits at its beginning

    Raises
    ------
    InvalidInput : config, hyperparameters, data or path are not allowed
    CommandRefused : another run is under way, or a nudge lies beyond the end
    """
    if trainer.status().state in ("running", "paused", "blocked"):
        raise CommandRefused(f"run {trainer.status().run} is under way: stop it first")
    dataset = _loaded(config)
    remark = why_not_usual(dataset.m) if fit_mini_batch_size else ""
    if fit_mini_batch_size:
        hyperparameters = replace(hyperparameters, mini_batch_size=usual_mini_batch_size(dataset.m))
    state, operations = _initial(config, dataset, hyperparameters, interventions)
    if epochs is not None:
        iterations = iterations_of(epochs, dataset.m, hyperparameters.mini_batch_size, interventions)
    use_threads(threads_for(operations))
    log = None if path is None else SessionLog.create(path, dataset, name=name)
    if log is not None:
        keep_at_hand(dataset, config)
    start = Start(
        config,
        dataset,
        recorder=log,
        subscribers=tuple(subscribers),
        state=state,
        iterations=iterations,
        interventions=tuple(interventions),
        paused=paused,
        actor=actor,
    )
    try:
        submit(trainer, start)
    except CommandRefused:
        if log is not None:
            log.discard()
        raise
    return LiveSession(log, start.run, config, dataset, remark)


def resume(
    trainer: Trainer,
    path: Path,
    *,
    iterations: int | None = None,
    interventions: HeldBack = (),
    cancelled: Sequence[str] = (),
    subscribers: Sequence[Subscriber] = (),
    progress: Callable[[int, int], None] | None = None,
    actor: Actor = PAGE,
) -> LiveSession:
    """Go on with the latest run of a session, from its last recorded iteration.

    The state is that of the last checkpoint, and from there to the end the run is computed once more; what is
    recorded has to come out bit for bit.

    Parameters
    ----------
    cancelled : names of plans that are taken back before anything is trained

    Raises
    ------
    CommandRefused : another run is under way, no plan of such a name waits, or a nudge lies beyond the end
    SessionDamaged : the file must not be written to any more; `go_on_elsewhere` starts a new one from it
    SessionError : this machine computes other bits, or the file was changed meanwhile
    SessionLocked : another process records it
    """
    session = read_session(path)
    if session.damage:
        raise SessionDamaged(
            f"{path.name} is damaged ({describe(session)}) and will not be written to; it can go on in a new session"
        )
    run = latest_run(session)
    for plan in cancelled:
        waiting_plan(run.planned, plan)
    use_threads(session.environment["threads"])
    loop = _at_the_end(session, run, progress)
    check_changes(loop, [change for change in run.planned if change.plan not in cancelled], interventions)
    check_targets(loop.iteration, iterations, interventions)  # before anything is written
    log = SessionLog.reopen(path, as_read=session, data=loop.dataset)
    start = Start(
        run.config,
        loop.dataset,
        run=run.run,
        recorder=log,
        subscribers=tuple(subscribers),
        state=loop.state(),
        iterations=iterations,
        interventions=tuple(interventions),
        plans=run.planned,
        cancelled=tuple(dict.fromkeys(cancelled)),
        resumed=True,
        past_rates=rate_changes(with_ancestors(session, run).interventions),
        past_interventions=len(run.interventions),
        past_plans=run.plans_made,
        seconds=float(run.timeline[-1, 1]),
        cost=run.cost,
        actor=actor,
    )
    try:
        submit(trainer, start)
    except CommandRefused:
        log.close()
        raise
    return LiveSession(log, run.run, run.config, loop.dataset)


def go_on_elsewhere(
    trainer: Trainer, path: Path, new: Path, *, subscribers: Sequence[Subscriber] = (), actor: Actor = PAGE
) -> LiveSession:
    """Go on from the last intact checkpoint of a session in a new file, which names where it came from."""
    session = read_session(path)
    run = latest_run(session)
    use_recorded_threads(session)
    replay, checkpoint = from_latest(session, run)
    replay.finish(checkpoint.iteration)  # no iteration is computed again, but a change recorded there is made
    state, dataset = replay.loop.state(), replay.loop.dataset
    plans = [p.change for p in run.plans if p.change.at >= state.iteration and p.fate in ("waiting", "lost")]
    log = SessionLog.create(new, dataset, name=session.name)
    origin = Origin(session.id, run.run, state.iteration, checkpoint.digest)
    start = Start(
        run.config,
        dataset,
        recorder=log,
        subscribers=tuple(subscribers),
        state=state,
        parent=origin,
        cost=up_to(with_ancestors(session, run), state.iteration, session.next_number).cost,
        plans=renamed(plans, "r1"),
        past_rates=rate_changes(i for i in run.interventions if i.iteration <= state.iteration),
        past_plans=len(plans),
        actor=actor,
    )
    try:
        submit(trainer, start)
    except CommandRefused:
        log.discard()
        raise
    return LiveSession(log, start.run, run.config, dataset)


def renamed(plans: Sequence[PlannedChange], run: str) -> tuple[PlannedChange, ...]:
    """Plans of one session for a run of another one, as if they had been planned there."""
    return tuple(replace(change, plan=f"{run}-{number}") for number, change in enumerate(plans, 1))


def iterations_of(epochs: int, m: int, mini_batch_size: int, interventions: HeldBack) -> int:
    """How many iterations a number of epochs has, with the mini-batch sizes that planned interventions will set."""
    sizes = {t: change.changes["mini_batch_size"] for t, change in interventions if "mini_batch_size" in change.changes}
    iteration = offset = 0
    while epochs:
        mini_batch_size = int(sizes.get(iteration, mini_batch_size))
        if offset == 0:  # whole epochs, up to where the size changes
            each = _iterations_of_one(m, mini_batch_size)
            until = min((t for t in sizes if t > iteration), default=iteration + epochs * each)
            if whole := min(epochs, (until - iteration) // each):
                iteration, epochs = iteration + whole * each, epochs - whole
                continue
        offset += next_mini_batch_size(offset, m, mini_batch_size)
        iteration += 1
        if offset == m:
            epochs, offset = epochs - 1, 0
    return iteration


def _iterations_of_one(m: int, mini_batch_size: int) -> int:
    offset = iterations = 0
    while offset < m:
        offset, iterations = offset + next_mini_batch_size(offset, m, mini_batch_size), iterations + 1
    return iterations


def _loaded(config: RunConfig) -> Dataset:
    try:
        return load_dataset(config.data, config.read_as)
    except MemoryError as error:
        raise InvalidInput(f"the data set {config.data} does not fit into the memory of this machine") from error


def _initial(
    config: RunConfig, dataset: Dataset, hyperparameters: Hyperparameters, interventions: HeldBack
) -> tuple[TrainingState, float]:
    """The state that a run begins with, and the operations of an update; where all it will be changed to is allowed."""
    try:
        loop = build(config, dataset, hyperparameters)
        check_changes(loop, (), interventions)
        return loop.state(), loop.operations
    except MemoryError as error:
        if config.trainable != NETWORK:
            raise InvalidInput(
                f"the trainable {config.trainable!r} does not fit into the memory of this machine"
            ) from error
        n = config.architecture(dataset.X_train.shape[1], len(dataset.classes)).size
        layers = ",".join(map(str, config.layers))
        raise InvalidInput(
            f"layers {layers} make {n:,} parameters, which do not fit into the memory of this machine: take fewer or"
            f" smaller ones"
        ) from error


def _at_the_end(session: Session, run: RecordedRun, progress: Callable[[int, int], None] | None) -> Trainable:
    last = run.iteration
    replay = Replay(session, run, run.checkpoints[-1])
    replay.finish(last, progress)
    if replay.differences:
        first = replay.differences[0]
        what = "; ".join(differences(session.environment, environment()))
        raise SessionError(
            f"{session.path.name} cannot go on here bit for bit: the {first.what} of iteration {first.iteration} comes"
            f" out otherwise ({what or 'in the same environment'}); it can go on in a new session"
        )
    return replay.loop


def submit(trainer: Trainer, start: Start) -> None:
    """Hand a start to the trainer; raises CommandRefused with its answer where it is refused."""
    answer = trainer.submit(start).result()
    if answer.status == "refused":
        raise CommandRefused(answer.text)
