"""Box: the ranges that a search draws from, and what its trials have beside what is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, RunConfig
from trainer.engine.mini_batch_size import check_mini_batch_size
from trainer.errors import InvalidInput
from trainer.experiments.search.dimension import SEARCHABLE, Dimension, dimension, position

Values = dict[str, Any]
"""Name → value of what is drawn for a trial."""

OF_A_DECAY = frozenset({"decay_rate", "decay_interval"})
"""Without effect while decay is none."""

_FIRST = ("learning_rate", "momentum")
"""In the box where nothing else was chosen: what matters most."""


@dataclass(frozen=True)
class Box:
    """Some dimensions, in the order of their importance."""

    dimensions: tuple[Dimension, ...]

    @classmethod
    def of(cls, ranges: Mapping[str, Sequence[Any]]) -> Box:
        """From name → [low, high], or the values of a choice; raises InvalidInput, as `dimension`."""
        if not ranges:
            raise InvalidInput(f"the box is empty; what can be searched is {', '.join(SEARCHABLE)}")
        made = {name: dimension(name, bounds) for name, bounds in ranges.items()}
        return cls(tuple(made[name] for name in SEARCHABLE if name in made))

    @classmethod
    def first(cls) -> Box:
        """α and β, over the knobs' whole ranges."""
        scales = {name: SEARCHABLE[name].scale for name in _FIRST}
        return cls.of({name: (scale.low, scale.high) for name, scale in scales.items() if scale is not None})

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Box:
        """From texts NAME=LOW:HIGH or NAME=ONE,OTHER; raises InvalidInput."""
        ranges: dict[str, list[str]] = {}
        for text in texts:
            name, equals, bounds = (part.strip() for part in text.partition("="))
            if not equals or not bounds:
                raise InvalidInput(f"a range is written NAME=LOW:HIGH, or NAME=ONE,OTHER, but got {text!r}")
            if name in ranges:
                raise InvalidInput(f"{name} has two ranges; one is allowed")
            is_number = name in SEARCHABLE and SEARCHABLE[name].scale is not None
            ranges[name] = [part.strip() for part in bounds.split(":" if is_number else ",")]
        return cls.of(ranges) if ranges else cls.first()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the hyperparameters."""
        return tuple(each.name for each in self.dimensions)

    def ranges(self) -> dict[str, list[Any]]:
        """Name → [low, high] or values, JSON-ready; the inverse of `of`."""
        return {each.name: each.bounds() for each in self.dimensions}

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether these values lie in it."""
        return all(each.name in values and each.holds(values[each.name]) for each in self.dimensions)

    def draw(self, seed: int, index: int) -> Values:
        """What trial number `index` has: a pure function of the three."""
        return {each.name: each.from_unit(position(seed, index, each.name)) for each in self.dimensions}

    def grid(self, trials: int) -> list[Values]:
        """The largest grid of at most so many points; raises InvalidInput where even the smallest has more.

        All values of a choice, and of each number as equally many as possible, at least two, at equal distances.
        """
        counts = [int(min(each.count, 2)) if each.kind != "choice" else int(each.count) for each in self.dimensions]
        if (smallest := math.prod(counts)) > trials:
            raise InvalidInput(
                f"a grid over {', '.join(self.names)} has at least {smallest} points, but only {trials} trials are"
                f" allowed: take more trials, fewer hyperparameters, or draw at random"
            )
        while True:
            for i in sorted(range(len(counts)), key=lambda i: counts[i]):
                more = math.prod(counts) // counts[i] * (counts[i] + 1)
                if counts[i] < self.dimensions[i].count and more <= trials:
                    counts[i] += 1
                    break
            else:
                break
        spread = [each.spread(n) for each, n in zip(self.dimensions, counts, strict=True)]
        return [dict(zip(self.names, point, strict=True)) for point in itertools.product(*spread)]

    def check(self, config: RunConfig, hyperparameters: Hyperparameters, m: int) -> None:
        """Raise InvalidInput where a trial drawn from it could not be trained, or a range has no effect."""
        decays = self.ranges().get("decay", [hyperparameters.decay])
        if decays == ["none"]:
            for name in OF_A_DECAY & set(self.names):
                raise InvalidInput(f"{name} has no effect while decay is none: choose a decay, or put it in the box")
        if "hidden_units" in self.names and "hidden_layers" not in self.names and not config.layers:
            raise InvalidInput(
                "hidden_units has no effect without hidden layers: choose layers, or put them in the box"
            )
        lows, highs = ({n: b[at] for n, b in self.ranges().items()} for at in (0, -1))
        for ends, decay in itertools.product((lows, highs), decays):
            trial_config(ends, config)
            trial_hyperparameters(ends | ({"decay": decay} if "decay" in self.names else {}), hyperparameters)
        if "batch_norm" in self.names:
            highs["batch_norm"] = lows["batch_norm"]  # on, if any trial has it on
        sizes = next((each.spread(2) for each in self.dimensions if each.name == "mini_batch_size"), None)
        for size in sizes or [hyperparameters.mini_batch_size]:
            check_mini_batch_size(size, trial_config(highs, config), m)


def trial_hyperparameters(values: Mapping[str, Any], hyperparameters: Hyperparameters) -> Hyperparameters:
    """Those of a trial; raises InvalidHyperparameter."""
    return hyperparameters.changed({name: value for name, value in values.items() if name in HYPERPARAMETERS})


def trial_config(values: Mapping[str, Any], config: RunConfig) -> RunConfig:
    """The run config of a trial; raises InvalidHyperparameter."""
    layers = config.layers
    if "hidden_layers" in values or "hidden_units" in values:
        n = SEARCHABLE["hidden_layers"].check(values.get("hidden_layers", len(layers)))
        usual = layers[0] if layers else SEARCHABLE["hidden_units"].default
        layers = (SEARCHABLE["hidden_units"].check(values.get("hidden_units", usual)),) * n
    fixed = {name: values[name] for name in ("batch_norm", "activation") if name in values}
    return replace(config, layers=layers, **fixed)


def values_of(box: Box, config: RunConfig, hyperparameters: Hyperparameters) -> Values:
    """What a run has of what a box draws."""
    layers = {"hidden_layers": len(config.layers), "hidden_units": config.layers[0] if config.layers else 0}
    has = {"batch_norm": config.batch_norm, "activation": config.activation, **layers}
    return {name: has[name] if name in has else getattr(hyperparameters, name) for name in box.names}
