"""Candidates: what may be changed of a run, each of which a look-ahead trains an arm under."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from trainer.engine.hyperparameters import (
    CHOICES,
    HYPERPARAMETERS,
    TAKEN_WHERE,
    Hyperparameters,
    Value,
    is_taken,
    not_changing,
    parse_changes,
)
from trainer.engine.wording import number_text, symbol
from trainer.errors import InvalidInput

FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
"""Of the α in force: the candidates where none were chosen."""

MOST_ARMS = 32

_SPELT = str.maketrans({"α": "alpha", "β": "beta", "₂": "2", "λ": "lambda", "ε": "epsilon", "_": " "})


def _plain(name: str) -> str:
    """A name without what is hard to type, in small letters: all that is plainly the same name is the same.

    >>> _plain("Momentum  β"), _plain("learning_rate")
    ('momentum beta', 'learning rate')
    """
    return " ".join(name.lower().translate(_SPELT).split())


_CALLED = {
    _plain(called): name
    for name, spec in HYPERPARAMETERS.items()
    for called in (name, spec.symbol, spec.label, spec.label.removesuffix(spec.symbol) or spec.label)
}
"""Plain name → name: each by its name, its symbol, and its label on a page with and without the symbol."""

_WORDS = max(len(called.split()) for called in _CALLED)
"""That the longest name has."""

_VALUE = re.compile(r"[-+.\d]")
"""How a number begins, which no name does."""


_BETWEEN = " \t\r\n,;"


@dataclass(frozen=True)
class Candidate:
    """What may be changed; `changes` as of an intervention."""

    label: str
    changes: Mapping[str, Value]


def rates_around(alpha: float, factors: Sequence[float] = FACTORS) -> tuple[list[Candidate], str]:
    """The α in force times each factor, to four digits, as far as that is allowed; and in a sentence what is not.

    >>> [f"{c.label} {c.changes['learning_rate']:g}" for c in rates_around(0.1)[0]]
    ['×0.1 0.01', '×0.3 0.03', '×1 0.1', '×3 0.3', '×10 1']
    >>> rates_around(2e5)[1]
    '×10 is left out: α must be a number above 0 and at most 1e+06'
    """
    allowed, made, out = HYPERPARAMETERS["learning_rate"].interval, list[Candidate](), list[str]()
    for factor in factors:
        label, rate = f"×{factor:g}", alpha if factor == 1 else float(f"{alpha * factor:.4g}")
        if allowed is None or rate in allowed:
            made.append(Candidate(label, {"learning_rate": rate}))
        else:
            out.append(label)
    are = "is" if len(out) == 1 else "are"
    return made, f"{' and '.join(out)} {are} left out: α must be {allowed}" if out else ""


def typed_candidates(words: Sequence[str]) -> list[Candidate]:
    """Candidates as typed, `learning_rate=0.1,0.3`; of several names every combination of their values; of none none.

    A name may also be the symbol or the label of a page, or either without Greek, and numbers without one are of α.

    Raises
    ------
    InvalidInput : a word has another form, a name or a value is not known or there twice, or there are too many

    >>> [c.label for c in typed_candidates(["learning_rate=0.1,0.3", "optimizer=adam"])]
    ['α 0.1 with optimizer adam', 'α 0.3 with optimizer adam']
    >>> [c.label for c in typed_candidates(["0.1, 0.3 mini-batch size = 64"])]
    ['α 0.1 with mini-batch 64', 'α 0.3 with mini-batch 64']
    """
    values: dict[str, dict[Value, str]] = {}
    for name, several in [each for word in words for each in _named(word)]:
        if name in values:
            raise InvalidInput(f"{name} is set twice: write {name}=V1,V2,…")
        values[name] = {}
        for text in map(str.strip, several.split(",")):
            value = _value(name, text)
            if value in values[name]:
                first = values[name][value]
                raise InvalidInput(f"{name} {first} is there twice{'' if text == first else f', as {text}'}")
            values[name][value] = text
    count = math.prod(map(len, values.values()))
    if count > MOST_ARMS:
        raise InvalidInput(f"there may be at most {MOST_ARMS} candidates, but got {count:,}")
    changes = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())] if values else []
    return [Candidate(_label(c), c) for c in changes]


def without_effect(
    candidates: Sequence[Candidate], changed: Sequence[Hyperparameters], planned: Collection[str]
) -> str:
    """Which of the hyperparameters that they set no update takes, in a sentence; else "".

    Parameters
    ----------
    changed : what is in force under each candidate
    planned : the names of what will be changed on the way
    """
    found: dict[str, list[str]] = {}
    for candidate, h in zip(candidates, changed, strict=True):
        for name in candidate.changes:
            if not is_taken(name, h) and TAKEN_WHERE[name][0] not in planned:
                other = TAKEN_WHERE[name][0]
                names = found.setdefault(f"{symbol(other)} is {getattr(h, other)}", [])
                names += [symbol(name)] * (symbol(name) not in names)
    do = [(" and ".join(names), "do" if len(names) > 1 else "does", where) for where, names in found.items()]
    return "; ".join(f"{names} {verb} nothing where {where}" for names, verb, where in do)


def _label(changes: Mapping[str, Value]) -> str:
    first, *more = [f"{symbol(name)} {number_text(value)}" for name, value in changes.items()]
    return f"{first} with {' and '.join(more)}" if more else first


def _named(text: str) -> list[tuple[str, str]]:
    """Names as Panda has them, and what was typed for each: `β=0.5,0.9 decay rate=1`; raises InvalidInput."""
    *parts, last = text.split("=")
    name, found = "learning_rate", list[tuple[str, str]]()
    for i, part in enumerate(parts):
        values, called = _split(part, name)
        if i or values:
            found.append((name, values))
        name = called
    if not parts and not _VALUE.match(text.strip()):
        raise InvalidInput(f"candidates are written NAME=V1,V2,… such as learning_rate=0.1,0.3, but got {text[:60]!r}")
    return [*found, (name, last)]


def _split(part: str, before: str) -> tuple[str, str]:
    """What stands before an equals sign: values of the name before it, and the name; the longest that there is."""
    begins = [word.start() for word in re.finditer(r"[^\s,;]+", part)]
    for at in begins[-_WORDS:]:
        if name := _CALLED.get(_plain(part[at:])):
            return part[:at].rstrip(_BETWEEN), name
    at, choices = len(part), CHOICES.get(before, ())
    while begins and not _VALUE.match(part, begins[-1]) and part[begins[-1] : at].strip(_BETWEEN) not in choices:
        at = begins.pop()
    raise not_changing((part[at:] or part).strip()[:60])


def _value(name: str, text: str) -> Value:
    """One value, checked by itself, and named as typed where it is not allowed."""
    if len(text.split()) > 1:
        raise InvalidInput(f"values of {name} are separated by commas, but got {text[:60]!r}")
    value = parse_changes(f"{name}={text}")[name]
    spec = HYPERPARAMETERS.get(name)
    if spec is not None and spec.interval is not None and float(value) not in spec.interval:
        raise InvalidInput(f"{name} must be {spec.interval}, but got {text}")
    return value
