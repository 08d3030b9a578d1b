"""Candidates: what may be changed of a run, each of which a look-ahead trains an arm under."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from trainer.engine.hyperparameters import HYPERPARAMETERS, Value, parse_changes
from trainer.engine.wording import number_text, symbol
from trainer.errors import InvalidInput

FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the α in force: the candidates where none were chosen."""

MOST_ARMS = 32


@dataclass(frozen=True)
class Candidate:
    """What may be changed; `changes` as of an intervention."""

    label: str
    changes: Mapping[str, Value]


def rates_around(alpha: float, factors: Sequence[float] = FACTORS) -> list[Candidate]:
    """The α in force times each factor, to four digits, as far as that is allowed.

    >>> [c.label for c in rates_around(0.1)], [c.changes["learning_rate"] for c in rates_around(0.1)]
    (['×0.1', '×0.3', '×1', '×3', '×10'], [0.01, 0.03, 0.1, 0.3, 1.0])
    """
    allowed = HYPERPARAMETERS["learning_rate"].interval
    rates = [(factor, alpha if factor == 1 else float(f"{alpha * factor:.4g}")) for factor in factors]
    return [
        Candidate(f"×{factor:g}", {"learning_rate": rate})
        for factor, rate in rates
        if allowed is None or rate in allowed
    ]


def typed_candidates(words: Sequence[str]) -> list[Candidate]:
    """Candidates as typed, `learning_rate=0.1,0.3`; of several names every combination of their values; of none none.

    Raises
    ------
    InvalidInput : a word has another form, a name or a value is not known, or there are too many

    >>> [c.label for c in typed_candidates(["learning_rate=0.1,0.3", "optimizer=adam"])]
    ['α 0.1, optimizer adam', 'α 0.3, optimizer adam']
    """
    values: dict[str, list[Value]] = {}
    for word in words:
        name, equals, several = word.partition("=")
        if not equals:
            raise InvalidInput(
                f"candidates are written NAME=V1,V2,… such as learning_rate=0.1,0.3, but got {word[:60]!r}"
            )
        if name in values:
            raise InvalidInput(f"{name} is set twice: write {name}=V1,V2,…")
        values[name] = [parse_changes(f"{name}={text.strip()}")[name] for text in several.split(",")]
    count = math.prod(map(len, values.values()))
    if count > MOST_ARMS:
        raise InvalidInput(f"there may be at most {MOST_ARMS} candidates, but got {count:,}")
    changes = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())] if values else []
    return [Candidate(", ".join(f"{symbol(n)} {number_text(v)}" for n, v in c.items()), c) for c in changes]
