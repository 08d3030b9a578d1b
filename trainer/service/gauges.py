"""Gauges for clients, in plain values: the numbers, what they show and what is normal, and why others are absent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from trainer.engine.absent_gauges import absent_gauges
from trainer.engine.gauge_specs import GAUGES, drawn, split_layer
from trainer.engine.hyperparameters import NETWORK, RunConfig
from trainer.engine.status import Status
from trainer.recorder.gauge_history import GaugeHistory
from trainer.service.frames import plain


def gauges_as_plain(
    history: GaugeHistory, config: RunConfig | None, since: int = -1, status: Status | None = None
) -> dict[str, Any]:
    """What was measured after an iteration, at most at a thousand iterations, JSON-ready.

    "names" and "iterations" are the rows and columns of "values", where null stands for a gauge that had no meaning
    then or could not be measured; a number that is not finite is given by its name. "gauges" are the entries of those
    that are named, in the order of the table of gauges. "layers" is how many layers the network has, the output layer
    included; "absent" has one sentence for each kind of gauge that is not there, with the reason; "share" is that of
    the training time in which they are measured, at most; "used" the one that they took so far, and "every" how many
    iterations lie between two measurements on average, both null where that is not known.

    Parameters
    ----------
    config : of the run; None where there is no run
    status : of a live run, which knows what measuring takes; a record does not
    """
    table = history.table(since)
    rows = [drawn(name, row).tolist() for name, row in zip(table.names, table.values, strict=True)]
    named = {split_layer(name)[0] for name in table.names}
    return {
        "names": list(table.names),
        "iterations": table.iterations.tolist(),
        "values": [[None if value != value else plain(value) for value in row] for row in rows],
        "gauges": [asdict(spec) for name, spec in GAUGES.items() if name in named],
        "layers": 0 if config is None or config.trainable != NETWORK else len(config.layers) + 1,
        "absent": [] if config is None else absent_gauges(config, named),
        "share": 0 if config is None else config.gauge_budget,
        "used": None if status is None else status.gauge_share,
        "every": None if status is None else status.gauge_interval,
    }
