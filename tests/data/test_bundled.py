import numpy as np
import pytest
from sklearn import datasets

from tests.data.files import inputs
from trainer.data.bundled import BUNDLED, read_bundled


@pytest.mark.parametrize("name", BUNDLED)
def test_the_same_as_scikit_learn(name: str) -> None:
    bunch = getattr(datasets, f"load_{name}")()
    raw = read_bundled(name)
    _, m, n, C = BUNDLED[name]
    assert raw.examples.X.shape == (m, n) == bunch.data.shape
    assert (bunch.data == inputs(raw)).all()
    assert inputs(raw).flags.c_contiguous
    assert raw.features == tuple(str(feature) for feature in bunch.feature_names)
    labels = raw.examples.labels
    assert len(labels.values) == C
    assert [labels.values[code] for code in labels.codes] == [str(name) for name in bunch.target_names[bunch.target]]


def test_digits_are_images_row_by_row() -> None:
    raw = read_bundled("digits")
    assert raw.image_shape == (8, 8)
    np.testing.assert_array_equal(inputs(raw)[0].reshape(8, 8), datasets.load_digits().images[0])
