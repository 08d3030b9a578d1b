"""What a person should know of how many examples there are of each class, before an accuracy is believed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainer.data.examples import shown
from trainer.numerics.cost import Labels

_MOST, _OFTEN = 0.9, 20
"""A class with more than this share of the training set, or with so many times the examples of another, outweighs."""

_FEW = 30
"""In a dev set with fewer examples, each is more than 3 % of the accuracy."""


def about_balance(classes: Sequence[str], y_train: Labels, y_dev: Labels) -> list[str]:
    """Warnings of classes that outweigh others, and of a small dev set."""
    counts = np.bincount(y_train, minlength=len(classes))
    most, least = int(counts.argmax()), int(counts.argmin())
    share = counts[most] / len(y_train)
    warnings = []
    if share > _MOST:
        warnings.append(
            f"{shown(classes[most])} is the class of {share:.0%} of the training examples: to answer it always would "
            "be right as often, so the recall of each class tells more than the accuracy."
        )
    elif counts[least] * _OFTEN < counts[most]:
        warnings.append(
            f"There are {counts[most]:,} training examples of the class {shown(classes[most])} and {counts[least]:,} "
            f"of {shown(classes[least])}: the recall of each class tells more than the accuracy."
        )
    if len(y_dev) < _FEW:
        examples = f"{len(y_dev):,} examples, each of which is" if len(y_dev) != 1 else "one example, which is"
        warnings.append(f"The dev set has {examples} {1 / len(y_dev):.0%} of its accuracy.")
    return warnings
