"""The generated schedule, executed: PyTorch's and Keras's own optimizers come to Panda's parameters by it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.examples import record_run
from tests.experiments.export.conftest import CONFIG, nudge
from tests.oracle.torch_network import TorchNetwork
from trainer.cli.main import main
from trainer.engine.hyperparameters import Hyperparameters
from trainer.experiments.emerged_schedule import table
from trainer.experiments.export.python_source import python_source, write_python
from trainer.experiments.export.rows import rows
from trainer.experiments.line import Line, line_of
from trainer.experiments.replay import latest_run
from trainer.experiments.verify import verify
from trainer.numerics.mini_batches import epoch_order
from trainer.numerics.parameters import Parameters, initialize_parameters
from trainer.recorder.session import Session, read_session

RMSPROP = 150
EVERYTHING = (
    nudge(9, "no memory", momentum=0.0),
    nudge(17, "memory", momentum=0.9, learning_rate=0.2),
    nudge(25, "penalty", weight_decay=0.01, decay="exponential", decay_rate=0.9),
    nudge(40, "", mini_batch_size=11, clip_norm=0.3),
    nudge(60, "plain", optimizer="gd", decay="staircase", decay_rate=0.5, decay_interval=1.5, learning_rate=0.3),
    nudge(80, "", optimizer="adam", learning_rate=0.01, decay="inverse-sqrt", decay_rate=1.0, clip_norm=0),
    nudge(100, "β changes while Adam averages", momentum=0.5),
    nudge(110, "", beta2=0.9, epsilon=1e-4),
    nudge(130, "there and back", optimizer="gd"),
    nudge(130, "averages anew", optimizer="adam", momentum=0.95),
    nudge(RMSPROP, "", optimizer="rmsprop", learning_rate=0.01, decay="none", epsilon=1e-8),
    nudge(165, "", beta2=0.99),
)

Move = Callable[[torch.Tensor], None]


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Line:
    path = tmp_path_factory.mktemp("python") / "everything.panda"
    record_run(path, CONFIG, Hyperparameters(mini_batch_size=16), 180, EVERYTHING)
    session = read_session(path)
    return line_of(session, latest_run(session))


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Keras on PyTorch, in float64, with its settings file in a folder of its own."""
    os.environ["KERAS_BACKEND"], os.environ["KERAS_HOME"] = "torch", str(tmp_path_factory.mktemp("keras"))
    import keras

    keras.config.set_floatx("float64")
    yield keras
    keras.config.set_floatx("float32")


def module_of(line: Line, folder: Path) -> ModuleType:
    """What was generated, imported as a user would."""
    path = folder / "schedule.py"
    write_python(line, path)
    spec = importlib.util.spec_from_file_location("schedule", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def initial_parameters(session: Session) -> Parameters:
    data = session.dataset()
    config = latest_run(session).config
    architecture = config.architecture(data.X_train.shape[1], len(data.classes))
    return initialize_parameters(architecture, config.seed, np.dtype(config.dtype))


def train(line: Line, schedule: ModuleType, leaves: dict[str, torch.Tensor], move: Move) -> list[float]:
    """Costs of all updates on the mini-batches that the schedule tells; `move` makes one from its cost."""
    data = line.session.dataset()
    network = TorchNetwork.of(initial_parameters(line.session))
    X, y = torch.tensor(data.X_train), torch.tensor(data.y_train)
    costs = []
    for t in range(1, schedule.LAST + 1):
        epoch, seen = schedule.position(t)
        batch = epoch_order(CONFIG.seed, epoch, data.m)[seen : seen + schedule.mini_batch_size(t)]
        network.parameters = {name: leaf if leaf.ndim > 1 else leaf[:, None] for name, leaf in leaves.items()}
        cost = functional.cross_entropy(network.logits(X[batch]), y[batch])
        move(cost)
        costs.append(cost.item())
    return costs


def by_torch(line: Line, schedule: ModuleType) -> tuple[list[float], dict[str, torch.Tensor]]:
    views = initial_parameters(line.session).views
    leaves = {
        name: torch.tensor(view if name.startswith("W") else view[:, 0], requires_grad=True)
        for name, view in views.items()
    }
    updates = schedule.TorchUpdates(leaves.values())

    def move(cost: torch.Tensor) -> None:
        updates.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        updates.step()

    return train(line, schedule, leaves, move), leaves


def by_keras(line: Line, schedule: ModuleType, keras: Any) -> tuple[list[float], dict[str, torch.Tensor]]:
    views = initial_parameters(line.session).views
    variables = [keras.Variable(view if name.startswith("W") else view[:, 0]) for name, view in views.items()]
    leaves = {name: variable.value for name, variable in zip(views, variables, strict=True)}
    updates = schedule.KerasUpdates(variables)
    return train(
        line, schedule, leaves, lambda cost: updates.apply(torch.autograd.grad(cost, list(leaves.values())))
    ), leaves


def check(line: Line, found: tuple[list[float], dict[str, torch.Tensor]], rtol: float) -> None:
    costs, leaves = found
    np.testing.assert_allclose(costs, line.run.costs, rtol=rtol)
    final = line.session.training_state(line.run.checkpoints[-1].seq).tensors
    for name, leaf in leaves.items():
        theta = final[name] if leaf.ndim > 1 else final[name][:, 0]
        np.testing.assert_allclose(leaf.detach().numpy(), theta, rtol=rtol, atol=rtol)


def test_pytorch_comes_to_the_same_parameters(everything: Line, tmp_path: Path) -> None:
    check(everything, by_torch(everything, module_of(everything, tmp_path)), 1e-9)


def test_keras_comes_to_the_same_parameters(everything: Line, tmp_path: Path, keras: Any) -> None:
    costs, leaves = by_keras(everything, module_of(everything, tmp_path), keras)
    np.testing.assert_allclose(costs[:RMSPROP], everything.run.costs[:RMSPROP], rtol=1e-9)
    check(everything, (costs, leaves), 1e-4)  # its RMSprop has ε under the root, which is not the same


def test_keras_without_rmsprop_is_as_exact_as_pytorch(nudged: Path, tmp_path: Path, keras: Any) -> None:
    session = read_session(nudged)
    line = line_of(session, latest_run(session))
    module = module_of(line, tmp_path)
    check(line, by_keras(line, module, keras), 1e-9)
    check(line, by_torch(line, module), 1e-9)


def test_the_functions_tell_what_was_in_force(everything: Line, tmp_path: Path) -> None:
    schedule = module_of(everything, tmp_path)
    (whole,) = rows(everything)
    told = [schedule.learning_rate(t) for t in whole.iterations.tolist()]
    assert told == whole.numbers["learning_rate"].tolist()
    in_force = [everything.schedule.pieces[k].hyperparameters for k in whole.owners]
    assert [schedule.momentum(t) for t in whole.iterations.tolist()] == [h.momentum for h in in_force]


def test_mini_batches_of_one_example_are_told(tmp_path: Path) -> None:
    path = tmp_path / "one.panda"
    config = replace(CONFIG, batch_norm=False)
    changes = (nudge(5, "", mini_batch_size=1), nudge(5 + 119 - 5 * 16, "", mini_batch_size=16))
    record_run(path, config, Hyperparameters(mini_batch_size=16, learning_rate=0.01), 60, changes)
    assert verify(path).result == "exact"
    line = line_of(session := read_session(path), latest_run(session))
    schedule = module_of(line, tmp_path)
    m, seen = session.dataset().m, 0
    assert m == 120  # of the epoch's examples one is left where the size becomes 16 again
    for t in range(1, 61):
        assert schedule.position(t) == (seen // m, seen % m)
        seen += schedule.mini_batch_size(t)
    assert [schedule.mini_batch_size(t) for t in (5, 6, 44, 45, 46)] == [16, 1, 1, 1, 16]
    position = line.session.training_state(line.run.checkpoints[-1].seq)
    assert (position.epoch, position.offset) == (seen // m, seen % m)


def test_a_branch_leaves_nothing_of_what_was_abandoned(branched: Path, tmp_path: Path) -> None:
    session = read_session(branched)
    schedule = module_of(line_of(session, latest_run(session)), tmp_path)
    assert schedule.LAST == 60
    assert [(s.first, s.learning_rate) for s in schedule.STRETCHES] == [(1, 0.1), (21, 0.05)]


def test_from_a_state_of_another_session(nudged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.panda"
    assert main(["branch", str(nudged), "--at", "80", "--iterations", "9", "--out", str(new), "--json"]) == 0
    capsys.readouterr()
    session = read_session(new)
    line = line_of(session, latest_run(session))
    schedule = module_of(line, tmp_path)
    assert [s.first for s in schedule.STRETCHES] == [81]
    assert "Before update 81 the run belongs to another session" in python_source(line)
    (whole,) = rows(line)
    assert [schedule.learning_rate(t) for t in range(81, 90)] == pytest.approx(whole.numbers["learning_rate"].tolist())


def test_whatever_a_person_wrote_stays_in_its_comment(line: Line) -> None:
    wicked = 'coding: rot13\n"""\nraise SystemExit\r\x00\x0craise\u2028raise \\'
    changes = tuple(replace(change, note=wicked) for change in line.run.interventions)
    session = replace(line.session, name=wicked)
    run = replace(line.run, interventions=changes)
    line = line_of(session, run)
    pieces = (line.schedule.pieces[0], *(replace(s, lost=wicked) for s in line.schedule.pieces[1:]))
    line = replace(line, schedule=replace(line.schedule, pieces=pieces))
    source = python_source(line)
    assert source.splitlines()[0].startswith('"""A schedule that emerged by hand')
    namespace: dict[str, Any] = {"__name__": "schedule"}
    exec(compile(source.encode(), "schedule.py", "exec"), namespace)
    assert namespace["LAST"] == 100


def test_the_table(line: Line) -> None:
    told = [row[:5] for row in table(line.schedule)]
    assert told == [
        ("1 – 13", "0.2", "0.9", "16", "momentum"),
        ("14 – 30", "0.1", "0.9", "16", "momentum"),
        ("31 – 41", "0.1 / (1 + 0.5 e), e epochs since iteration 30", "0.9", "16", "momentum"),
        ("42 – 55", "0.1 / (1 + 0.5 e), e epochs since iteration 30", "0.9", "7", "momentum"),
        ("56 – 70", "0.1 / (1 + 0.5 e), e epochs since iteration 30", "0.95", "7", "momentum"),
        ("71 – 100", "0.01 / (1 + 0.5 e), e epochs since iteration 70", "0.95", "7", "adam"),
    ]
    assert table(line.schedule)[4][-1] == "a longer memory; twice at once"
