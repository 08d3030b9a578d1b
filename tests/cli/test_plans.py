"""Plans on the command line: listed while they wait, made when the session is gone on with, and more of them added."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import SMALL, Panda


def test_what_waits_is_listed_and_made_when_the_session_goes_on(panda: Panda, tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.panda", tmp_path / "a.panda"
    panda.json(*SMALL, "--iterations", "100", "--nudge", "80: momentum=0.5 # later", "--session", whole)
    panda.json("branch", whole, "--at", "20", "--iterations", "30", "--out", path)
    (run,) = panda.json("log", path)["runs"]
    plan = {"iteration": 80, "changes": {"momentum": 0.5}, "note": "later", "author": "cli", "plan": "r1-1"}
    assert (run["planned"], run["not_made"], run["interventions"]) == ([plan], [], [])
    code, out, _ = panda("log", path)
    assert (code, out.splitlines()[-1]) == (0, "  planned at iteration 80  cli: momentum=0.5  # later")

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
