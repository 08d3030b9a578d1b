import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.data.files import inputs
from trainer.data.generated import GENERATED, Words, generate


@pytest.mark.parametrize("name", GENERATED)
def test_pure_function_of_the_seed(name: str) -> None:
    X = inputs(generate(name, 3))
    assert X.tobytes() == inputs(generate(name, 3)).tobytes()
    assert X.tobytes() != inputs(generate(name, 4)).tobytes()


@pytest.mark.parametrize("name", GENERATED)
def test_balanced_finite_and_of_the_declared_size(name: str) -> None:
    _, m, C, _ = GENERATED[name]
    raw = generate(name, 1)
    assert raw.examples.X.shape == (m, 2)
    assert np.isfinite(inputs(raw)).all()
    assert np.bincount(raw.examples.labels.codes).tolist() == [m // C] * C


@pytest.mark.parametrize("name", GENERATED)
def test_a_bent_boundary_tells_the_classes_and_a_straight_one_only_those_of_blobs(name: str) -> None:
    raw = generate(name, 1)
    X, y = inputs(raw), raw.examples.labels.codes
    train, test = slice(0, None, 2), slice(1, None, 2)
    if GENERATED[name][2] % 2 == 0:  # classes alternate: take pairs apart
        train, test = slice(0, len(y) // 2), slice(len(y) // 2, None)
    bent = KNeighborsClassifier(9).fit(X[train], y[train]).score(X[test], y[test])
    straight = LogisticRegression().fit(X[train], y[train]).score(X[test], y[test])
    assert bent > 0.93
    assert (straight > 0.93) == name.startswith("blobs")


def test_uniform_and_normal() -> None:
    words = Words(1)
    u, z = words.uniform(20_000), words.normal(20_000)
    assert u.min() >= 0
    assert u.max() < 1
    assert u.mean() == pytest.approx(0.5, abs=0.01)
    assert (z.mean(), z.std()) == pytest.approx((0, 1), abs=0.03)
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=0.01)
