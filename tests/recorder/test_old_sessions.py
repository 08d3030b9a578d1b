"""Promise 9: a session recorded by any earlier version opens, says what it said, verifies, and goes on.

The sessions in `tests/fixtures/sessions` are never recorded anew. The JSON beside each holds what the version that
recorded it read from it, and the verdict of version 0.3; `tests/fixtures/README.md` says what each session holds.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from trainer.cli.main import main
from trainer.errors import SessionError, UnsupportedFormat
from trainer.recorder.environment import environment, same_bits
from trainer.recorder.session import Session, read_session

SESSIONS = Path(__file__).parents[1] / "fixtures" / "sessions"
ALL = sorted(path.stem for path in SESSIONS.glob("*.panda"))
MORE = 20
"""Iterations that a resumed session is trained on."""

FLIPS = 200


@pytest.fixture(autouse=True)
def _beside_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions whose data set stayed on disk name it by a path relative to their folder."""
    monkeypatch.chdir(SESSIONS)


def recorded(name: str) -> dict[str, Any]:
    """What the version that recorded a session read from it."""
    facts: dict[str, Any] = json.loads((SESSIONS / f"{name}.json").read_text())
    return facts


def read_now(session: Session) -> dict[str, Any]:
    """The same facts, read by the present version; every recorded state is read, and its digest computed anew."""
    return {
        "id": session.id,
        "name": session.name,
        "format": session.format,
        "state": session.state,
        "records": session.records,
        "imported": session.imported,
        "fingerprint": session.fingerprint,
        "damage": [damage.record for damage in session.damage],
        "runs": {
            run.run: {
                "iterations": run.iteration,
                "ended": run.ended,
                "costs": hashlib.sha256(run.costs.astype("<f8").tobytes()).hexdigest(),
                "evaluations": [[e.iteration, e.dev_cost, e.dev_accuracy] for e in run.evaluations],
                "moments": [[moment.kind, moment.iteration, moment.text] for moment in run.moments],
                "states": [
                    [state.seq, state.kind, state.iteration, state.digest, digest(session, state.seq)]
                    for state in run.checkpoints
                ],
            }
            for run in session.runs.values()
        },
    }


def digest(session: Session, seq: int) -> str:
    """Of the state in a record, computed anew; or why there is none."""
    try:
        return session.training_state(seq).digest()
    except SessionError as error:
        return type(error).__name__


def says(now: Any, then: Any, where: str = "") -> None:
    """Fail unless `now` holds everything that `then` held; it may hold further fields."""
    if isinstance(then, dict):
        for name, value in then.items():
            assert name in now, f"{where}.{name} is missing"
            says(now[name], value, f"{where}.{name}")
    elif isinstance(then, list):
        assert len(now) == len(then), where
        for i, value in enumerate(then):
            says(now[i], value, f"{where}[{i}]")
    else:
        assert repr(now) == repr(then), where  # NaN is NaN


def here_as_there(session: Session) -> bool:
    """Whether this machine has processor, libraries and Python of the one where the session was recorded."""
    same = {"panda": "any", "threads": 1}  # of panda the fixtures are the proof; verify uses the recorded threads
    return all(same_bits({**one, **same}, {**environment(), **same}) for one in session.environments.values())


def verify(path: Path, run: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code of `panda verify --json`, and its document."""
    capsys.readouterr()
    code = main(["verify", str(path), "--run", run, "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def test_sessions_of_every_version_are_there() -> None:
    assert len(ALL) == 41
    assert {recorded(name)["panda"] for name in ALL} == {"0.1.0", "0.2.0", "0.3.0"}


@pytest.mark.parametrize("name", ALL)
def test_says_what_it_said(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    then = recorded(name)
    session = read_session(SESSIONS / f"{name}.panda")
    says(read_now(session), {key: then[key] for key in read_now(session)})
    assert main(["log", str(session.path), "--json"]) == 0
    says(json.loads(capsys.readouterr().out), then["log"], "log")


@pytest.mark.parametrize("name", ALL)
def test_verifies_as_before(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    then, path = recorded(name), SESSIONS / f"{name}.panda"
    same = here_as_there(read_session(path))
    for run, (code, verdict) in then["verify"].items():
        now_code, now = verify(path, run, capsys)
        if code == 1:
            assert (now_code, now) == (1, {}), "a damaged session is refused"
        elif same:
            assert now_code == code, now
            says(now, verdict)
        else:
            assert now["result"] in ("exact", "other-environment"), now


@pytest.mark.parametrize("name", ALL)
def test_goes_on(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "copy.panda"
    shutil.copy(SESSIONS / f"{name}.panda", path)
    before = read_session(path)
    run = list(before.runs)[-1]
    iterations = before.runs[run].iteration + MORE
    code = main(["train", "--resume", "--session", str(path), "--iterations", str(iterations), "--json"])
    if before.damage:
        assert code == 1
        assert path.read_bytes() == (SESSIONS / f"{name}.panda").read_bytes()
        return
    then = recorded(name)["verify"][run][1]
    same = here_as_there(before) and then["result"] == "exact"
    said = capsys.readouterr().err
    if code and "cannot go on here bit for bit" in said:
        assert not same
        assert path.read_bytes() == (SESSIONS / f"{name}.panda").read_bytes()
        return
    after = read_session(path)
    if code:  # the change after it did not bring it back to numbers
        assert "is not a finite number" in said
        assert name.endswith("-nonfinite")
    else:
        assert after.runs[run].iteration == iterations
    assert (after.id, after.state, list(after.runs)) == (before.id, "closed", list(before.runs))
    assert after.runs[run].costs[: len(before.runs[run].costs)].tobytes() == before.runs[run].costs.tobytes()
    assert after.runs[run].interventions == before.runs[run].interventions
    now_code, now = verify(path, run, capsys)
    assert now["iterations"] - then["iterations"] == after.runs[run].iteration - before.runs[run].iteration
    if same:
        assert (now_code, now["result"]) == (0, "exact"), now
    else:
        assert now["result"] in ("exact", "other-environment"), now


@pytest.mark.parametrize("name", ["0.1-numpy-undone", "0.3-momentum"])
def test_a_changed_byte_is_found_or_harmless(name: str, tmp_path: Path) -> None:
    path = tmp_path / "copy.panda"
    data = (SESSIONS / f"{name}.panda").read_bytes()
    whole = read_now(read_session(SESSIONS / f"{name}.panda"))
    chance = random.Random(name)
    found = 0
    for _ in range(FLIPS):
        at, bits = chance.randrange(len(data)), chance.randrange(1, 256)
        path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
        try:
            session = read_session(path)
        except UnsupportedFormat:
            found += 1
            continue
        if session.damage or session.state != whole["state"]:
            found += 1
        else:
            assert read_now(session) == whole, f"byte {at} changed by {bits:#x} changes what is read, without a word"
    assert found > FLIPS // 2
