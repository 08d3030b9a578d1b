"""What the page of a recorded session is told beside the curve."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.recorder.sessions import Recording, records_of, small_session
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import Session, read_session
from trainer.service.recorded import session_at
from trainer.views.playback import download_address, facts, numbers_at
from trainer.views.session_facts import head


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """12 iterations; α set at 5; paused, noted and its optimizer and decay changed at 9."""
    return read_session(small_session(tmp_path / "small é.panda").path)


def test_settings_are_told_once_and_then_what_is_other(session: Session) -> None:
    run = session.run("r1")
    told = facts(run, recorded_curve(session, run))["settings"]
    assert [setting["iteration"] for setting in told] == [0, 5, 9]
    assert told[0]["values"] == run.initial.hyperparameters.as_dict()
    assert told[1]["values"] == {"learning_rate": 0.03}
    assert told[2]["values"] == {"optimizer": "adam", "decay": "inverse-time", "decay_rate": 0.5}


def test_what_happened_is_in_its_order(session: Session) -> None:
    run = session.run("r1")
    told = facts(run, recorded_curve(session, run))
    assert [(entry["kind"], entry["iteration"]) for entry in told["happened"]] == [
        ("intervention", 5),
        ("note", 9),
        ("paused", 9),
        ("resumed", 9),
        ("intervention", 9),
    ]
    assert told["happened"][0]["text"] == "calmer, α down"
    assert told["happened"][0]["before"] == {"learning_rate": 0.1}
    assert (told["start"], told["iteration"]) == (0, 12)
    json.dumps(told, allow_nan=False)


def test_numbers_are_those_recorded_at_an_iteration(session: Session) -> None:
    run = session.run("r1")
    curve = recorded_curve(session, run)
    assert numbers_at(run, curve, 0)["cost"] is None
    for iteration in range(1, 13):
        told = numbers_at(run, curve, iteration)
        assert told["cost"] == pytest.approx(run.costs[iteration - 1], rel=1e-5)
        passed = [evaluation for evaluation in run.evaluations if evaluation.iteration <= iteration]
        if passed:
            assert told["dev"]["iteration"] == passed[-1].iteration
            assert told["dev"]["accuracy"] == pytest.approx(passed[-1].dev_accuracy, rel=1e-5)
        else:
            assert told["dev"] is None
    assert numbers_at(run, curve, 4)["rate"] == 0.1
    assert numbers_at(run, curve, 5)["rate"] == 0.03  # in force for the next iteration


def test_a_cost_that_damage_took_is_called_lost(session: Session) -> None:
    lost = [record for record in records_of(session.path) if record.kind == "metrics"][-1]
    content = bytearray(session.path.read_bytes())
    content[lost.offset + 700] ^= 1
    session.path.write_bytes(content)
    damaged = read_session(session.path)
    run = damaged.run("r1")
    curve = recorded_curve(damaged, run)
    assert curve.iteration == 12  # its last state is there
    assert numbers_at(run, curve, 12)["cost"] == "lost"
    assert numbers_at(run, curve, 9)["cost"] == pytest.approx(run.costs[8], rel=1e-5)
    told = head(damaged, "r1")
    assert told["state"] == "damaged"
    assert told["damage"][0].startswith(f"record {lost.name}")


def test_a_session_is_read_again_when_it_has_changed(session: Session) -> None:
    first = session_at(session.path)
    assert session_at(session.path) is first
    content = session.path.read_bytes()
    session.path.write_bytes(content[: records_of(session.path)[-1].offset])
    assert session_at(session.path).state == "cut"


def test_a_recording_whose_process_died_is_seen_as_cut(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    assert session_at(recording.path).state == "recording"
    at_death = recording.path.stat()
    recording.log.close()
    os.truncate(recording.path, at_death.st_size)
    os.utime(recording.path, ns=(at_death.st_atime_ns, at_death.st_mtime_ns))
    assert session_at(recording.path).state == "cut"


def test_the_head_in_words(session: Session) -> None:
    told = head(session, "r1")
    assert (told["name"], told["file"], told["state"], told["said"]) == (
        "small, renamed",
        "small é.panda",
        "closed",
        "",
    )
    words = dict(told["facts"]) | dict(told["more"])
    assert words["Data"] == "three blobs: 37 training and 6 dev examples, 3 inputs, 3 classes"
    assert words["Network"] == "3 → 4 → 3, relu, batch norm, softmax"
    assert words["Iterations"] == "12, finished"
    assert words["Interventions"] == "2"
    assert words["This machine"] == "the same environment: the same bits can be expected"
    assert words["At the start"].startswith("Learning rate α 0.1, Momentum β 0.9, Mini-batch size 8")
    assert "Run" not in words  # there is only one
    assert download_address(session.path) == "/panda/sessions/small%20%C3%A9.panda"


def test_the_head_tells_of_the_run_that_is_shown(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "x.panda")
    recording.start()
    recording.train(5)
    recording.intervene(learning_rate=0.03)
    recording.run = "r2"
    recording.start()
    recording.train(2)
    recording.end()
    session = read_session(recording.path)
    first, second = (dict(head(session, run)["facts"]) for run in ("r1", "r2"))
    assert (first["Run"], first["Iterations"]) == ("r1, one of 2", "5, its end is not recorded")
    assert first["Interventions"] == "1"
    assert second["Run"] == "r2, one of 2"
    assert second["Interventions"] == "0 of 1 in all runs"
