"""The verb `search`: many short trials inside a box of hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from trainer.cli.command import Json
from trainer.cli.exit_codes import DONE, NO
from trainer.cli.hyperparameter_options import flag, parse_hyperparameters
from trainer.cli.named_out import named_out, recorded_as
from trainer.cli.progress import bar
from trainer.cli.run_options import (
    RECORDING,
    TRAINING,
    RunOptions,
    option,
    prepare,
    those_typed,
    with_run_options,
)
from trainer.cli.search_progress import SearchProgress, iterations_done
from trainer.cli.search_report import document, sentences
from trainer.cli.terminal import print_document, print_lines, say, whole
from trainer.data.dataset import Dataset
from trainer.data.loading import load_dataset
from trainer.engine.mini_batch_size import usual_mini_batch_size, why_not_usual
from trainer.engine.wording import counted
from trainer.errors import InvalidInput
from trainer.experiments.recorded_run import SESSIONS
from trainer.experiments.search import record
from trainer.experiments.search.box import Box
from trainer.experiments.search.dimension import SEARCHABLE
from trainer.experiments.search.plan import SAMPLERS, SearchPlan
from trainer.experiments.search.pools import DaskPool, LocalPool, Pool
from trainer.experiments.search.schedule import Schedule
from trainer.experiments.search.search import Search
from trainer.recorder.new_path import new_session_path
from trainer.recorder.search_file import SUFFIX

_SEARCH, _WORKERS = "Search", "Workers"
_TRIALS, _EPOCHS, _ROUNDS = 25, 10, 2
_BACKENDS = ("loky", "dask")


@with_run_options
def run(
    options: RunOptions,
    trials: Annotated[
        str | None, option(_SEARCH, "--trials", "N", f"how many, over all rounds (default: {_TRIALS})")
    ] = None,
    sampler: Annotated[
        str | None, option(_SEARCH, "--sampler", "NAME", f"{', '.join(SAMPLERS)} (default: random)")
    ] = None,
    rounds: Annotated[
        str | None,
        option(_SEARCH, "--rounds", "R", f"of coarse-to-fine, each in a box around the best (default: {_ROUNDS})"),
    ] = None,
    box: Annotated[
        list[str] | None,
        option(
            _SEARCH,
            "--box",
            "NAME=LOW:HIGH…",
            f"what is drawn, each on its own scale; NAME=ONE,OTHER of a choice: {', '.join(SEARCHABLE)} (default: α"
            " and β, over their knobs' ranges)",
        ),
    ] = None,
    halving: Annotated[
        bool | None,
        option(
            _SEARCH,
            "--halving",
            None,
            "stop trials early: after 1/9 and 1/3 of it the best third goes on; a search that is killed before all"
            " trials of a round have come to 1/9 has nothing to keep",
        ),
    ] = None,
    iterations: Annotated[str | None, option(TRAINING, "--iterations", "N", "updates of each trial")] = None,
    epochs: Annotated[
        str | None,
        option(TRAINING, "--epochs", "N", f"passes over the training set of each trial (default: {_EPOCHS})"),
    ] = None,
    workers: Annotated[
        str | None,
        option(_WORKERS, "--workers", "W", "trials at a time (default: one for each core but one; all of a cluster)"),
    ] = None,
    backend: Annotated[
        str | None, option(_WORKERS, "--backend", "NAME", "loky, on this machine, or dask, a cluster (default: loky)")
    ] = None,
    scheduler: Annotated[
        str | None, option(_WORKERS, "--scheduler", "ADDRESS", "of the cluster, such as tcp://10.0.0.5:8786")
    ] = None,
    out: Annotated[
        str | None, option(RECORDING, "--out", "FILE", "where to record (default: a new file in sessions/)")
    ] = None,
    resume: Annotated[
        bool, option(RECORDING, "--resume", None, "go on with --out FILE; what is over is not repeated")
    ] = False,
    as_json: Json = False,
) -> int:
    """`panda search`."""
    searched = those_typed(
        trials=trials, sampler=sampler, rounds=rounds, box=box, halving=halving, iterations=iterations, epochs=epochs
    )
    _check_backend(backend, scheduler)
    if resume:
        if out is None:
            raise InvalidInput("--resume needs --out FILE, the search to go on with")
        for name in {**options.of_a_run, **searched}:
            raise InvalidInput(
                f"--resume goes on with the search that is recorded, so {flag(name)} cannot be given with it"
            )
        so_far = record.read_so_far(recorded_as(Path(out), SUFFIX))
        if options.data is not None:
            so_far = record.with_data(so_far, options.data)
        plan = so_far.plan
        dataset = load_dataset(plan.config.data, plan.config.read_as)
        prepare(plan.config)
        pool = _pool(backend, scheduler, workers, dataset)
        with _closed_if_refused(pool):
            file = record.reopen(so_far, dataset)
            try:
                search = Search(plan, dataset, pool, file, start=so_far.start, rounds=so_far.rounds, over=so_far.trials)
            except BaseException:
                file.give_up()
                raise
    else:
        run_config = options.run_config()
        dataset = load_dataset(run_config.data, run_config.read_as)
        plan = _plan(run_config, options.hyperparameters, dataset, searched)
        for sentence in _not_used(plan.box, options.of_a_run):
            say(sentence)
        prepare(plan.config)
        pool = _pool(backend, scheduler, workers, dataset)
        with _closed_if_refused(pool):
            Schedule(plan, dataset, False, (), ())  # raises InvalidInput before there is a file
            path = _usual_path(dataset) if out is None else named_out(Path(out), SUFFIX, "a search")
            search = Search(plan, dataset, pool, record.create(path, plan, dataset))
    return _searched(search, resumed=resume, as_json=as_json)


def _usual_path(dataset: Dataset) -> Path:
    return new_session_path(SESSIONS, f"{dataset.name} search", SUFFIX)


def _searched(search: Search, *, resumed: bool, as_json: bool) -> int:
    found = search.look()
    before, told = sum(trial.over for trial in found.trials), found.remarks
    for remark in told:
        say(remark)
    if resumed and found.left:
        of = counted(len(found.trials) + found.left, "trial")
        say(f"{before} of {of} {'is' if before == 1 else 'are'} over and kept{_why_none(search.plan, before)}")
    try:
        with bar("searching", iterations_done(found)) as drawn:
            found = search.run(SearchProgress(search, drawn).show)
    except KeyboardInterrupt:
        found = search.look()
        over = sum(trial.over for trial in found.trials)
        is_ = "is" if over == 1 else "are"
        kept = f"{counted(over, 'trial')} {is_} over and recorded{_why_none(search.plan, over)}"
        say(f"{kept}; --resume --out {found.path} goes on")
        raise
    for remark in found.remarks[len(told) :]:
        say(remark)
    if resumed and before == len(found.trials):
        say("there was nothing left to do")
    if as_json:
        print_document(document(search.plan, found))
    else:
        print_lines(*sentences(found))
    if found.state == "failed":
        say(f"{found.reason}; what is over is recorded: --resume --out {found.path} goes on")
        return NO
    return DONE


def _plan(config: Any, changed: Mapping[str, str], dataset: Dataset, searched: Mapping[str, Any]) -> SearchPlan:
    chosen = parse_hyperparameters(changed)
    ranges = Box.parse(searched.get("box", ()))
    if "mini_batch_size" not in changed and "mini_batch_size" not in ranges.names:
        chosen = replace(chosen, mini_batch_size=usual_mini_batch_size(dataset.m))
        if why := why_not_usual(dataset.m):
            say(why)
    sampler = searched.get("sampler", "random")
    iterations, epochs = searched.get("iterations"), searched.get("epochs")
    if iterations is not None and epochs is not None:
        raise InvalidInput("--iterations and --epochs say the same thing twice; give one of them")
    usual_rounds = str(_ROUNDS if sampler == "coarse-to-fine" else 1)
    for sentence in dataset.warnings:
        say(sentence)
    return SearchPlan(
        config,
        chosen,
        ranges,
        sampler=sampler,
        seed=config.seed,
        trials=whole("trials", searched.get("trials", str(_TRIALS)), 1),
        rounds=whole("rounds", searched.get("rounds", usual_rounds), 1),
        iterations=None if iterations is None else whole("iterations", iterations, 1),
        epochs=None if iterations is not None else whole("epochs", epochs or str(_EPOCHS), 1),
        halving=bool(searched.get("halving")),
    )


def _not_used(box: Box, typed: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each option that no trial has, since the box draws what it sets."""
    ranges = box.ranges()
    if {"hidden_layers", "hidden_units"} <= ranges.keys() and "layers" in typed:
        yield f"--layers {typed['layers']} is not used: hidden_layers and hidden_units are drawn from the box"
    for name in ranges:
        if name == "batch_norm" and name in typed:
            yield f"--{'' if typed[name] else 'no-'}batch-norm is not used: batch_norm is drawn from the box"
        elif name in typed:
            yield f"{flag(name)} {typed[name]} is not used: {name} is drawn from the box"


def _why_none(plan: SearchPlan, over: int) -> str:
    """In words that follow on."""
    if over or not plan.halving:
        return ""
    return ": with --halving none is over before all trials of a round have come to 1/9 of their iterations"


def _check_backend(backend: str | None, scheduler: str | None) -> None:
    if backend is not None and backend not in _BACKENDS:
        raise InvalidInput(f"backend must be one of {', '.join(_BACKENDS)}, but got {backend!r}")
    if scheduler is not None and backend != "dask":
        raise InvalidInput(f"--scheduler {scheduler} belongs to --backend dask")
    if backend == "dask" and scheduler is None:
        raise InvalidInput("--backend dask needs --scheduler ADDRESS, such as tcp://10.0.0.5:8786")


def _pool(backend: str | None, scheduler: str | None, workers: str | None, dataset: Dataset) -> Pool:
    number = None if workers is None else whole("workers", workers, 1)
    return DaskPool(scheduler or "", dataset, number) if backend == "dask" else LocalPool(number)


@contextmanager
def _closed_if_refused(pool: Pool) -> Iterator[None]:
    try:
        yield
    except BaseException:
        pool.close()
        raise
