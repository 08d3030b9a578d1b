"""Real data sets that come with scikit-learn and need no network.

Their files are read from its folder: importing scikit-learn would take more than two seconds.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from trainer.data.examples import Examples, RawData, RawLabels, row_place

BUNDLED: dict[str, tuple[str, int, int, int]] = {
    "digits": ("Handwritten digits, images of 8×8 pixels", 1797, 64, 10),
    "iris": ("Irises of three species, four lengths of each flower", 150, 4, 3),
    "wine": ("Chemical analyses of wines of three growers", 178, 13, 3),
    "breast_cancer": ("Shapes of cell nuclei, malignant or benign", 569, 30, 2),
}
"""Name → description, examples, inputs, classes."""

_FILES = {"digits": "digits.csv.gz", "iris": "iris.csv", "wine": "wine_data.csv", "breast_cancer": "breast_cancer.csv"}
_NUCLEUS = (
    *("radius", "texture", "perimeter", "area", "smoothness"),
    *("compactness", "concavity", "concave points", "symmetry", "fractal dimension"),
)
_FEATURES = {
    "digits": tuple(f"pixel_{row}_{column}" for row in range(8) for column in range(8)),
    "iris": ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"),
    "wine": (
        *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
        *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280/od315_of_diluted_wines"),
        "proline",
    ),
    "breast_cancer": (
        *(f"mean {name}" for name in _NUCLEUS),
        *(f"{name} error" for name in _NUCLEUS),
        *(f"worst {name}" for name in _NUCLEUS),
    ),
}


def read_bundled(name: str) -> RawData:
    """The data set of that name, one of `BUNDLED`."""
    path = _folder() / _FILES[name]
    headed = name != "digits"
    # a row holds the inputs, then the number of the class; a header, in the first row, holds m, n and the classes
    rows = np.loadtxt(path, delimiter=",", skiprows=int(headed), encoding="utf-8")
    if headed:
        with path.open(encoding="utf-8") as file:
            classes = tuple(file.readline().strip().split(",")[2:])
    else:
        classes = tuple(str(digit) for digit in range(10))
    labels = RawLabels(rows[:, -1].astype(np.intp), classes)
    return RawData(
        Examples(np.ascontiguousarray(rows[:, :-1]), labels, row_place),
        features=_FEATURES[name],
        image_shape=(8, 8) if name == "digits" else None,
    )


@cache
def _folder() -> Path:
    spec = find_spec("sklearn")
    assert spec is not None, "Panda requires scikit-learn"
    return Path(str(spec.origin)).parent / "datasets" / "data"
