"""A log axis with few labels: 1, 2 and 5, or powers of ten where there are many; none is longer than the margin."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SMALL = 1e-4
"""Numbers below are labelled with an exponent: 0.000001 has no room."""


def log_axis(values: NDArray[np.float64], floor: float = 0.0) -> dict[str, Any]:
    """What Plotly takes of an axis for these values; those that are not positive are left out.

    Where some are below `floor` the axis begins there.
    """
    values = values[np.isfinite(values) & (values > 0)]
    if values.min(initial=np.inf) < floor:
        above = log_axis(np.maximum(values, floor))
        return {**above, "range": [np.log10(floor / 1.5), np.log10(max(values.max(), floor) * 1.5)]}
    decades = float(np.log10(values.max() / values.min())) if len(values) else 0.0
    small = bool(values.min(initial=1) < _SMALL)
    scale = {"type": "log", "tickformat": "~e" if small else "~g"}
    if decades < 0.6:
        return scale
    if decades < 1.5:
        return {**scale, "dtick": "D2"}
    every = max(1, round(decades / 4))
    return {**scale, **_powers(values, every)} if small else {**scale, "dtick": every}


def _powers(values: NDArray[np.float64], every: int) -> dict[str, Any]:
    """Powers of ten as labels: 1, 0.1, 0.01, 0.001, 1e-4, …, one of so many."""
    first, last = np.floor(np.log10(values.min()) / every), np.ceil(np.log10(values.max()) / every)
    exponents = [int(i) * every for i in np.arange(first, last + 1)]
    texts = [f"{float(f'1e{p}'):g}" if -4 < p < 5 else f"1e{p}" for p in exponents]
    return {"tickvals": [float(f"1e{p}") for p in exponents], "ticktext": texts}
