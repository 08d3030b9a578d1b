"""What a network does with its data, as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.files import in_memory
from tests.examples import make_loop
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidInput
from trainer.experiments.predictions import MARGIN, Confusion, class_probabilities, confusion, decision_boundary


def trained(data: str, layers: tuple[int, ...]) -> TrainingLoop:
    loop = make_loop(RunConfig(data=data, layers=layers), Hyperparameters(mini_batch_size=32))
    for _ in range(60):
        loop.step()
    return loop


def test_the_diagonal_is_the_accuracy_and_rows_are_the_classes() -> None:
    loop = trained("iris", (5,))
    counts = confusion(loop).matrix()
    assert counts.shape == (3, 3)
    assert counts.sum(axis=1).tolist() == np.bincount(loop.dataset.y_dev).tolist()
    assert counts.trace() / counts.sum() == pytest.approx(loop.evaluate().dev_accuracy)
    assert confusion(loop).accuracy == pytest.approx(loop.evaluate().dev_accuracy)


def test_recall_and_mistakes_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import confusion_matrix, recall_score

    loop = make_loop(RunConfig(data="digits", layers=(4,)), Hyperparameters(mini_batch_size=32))
    loop.train(np.empty(20))
    y, taken_for = loop.dataset.y_dev, loop.predict(loop.dataset.X_dev.T).argmax(axis=0)
    found, counts = confusion(loop), confusion_matrix(y, taken_for)
    assert found.matrix().tolist() == counts.tolist()
    np.testing.assert_allclose(found.recall, recall_score(y, taken_for, average=None, zero_division=0), rtol=1e-15)
    mistakes = found.mistakes(5)
    assert all(counts[actual, taken] == n and actual != taken for actual, taken, n in mistakes)
    np.fill_diagonal(counts, 0)
    assert [n for _, _, n in mistakes] == sorted(counts.ravel().tolist(), reverse=True)[:5]


def test_a_class_without_a_dev_example_has_no_recall() -> None:
    found = Confusion(3, np.array([0, 0, 2]), np.array([0, 2, 2]), np.array([1, 3, 4]))
    assert found.recall.tolist() == pytest.approx([0.25, np.nan, 1], nan_ok=True)
    assert (found.accuracy, found.mistakes(9)) == (5 / 8, [(0, 2, 3)])


def test_probabilities_of_one_example_are_those_it_has_among_many() -> None:
    loop = trained("iris", (5,))
    among_many = loop.predict(loop.dataset.X_dev.T)
    for example in (0, 7, len(loop.dataset.y_dev) - 1):
        alone = class_probabilities(loop, example)
        assert alone.sum() == pytest.approx(1)
        assert alone == pytest.approx(among_many[:, example], rel=1e-5)


@pytest.mark.parametrize("example", [-1, 30, 1.0, True, "0", None])
def test_an_example_that_is_not_there(example: object) -> None:
    with pytest.raises(InvalidInput, match="a dev example is a whole number from 0 to 29, but got"):
        class_probabilities(trained("iris", ()), example)  # type: ignore[arg-type]


def test_the_boundary_of_softmax_regression_is_straight() -> None:
    loop = trained("blobs-3", ())
    classes, certainty, ends = decision_boundary(loop, 40)
    X = np.concatenate([in_memory(loop.dataset.X_train), loop.dataset.X_dev])
    assert ends[:, 0] == pytest.approx(X.min(axis=0) - MARGIN * np.ptp(X, axis=0), rel=1e-5)
    assert certainty.min() >= 1 / 3
    assert set(classes.ravel()) == {0, 1, 2}
    for k in range(3):  # a convex region: each row and each column of it is one piece
        for line in [*(classes == k), *(classes == k).T]:
            assert np.count_nonzero(np.diff(np.flatnonzero(line)) > 1) == 0


def test_rows_go_up_the_second_input() -> None:
    loop = trained("moons", (8,))
    classes, _, ends = decision_boundary(loop, 25)
    (left, right), (bottom, top) = ends
    for i, j in ((0, 0), (24, 0), (3, 20), (12, 12)):
        point = np.array([[left + j / 24 * (right - left)], [bottom + i / 24 * (top - bottom)]], dtype=np.float32)
        assert loop.predict(point)[:, 0].argmax() == classes[i, j]


def test_a_plane_needs_two_inputs() -> None:
    with pytest.raises(InvalidInput, match="2 inputs, but there are 4"):
        decision_boundary(trained("iris", ()), 10)
