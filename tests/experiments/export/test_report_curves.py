"""What the charts of a report are drawn from."""

from __future__ import annotations

import numpy as np

from trainer.experiments.export.report.curves import _range


def test_averages_that_decay_while_mini_batches_cost_nothing_do_not_lead_a_log_axis_astray() -> None:
    costs = [np.array([0.5, 0.01, 0, np.nan]), np.array([0.9, 2.0])]
    assert _range(costs, np.array([1, 1e-3, 1e-28])) == [1e-4, 2.0]
    assert _range(costs, np.array([1, 1e-3])) == [1e-3, 2.0]
    assert _range(costs, np.array([])) == [0.01, 2.0]
    assert _range([np.zeros(3)], np.zeros(2)) is None
