"""Wording: how changes, numbers and durations are written for people, once for every page and terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import groupby

from trainer.engine.hyperparameters import HYPERPARAMETERS

_MOST_LAYERS = 10

_EXACT, _EXACTLY = 15, 2**53 - 1
"""So many digits a double holds whatever they are, and whole numbers up to this."""


def change_text(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """What was changed, in symbols and to four digits.

    >>> change_text({"learning_rate": 0.01, "decay": "none"}, {"learning_rate": 0.0033333333, "decay": "exponential"})
    'α 0.01 → 0.003333, decay none → exponential'
    """
    return ", ".join(
        f"{symbol(name)} {number_text(before.get(name))} → {number_text(value)}" for name, value in after.items()
    )


def exact_change_text(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    """The same in the names and digits that a person would type to make the change.

    >>> exact_change_text({"learning_rate": 0.01}, {"learning_rate": 0.0033333333})
    'learning_rate 0.01 → 0.0033333333'
    """
    return ", ".join(
        f"{name} {exact_text(before.get(name, '?'))} → {exact_text(value)}" for name, value in after.items()
    )


def values_text(values: Mapping[str, object]) -> str:
    """What is to be changed, where the values before are not known yet.

    >>> values_text({"learning_rate": 0.0033333333, "decay": "exponential"})
    'α → 0.003333, decay → exponential'
    """
    return ", ".join(f"{symbol(name)} → {number_text(value)}" for name, value in values.items())


def symbol(name: str) -> str:
    """How a line of text names a hyperparameter: by its symbol, or by its name where it is not one of ours."""
    return HYPERPARAMETERS[name].symbol if name in HYPERPARAMETERS else name


def number_text(value: object, digits: int = 4) -> str:
    """A number to four digits and never longer than it must be; a whole one in full, anything else as it is.

    Of a number just below 1, as β is, the distance from 1 has the digits. `short` of the page writes the same.

    >>> number_text(0.0123456), number_text(0.99954321), number_text(1e-9), number_text(300.0), number_text("adam")
    ('0.01235', '0.9995432', '1e-9', '300', 'adam')
    >>> number_text(1234567.0), number_text(1234567.8), number_text(1e300)
    ('1234567', '1.235e6', '1e300')
    """
    if value is None:
        return "–"
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    size = abs(value)
    if _is_whole(value):
        return str(int(value))
    nines = math.floor(-math.log10(1 - size)) if 0.9 < size < 1 else 0
    return measured_text(value, min(digits + nines, _EXACT))


def exact_text(value: object) -> str:
    """A number likewise, but with as many digits as tell it from every other number.

    >>> exact_text(0.1 + 0.2), exact_text(10.0), exact_text(1e-5), exact_text(1234567.8), exact_text("adam")
    ('0.30000000000000004', '10', '1e-5', '1.2345678e6', 'adam')
    """
    if not isinstance(value, float) or not math.isfinite(value) or _is_whole(value):
        return number_text(value)
    return _written(Decimal(repr(float(value))).normalize())


def _is_whole(value: float) -> bool:
    return abs(value) <= _EXACTLY and value == int(value)


def measured_text(value: float, digits: int = 3) -> str:
    """What was measured, to a number of digits; a very small or large one by its power of ten.

    `measured` of the page writes the same.

    >>> measured_text(5190.4), measured_text(0.000182, 2), measured_text(2.0463e8), measured_text(0.93446, 4)
    ('5190', '1.8e-4', '2.05e8', '0.9345')
    """
    if not math.isfinite(value):
        return str(value)
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(float(value)).normalize()
    if not rounded:
        return "0"
    return _written(rounded)


def _written(number: Decimal) -> str:
    """With the power of ten of a very small or large one."""
    small_or_large = not Decimal("1e-3") <= abs(number) < Decimal("1e6")
    return f"{number:e}".replace("e+", "e") if small_or_large else f"{number:f}"


def capital(text: str) -> str:
    """A sentence as it begins; a symbol as it is, since its capital is another one.

    >>> capital("the cost"), capital("α 0.1 → 0.3 helped")
    ('The cost', 'α 0.1 → 0.3 helped')
    """
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def layers_text(sizes: Sequence[object], joint: str = " → ") -> str:
    """Sizes of layers, one after the other; of many, equal neighbours are said once, and the middle is left out.

    >>> layers_text([64, 128, 64, 10])
    '64 → 128 → 64 → 10'
    >>> layers_text([64, *[20] * 100, 10])
    '64 → 20 (100 times) → 10'
    >>> layers_text(range(1, 101), ", ")
    '1, 2, 3, 4, …, 98, 99, 100 (100 layers)'
    """
    if len(sizes) <= _MOST_LAYERS:
        return joint.join(map(str, sizes))
    counted = [(size, len(list(equal))) for size, equal in groupby(sizes)]
    parts = [f"{size} ({n} times)" if n > 1 else str(size) for size, n in counted]
    if len(parts) <= _MOST_LAYERS:
        return joint.join(parts)
    return joint.join([*parts[:4], "…", *parts[-3:]]) + f" ({len(sizes)} layers)"


def counted(count: int, noun: str) -> str:
    """How many of a thing there are.

    >>> counted(0, "record"), counted(1, "record"), counted(2, "record")
    ('0 records', '1 record', '2 records')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def about_text(seconds: float) -> str:
    """A time that something is going to take, as far as one can tell.

    >>> about_text(0.2), about_text(25.2), about_text(170), about_text(5400)
    ('about 1 second', 'about 25 seconds', 'about 3 minutes', 'about 90 minutes')
    >>> about_text(10_000), about_text(3e5), about_text(1.234e12)
    ('about 3 hours', 'about 3 days', 'about 39,000 years')
    """
    noun, size = next((unit for unit in _UNITS if seconds < unit[2] * unit[1]), _UNITS[-1])[:2]
    number = max(1, round(seconds / size))
    return f"about {float(f'{number:.2g}'):,.0f} {noun}{'' if number == 1 else 's'}"


_UNITS = (
    ("second", 1, 90),
    ("minute", 60, 91),
    ("hour", 3600, 48),
    ("day", 86_400, 700),
    ("year", 31_557_600, 0),
)
"""Name, seconds, and from how many on the next one is told."""


def duration_text(seconds: float) -> str:
    """A time that something took.

    >>> duration_text(0.25), duration_text(12.34), duration_text(150), duration_text(7500)
    ('0.2 s', '12.3 s', '2 min 30 s', '2 h 5 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
