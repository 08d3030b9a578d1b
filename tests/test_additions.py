"""One entry is enough: a hyperparameter and a series, added with one entry each to a copied package, are everywhere.

On the knob, in the set-up, among the options, in the log, in a chart, in exports and in comparisons; and every session
that was recorded before is read and verified as ever.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.one_process import run_in_one_process

pytestmark = pytest.mark.slow  # each test starts processes of the copied package

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "tests" / "fixtures" / "sessions"

HYPERPARAMETER = """    dropout: float = field(
        0.0,
        "Dropout share",
        "δ",
        "Share of hidden units that an update leaves out; 0 is off.",
        scale=Scale("log", 1e-3, 0.9, Interval(0, 1, "[)")),
        since=2,
    )

    def __post_init__"""

SERIES = """    Series(
        "weight_norm",
        "norm of θ",
        "Size of θ",
        "Euclidean norm of all parameters.",
        scale="log",
        better="less",
        measure=lambda network: float((network.parameters.vector**2).sum() ** 0.5),
    ),
)

SERIES:"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one entry more in each table."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(ROOT / "trainer", folder / "trainer")
    for name, before, entry in (
        ("hyperparameters.py", "    def __post_init__", HYPERPARAMETER),
        ("series.py", ")\n\nSERIES:", SERIES),
    ):
        path = folder / "trainer" / "engine" / name
        text = path.read_text("utf-8")
        assert before in text
        path.write_text(text.replace(before, entry, 1), "utf-8")
    return folder


def run(package: Path, *arguments: str) -> str:
    """What a Python command of the copied package prints."""
    environment = {**os.environ, "PYTHONPATH": str(package), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=package, env=environment, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def panda(package: Path, *arguments: str) -> str:
    return run(package, "-m", "trainer", *arguments)


@pytest.fixture(scope="module")
def session(package: Path) -> Path:
    """A run of the copied package under the new hyperparameter, which is nudged."""
    path = package / "s.panda"
    options = [
        "--data",
        "blobs-3",
        "--layers",
        "6",
        "--iterations",
        "200",
        "--session",
        str(path),
        "--engine",
        "reference",
    ]
    nudge = "100: dropout=0.25 # fewer"
    panda(package, "train", *options, "--dropout", "0.5", "--nudge", nudge)
    return path


def test_it_is_an_option_with_its_help_and_its_limits(package: Path) -> None:
    shown = panda(package, "train", "--help")
    assert "--dropout" in shown
    assert "Share of hidden units" in shown
    bad = subprocess.run(
        [sys.executable, "-m", "trainer", "train", "--dropout", "1"],
        capture_output=True, text=True, cwd=package, env={**os.environ, "PYTHONPATH": str(package)}, timeout=100,
    )  # fmt: skip
    assert (bad.returncode, bad.stderr.strip()) == (
        2,
        "panda: dropout must be a number at least 0 and below 1, but got '1'",
    )


def test_it_is_recorded_logged_and_verified(package: Path, session: Path) -> None:
    commands = (["log", session, "--json"], ["verify", session, "--json"], ["log", session])
    logged, verified, shown = run_in_one_process(*commands, cwd=package, PYTHONPATH=str(package)).split("\n", 2)
    (recorded,) = json.loads(logged)["runs"]
    assert recorded["config"]["hyperparameters"]["dropout"] == 0.5
    (change,) = recorded["interventions"]
    assert (change["before"], change["after"]) == ({"dropout": 0.5}, {"dropout": 0.25})
    assert "dropout 0.5 → 0.25" in shown
    assert json.loads(verified)["result"] == "exact"


def test_both_are_columns_of_exports_and_part_of_the_schedule(package: Path, session: Path) -> None:
    import pandas as pd

    made = {"csv": package / "s.csv", "python": package / "schedule.py"}
    commands = (["export", session, "--format", kind, "--out", path] for kind, path in made.items())
    run_in_one_process(*commands, cwd=package, PYTHONPATH=str(package))
    table = pd.read_csv(package / "s.csv")
    assert table["dropout"].tolist() == [0.5] * 100 + [0.25] * 100
    norms = table["weight_norm"].dropna()
    assert len(norms) == len(table["dev_cost"].dropna()) > 2
    assert (norms > 0).all()
    source = (package / "schedule.py").read_text("utf-8")
    assert "dropout=0.25" in source
    told = run(package, "-c", "import schedule; print([schedule.stretch(t).dropout for t in (100, 101)])")
    assert told.strip() == "[0.5, 0.25]"


CONSTANTS = """
import json
from trainer.views.constants import constants
print(json.dumps(constants()))
"""


def test_the_browser_is_served_its_knob_its_chart_and_its_symbol(package: Path) -> None:
    served = json.loads(run(package, "-c", CONSTANTS))
    knob = next(knob for knob in served["knobs"] if knob["name"] == "dropout")
    assert (knob["label"], knob["kind"], knob["low"], knob["high"], knob["off"]) == (
        "Dropout share",
        "log",
        1e-3,
        0.9,
        True,
    )
    assert served["symbols"]["dropout"] == "δ"
    assert (served["series"]["weight_norm"]["panel"], served["series"]["weight_norm"]["measured"]) == (
        "Size of θ",
        True,
    )


FRAME = """
import json, struct, sys
from trainer.experiments.line import line_of
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import read_session
from trainer.service.frames import Feed
session = read_session(sys.argv[1])
line = line_of(session, session.runs["r1"])
frame = Feed().frame(recorded_curve(session, line.run), {})
(length,) = struct.unpack("<I", frame[:4])
header = json.loads(frame[4 : 4 + length])
count = header["dev"]["count"]
rows = struct.unpack(f"<{10 * count}f", frame[-40 * count :])
print(json.dumps({"measures": header["dev"]["measures"], "last": rows[-1],
                  "recorded": line.run.evaluations[-1].measures["weight_norm"]}))
"""


def test_a_frame_of_the_curve_carries_what_was_measured(package: Path, session: Path) -> None:
    told: dict[str, Any] = json.loads(run(package, "-c", FRAME, str(session)))
    assert told["measures"] == ["weight_norm"]
    assert told["last"] == pytest.approx(told["recorded"], rel=1e-6)


COMPARE = """
import json, sys
from trainer.experiments.comparison import compare
from trainer.experiments.line import line_of
from trainer.recorder.session import read_session
from trainer.views.comparison_words import final_rows, trait_rows
lines = [line_of(s, s.runs["r1"]) for s in map(read_session, sys.argv[1:])]
comparison = compare(lines)
print(json.dumps([row["label"] for row in (*final_rows(comparison), *trait_rows(comparison.traits))]))
"""


def test_comparing_has_a_row_for_both(package: Path, session: Path) -> None:
    other = package / "other.panda"
    options = ["--data", "blobs-3", "--layers", "6", "--iterations", "50", "--session", str(other)]
    panda(package, "train", *options, "--engine", "reference")
    labels = json.loads(run(package, "-c", COMPARE, str(session), str(other)))
    assert "Norm of θ" in labels
    assert "Dropout share" in labels


SETUP = """
from streamlit.testing.v1 import AppTest
page = "from trainer.views.setup import show_setup; show_setup()"
shown = AppTest.from_string(page, default_timeout=60).run()
assert not shown.exception, shown.exception
print([box.label for box in shown.text_input])
"""


def test_the_set_up_has_a_box_for_it(package: Path) -> None:
    assert "'Dropout share'" in run(package, "-c", SETUP)


OLD = """
import sys
from pathlib import Path
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session
for path in map(Path, sys.argv[1:]):
    session = read_session(path)
    assert not session.damage, (path, session.damage)
    states = [c for run in session.runs.values() for c in run.checkpoints]
    assert all(session.training_state(c.seq).digest() == c.digest for c in states), path
    print(path.name, verify(path).result)
"""


def test_every_session_recorded_before_is_read_and_verified_as_without_them(package: Path) -> None:
    paths = [
        str(path) for path in sorted(FIXTURES.glob("*.panda")) if not {"damaged", "disk"} & {*path.stem.split("-")}
    ]
    assert len(paths) > 30
    with_them = run(package, "-c", OLD, *paths)
    assert with_them == run(ROOT, "-c", OLD, *paths)
    assert "diverged" not in with_them
