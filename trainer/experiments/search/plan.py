"""What a search is: fixed when it begins, and its rounds, of which a person may add more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.experiments.search.box import Box, Values
from trainer.numerics.scales import Interval

Sampler = Literal["random", "grid", "coarse-to-fine", "tpe"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)

MOST_TRIALS = 100_000

SEEDS = Interval(0, 2**63 - 1, "[]", whole=True)


@dataclass(frozen=True)
class SearchPlan:
    """All that the trials of a search have in common.

    Attributes
    ----------
    config, hyperparameters : of every trial, where the box says nothing else
    epochs, iterations : of every trial; one of them
    box : of the first round
    seed : of what is drawn
    trials : how many, over all rounds
    rounds : of "coarse-to-fine"; 1 of any other sampler
    halving : whether trials that fall behind are stopped early, by successive halving; not of "tpe"
    origin : where the state that all trials begin with is from, for people; "" for initial parameters
    """

    config: RunConfig
    hyperparameters: Hyperparameters
    box: Box
    sampler: Sampler = "random"
    seed: int = 1
    trials: int = 25
    rounds: int = 1
    epochs: int | None = 10
    iterations: int | None = None
    halving: bool = False
    origin: str = ""

    def __post_init__(self) -> None:
        """Raises InvalidInput."""
        if self.sampler not in SAMPLERS:
            raise InvalidInput(f"sampler must be one of {', '.join(SAMPLERS)}, but got {self.sampler!r}")
        if not 1 <= self.trials <= MOST_TRIALS:
            raise InvalidInput(f"trials must be a whole number from 1 to {MOST_TRIALS:,}, but got {self.trials}")
        if self.seed not in SEEDS:
            raise InvalidInput(f"seed must be {SEEDS}, but got {self.seed}")
        if self.sampler != "coarse-to-fine" and self.rounds != 1:
            raise InvalidInput(f"rounds belong to coarse-to-fine; {self.sampler} has 1, but got {self.rounds}")
        if not 1 <= self.rounds <= self.trials:
            raise InvalidInput(f"rounds must be from 1 to the {self.trials} trials, but got {self.rounds}")
        if (self.epochs is None) == (self.iterations is None):
            raise InvalidInput("a trial has a number of epochs or of iterations: give one of them")
        if self.halving and self.sampler == "tpe":
            raise InvalidInput(
                "successive halving compares the trials of a round when all of them have begun, but tpe draws some when"
                " others are over: choose another sampler, or no halving"
            )
        if (length := self.epochs or self.iterations or 0) < 1:
            raise InvalidInput(f"a trial has at least 1 epoch or iteration, but got {length}")

    def in_rounds(self) -> list[int]:
        """Trials of each planned round; the first ones have one more where they cannot be equal."""
        each, more = divmod(self.trials, self.rounds)
        return [each + (number < more) for number in range(self.rounds)]

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            **{name: value for name, value in asdict(self).items() if name not in ("config", "hyperparameters", "box")},
            "config": self.config.as_recorded(),
            "hyperparameters": self.hyperparameters.as_recorded(),
            "box": self.box.ranges(),
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> SearchPlan:
        """The inverse; raises InvalidInput, KeyError or TypeError where it is not one."""
        config = dict(fields["config"])
        names = ("sampler", "seed", "trials", "rounds", "epochs", "iterations", "halving", "origin")
        return cls(
            RunConfig(**config | {"layers": tuple(config["layers"])}),
            Hyperparameters(**fields["hyperparameters"]),
            Box.of(fields["box"]),
            **{name: fields[name] for name in names},
        )


@dataclass(frozen=True)
class Round:
    """Some trials that are drawn from one box.

    Attributes
    ----------
    number : from 1
    first : number of its first trial
    trials : how many
    given : values that its first trials have, instead of drawn ones
    why : "begin", "zoom" around the best so far, or "edited" by a person
    """

    number: int
    box: Box
    first: int
    trials: int
    given: tuple[Values, ...] = field(default=())
    why: str = "begin"

    @property
    def end(self) -> int:
        """Number of the trial after its last one."""
        return self.first + self.trials

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "number": self.number,
            "box": self.box.ranges(),
            "first": self.first,
            "trials": self.trials,
            "given": [dict(values) for values in self.given],
            "why": self.why,
        }

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Round:
        """The inverse."""
        return cls(
            fields["number"],
            Box.of(fields["box"]),
            fields["first"],
            fields["trials"],
            tuple(dict(values) for values in fields["given"]),
            fields["why"],
        )


def followed(rounds: list[Round], new: Round) -> list[Round]:
    """Rounds and one more, numbered from 1; it takes the place of those at the end from which no trial is drawn."""
    before = rounds.copy()
    why = new.why
    while before and before[-1].first >= new.first:
        if before.pop().why == "zoom":
            why = "zoom"  # it was planned, and does not come again
    return [*before, replace(new, number=len(before) + 1, why=why)]
