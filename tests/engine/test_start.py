import pytest

from trainer.engine.commands import Intervene
from trainer.engine.start import check_targets
from trainer.errors import CommandRefused

NUDGE = Intervene({"momentum": 0.5})


@pytest.mark.parametrize(
    ("end", "at", "refusal"),
    [
        (None, 1200, "an iteration from 38,720 on, but got 1,200: the run is at iteration 38,720 already"),
        (60000, 70000, "an iteration from 38,720 to 60,000, but got 70,000"),
        (2000, 70000, "iterations must be at least 38,720, where the run is already, but got 2,000"),
    ],
)
def test_iterations_in_refusals_are_in_groups_of_three_digits(end: int | None, at: int, refusal: str) -> None:
    with pytest.raises(CommandRefused) as caught:
        check_targets(38720, end, [(at, NUDGE)])
    assert str(caught.value).endswith(refusal)
