"""Gauges for clients, in plain values: the numbers, and the entries that say what they show and what is normal."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from trainer.engine.gauge_specs import GAUGES, split_layer
from trainer.recorder.gauge_history import GaugeHistory
from trainer.service.frames import plain


def gauges_as_plain(history: GaugeHistory, since: int = -1) -> dict[str, Any]:
    """What was measured after an iteration, at most at a thousand iterations, JSON-ready.

    "names" and "iterations" are the rows and columns of "values", where null stands for a gauge that had no meaning
    then; a number that is not finite is given by its name. "gauges" are the entries of those that are named, in the
    order of the table of gauges.
    """
    table = history.table(since)
    named = {split_layer(name)[0] for name in table.names}
    return {
        "names": list(table.names),
        "iterations": table.iterations.tolist(),
        "values": [[None if value != value else plain(value) for value in row] for row in table.values.tolist()],
        "gauges": [asdict(spec) for name, spec in GAUGES.items() if name in named],
    }
