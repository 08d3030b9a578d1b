"""What a look-ahead says in a sentence: which arm is best, by how much, and what helps where none is."""

from __future__ import annotations

import math
from dataclasses import replace

from trainer.experiments.candidates import typed_candidates
from trainer.experiments.guess import GO_BACK
from trainer.experiments.look_ahead import Arm, best_of, sentence_of

BEFORE = (1.0, math.log(3))
"""The dev cost before, and that of a guess."""


def arm(label: str, dev_cost: float | None, *others: float) -> Arm:
    diverges = dev_cost is None or dev_cost > 2
    return Arm(label, {}, (), (), 1.0, dev_cost, 0.9, others, 7 if dev_cost is None else None, "", diverges)


def test_what_is_best_in_the_median_and_bad_on_the_coming_mini_batches_is_told() -> None:
    worst = [arm("×1", 0.30, 0.31, 0.32), arm("×3", 0.40, 0.10, 0.11)]
    assert best_of(worst) == 1
    told = (
        "×3 is best: dev cost 0.11 after 50, the median of 3 orders of the data (0.1 to 0.4);"
        " on the mini-batches that are coming it comes to 0.4, where ×1 comes to 0.3"
    )
    assert sentence_of(worst, 1, 50, *BEFORE) == told
    same = [arm("×1", 0.12, 0.31, 0.32), arm("×3", 0.11, 0.10, 0.11)]
    assert (
        sentence_of(same, 1, 50, *BEFORE)
        == "×3 is best: dev cost 0.11 after 50, the median of 3 orders of the data (0.1 to 0.11)"
    )


def test_what_is_near_in_the_median_alone_and_bad_on_the_coming_mini_batches_is_not_called_near() -> None:
    arms = [arm("×1", 0.175, 0.174, 0.2), arm("×3", 0.174, 0.173, 0.2), arm("×10", 1.298, 0.173, 0.174)]
    assert best_of(arms) == 1
    told = "×3 is best: dev cost 0.174 after 50, the median of 3 orders of the data (0.173 to 0.2)"
    told += ", and ×1 within 1% of that"
    assert sentence_of(arms, 1, 50, *BEFORE) == told


def test_where_no_candidate_helps_the_sentence_says_what_does() -> None:
    """A network whose costs are far above that of a guess, whatever is tried, is not brought back by going on."""
    arms = [arm("×1", 4e16), arm("×3", 2.46e4, 1.2e4, 3e4)]
    arms = [replace(each, diverges=False) for each in arms]
    helps = f"where a guess costs 1.1; {GO_BACK}"
    told = f"no candidate helps: ×3 comes lowest, to dev cost 24600 after 50, {helps}"
    assert sentence_of(arms, 1, 50, 4.6e16, math.log(3)) == told
    assert sentence_of(arms[1:], 0, 50, 4.6e16, math.log(3)) == f"×3: dev cost 24600 after 50, {helps}"
    told = f"×1 diverges within 50 iterations; {GO_BACK}"
    assert sentence_of([arm("×1", None)], None, 50, math.nan, math.log(3)) == told
    healed = [arms[0], arm("×3", 0.5)]
    assert sentence_of(healed, 1, 50, 4.6e16, math.log(3)) == "×3 is best: dev cost 0.5 after 50"
    assert sentence_of(arms, 1, 50, 4.6e16, math.inf).startswith("×3 is best")  # what is no network costs what it likes


def test_an_arm_that_diverges_on_the_coming_mini_batches_is_not_the_best() -> None:
    arms = [arm("×1", 0.30, 0.31, 0.32), arm("×3", None, 0.10, 0.11), arm("×10", 3.0, 0.01, 0.02)]
    assert best_of(arms) == 0
    assert sentence_of(arms, 0, 50, *BEFORE).endswith("(0.3 to 0.32); ×3, ×10 diverge")
    assert best_of(arms[1:2]) == 0
    assert best_of([arm("×3", None, math.inf, math.inf)]) is None


def test_arms_of_several_hyperparameters_are_told_apart_in_a_list() -> None:
    costs = zip(typed_candidates(["0.01,0.1 β=0.5,0.9"]), (0.5, 0.501, 0.502, 0.503), strict=True)
    arms = [replace(arm(each.label, cost), changes=each.changes) for each, cost in costs]
    near = "α 0.01 with β 0.9, α 0.1 with β 0.5, α 0.1 with β 0.9"
    told = f"α 0.01 with β 0.5 is best: dev cost 0.5 after 50, and {near} within 1% of that"
    assert sentence_of(arms, 0, 50, *BEFORE) == told
    (three,) = typed_candidates(["0.01 β=0.5 optimizer=adam"])
    assert three.label == "α 0.01 with β 0.5 and optimizer adam"
