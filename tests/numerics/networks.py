"""A small network with random numbers in every parameter, and a mini-batch for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.numerics.strategies import DType
from trainer.numerics.cost import Labels, compute_cost, compute_weight_penalty
from trainer.numerics.parameters import Architecture, Parameters, Vector
from trainer.numerics.propagation import Workspace, backward_propagation, forward_propagation


@dataclass
class Network:
    """Parameters drawn from a normal distribution, gamma around 1, b around 0.5 lest all units of a layer be dead."""

    parameters: Parameters
    X: Vector
    y: Labels

    @classmethod
    def random(cls, architecture: Architecture, m: int, seed: int, dtype: DType | type = np.float64) -> Network:
        generator = np.random.Generator(np.random.PCG64(seed))
        parameters = Parameters(architecture, dtype)
        centres = {"gamma": 1.0, "b": 0.5}
        for name, view in parameters.views.items():
            spread = (view.shape[1] if name.startswith("W") else 10) ** -0.5
            view[:] = generator.normal(size=view.shape) * spread + centres.get(name[: name.index("[")], 0)
        X = generator.normal(size=(architecture.layer_dims[0], m)).astype(dtype)
        y: Labels = generator.integers(0, architecture.layer_dims[-1], size=(m,))
        return cls(parameters, X, y)

    def workspace(self) -> Workspace:
        return Workspace(self.parameters.architecture, self.y.size, self.X.dtype)

    def logits(self) -> Vector:
        return forward_propagation(self.X, self.parameters, self.workspace()).copy()

    def cost(self, weight_decay: float = 0.0) -> float:
        """What the gradients are of: the mini-batch's cost and the penalty on the weights."""
        return compute_cost(self.logits(), self.y) + compute_weight_penalty(self.parameters, weight_decay)

    def gradients(self, weight_decay: float = 0.0) -> Parameters:
        gradients = Parameters(self.parameters.architecture, self.X.dtype)
        workspace = self.workspace()
        forward_propagation(self.X, self.parameters, workspace)
        backward_propagation(self.y, self.parameters, workspace, gradients, weight_decay)
        return gradients
