"""Real data sets that come with scikit-learn and need no network."""

from __future__ import annotations

import numpy as np

from trainer.data.examples import Examples, RawData, RawLabels, row_place

BUNDLED: dict[str, tuple[str, int, int, int]] = {
    "digits": ("Handwritten digits, images of 8×8 pixels", 1797, 64, 10),
    "iris": ("Irises of three species, four lengths of each flower", 150, 4, 3),
    "wine": ("Chemical analyses of wines of three growers", 178, 13, 3),
    "breast_cancer": ("Shapes of cell nuclei, malignant or benign", 569, 30, 2),
}
"""Name → description, examples, inputs, classes."""


def read_bundled(name: str) -> RawData:
    """The data set of that name, one of `BUNDLED`."""
    from sklearn import datasets  # here, because importing it takes over a second

    bunch = getattr(datasets, f"load_{name}")()
    names = np.array([str(target) for target in bunch.target_names])
    codes = bunch.target.astype(np.intp)
    labels = RawLabels(codes, tuple(names.tolist()))
    return RawData(
        Examples(np.ascontiguousarray(bunch.data, np.float64), labels, row_place),
        features=tuple(str(feature) for feature in bunch.feature_names),
        image_shape=(8, 8) if name == "digits" else None,
    )
