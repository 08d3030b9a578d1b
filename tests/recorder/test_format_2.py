"""Format 2, the open vocabulary: further columns, kinds, hyperparameters and actors are kept, shown, and told apart."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.cli.main import main
from trainer.engine.commands import Actor
from trainer.engine.events import Checkpointed, Noted, Paused, RunEnded
from trainer.errors import SessionDamaged, SessionError, UnsupportedFormat
from trainer.experiments.travel import travel
from trainer.experiments.verify import verify
from trainer.experiments.worth import worth
from trainer.recorder.import_session import import_session
from trainer.recorder.library import annotate_session
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.payloads import encode_rows, encode_tensors
from trainer.recorder.records import Payload, encode_record
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog
from trainer.recorder.summary import summarise

OLD = Path(__file__).with_name("format-1.panda")
TIME = "2026-01-31T12:00:00.000Z"


def append(
    path: Path,
    kind: str,
    fields: Mapping[str, Any],
    payload: Payload | None = None,
    run: str = "r1",
    iteration: int = 12,
) -> None:
    """A record as a newer Panda might have written it."""
    last = records_of(path)[-1]
    data = encode_record(
        last.seq + 1, kind, last.hash, TIME, fields, run=run, iteration=iteration, payload=payload
    ).data
    with path.open("ab") as file:
        file.write(data)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    small_session(tmp_path / "x.panda")
    return tmp_path / "x.panda"


def metrics(first: int, columns: list[str], rows: list[list[float]], **more: Any) -> dict[str, Any]:
    return {"first": first, "columns": columns, "evaluations": [], "seconds": 1.0, **more}


def test_further_columns_of_metrics_are_kept_by_name_and_iteration(session: Path) -> None:
    rows = [[0.5, 7.0], [0.25, 8.0]]
    append(session, "metrics", metrics(13, ["cost", "norm"], rows), encode_rows(np.array(rows)), iteration=14)
    rows = [[9.0, 0.125, 1.0]]
    append(session, "metrics", metrics(15, ["norm", "cost", "x"], rows), encode_rows(np.array(rows)), iteration=15)
    found = read_session(session)
    run = found.runs["r1"]
    assert found.damage == ()
    assert run.costs[-3:].tolist() == [0.5, 0.25, 0.125]
    assert {name: (at.tolist(), values.tolist()) for name, (at, values) in run.columns.items()} == {
        "norm": ([13, 14, 15], [7.0, 8.0, 9.0]),
        "x": ([15], [1.0]),
    }


def test_further_measures_of_an_evaluation_are_kept_and_do_not_disturb_a_summary(session: Path) -> None:
    told = {
        "evaluated": ["dev_cost", "dev_accuracy", "gap"],
        "evaluations": [[13, 0.5, 0.75, 0.0625]],
    }
    append(session, "metrics", metrics(13, ["cost"], [[1.0]], **told), encode_rows(np.ones((1, 1))), iteration=13)
    (*_, last) = read_session(session).runs["r1"].evaluations
    assert (last.iteration, last.dev_cost, last.dev_accuracy, dict(last.measures)) == (13, 0.5, 0.75, {"gap": 0.0625})
    assert summarise(session).dev_accuracy == 0.75


def test_an_unknown_kind_without_effect_is_kept_and_shown_and_the_run_still_verifies(session: Path) -> None:
    append(session, "applause", {"effect": False, "text": "loud", "author": "crowd", "actor": "robot"})
    append(session, "applause", {"effect": False}, run="")
    found = read_session(session)
    assert found.damage == ()
    moment = found.runs["r1"].moments[-1]
    assert (moment.kind, moment.iteration, moment.text) == ("applause", 12, "a record of a newer Panda: loud")
    assert moment.actor == Actor("robot", "crowd")
    assert [moment.text for moment in found.moments] == ["a record of a newer Panda"]
    assert found.runs["r1"].foreign == ()
    assert verify(session).result == "exact"
    SessionLog.reopen(session).close()


@pytest.mark.parametrize("fields", [{"effect": True}, {}, {"effect": None}], ids=repr)
@pytest.mark.parametrize("run", ["r1", ""])
def test_an_unknown_kind_with_effect_makes_the_run_read_only_in_a_sentence(
    session: Path, fields: dict[str, Any], run: str
) -> None:
    append(session, "data-shift", {**fields, "text": "shifted by 1"}, run=run)
    found = read_session(session)
    assert found.damage == ()
    assert len(found.runs["r1"].costs) == 12
    says = "can be looked at, but not computed from iteration 12 on: only a newer Panda knows record 000015-data-shift"
    with pytest.raises(SessionError, match=says):
        verify(session)
    with pytest.raises(SessionError, match=says):
        travel(found, found.runs["r1"], 12, 10**6)
    if run:  # before it, everything is as ever
        assert travel(found, found.runs["r1"], 11).loop.iteration == 11
    with pytest.raises(SessionDamaged, match="record 000015-data-shift changes what follows, and only a newer Panda"):
        import_session(session, session.parent / "in")


def test_what_an_intervention_was_worth_is_told_up_to_what_only_a_newer_panda_knows(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    recording.train(5)
    recording.intervene(learning_rate=0.03)
    recording.train(4)
    recording.log.close()
    append(tmp_path / "x.panda", "surgery", {"effect": True}, iteration=9)
    rows = np.array([[0.5], [0.25]])
    more = {"evaluated": ["dev_cost", "dev_accuracy"], "evaluations": [[11, 0.5, 0.75]]}
    append(tmp_path / "x.panda", "metrics", metrics(10, ["cost"], [], **more), encode_rows(rows), iteration=11)
    found = read_session(tmp_path / "x.panda")
    run = found.runs["r1"]
    (change,) = run.interventions
    for iterations in (None, 5):
        with pytest.raises(SessionError, match="not computed from iteration 9 on: only a newer Panda knows record"):
            worth(found, run, change, iterations=iterations)
    assert worth(found, run, change, iterations=4).at == 9


def test_a_hyperparameter_that_only_a_newer_panda_knows_makes_the_run_read_only(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    recording.train(3)
    recording.log.close()
    state = recording.loop.state()
    scalars = state.scalars()
    scalars["hyperparameters"] = {**scalars["hyperparameters"], "dropout": 0.5}
    change = {"index": 0, "author": "cli", "note": "", "before": {"dropout": 0.0}, "after": {"dropout": 0.5}}
    told = {**change, "state": state.scalars(), "digest": state.digest()}
    append(tmp_path / "x.panda", "intervention", told, encode_tensors(state.tensors), iteration=3)
    append(
        tmp_path / "x.panda",
        "checkpoint",
        {"reason": "requested", "state": scalars, "digest": "of a newer Panda"},
        encode_tensors(state.tensors),
        iteration=3,
    )
    found = read_session(tmp_path / "x.panda")
    assert found.damage == ()
    run = found.runs["r1"]
    assert dict(run.interventions[0].after) == {"dropout": 0.5}
    with pytest.raises(SessionError, match="only a newer Panda knows the hyperparameter 'dropout'"):
        verify(tmp_path / "x.panda")
    with pytest.raises(SessionError, match="has the hyperparameter 'dropout', which only a newer Panda knows"):
        found.training_state(run.checkpoints[-1].seq)
    assert travel(found, run, 2).digest


def test_a_choice_of_the_config_that_only_a_newer_panda_knows(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    state = recording.loop.state()
    recording.log.close()
    config = {**recording.config.as_recorded(), "residual": True}
    told = {"config": config, "parent": None, "state": state.scalars(), "digest": state.digest()}
    append(tmp_path / "x.panda", "run", told, encode_tensors(state.tensors), iteration=0)
    found = read_session(tmp_path / "x.panda")
    assert (found.damage, found.runs["r1"].config) == ((), recording.config)
    with pytest.raises(SessionError, match="only a newer Panda knows the choice of 'residual'"):
        verify(tmp_path / "x.panda")


def test_what_is_foreign_to_an_ancestor_after_the_birth_of_a_child_does_not_concern_the_child(session: Path) -> None:
    recorded = read_session(session)
    visit = travel(recorded, recorded.runs["r1"], 5)
    state = visit.loop.state()
    told = {
        "config": recorded.runs["r1"].config.as_recorded(),
        "parent": {"session": "", "run": "r1", "iteration": 5, "digest": state.digest(), "before": visit.before},
        "state": state.scalars(),
        "digest": state.digest(),
    }
    append(session, "data-shift", {"effect": True})
    append(session, "run", told, encode_tensors(state.tensors), run="r2", iteration=5)
    found = read_session(session)
    assert with_ancestors(found, found.runs["r2"]).foreign == ()
    assert verify(session, "r2").result == "exact"


def test_who_gave_a_command_is_on_its_record(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x")
    recording.start()
    robot, agent = Actor("robot", "halve-on-plateau"), Actor("agent", "night watch")
    recording.log.record(Checkpointed("r1", 0, recording.loop.state(), "requested", actor=agent))
    recording.log.record(Paused("r1", 0, "paused by command", actor=robot))
    recording.log.record(Noted("r1", 0, agent, "all is well"))
    recording.log.record(RunEnded("r1", 0, recording.loop.state(), "stopped", actor=robot))
    recording.log.add_note("about it all", actor=robot)
    recording.log.close()
    told = [(r.kind, r.body.get("author"), r.body.get("actor")) for r in records_of(tmp_path / "x")[3:]]
    assert told == [
        ("checkpoint", "night watch", "agent"),
        ("paused", "halve-on-plateau", "robot"),
        ("note", "night watch", "agent"),
        ("run-end", "halve-on-plateau", "robot"),
        ("note", "halve-on-plateau", "robot"),
        ("session-end", None, None),
    ]
    session = read_session(tmp_path / "x")
    assert session.runs["r1"].moments[0].actor == robot
    assert session.runs["r1"].notes[0].actor == agent
    assert session.notes[0].actor == robot


def test_records_of_format_1_name_an_author_from_whom_the_actor_follows() -> None:
    run = read_session(OLD).runs["r1"]
    assert {change.actor.kind for change in run.interventions} == {"person"}


def test_a_file_of_format_1_that_is_gone_on_with_is_raised_and_nothing_in_it_changes(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "old.panda")
    before = read_session(OLD)
    annotate_session(tmp_path / "old.panda", "still here", actor=Actor("cli", "cli"))
    data = (tmp_path / "old.panda").read_bytes()
    assert data[: before.end] == OLD.read_bytes()[: before.end]
    after = read_session(tmp_path / "old.panda")
    assert (before.format, after.format, after.damage) == (1, 2, ())
    assert after.notes[-1].actor == Actor("cli", "cli")
    assert after.runs["r1"].checkpoints == before.runs["r1"].checkpoints
    reopened = next(record for record in records_of(tmp_path / "old.panda") if record.kind == "reopened")
    assert reopened.body["format"] == 2
    SessionLog.reopen(tmp_path / "old.panda").close()  # and not once more
    again = [r.body.get("format") for r in records_of(tmp_path / "old.panda") if r.kind == "reopened"]
    assert again == [2, None]


def test_a_file_that_was_raised_to_a_newer_format_is_refused(session: Path) -> None:
    environment = read_session(session).environment
    append(session, "reopened", {"environment": environment, "cut": 0, "lost": "", "format": 3}, run="", iteration=0)
    for read in (read_session, summarise):
        with pytest.raises(UnsupportedFormat, match="format 3, written by a newer Panda"):
            read(session)


def test_a_file_that_was_raised_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(OLD, tmp_path / "old.panda")
    assert read_session(tmp_path / "old.panda").raised == ""
    SessionLog.reopen(tmp_path / "old.panda").close()
    assert read_session(tmp_path / "old.panda").raised == "format 2, raised from 1"
    assert main(["log", str(tmp_path / "old.panda")]) == 0
    assert capsys.readouterr().out.splitlines()[0].endswith(" · format 2, raised from 1")
