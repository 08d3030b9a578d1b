"""What computes the updates: the reference, by numpy, or compiled code, which is several times as fast."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector
from trainer.numerics.updates import Floats, Network, ReferenceUpdates, Rule

Engine = Literal["compiled", "reference"]
ENGINES: tuple[Engine, ...] = get_args(Engine)


class Updates(Protocol):
    """Trains one network. Each engine is deterministic, and equal to the other to rounding, not in its bits."""

    def train(
        self,
        X: Vector,
        y: Labels,
        indices: Labels,
        bounds: Labels,
        largest: int,
        rule: Rule,
        alphas: Floats,
        costs: Floats,
        norms: Floats,
    ) -> int:
        """As `ReferenceUpdates.train`."""
        ...

    def evaluate(self, X: Vector, y: Labels) -> tuple[float, float]:
        """As `ReferenceUpdates.evaluate`."""
        ...


def updates_by(engine: Engine, network: Network, ewa_decay: float, class_weights: Floats | None = None) -> Updates:
    """An engine's updates of a network, as `ReferenceUpdates` has them; they wait for nothing any more."""
    if engine == "reference":
        return ReferenceUpdates(network, ewa_decay, class_weights)
    # the compiler takes a while to load, and reading a session does not need it
    from trainer.compiled.updates import CompiledUpdates, load

    load(network.parameters.vector.dtype.name)
    return CompiledUpdates(network, ewa_decay, class_weights)
