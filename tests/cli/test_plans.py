"""Plans on the command line: listed while they wait, made when the session is gone on with, and more of them added."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import SMALL, Panda
from tests.examples import TEST
from tests.recorder.sessions import Recording
from trainer.engine.events import PlannedChange, RunStarted
from trainer.recorder.session import read_session


def test_values_are_told_as_on_the_page_with_all_their_digits(panda: Panda, tmp_path: Path) -> None:
    nudges = ("30: learning_rate=10", "40: learning_rate=1e-05 decay_rate=0.30000000000000004", "80: learning_rate=2.0")
    panda.json(*SMALL, "--iterations", "100", *(f"--nudge={nudge}" for nudge in nudges), "--session", tmp_path / "w")
    panda.json("branch", tmp_path / "w", "--at", "45", "--iterations", "5", "--out", tmp_path / "b")
    told = "\n".join(panda("log", path)[1] for path in (tmp_path / "w", tmp_path / "b"))
    assert "cli: learning_rate 0.1 → 10\n" in told
    assert "cli: learning_rate 10 → 1e-5, decay_rate 1 → 0.30000000000000004\n" in told
    assert "planned at iteration 80  cli: learning_rate=2\n" in told


def test_what_waits_is_listed_and_made_when_the_session_goes_on(panda: Panda, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.panda", tmp_path / "a.panda"
    panda.json(*SMALL, "--iterations", "100", "--nudge", "80: momentum=0.5 # later", "--session", whole)
    panda.json("branch", whole, "--at", "20", "--iterations", "30", "--out", path)
    (run,) = panda.json("log", path)["runs"]
    plan = {"iteration": 80, "changes": {"momentum": 0.5}, "note": "later", "author": "cli", "plan": "r1-1"}
    assert (run["planned"], run["not_made"], run["interventions"]) == ([plan], [], [])
    code, out, _ = panda("log", path)
    assert (code, out.splitlines()[-1]) == (0, "  plan r1-1  planned at iteration 80  cli: momentum=0.5  # later")

    again = ["train", "--resume", "--session", str(path)]
    code, _, error = panda(*again, "--iterations", "70", "--nudge", "49: momentum=0.6")
    assert code == 2
    assert "from 50 to 70, but got 49: the run is at iteration 50 already" in error.replace(",\n", ", ")
    panda.json(*again, "--iterations", "70")  # which does not come to it
    assert panda.json("log", path)["runs"][0]["planned"] == [plan]
    done = panda.json(*again, "--iterations", "100", "--nudge", "90: learning_rate=0.01")
    (run,) = panda.json("log", path)["runs"]
    assert run["planned"] == []
    made = [(change["iteration"], change["after"], change["note"]) for change in run["interventions"]]
    assert made == [(80, {"momentum": 0.5}, "later"), (90, {"learning_rate": 0.01}, "")]
    nudges = ["--nudge", "80: momentum=0.5", "--nudge", "90: learning_rate=0.01"]
    straight = panda.json(*SMALL, "--iterations", "100", *nudges, "--no-record")
    assert straight["digest"] == done["digest"]
    assert panda.json("verify", path)["result"] == "exact"


def test_what_waits_is_taken_back_by_its_name(panda: Panda, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.panda", tmp_path / "a.panda"
    nudges = ["--nudge", "50: momentum=0.5", "--nudge", "60: momentum=0.7", "--nudge", "70: momentum=0.6"]
    panda.json(*SMALL, "--iterations", "100", *nudges, "--session", whole)
    panda.json("branch", whole, "--at", "20", "--iterations", "20", "--out", path)
    again = ["train", "--resume", "--session", str(path)]
    before = path.read_bytes()
    code, _, error = panda(*again, "--iterations", "100", "--cancel-plan", "r1-1", "--cancel-plan", "r9-9")
    assert (code, error) == (2, "panda: no plan 'r9-9' waits; plans that wait: r1-1, r1-2, r1-3\n")
    code, _, error = panda(*SMALL, "--iterations", "9", "--cancel-plan", "r1-1", "--no-record")
    assert (code, error) == (2, "panda: --cancel-plan 'r1-1' is about a recorded session: give --resume\n")
    assert path.read_bytes() == before

    panda.json(*again, "--iterations", "40", "--cancel-plan", "r1-2")  # nothing is trained
    (run,) = panda.json("log", path)["runs"]
    assert ([plan["plan"] for plan in run["planned"]], run["iterations"]) == (["r1-1", "r1-3"], 40)
    panda.json(*again, "--iterations", "50")
    assert panda(*again, "--iterations", "50", "--cancel-plan", "r1-1")[0] == 2  # it has been made
    cancel = ["--cancel-plan", "r1-3", "--cancel-plan", "r1-3"]
    done = panda.json(*again, "--iterations", "100", *cancel, "--nudge", "90: momentum=0.8")
    kept = ["--nudge", "50: momentum=0.5", "--nudge", "90: momentum=0.8"]
    assert panda.json(*SMALL, "--iterations", "100", *kept, "--no-record")["digest"] == done["digest"]
    assert panda.json("verify", path)["result"] == "exact"
    fates = {plan.change.plan: plan.fate for plan in read_session(path).runs["r1"].plans}
    assert fates == {"r1-1": "made", "r1-2": "cancelled", "r1-3": "cancelled", "r1-4": "made"}


def test_a_plan_for_the_very_iteration_is_taken_back_before_it_is_made(panda: Panda, tmp_path: Path) -> None:
    path = tmp_path / "a.panda"
    recording = Recording(path)
    loop = recording.loop
    plan = PlannedChange("r1-1", 5, {"momentum": 0.5}, TEST)
    recording.log.record(RunStarted("r1", recording.config, recording.dataset, loop.state(), plans=(plan,)))
    recording.train(5)
    recording.log.close()
    panda.json("train", "--resume", "--session", path, "--iterations", "8", "--cancel-plan", "r1-1")
    run = read_session(path).runs["r1"]
    assert ([plan.fate for plan in run.plans], run.interventions, run.iteration) == (["cancelled"], (), 8)
