"""Looking ahead of a live run: what is foreseen comes, and the run is as without it."""

from __future__ import annotations

import json
import os
import sys
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from tests.data.test_npy import many, pair
from tests.examples import TEST
from tests.service.test_two_runs import SMALL
from tests.waiting import wait_until
from trainer.data import npy
from trainer.engine.commands import StartRun
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.portrait import Portrait
from trainer.experiments.compiling import LAST
from trainer.experiments.verify import verify
from trainer.recorder.averages import SMOOTHING
from trainer.recorder.session import read_session
from trainer.service.controller import Controller
from trainer.service.looking_ahead import SWITCH_SECONDS, Wish
from trainer.service.own_trainer import OwnTrainer


def told(controller: Controller, **message: object) -> dict[str, Any]:
    answer = controller.ask(message).result(30)
    assert answer["status"] == "applied", answer
    return answer


def start(controller: Controller, hyperparameters: dict[str, str] | None = None, **config: object) -> None:
    told(
        controller,
        do="start",
        config={"data": "iris", "layers": (8,), **config},
        hyperparameters={"mini_batch_size": "32", **(hyperparameters or {})},
    )


def looked(controller: Controller, iterations: str = "50", *candidates: str, run: str = "") -> dict[str, Any]:
    found = controller.look_ahead(run, iterations, candidates).result(60)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def paused_at(controller: Controller, iteration: int) -> None:
    at: Any = controller.status()["iteration"]
    told(controller, do="run", iterations=str(iteration - at))
    wait_until(lambda: controller.status()["state"] == "paused" and controller.status()["iteration"] == iteration)


def test_twenty_beside_a_live_run_leave_no_trace(controller: Controller) -> None:
    """The run is re-executed without them, and comes to every recorded cost and state bit for bit."""
    start(controller)
    at = [looked(controller)["at"] for _ in range(20)]
    assert at == sorted(at)
    assert at[0] < at[-1]
    found = controller.find_alpha("", "50").result(60)
    limit = controller.speed_limit().result(60)
    assert at[-1] <= found["at"] <= limit["at"]
    # λ is that of the mini-batches that were coming there
    assert limit["learning_rate"] == pytest.approx(2 * 1.9 / (0.1 * limit["curvature"]))
    told(controller, do="stop")
    assert controller.path is not None
    verdict = verify(controller.path)
    assert (verdict.result, verdict.iterations) == ("exact", controller.status()["iteration"])
    assert verdict.iterations >= at[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_it_comes_after_the_run_where_cores_are_short(controller: Controller) -> None:
    start(controller)
    looked(controller)
    nice = {one.name: os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in threading.enumerate()}
    (ours,) = (nice[name] for name in nice if name.startswith("panda-looking-ahead"))
    assert ours == min(19, os.getpriority(os.PRIO_PROCESS, 0) + LAST)
    assert ours > nice["panda-trainer"]


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a priority of its own")
def test_a_hand_on_a_slider_waits_for_nothing_else(controller: Controller) -> None:
    start(controller)
    wish = Wish()
    found = controller.find_alpha("", "5000", wish=wish)
    wait_until(lambda: controller.looking_ahead()["done"])
    assert looked(controller, "50", "learning_rate=0.05", "momentum=0.5")["arms"][0]["label"] == "α 0.05 with β 0.5"
    assert controller.looking_ahead()["what"] == "find-alpha"
    assert not found.done()
    wish.given_up = True
    nice = {one.name: os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in threading.enumerate()}
    (ours,) = (nice[name] for name in nice if name.startswith("panda-under-hand"))
    assert ours == nice["panda-trainer"]


def test_it_takes_no_threads_from_the_run(controller: Controller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.threads.cores", lambda: 4)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    start(controller, layers=(600, 600))  # of which an update is worth a team
    told(controller, do="pause")
    others: list[object] = []
    monkeypatch.setattr("trainer.compiled.updates._helpers", lambda: others.append(1))
    assert looked(controller, "50", "learning_rate=0.1")["arms"][0]["broke"] is None
    assert others == []


def test_the_arm_that_is_applied_where_it_began_comes_bit_for_bit(controller: Controller) -> None:
    """Also with a plan that waits on the way."""
    start(controller, {"optimizer": "adam", "learning_rate": "0.01"})
    told(controller, do="pause")
    here: Any = controller.status()["iteration"]
    told(controller, do="plan", changes={"momentum": "0.5"}, at=str(here + 20), note="")
    found = looked(controller, "60", "learning_rate=0.003,0.03", "mini_batch_size=16")
    assert (found["at"], found["iterations"], found["interventions"]) == (here, 60, 0)
    arm = found["arms"][found["best"]]
    told(controller, do="intervene", changes={name: str(value) for name, value in arm["changes"].items()}, note="")
    paused_at(controller, here + 60)
    status = controller.status()
    assert status["dev_cost"] == pytest.approx(arm["dev_cost"], rel=1e-5)  # to the six digits of a status
    curve = controller.curve()
    assert arm["iterations"][0] == here
    for row, beta in enumerate(SMOOTHING):  # from the smoothed cost of the run to the smoothed cost of the run
        line, ends = arm["smoothed"][f"{beta:g}"], [curve.so_far(t).values[row] for t in (here, here + 60)]
        assert [line[0], line[-1]] == pytest.approx(ends, rel=1e-5)
    told(controller, do="stop")
    assert controller.path is not None
    end = read_session(controller.path).run("r1").checkpoints[-1]
    assert (end.iteration, end.digest) == (here + 60, arm["digest"])


def test_by_id_and_by_default_five_rates(controller: Controller) -> None:
    beside = OwnTrainer()
    beside.carry_out(StartRun(SMALL, Hyperparameters(learning_rate=0.02), iterations=10**6, actor=TEST))
    controller.add(beside)
    start(controller)
    own, other = controller.runs()
    found = looked(controller, "", run=other)
    assert [arm["changes"]["learning_rate"] for arm in found["arms"]] == [0.002, 0.006, 0.02, 0.06, 0.2]
    assert [arm["label"] for arm in found["arms"]] == ["×0.1", "×0.3", "×1", "×3", "×10"]
    assert (found["iterations"], found["arms"][0]["iterations"][-1]) == (200, found["at"] + 200)
    assert looked(controller, run=own)["arms"][2]["changes"] == {"learning_rate": 0.1}


def test_nothing_is_foreseen_beyond_the_planned_end(controller: Controller) -> None:
    config = RunConfig(data="digits", layers=(256, 256))  # slow enough to be paused on the way
    assert (
        controller.submit(StartRun(config, Hyperparameters(), iterations=4000, actor=TEST)).result(30).status
        == "applied"
    )
    told(controller, do="pause")
    at: Any = controller.status()["iteration"]
    found = looked(controller, "5000", "learning_rate=0.2")
    assert (found["iterations"], found["arms"][0]["iterations"][-1]) == (4000 - at, 4000)
    ends = f"the run ends at iteration 4,000: only {4000 - at:,} of 5,000 iterations are looked ahead"
    assert found["remark"] == ends


@pytest.mark.parametrize(
    ("iterations", "candidates", "sentence"),
    [
        ("40", [], "Iterations ahead must be a whole number from 50 to 5,000, but got '40'"),
        ("x", [], "Iterations ahead must be a whole number from 50 to 5,000, but got 'x'"),
        ("50", ["learning_rate=-1"], "learning_rate must be a number above 0 and at most 1e+06, but got -1"),
        ("50", ["colour=red"], "'colour' is not a hyperparameter"),
        ("50", ["mini_batch_size=5000"], "mini_batch_size must be at most 120"),
    ],
)
def test_bad_input_is_one_sentence_and_the_run_goes_on(
    controller: Controller, iterations: str, candidates: list[str], sentence: str
) -> None:
    start(controller)
    refused = looked(controller, iterations, *candidates)
    assert sentence in refused["refused"]
    assert refused.keys() == {"refused"}
    assert controller.live()


def test_how_far_it_is(controller: Controller) -> None:
    nothing = {"what": "", "done": 0, "total": 0}
    assert controller.looking_ahead() == nothing
    start(controller)
    assert controller.looking_ahead() == nothing
    wish = Wish()
    found = controller.find_alpha("", "5,000", wish=wish)  # as the page writes it
    wait_until(lambda: controller.looking_ahead()["total"])
    first = controller.looking_ahead()
    assert (first["what"], first["total"]) == ("find-alpha", (25 + 3) * 5000 + 2 * 121)
    assert controller.looking_ahead("another") == nothing
    wait_until(lambda: controller.looking_ahead()["done"] > first["done"])
    wish.given_up = True
    assert found.result(60) == {"refused": "nobody waits for it any more"}
    assert controller.looking_ahead() == nothing


def test_a_speed_limit_that_nobody_waits_for_is_given_up(controller: Controller) -> None:
    start(controller)
    assert controller.speed_limit(wish=Wish(given_up=True)).result(60) == {"refused": "nobody waits for it any more"}


def test_the_lock_of_the_interpreter_is_handed_over_sooner_only_meanwhile(controller: Controller) -> None:
    usual = sys.getswitchinterval()
    start(controller)
    wish = Wish()
    found = controller.find_alpha("", "5000", wish=wish)
    wait_until(lambda: controller.looking_ahead()["done"])
    looked(controller, "50", "learning_rate=0.05")  # beside it
    assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    wish.given_up = True
    found.result(60)
    assert sys.getswitchinterval() == usual


def test_where_nothing_comes(controller: Controller) -> None:
    assert looked(controller) == {"refused": "there is no run here: start one"}
    assert looked(controller, run="another") == {"refused": "there is no run here: start one"}
    start(controller)
    told(controller, do="stop")
    at = controller.status()["iteration"]
    over = f"run r1 is over (stopped at iteration {at}), so nothing comes: resume it first"
    assert looked(controller) == {"refused": over}
    assert controller.find_alpha().result(30) == {"refused": over}


def test_of_data_on_disk_it_is_refused(controller: Controller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    pair(tmp_path / "a.npy", *many())
    start(controller, data="a.npy")
    refused = looked(controller)["refused"]
    assert refused.startswith("the training data of run r1 stay on disk, where clones would keep")
    assert controller.status()["not_ahead"] == refused


class Elsewhere(OwnTrainer):
    """A run of another process gives no copy of its state."""

    def portrait(self) -> Future[Portrait | None]:
        none: Future[Portrait | None] = Future()
        none.set_result(None)
        return none


def test_of_a_run_of_another_process_it_is_refused(controller: Controller) -> None:
    elsewhere = Elsewhere()
    elsewhere.carry_out(StartRun(SMALL, Hyperparameters(), actor=TEST))
    controller.add(elsewhere)
    (run,) = [each for each in controller.runs() if each]
    sentence = "run r1 is trained by another process: panda ahead and panda find-alpha take its recorded session"
    assert looked(controller, run=run) == {"refused": sentence}


def test_what_is_asked_for_while_the_server_ends_is_answered(controller: Controller) -> None:
    start(controller)
    many_rates = ",".join(f"0.{i}1" for i in range(32))
    asked = [controller.look_ahead("", "5000", [many_rates]) for _ in range(3)]
    controller.close()
    late = controller.look_ahead()
    assert late.result(30) == {"refused": "Panda is shutting down"}
    assert [each.result(30) for each in asked[1:]] == [{"refused": "Panda is shutting down"}] * 2
