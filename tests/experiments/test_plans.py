"""Plans on the record: through every place at which a process can be killed, and through undo and branch."""

from __future__ import annotations

import shutil
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.examples import TEST, record_run
from tests.experiments.babysitter import CONFIG, SMALL, Babysitter
from trainer.cli.main import main
from trainer.engine.commands import AddNote, CancelPlan, Intervene, Plan, Stop
from trainer.engine.events import Event, RunEnded
from trainer.engine.hyperparameters import Value
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused
from trainer.experiments.export.rows import about
from trainer.experiments.line import line_of
from trainer.experiments.recorded_run import go_on_elsewhere, resume
from trainer.experiments.travel import AFTER_ALL, at_the_end, travel
from trainer.experiments.undo_and_branch import branch
from trainer.experiments.verify import verify
from trainer.recorder.import_session import import_session
from trainer.recorder.reader import RecordReader
from trainer.recorder.records import Record
from trainer.recorder.session import Session, read_session

NUDGES = ((0, Intervene({"momentum": 0.8}, TEST)), (60, Intervene({"learning_rate": 0.02}, TEST, "calmer")))


def resumed(path: Path, iterations: int, *interventions: tuple[int, Intervene]) -> RunEnded:
    """Go on with a session up to an iteration; returns the last event."""
    ended: Future[RunEnded] = Future()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            ended.set_result(event)

    trainer = Trainer()
    resume(trainer, path, iterations=iterations, interventions=interventions, subscribers=[watch])
    event = ended.result(timeout=60)
    trainer.close()
    return event


def record_ends(path: Path) -> list[tuple[str, int]]:
    """Of every record its name, and where in the file it ends."""
    ends: list[tuple[str, int]] = []
    reader = RecordReader(path)
    for record in reader.read():
        assert isinstance(record, Record)
        ends.append((record.name, reader.offset))
    reader.close()
    return ends


def planned(session: Session, run: str) -> list[tuple[str, int, dict[str, Value]]]:
    return [(change.plan, change.at, dict(change.changes)) for change in session.run(run).planned]


def test_killed_after_any_record_the_plan_is_made_once_at_its_iteration(tmp_path: Path) -> None:
    whole = tmp_path / "whole.panda"
    end = record_run(whole, CONFIG, SMALL, 120, NUDGES)
    ends = record_ends(whole)
    assert len(ends) > 6
    for name, size in ends[2:]:  # the first two are of the session and its data
        path = tmp_path / "cut.panda"
        path.write_bytes(whole.read_bytes()[:size])
        assert resumed(path, 120).state.digest() == end.state.digest(), f"cut after {name}"
        session = read_session(path)
        made = [(c.iteration, dict(c.after), c.note, c.actor) for c in session.runs["r1"].interventions]
        expected = [(t, dict(change.changes), change.note, change.actor) for t, change in NUDGES]
        assert made == expected, f"cut after {name}"
        assert verify(path).result == "exact"
        path.unlink()


def test_what_is_planned_while_it_runs_is_on_the_record_before_the_answer(panda: Babysitter, tmp_path: Path) -> None:
    panda.train(10)
    at = panda.trainer.status().iteration + 50
    panda.do(Plan({"momentum": 0.5}, at, TEST, "later"))
    killed = tmp_path / "killed.panda"
    shutil.copy(panda.log.path, killed)
    panda.train(80)
    (change,) = read_session(killed).runs["r1"].planned
    assert (change.at, change.changes, change.actor, change.note) == (at, {"momentum": 0.5}, TEST, "later")
    assert resumed(killed, at + 30).state.digest() == panda.digest()


def test_resume_adds_plans_and_keeps_those_that_wait(tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    record_run(path, CONFIG, SMALL, 100, NUDGES)
    first = read_session(path)
    assert planned(first, "r1") == []
    resumed(path, 150, (150, Intervene({"momentum": 0.7}, TEST)), (140, Intervene({"momentum": 0.6}, TEST)))
    session = read_session(path)
    fates = [(plan.change.plan, plan.iteration, plan.fate, plan.over) for plan in session.runs["r1"].plans]
    assert fates == [
        ("r1-1", 0, "made", 0),
        ("r1-2", 0, "made", 60),
        ("r1-3", 100, "made", 150),
        ("r1-4", 100, "made", 140),
    ]
    with pytest.raises(CommandRefused, match="from 150 to 200, but got 149: the run is at iteration 150 already"):
        resumed(path, 200, (149, Intervene({"momentum": 0.6}, TEST)))


def test_undo_takes_along_what_waits_and_what_waited_there(panda: Babysitter) -> None:
    here = panda.trainer.status().iteration
    panda.do(Plan({"momentum": 0.1}, here + 20))
    panda.do(Plan({"momentum": 0.2}, here + 300))
    panda.do(Plan({"momentum": 0.3}, here + 301))
    panda.train(10)
    panda.do(Intervene({"learning_rate": 0.3}))
    panda.train(30)
    panda.do(Plan({"momentum": 0.4}, here + 302))  # after the place that undo leads to
    panda.do(CancelPlan("r1-3"))
    panda.undo()  # the intervention that was planned: it is gone, and not made again
    assert [change.plan for change in panda.trainer.status().plans] == ["r1-2", "r1-4"]
    told = [(moment.kind, moment.text) for moment in panda.session.run("r1").moments if moment.kind.startswith("plan")]
    assert told[2:] == [
        ("plan", f"β → 0.3 at iteration {here + 301}"),
        ("plan", f"β → 0.4 at iteration {here + 302}"),
        ("plan-cancelled", f"β → 0.3 at iteration {here + 301}"),
    ]
    panda.undo()  # the other one: the first plan waits there again
    assert panda.trainer.status().iteration == here + 10
    assert planned(panda.session, "r3") == [
        ("r1-1", here + 20, {"momentum": 0.1}),
        ("r1-2", here + 300, {"momentum": 0.2}),
        ("r1-4", here + 302, {"momentum": 0.4}),
    ]
    panda.do(Plan({"momentum": 0.5}, here + 12))
    panda.train(30)
    made = [(c.iteration, c.after) for c in panda.session.run("r3").interventions]
    assert made == [(here + 12, {"momentum": 0.5}), (here + 20, {"momentum": 0.1})]
    assert [change.plan for change in panda.trainer.status().plans] == ["r1-2", "r1-4"]
    panda.do(Stop())
    for name in panda.session.runs:
        assert verify(panda.log.path, name).result == "exact"


def test_what_was_cancelled_in_a_branch_does_not_come_back_with_an_undo_into_its_parent(panda: Babysitter) -> None:
    here = panda.trainer.status().iteration
    panda.do(Plan({"momentum": 0.1}, here + 100))
    panda.do(Intervene({"learning_rate": 0.2}))
    panda.train(10)
    panda.branch("r1", here + 10)
    panda.do(CancelPlan("r1-1"))
    panda.do(AddNote("here"))
    panda.undo()
    assert (panda.run, panda.trainer.status().iteration) == ("r3", here)
    assert panda.trainer.status().plans == ()


def test_a_branch_at_its_iteration_has_it_with_what_was_changed_there_or_not_at_all(panda: Babysitter) -> None:
    here = panda.trainer.status().iteration
    panda.do(Plan({"momentum": 0.1}, here + 20))
    panda.train(30)
    session = panda.session
    run = session.run("r1")
    panda.branch("r1", here + 20)  # before what was changed there
    assert panda.trainer.status().plans == ()
    assert panda.trainer.status().hyperparameters == SMALL
    visit = travel(session, run, here + 20, AFTER_ALL)
    assert visit.loop.hyperparameters.momentum == 0.1
    panda.branch("r1", here + 19)
    assert [change.plan for change in panda.trainer.status().plans] == ["r1-1"]


def test_a_new_session_has_the_plans_under_names_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    later = (400, Intervene({"momentum": 0.1}, TEST, "later"))
    record_run(path, CONFIG, SMALL, 120, NUDGES)
    resumed(path, 500, later, (450, Intervene({"momentum": 0.2}, TEST)))
    session = read_session(path)
    trainer, new = Trainer(), tmp_path / "b.panda"
    visit = travel(session, session.run("r1"), 300)
    branch(trainer, visit, new, iterations=410, paused=True)  # which never comes to the second
    assert [(change.plan, change.at) for change in trainer.status().plans] == [("r1-1", 400), ("r1-2", 450)]
    assert trainer.submit(Plan({"momentum": 0.3}, 405)).result(10).status == "applied"
    trainer.close()
    assert resumed(new, 460).reason == "finished"
    made = [(c.iteration, c.after["momentum"], c.note) for c in read_session(new).run("r1").interventions]
    assert made == [(400, 0.1, "later"), (405, 0.3, ""), (450, 0.2, "")]


def test_a_session_goes_on_elsewhere_with_what_still_waits(tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    record_run(path, CONFIG, SMALL, 120, NUDGES)
    end = next(size for name, size in record_ends(path) if name.endswith("-intervention"))
    path.write_bytes(path.read_bytes()[:end])  # killed right after the first one
    trainer, new = Trainer(), tmp_path / "b.panda"
    go_on_elsewhere(trainer, path, new)
    trainer.submit(Stop()).result(10)
    trainer.close()
    assert [plan.change.at for plan in read_session(new).run("r1").plans] == [60]


def test_an_imported_session_keeps_its_plans(panda: Babysitter, tmp_path: Path) -> None:
    at = panda.trainer.status().iteration + 50
    panda.do(Plan({"momentum": 0.5}, at, TEST, "later"))
    panda.do(Plan({"momentum": 0.6}, at + 1, TEST))
    panda.do(Plan({"momentum": 0.7}, at + 2, TEST))
    panda.do(CancelPlan("r1-2"))
    panda.train(50)
    panda.undo()
    panda.do(Stop())
    for run in ("r1", "r2"):
        imported = read_session(import_session(panda.log.path, tmp_path / "imports"))
        assert [(p.change, p.fate, p.over) for p in imported.run(run).plans] == [
            (p.change, p.fate, p.over) for p in panda.session.run(run).plans
        ]
    visit = at_the_end(panda.session, panda.session.run("r2"))
    assert visit.loop.iteration == at


def test_exports_tell_what_still_waits(panda: Babysitter, tmp_path: Path) -> None:
    at = panda.trainer.status().iteration + 5000
    panda.do(Plan({"momentum": 0.5}, at, TEST, "<i>later</i>"))
    panda.do(Stop())
    report = tmp_path / "report.html"
    assert main(["export", str(panda.log.path), "--format", "html", "--out", str(report)]) == 0
    told = report.read_text("utf-8")
    assert f"<td>{at:,}</td><td>β → 0.5</td><td>&lt;i&gt;later&lt;/i&gt;</td><td>test</td>" in told
    beside = about(line_of(panda.session, panda.session.run("r1")))
    assert beside["planned"] == [{"iteration": at, "changes": {"momentum": 0.5}, "note": "<i>later</i>"}]
