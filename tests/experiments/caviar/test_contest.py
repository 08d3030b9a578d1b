"""Panda and caviar are trained, recorded and gone on with."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.examples import TEST
from tests.experiments.babysitter import Babysitter
from tests.experiments.caviar.test_equal_compute import plan
from tests.experiments.test_worth import at, record
from trainer.engine.commands import Intervene
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput, SessionError, UnsupportedFormat
from trainer.experiments.caviar import record as contest_record
from trainer.experiments.caviar.contest import Contest, Result, train_entrant
from trainer.experiments.caviar.plan import ContestPlan, plan_contest
from trainer.experiments.search.box import Box
from trainer.experiments.session_data import dataset_of
from trainer.recorder.search_file import read_search
from trainer.recorder.session import read_session

CHANGES = [at(20, learning_rate=0.05), at(50, mini_batch_size=32), at(50, momentum=0.5)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return record(tmp_path / "s.panda", CHANGES)


def results(contest: Contest, workers: int) -> dict[tuple[int, int], Result]:
    return {(r.seed, r.trial): r for found in contest.run(workers).values() for r in found}


def test_the_recorded_schedule_with_the_recorded_seed_is_the_recorded_run(path: Path) -> None:
    run = read_session(path).run("r1")
    made = plan(path)
    panda = made.entrants(run.config.seed)[0]
    found = train_entrant(panda, path, "r1", made.dataset.fingerprint, progress=lambda _done, _total: None)
    assert found.digest == run.checkpoints[-1].digest
    assert found.curve[-1] == (90, run.evaluations[-1].dev_cost, run.evaluations[-1].dev_accuracy)


def test_a_trial_is_a_run_with_its_values_and_the_seed(path: Path) -> None:
    made = plan(path)
    trial = made.entrants(5)[2]
    assert trial.values == Box.first().draw(5, 1)
    assert trial.config.seed == 5
    found = train_entrant(trial, path, "r1", made.dataset.fingerprint, progress=lambda _done, _total: None)
    loop = TrainingLoop(trial.config, made.dataset, trial.hyperparameters)
    loop.train(np.empty(trial.iterations))
    assert (loop.hyperparameters.learning_rate, found.digest) == (trial.values["learning_rate"], loop.state().digest())


def test_divergence_is_a_result(path: Path) -> None:
    made = plan(path, {"learning_rate": [9e5, 1e6], "weight_decay": [9.0, 10.0]})
    trial = made.entrants(2)[1]
    found = train_entrant(trial, path, "r1", made.dataset.fingerprint, progress=lambda _done, _total: None)
    assert found.broke.startswith("cost or gradient was not finite at iteration ")


@pytest.mark.slow
def test_one_worker_two_workers_and_one_that_goes_on_have_the_same_bits(path: Path, tmp_path: Path) -> None:
    made = plan(path)
    one, two, cut = (tmp_path / f"{name}.panda-caviar" for name in ("one", "two", "cut"))
    first = results(Contest(made, contest_record.create(one, made)), 1)
    second = results(Contest(made, contest_record.create(two, made)), 2)
    assert len(first) == 6 * 5

    assert first == second
    cut.write_bytes(one.read_bytes()[: one.stat().st_size // 2])
    so_far = contest_record.read_so_far(cut)
    assert 5 < len(so_far.over) < 25
    over = so_far.over.keys()
    whole = {seed for seed in made.seeds if all((seed, trial) in over for trial in range(-1, 4))}
    assert so_far.complete().keys() == whole
    assert results(Contest(made, contest_record.reopen(so_far, made), so_far.over), 1) == first
    again = read_search(cut)
    assert not again.damage
    keys = [(fields["seed"], fields["trial"]) for _, fields in again.records]
    assert len(keys) == len(set(keys)) == 30  # none was repeated
    # where all is over, nothing is trained
    done = contest_record.read_so_far(cut)
    assert done.complete() == {seed: tuple(first[seed, k] for k in range(-1, 4)) for seed in made.seeds}
    size = cut.stat().st_size
    assert results(Contest(made, contest_record.reopen(done, made), done.over), 1) == first
    assert cut.stat().st_size == size


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["a worker is killed", "the file is removed", "the disk is full"])
def test_nothing_that_is_over_is_lost_whatever_happens(
    path: Path, tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(path)
    file = tmp_path / "c.panda-caviar"
    contest = Contest(made, contest_record.create(file, made))
    happened, said = list[int](), list[str]()
    really = os.pwritev

    def full(_fd: int, _buffers: list[memoryview], _offset: int) -> int:
        monkeypatch.setattr(os, "pwritev", really)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def progress(done: int, _total: int) -> None:
        if done and not happened:
            happened.append(done)
            if trouble == "a worker is killed":
                for child in psutil.Process().children():
                    if "popen_loky_posix" in " ".join(child.cmdline()):
                        child.kill()
            elif trouble == "the file is removed":
                file.unlink()
            else:
                monkeypatch.setattr(os, "pwritev", full)

    found = contest.run(2, progress, said.append)
    assert happened
    assert [len(each) for each in found.values()] == [5] * 6
    assert contest.path is not None
    assert contest_record.read_so_far(contest.path).over.keys() == {
        (seed, trial) for seed in made.seeds for trial in range(-1, 4)
    }
    assert len(contest.remarks) == (trouble == "the file is removed")
    assert [bool(why) for why in said] == ([True, False] if trouble == "the disk is full" else [])


def test_what_it_was_made_with_is_what_it_goes_on_with(path: Path, tmp_path: Path) -> None:
    made = plan(path)
    file = tmp_path / "c.panda-caviar"
    contest_record.create(file, made).close()
    so_far = contest_record.read_so_far(file)

    def refused(other: ContestPlan, sentence: str) -> None:
        with pytest.raises(InvalidInput, match=sentence):
            contest_record.reopen(so_far, other)

    refused(plan(path, trials=5), "was made with another number of trials: go on with what it was made with, or")
    refused(plan(path, seeds=7), "another number of seeds")
    refused(plan(path, {"learning_rate": [0.1, 1]}), "another box")
    refused(plan(record(tmp_path / "o.panda", [])), "another session")
    config_of = read_session(path).run("r1").config
    wine = record(tmp_path / "w.panda", [], config=type(config_of)(data="wine", layers=(5,)))
    refused(plan(wine), "was made with other data than wine")
    search = tmp_path / "x.panda-search"
    search.write_bytes(path.read_bytes())
    with pytest.raises(UnsupportedFormat, match="is not the file of a search"):
        contest_record.read_so_far(search)


def test_a_run_born_from_another_state_is_refused(path: Path, panda: Babysitter) -> None:
    panda.train(20)
    there = panda.session
    run = there.run(panda.run)
    made = plan_contest(there, run, dataset_of(there, run), Box.first(), 2, 6)
    assert made.remark == ""
    session = read_session(path)
    elsewhere = session.run("r1")
    born = type(elsewhere)(**{**vars(elsewhere), "initial": elsewhere.initial._replace(iteration=10)})
    with pytest.raises(SessionError, match=r"run r1 was born at iteration 10, so .* ask there$"):
        plan_contest(session, born, dataset_of(session, elsewhere), Box.first(), 2, 6)


def test_what_was_taken_back_is_told(panda: Babysitter) -> None:
    panda.train(20)
    panda.do(Intervene({"learning_rate": 0.9}, TEST))
    panda.train(30)
    panda.undo()
    panda.train(10)
    session = panda.session
    run = session.run(panda.run)
    made = plan_contest(session, run, dataset_of(session, run), Box.first(), 2, 6)
    assert made.remark == "30 iterations of runs that were left, as by undo, are not in the panda's compute"
    assert made.line.iteration == panda.trainer.status().iteration
