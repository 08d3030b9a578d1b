"""Training on data that stay on disk: the bits of training on the same data in memory, however it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest

from tests.data.test_npy import many, pair
from tests.examples import record_run
from tests.waiting import wait_until
from trainer.cli.main import main
from trainer.data import npy, rows_on_disk
from trainer.data.loading import load_dataset
from trainer.data.read_as import DType, ReadAs
from trainer.engine.commands import Intervene
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.events import Event, RunEnded
from trainer.engine.hyperparameters import DTYPES, Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.trainer import Trainer
from trainer.errors import SessionError
from trainer.experiments.predictions import decision_boundary
from trainer.experiments.recorded_run import begin, resume
from trainer.experiments.session_data import dataset_of
from trainer.experiments.undo_and_branch import before_last_intervention
from trainer.experiments.verify import verify
from trainer.recorder.session import read_session

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("engine", ENGINES)
SMALL = Hyperparameters(optimizer="adam", learning_rate=0.01, mini_batch_size=16)

CHILD = """
import sys
from trainer.data import npy
from trainer.cli.main import main
npy.IN_MEMORY = 0
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """All NPY files stay on disk, and few rows are gathered at a time."""
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    monkeypatch.setattr(rows_on_disk, "_AT_ONCE", 300)


def config(path: str, **options: object) -> RunConfig:
    return RunConfig(**{"data": path, "layers": (8, 6), "evaluate_every": 40, **options})  # type: ignore[arg-type]


def resumed(path: Path, iterations: int) -> RunEnded:
    ended: Future[RunEnded] = Future()

    def watch(event: Event) -> None:
        if isinstance(event, RunEnded):
            ended.set_result(event)

    trainer = Trainer()
    resume(trainer, path, iterations=iterations, subscribers=[watch])
    event = ended.result(timeout=60)
    trainer.close()
    return event


@BOTH
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bits_of_training_in_memory(
    tmp_path: Path, engine: Engine, dtype: DType, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = pair(tmp_path / "a.npy", *many())
    loops = []
    for fixture in (None, "on_disk"):
        if fixture:
            request.getfixturevalue(fixture)
        loop = TrainingLoop(config(path, engine=engine, dtype=dtype), load_dataset(path, ReadAs(dtype=dtype)), SMALL)
        costs = np.empty(130)  # more than five epochs, with a last mini-batch of another size
        loop.train(costs[:77])
        loop.intervene({"mini_batch_size": 31})
        loop.train(costs[77:])
        measured = loop.gauges(), loop.population_drift()
        loops.append((loop.dataset.on_disk, loop.state().digest(), costs.tobytes(), loop.evaluate(), measured))
    assert [loop[0] for loop in loops] == [False, True]
    assert loops[0][1:] == loops[1][1:]


@BOTH
def test_recorded_verified_and_gone_on_with(tmp_path: Path, engine: Engine, request: pytest.FixtureRequest) -> None:
    data = pair(tmp_path / "a.npy", *many())
    nudge = [(60, Intervene({"learning_rate": 0.003}))]
    expected = record_run(tmp_path / "memory.panda", config(data, engine=engine), SMALL, 300, nudge)
    request.getfixturevalue("on_disk")
    path = tmp_path / "disk.panda"
    record_run(path, config(data, engine=engine), SMALL, 200, nudge)
    session = read_session(path)
    assert session.data["stored"] is False
    assert session.fingerprint == read_session(tmp_path / "memory.panda").fingerprint
    assert verify(path).result == "exact"
    assert resumed(path, 300).state.digest() == expected.state.digest()
    assert verify(path).result == "exact"
    assert verify(tmp_path / "memory.panda").result == "exact"


def test_described_as_data_in_memory(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    data = pair(tmp_path / "a.npy", *many())
    assert main(["data", "describe", data, "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    request.getfixturevalue("on_disk")
    assert main(["data", "describe", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == described
    assert (described["train"], described["dev"]) == (400, 100)


@pytest.mark.usefixtures("on_disk")
def test_data_in_use_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, path = pair(tmp_path / "a.npy", *many()), tmp_path / "s.panda"
    trainer = Trainer()
    live = begin(trainer, config(data), SMALL, path=path)
    monkeypatch.setattr("trainer.experiments.session_data.load_dataset", None)
    trainer.submit(Intervene({"learning_rate": 0.003})).result(30)
    session = read_session(path)
    visit = before_last_intervention(session, session.run("r1"))
    assert visit.loop.dataset is live.dataset
    trainer.close()
    os.utime(tmp_path / "a.npy", (1e9, 1e9))  # as if somebody had written to it
    with pytest.raises(TypeError, match="not callable"):
        before_last_intervention(session, session.run("r1"))


@pytest.mark.usefixtures("on_disk")
def test_other_data_of_the_same_name_are_refused(tmp_path: Path) -> None:
    inputs, y = many()
    data = pair(tmp_path / "a.npy", inputs, y)
    path = tmp_path / "s.panda"
    record_run(path, config(data), SMALL, 50)
    inputs[400, 1] += 1e-3
    pair(tmp_path / "a.npy", inputs, y)
    session = read_session(path)
    with pytest.raises(SessionError, match=r"a\.npy \(other data: fingerprint"):
        dataset_of(session, session.run("r1"))


@BOTH
def test_killed_and_gone_on_with(tmp_path: Path, engine: Engine, request: pytest.FixtureRequest) -> None:
    data = pair(tmp_path / "a.npy", *many())
    path = tmp_path / "s.panda"
    command = [sys.executable, "-c", CHILD, "train", "--data", data, "--layers", "8,6", "--engine", engine]
    options = ["--optimizer", "adam", "--learning-rate", "0.01", "--mini-batch-size", "16", "--session", str(path)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        wait_until(lambda: latest(path) >= 500, child)
        child.send_signal(signal.SIGKILL)
    request.getfixturevalue("on_disk")
    assert read_session(path).data["stored"] is False
    iterations = latest(path) + 200
    ended = resumed(path, iterations)
    assert verify(path).result == "exact"
    run = read_session(path).run("r1")
    assert run.iteration == iterations
    loop = TrainingLoop(run.config, load_dataset(data), SMALL)
    loop.train(np.empty(iterations))
    assert loop.state().digest() == ended.state.digest()


def latest(path: Path) -> int:
    run = read_session(path).runs.get("r1") if path.exists() else None
    return -1 if run is None else run.iteration


@pytest.mark.usefixtures("on_disk")
def test_a_file_that_is_cut_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    data = Path(pair(tmp_path / "a.npy", *many()))
    loop = TrainingLoop(config(str(data)), load_dataset(str(data)), SMALL)
    loop.train(np.empty(10))
    os.truncate(data, 2000)
    with pytest.raises(Exception, match="the file was changed after it was opened"):
        loop.train(np.empty(10))
    assert loop.iteration == 10


@pytest.mark.usefixtures("on_disk")
def test_the_plane_of_two_inputs(tmp_path: Path) -> None:
    inputs, y = many(300, 6)
    data = pair(tmp_path / "a.npy", inputs[:, :2].copy(), y)
    loop = TrainingLoop(config(data), load_dataset(data), SMALL)
    loop.train(np.empty(10))
    classes, _, ends = decision_boundary(loop, 20)
    assert classes.shape == (20, 20)
    assert np.isfinite(ends).all()


MEASURED = """
import sys
import numpy as np
from trainer.data import npy
from trainer.data.loading import load_dataset
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))

def train(path):
    dataset = load_dataset(path)
    loop = TrainingLoop(RunConfig(layers=(8,)), dataset, Hyperparameters(mini_batch_size=128))
    loop.train(np.empty(800))
    loop.evaluate()
    return dataset

npy.IN_MEMORY = 0
train(sys.argv[1]).fingerprint
before = peak()
dataset = train(sys.argv[2])
dataset.fingerprint
print(dataset.on_disk, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the most memory is read where Linux tells it")
def test_a_file_of_200_mb_takes_less_than_a_half_of_that_in_memory(tmp_path: Path) -> None:
    small = pair(tmp_path / "small.npy", *many())
    m, n = 250_000, 200
    big = np.lib.format.open_memmap(tmp_path / "big.npy", "w+", np.float32, (m, n))
    for start in range(0, m, 50_000):
        big[start : start + 50_000] = many(50_000, n)[0]
    np.save(tmp_path / "big.labels.npy", np.arange(m) % 5)
    del big
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", MEASURED, small, str(tmp_path / "big.npy")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    on_disk, kib = done.stdout.split()
    assert on_disk == "True"
    assert int(kib) < 100_000
    (tmp_path / "big.npy").unlink()
