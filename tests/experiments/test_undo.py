"""Undo and redo: one change at a time, and nothing of it is ever forgotten or mixed up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples import TEST
from tests.experiments.babysitter import CONFIG, SMALL, Babysitter
from trainer.engine.commands import AddNote, Checkpoint, Intervene, Nudge, Stop
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused
from trainer.experiments.recorded_run import begin, resume
from trainer.experiments.travel import AFTER_ALL, at_the_end, travel
from trainer.experiments.undo_and_branch import before_last_intervention, branch_here
from trainer.experiments.verify import verify
from trainer.recorder.lineage import abandoned, left_at_birth, with_ancestors
from trainer.recorder.session import read_session


def test_undo_goes_back_to_the_boundary_before_and_waits_as_it_was(panda: Babysitter) -> None:
    born = panda.trainer.status().iteration
    panda.train(40)
    before = panda.digest()
    panda.do(Intervene({"learning_rate": 30.0}))
    panda.train(25)
    panda.undo()
    status = panda.trainer.status()
    assert (status.run, status.iteration, status.state, status.interventions) == ("r2", born + 40, "paused", 0)
    assert panda.digest() == before
    session = panda.session
    assert session.runs["r1"].ended == "left"
    assert session.runs["r1"].iteration == born + 65  # nothing is erased
    panda.train(10)
    panda.do(Stop())
    line = with_ancestors(panda.session, panda.session.run("r2"))
    assert (line.initial.iteration, line.iteration, line.interventions) == (0, born + 50, ())


def test_undo_while_it_runs_goes_on_running(tmp_path: Path) -> None:
    trainer = Trainer()
    live = begin(trainer, CONFIG, SMALL, path=tmp_path / "s.panda")
    assert live.log is not None
    trainer.submit(Intervene({"learning_rate": 0.5})).result(10)
    session = read_session(live.log.path)
    branch_here(trainer, live.log, before_last_intervention(session, session.run("r1")))
    assert trainer.status().state == "running"
    trainer.close()


def test_undo_several_times_and_redo_by_branching(panda: Babysitter) -> None:
    digests, start = [panda.digest()], panda.trainer.status().iteration
    for alpha in (0.2, 0.3, 0.4):
        panda.do(Intervene({"learning_rate": alpha}))
        panda.train(10)
        digests.append(panda.digest())
    for k in (2, 1, 0):
        panda.undo()
        assert panda.digest() == digests[k]
    with pytest.raises(CommandRefused, match="no intervention"):
        panda.undo()
    panda.branch("r1", start + 30)
    assert panda.digest() == digests[3]


def test_undo_takes_back_one_of_two_changes_at_the_same_iteration(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.2}))
    between = panda.digest()
    panda.do(Intervene({"momentum": 0.5}))
    panda.undo()
    assert panda.digest() == between
    line = with_ancestors(panda.session, panda.session.run("r2"))
    assert [dict(change.after) for change in line.interventions] == [{"learning_rate": 0.2}]
    panda.undo()
    assert panda.trainer.status().hyperparameters == SMALL


def test_undo_takes_back_one_change_at_a_time_though_states_come_again(panda: Babysitter) -> None:
    panda.train(10)
    digests = []
    for alpha in (0.3, 0.1, 0.3, 0.1):
        digests.append(panda.digest())
        panda.do(Intervene({"learning_rate": alpha}))
    assert digests[1] == digests[3]
    for left in (3, 2, 1, 0):
        panda.undo()
        assert panda.digest() == digests[left]
        line = with_ancestors(panda.session, panda.session.run(panda.run))
        assert [change.after["learning_rate"] for change in line.interventions] == [0.3, 0.1, 0.3][:left]


def test_what_was_left_without_an_iteration_can_be_gone_back_to(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.3}))
    there, iteration = panda.digest(), panda.trainer.status().iteration
    panda.undo()
    session = panda.session
    ((left, after, _),) = abandoned(session, session.run("r2"))
    assert (left.run, after, left.iteration) == ("r1", iteration, iteration)
    visit = at_the_end(session, session.run("r1"))
    assert visit.digest == there
    branch_here(panda.trainer, panda.log, visit, subscribers=[panda.watch])
    assert panda.digest() == there
    session = panda.session
    assert [dict(i.after) for i in with_ancestors(session, session.run("r3")).interventions] == [{"learning_rate": 0.3}]
    assert list(abandoned(session, session.run("r3"))) == []


def test_the_beginning_of_a_branch_is_its_own_and_not_what_its_parent_was_before(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.3}))
    panda.do(Intervene({"momentum": 0.5}))
    panda.undo()
    born = panda.digest()
    panda.train(5)
    session = panda.session
    at = session.run("r2").initial.iteration
    visit = travel(session, session.run("r2"), at)
    assert (visit.run, visit.digest) == ("r2", born)
    before = travel(session, session.run("r1"), at)
    assert (before.run, before.loop.learning_rate) == ("r1", SMALL.learning_rate)
    assert [dict(change.after) for change in left_at_birth(session, session.run("r2"))] == [{"momentum": 0.5}]


def test_remarks_about_what_was_taken_back_stay_there(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(AddNote("looks well", TEST))
    panda.do(Intervene({"learning_rate": 3.0}))
    panda.do(AddNote("far too wild", TEST))
    panda.undo()
    line = with_ancestors(panda.session, panda.session.run("r2"))
    assert [note.text for note in line.notes] == ["looks well"]


def test_what_is_recorded_after_the_session_was_read_is_not_in_the_branch(panda: Babysitter) -> None:
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.3}))
    panda.train(10)
    session = panda.session
    visit = travel(session, session.run("r1"), panda.trainer.status().iteration - 5, AFTER_ALL)
    for command in (AddNote("meanwhile", TEST), Checkpoint()):
        panda.do(command)
    panda.train(10)
    panda.do(Checkpoint())
    branch_here(panda.trainer, panda.log, visit, subscribers=[panda.watch])
    panda.train(20)
    panda.do(Stop())
    line = with_ancestors(panda.session, panda.session.run("r2"))
    reached = [checkpoint.iteration for checkpoint in line.checkpoints]
    assert reached == sorted(reached)
    assert verify(panda.log.path).result == "exact"
    left = {run.run: (after, before) for run, after, before in abandoned(panda.session, panda.session.run("r2"))}
    assert left["r1"][0] == visit.loop.iteration


def test_an_undo_of_what_somebody_changed_meanwhile_is_refused(panda: Babysitter) -> None:
    panda.do(Intervene({"learning_rate": 0.2}))
    session = panda.session
    visit = before_last_intervention(session, session.run("r1"))
    panda.do(Intervene({"learning_rate": 0.3}))
    with pytest.raises(CommandRefused, match="changed meanwhile"):
        branch_here(panda.trainer, panda.log, visit)
    assert panda.run == "r1"


def test_a_nudge_leads_back_along_the_record_also_after_undo_and_in_a_run_that_goes_on(panda: Babysitter) -> None:
    alpha = 0.0123456789  # no number that a nudge would set
    panda.do(Intervene({"learning_rate": alpha}))
    panda.train(10)
    panda.do(Nudge(1 / 3))
    panda.do(Nudge(1 / 1.1))
    panda.train(10)
    panda.do(Intervene({"learning_rate": 30.0}))
    panda.undo()
    for factor in (1.1, 3.0):
        panda.do(Nudge(factor))
    assert panda.trainer.status().learning_rate == alpha
    panda.do(Nudge(1 / 3))
    panda.do(Stop())
    trainer = Trainer()
    resume(trainer, panda.log.path)
    assert trainer.submit(Nudge(3.0)).result(10).status == "applied"
    assert trainer.status().learning_rate == alpha
    trainer.close()
