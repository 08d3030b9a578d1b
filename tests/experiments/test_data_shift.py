"""Data shifts on the record: verified, taken back, branched off, asked about; on disk as in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.data.test_npy import many, pair
from tests.examples import make_loop, record_run
from tests.experiments.babysitter import CONFIG, SMALL, Babysitter
from trainer.cli.main import main
from trainer.data import npy, rows_on_disk
from trainer.data.loading import load_dataset
from trainer.engine.commands import Checkpoint, Intervene, Stop
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.caviar.plan import plan_contest
from trainer.experiments.comparison import compare
from trainer.experiments.export.python_source import python_source
from trainer.experiments.line import line_of
from trainer.experiments.pictures.judgement import judge
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.predictions import class_probabilities, confusion, decision_boundary, dev_inputs
from trainer.experiments.recorded_run import resume
from trainer.experiments.search.box import Box
from trainer.experiments.session_data import dataset_of
from trainer.experiments.verify import verify
from trainer.experiments.worth import worth_in_file
from trainer.recorder.session import read_session
from trainer.views.comparison_words import final_rows, sentences
from trainer.views.model_at import model_at
from trainer.views.session_facts import head
from trainer.views.typed_example import typed_example

BOTH = pytest.mark.parametrize("engine", ENGINES)


def nudge(at: int, **changes: Any) -> tuple[int, Intervene]:
    return at, Intervene(changes)


def panda_cli(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    capsys.readouterr()
    assert main([*map(str, words), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@BOTH
def test_a_shifted_run_verifies_exactly(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "s.panda"
    changes = [
        nudge(0, input_noise=0.5),
        nudge(40, input_shift=1),
        nudge(40, input_rotation=30, shift_dev="off"),
        nudge(75, input_shift=0, input_rotation=0, input_noise=0, shift_dev="on"),
        nudge(125, input_recolour="permute", shifted_inputs=3),  # the last one; it is evaluated when the run ends
    ]
    record_run(path, RunConfig(data="iris", layers=(5,), engine=engine, evaluate_every=20), SMALL, 125, changes)
    assert verify(path).result == "exact"
    run = read_session(path).run("r1")
    # the evaluation at 40 is of the inputs before they were changed there, as the one of a run that never was
    straight = make_loop(run.config, SMALL)
    straight.intervene({"input_noise": 0.5})
    straight.train(np.empty(40))
    assert next(e for e in run.evaluations if e.iteration == 40) == straight.evaluate()


def test_changed_where_nothing_was_evaluated_and_looked_at_there(panda: Babysitter) -> None:
    """The dev cost at an iteration is that of before the change, whatever asks for it later."""
    panda.train(33)
    panda.do(Intervene({"input_shift": 2}))
    panda.do(Intervene({"input_scale": 2}))
    panda.do(Checkpoint())
    panda.train(10)
    panda.do(Intervene({"input_rotation": 90}))
    panda.do(Stop())
    assert verify(panda.log.path).result == "exact"
    resume(panda.trainer, panda.log.path, iterations=panda.trainer.status().iteration + 20)
    panda.trainer.close()
    assert verify(panda.log.path).result == "exact"


def test_undo_leads_back_to_the_inputs_of_before(panda: Babysitter) -> None:
    panda.train(30)
    before, told = panda.digest(), panda.trainer.status()
    panda.do(Intervene({"input_shift": 1.5}))
    panda.do(Intervene({"input_recolour": "invert"}))
    panda.train(20)
    assert panda.trainer.status().dev_cost != told.dev_cost
    panda.undo()
    assert panda.trainer.status().hyperparameters == SMALL.changed({"input_shift": 1.5})
    panda.undo()
    status = panda.trainer.status()
    assert (panda.digest(), status.hyperparameters, status.dev_cost) == (before, SMALL, told.dev_cost)
    panda.train(20)
    panda.do(Stop())
    for run in panda.session.runs:
        assert verify(panda.log.path, run).result == "exact"


def test_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, other = tmp_path / "s.panda", tmp_path / "b.panda"
    train = ["train", "--data", "iris", "--layers", "5", "--mini-batch-size", "16", "--iterations", "120"]
    shift = ["--nudge", "60: input_shift=-1.5 # a colder winter"]
    panda_cli(capsys, *train, *shift, "--input-noise", "0.1", "--session", path)
    assert panda_cli(capsys, "verify", path)["result"] == "exact"
    (change,) = panda_cli(capsys, "log", path)["runs"][0]["interventions"]
    assert (change["before"], change["after"]) == ({"input_shift": 0.0}, {"input_shift": -1.5})
    assert main(["log", str(path)]) == 0
    assert "input_shift 0 → -1.5" in capsys.readouterr().out
    born = ["branch", path, "--at", 30, "--iterations", 60, "--set", "input_scale=2", "shift_dev=off", "--out", other]
    branched = panda_cli(capsys, *born)
    assert branched["iterations"] == 90
    assert panda_cli(capsys, "verify", other)["result"] == "exact"
    assert panda_cli(capsys, "worth", path, "--intervention", 0)["run"] == "r1"
    for words, sentence in (
        (["--nudge", "5: input_shift=1e9"], "input_shift must be a number at least -100 and at most 100"),
        (["--nudge", "5: shifted_inputs=5"], "shifted_inputs must be at most 4, the number of inputs, but got 5"),
        (["--input-scale", "0"], "input_scale must be a number above 0 and at most 100, but got '0'"),
        (["--input-shift", "-1e9"], "input_shift must be a number at least -100 and at most 100, but got '-1e9'"),
        (["--shift-dev", "maybe"], "shift_dev must be one of on, off, but got 'maybe'"),
    ):
        assert main([*train, *words, "--no-record"]) == 2
        err = capsys.readouterr().err
        assert sentence in err
        assert err.count("\n") == 1


def test_worth_says_that_the_dev_set_was_another(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 100, [nudge(40, input_shift=1), nudge(60, shift_dev="off"), nudge(80, momentum=0)])
    shifted = "it shifted the inputs of the dev set: the dev costs with it and without it are of other inputs"
    assert shifted in worth_in_file(path, None, 0)[1].remark
    assert shifted in worth_in_file(path, None, 1)[1].remark
    assert shifted not in worth_in_file(path, None, 2)[1].remark


def test_runs_that_end_on_other_inputs_have_no_best(tmp_path: Path) -> None:
    lines = []
    for name, changes in (("a", [nudge(40, input_shift=1)]), ("b", [])):
        record_run(tmp_path / name, CONFIG, SMALL, 80, changes)
        session = read_session(tmp_path / name)
        lines.append(line_of(session, session.run("r1")))
    told = "The inputs of B and of A were not shifted alike in the end: their costs and accuracies are of other inputs."
    assert told in sentences(lines, "AB", compare(lines))
    assert not any(row["best"] for row in final_rows(compare(lines)))
    assert told not in sentences(lines[:1] * 2, "AB", compare(lines[:1] * 2))


def test_random_trials_are_not_set_against_a_run_whose_inputs_were_shifted(tmp_path: Path) -> None:
    record_run(tmp_path / "s", CONFIG, SMALL, 80, [nudge(40, input_shift=1)])
    session = read_session(tmp_path / "s")
    run = session.run("r1")
    with pytest.raises(InvalidInput, match="the inputs of run r1 were shifted at iteration 40: random trials"):
        plan_contest(session, run, dataset_of(session, run), Box.first(), 4, 6)
    with pytest.raises(InvalidInput, match="'input_shift' cannot be searched"):
        Box.of({"input_shift": [0, 1]})


def test_predictions_are_of_the_inputs_as_the_network_gets_them() -> None:
    loop = make_loop(RunConfig(data="blobs-3", layers=(5,)), Hyperparameters(mini_batch_size=32))
    loop.train(np.empty(60))
    before = confusion(loop).accuracy
    loop.intervene({"input_shift": 2, "input_rotation": 90})
    assert confusion(loop).accuracy == pytest.approx(loop.evaluate().dev_accuracy)
    assert confusion(loop).accuracy < before
    assert class_probabilities(loop, 3) == pytest.approx(loop.predict(loop.seen.X_dev.T)[:, 3], rel=1e-5)
    assert dev_inputs(loop.dataset, 3).tolist() == loop.dataset.X_dev[3].tolist()
    ends = decision_boundary(loop, 10)[2]
    assert (ends[:, 0] < loop.seen.X_dev.min(axis=0)).all()
    assert (ends.mean(axis=1) > 1).all()


def test_live_pictures_are_of_the_inputs_as_the_network_gets_them() -> None:
    loop = make_loop(RunConfig(data="iris", layers=(5,)), SMALL)
    loop.train(np.empty(60))
    loop.intervene({"input_shift": 1.5, "input_noise": 0.2})
    still = StillNetwork.of(loop.config, loop.dataset, loop.state())
    assert still.seen is loop.seen
    judged = judge(still, np.arange(len(loop.dataset.y_dev)))
    assert judged.right.mean() == pytest.approx(loop.evaluate().dev_accuracy)
    assert judged.losses.mean() == pytest.approx(loop.evaluate().dev_cost, rel=1e-5)


def test_the_page_draws_them_and_takes_what_is_typed_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, CONFIG, SMALL, 80, [nudge(40, input_shift=2)])
    session = read_session(path)
    before, after = (model_at(session, "r1", t, 0) for t in (40, 41))
    assert (before["shifted"], after["shifted"]) == ("", "input shift 2, of the dev set too")
    plain, typed = (typed_example(session, "r1", t, 0, None) for t in (40, 41))
    assert [field["value"] for field in typed["fields"]] == [field["value"] for field in plain["fields"]]
    assert plain["remarks"] == []
    assert typed["remarks"] == ["the inputs of the run are shifted at this iteration; what is typed is taken as it is"]
    assert typed["probabilities"] != after["example"]["probabilities"]
    json.dumps([after, typed], allow_nan=False)


def test_the_facts_of_a_session_and_its_schedule_as_code_say_so(tmp_path: Path) -> None:
    for name, shift in (("plain", {}), ("shifted", {"input_noise": 0.5, "shift_dev": "off"})):
        record_run(tmp_path / name, CONFIG, SMALL.changed(shift), 20)  # type: ignore[arg-type]
        session = read_session(tmp_path / name)
        source, facts = python_source(line_of(session, session.run("r1"))), dict(head(session, "r1")["more"])
        assert facts.get("Inputs at the start") == ("input noise 0.5, not of the dev set" if shift else None)
        assert ("# The inputs were shifted: x' = input_scale" in source) == bool(shift)
        assert ("input_noise=0.5" in source) == bool(shift)


def test_pictures_are_drawn_turned(tmp_path: Path) -> None:
    path = tmp_path / "s.panda"
    record_run(path, RunConfig(layers=()), Hyperparameters(), 20, [nudge(10, input_rotation=90)])
    before, after = (model_at(read_session(path), "r1", t, 0)["example"]["image"] for t in (10, 11))
    assert before != after


@BOTH
def test_data_on_disk_have_the_bits_of_data_in_memory(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pair(tmp_path / "a.npy", *many())
    config = RunConfig(data=data, layers=(8,), engine=engine, evaluate_every=40)
    shift = {"input_shift": 1, "input_noise": 0.5, "input_rotation": 20, "input_recolour": "permute"}
    changes = [nudge(30, **shift), nudge(90, shifted_inputs=3)]
    expected = record_run(tmp_path / "memory.panda", config, SMALL, 150, changes)
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    monkeypatch.setattr(rows_on_disk, "_AT_ONCE", 300)
    ended = record_run(tmp_path / "disk.panda", config, SMALL, 150, changes)
    assert read_session(tmp_path / "disk.panda").data["stored"] is False
    assert ended.state.digest() == expected.state.digest()
    assert verify(tmp_path / "disk.panda").result == "exact"
    inputs, y = many(300, 6)
    plane = TrainingLoop(config, load_dataset(pair(tmp_path / "b.npy", inputs[:, :2].copy(), y)), SMALL)
    plane.intervene({"input_rotation": 30, "input_noise": 0.2})
    low, high = plane.seen.ends()
    X = plane.seen.X_train[np.arange(plane.m)]
    assert np.logical_and(low <= X, high >= X).mean() > 0.99


def recovery(seed: int, batch_norm: bool, shift: dict[str, Any]) -> int:
    """Iterations after a shift until the dev cost is down to 1.5 times what it was before; at most 400."""
    config = RunConfig(data="digits", layers=(64, 32), seed=seed, batch_norm=batch_norm)
    loop = make_loop(config, Hyperparameters())
    loop.train(np.empty(300))
    before = loop.evaluate().dev_cost
    loop.intervene(shift)
    while loop.evaluate().dev_cost > 1.5 * before and loop.iteration < 700:
        loop.train(np.empty(2))
    return loop.iteration - 300


@pytest.mark.parametrize("shift", [{"input_shift": 3}, {"input_scale": 3}, {"input_rotation": 40}], ids=str)
def test_with_batch_norm_a_network_gets_over_a_shift_sooner(shift: dict[str, Any]) -> None:
    """Course 2, week 3, "Why does batch norm work?": later layers see less of a covariate shift.

    So it is where the z of each unit is moved or stretched, which batch norm undoes, and where pictures are turned.
    After an inversion or a permutation nearly all has to be learned anew, and networks without it were as quick.
    """
    with_it, without = ([recovery(seed, bn, shift) for seed in range(1, 6)] for bn in (True, False))
    assert all(a < b for a, b in zip(with_it, without, strict=True)), (with_it, without)
