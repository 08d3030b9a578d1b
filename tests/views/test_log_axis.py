"""Labels of log axes."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.views.log_axis import log_axis


def test_powers_of_ten_on_a_deep_axis_have_no_exponent_where_they_need_none() -> None:
    axis = log_axis(np.array([2e-6, np.nan, 0, 1.0]))
    assert axis["ticktext"] == ["1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1", "1"]
    assert axis["tickvals"] == [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    assert log_axis(np.array([5e-5, 3e6]))["ticktext"] == ["1e-6", "0.001", "1", "1000", "1e6", "1e9"]


def test_an_axis_with_a_floor_begins_there() -> None:
    values = np.array([1.0, 1e-28, 0])
    axis = log_axis(values, 1e-6)
    assert 10 ** np.array(axis.pop("range")) == pytest.approx([1e-6 / 1.5, 1.5])
    assert axis == log_axis(np.array([1.0, 1e-6]))
    assert "range" not in log_axis(values, 1e-30)


def test_few_decades_are_labelled_in_between() -> None:
    assert log_axis(np.array([0.002, 0.05])) == {"type": "log", "tickformat": "~g", "dtick": "D2"}
    assert log_axis(np.array([0.001, 1.0])) == {"type": "log", "tickformat": "~g", "dtick": 1}
    assert log_axis(np.array([])) == {"type": "log", "tickformat": "~g"}
