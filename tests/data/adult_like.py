"""Tables as people have them, of numbers, words, truth values and gaps, made of scikit-learn's bundled sets."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

SETS = {"iris": load_iris, "wine": load_wine, "breast_cancer": load_breast_cancer, "digits": load_digits}


def adult_like(name: str, seed: int = 4) -> pd.DataFrame:
    """A bundled data set in which columns were made words or truth values, and values are missing."""
    bundled = SETS[name]()
    rng = np.random.Generator(np.random.PCG64(seed))
    numbers = np.asarray(bundled.data, float)[:, : 12 if name != "digits" else 30]
    frame = pd.DataFrame(numbers, columns=[f"number {j}" for j in range(numbers.shape[1])])
    for j, words in enumerate((["low", "middle", "high"], ["Bern", "Basel", "Zürich, Stadt", "Genève", "a;b"])):
        column = frame.pop(f"number {j}")
        edges = np.unique(np.quantile(column, np.linspace(0, 1, len(words) + 1)[1:-1]))
        frame[f"word {j}"] = np.array(words, dtype=object)[np.digitize(column, edges)]
    frame["truth"] = (frame["number 2"] > frame["number 2"].median()).astype(object)
    for k, column_name in enumerate(frame.columns):
        if k % 2:
            frame.loc[rng.random(len(frame)) < 0.05 + 0.05 * (k % 3), column_name] = None
    return frame.assign(target=[str(bundled.target_names[t]) for t in bundled.target])
