"""The network at an iteration, as the page asks for it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from tests.examples import record_run
from tests.recorder.sessions import small_session
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.recorder.session import read_session
from trainer.views.model_at import model_at, visit


def test_all_places_at_hand_share_one_copy_of_the_data(tmp_path: Path) -> None:
    path = small_session(tmp_path / "x.panda").path
    (tmp_path / "y.panda").write_bytes(path.read_bytes())
    first, other = read_session(path), read_session(tmp_path / "y.panda")
    places = [visit(first, "r1", 0), visit(first, "r1", 7), visit(other, "r1", 12)]
    assert len({id(there.loop.dataset) for there in places}) == 1
    assert model_at(first, "r1", 7, 0)["digest"] == places[1].digest


def test_of_many_classes_no_matrix_is_sent(tmp_path: Path) -> None:
    C = 400
    y = np.arange(5 * C) % C
    np.savez(tmp_path / "many.npz", X=np.stack([y % 20, y // 20], axis=1).astype(np.float32), y=y)
    config = RunConfig(data=str(tmp_path / "many.npz"), layers=(8,))
    record_run(tmp_path / "s.panda", config, Hyperparameters(), 30)
    answer = model_at(read_session(tmp_path / "s.panda"), "r1", 30, 0)
    assert answer["confusion"] is None
    assert len(answer["recall"]) == C
    assert len(answer["mistakes"]) == 12
    assert answer["accuracy"] == read_session(tmp_path / "s.panda").run("r1").evaluations[-1].dev_accuracy
    assert len(json.dumps(answer)) < 200_000  # of which the plane of two inputs takes most


def test_a_matrix_of_few_classes_is_sent_with_the_recall_of_each(tmp_path: Path) -> None:
    answer = model_at(read_session(small_session(tmp_path / "x.panda").path), "r1", 7, 0)
    counts = np.array(answer["confusion"])
    np.testing.assert_allclose(answer["recall"], counts.diagonal() / counts.sum(axis=1))


@pytest.mark.parametrize("light", [False, True])
def test_images_are_ink_on_paper_whatever_their_numbers_mean(tmp_path: Path, light: bool) -> None:
    rng = np.random.default_rng(0)
    ink = np.zeros((200, 6, 4))
    ink[:, 1:5, 1:3] = rng.uniform(0.5, 1, (200, 4, 2))
    y = np.arange(200) % 2
    ink[y == 1, 2, 1] = 0
    np.savez(tmp_path / "images.npz", X=1 - ink if light else ink, y=y)
    record_run(tmp_path / "s.panda", RunConfig(data=str(tmp_path / "images.npz"), layers=(4,)), Hyperparameters(), 5)
    image = model_at(read_session(tmp_path / "s.panda"), "r1", 5, 3)["example"]["image"]
    assert (image["height"], image["width"]) == (6, 4)
    grey = np.frombuffer(base64.b64decode(image["grey"]), np.uint8).reshape(6, 4)
    assert grey[0].min() == 255
    assert grey[1:5, 1:3].min() == 0
    assert np.median(grey[1:5, 1:3]) < 140
