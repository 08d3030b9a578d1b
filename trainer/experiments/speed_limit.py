"""Speed limit: the largest stable α of the optimizer in force, by the curvature of the cost where a run is.

An estimate: the cost is that of the coming mini-batches, each with its own batch-norm statistics, and the cost is a
parabola only nearby. Training goes on above the limit for a while, and the curvature follows: see the sources named in
`trainer.numerics.curvature`. RMSprop and Adam have none in their first iterations, where the average that they divide
by is of a few gradients: an element whose gradients happened to be small looks as if it must hardly be moved. Adam goes
well above its limit: over full batches of digits its cost begins to rise at 2 to 20 times the limit, mostly at 5, since
its oscillation grows slowly and the average follows it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from trainer.engine.class_weights import class_weights
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.engine.trainable import Trainable, build
from trainer.engine.wording import measured_text
from trainer.errors import InvalidHyperparameter, InvalidInput, JobFailed, NonFinite
from trainer.experiments.clones import Boundary
from trainer.numerics.cost import Labels
from trainer.numerics.curvature import (
    Gradient,
    flat,
    hessian_vector_product,
    largest_stable_learning_rate,
    preconditioner,
)
from trainer.numerics.mini_batches import epoch_order, next_mini_batch_size
from trainer.numerics.parameters import Parameters
from trainer.numerics.propagation import Workspace, backward_propagation, forward_propagation
from trainer.numerics.updates import Floats, Optimizer, Rule

EXAMPLES = 1024
"""Of the coming mini-batches, about so many; fewer where a gradient over them takes more than OPERATIONS."""

OPERATIONS = 3e8

FEWEST = 10
"""Gradients that the average of RMSprop and Adam must be of."""

_DENSE = 24
"""With so few parameters the Hessian is written out."""

_TOLERANCE = 1e-4
"""Relative error of the largest eigenvalue."""

ADAPTIVE: tuple[Optimizer, ...] = ("rmsprop", "adam")
"""Optimizers that divide by an average of the gradient."""

_NAMES: dict[Optimizer, str] = {
    "gd": "gradient descent",
    "momentum": "momentum",
    "rmsprop": "RMSprop",
    "adam": "Adam",
}


@dataclass(frozen=True)
class SpeedLimit:
    """The largest stable α, an estimate.

    Attributes
    ----------
    learning_rate : infinite where the cost curves upwards nowhere
    curvature : the largest eigenvalue of the Hessian; for RMSprop and Adam of the preconditioned one
    examples : training examples over which the cost was taken; 0 where the trainable takes no examples
    text : all of it in a sentence
    """

    learning_rate: float
    curvature: float
    optimizer: Optimizer
    examples: int
    text: str


def speed_limit(boundary: Boundary, spent: Callable[[], bool] = lambda: False) -> SpeedLimit:
    """The limit where a run is.

    Parameters
    ----------
    spent : whether to give up; asked before each gradient

    Raises
    ------
    JobFailed : it was given up
    NonFinite : cost or gradient there is NaN or infinite
    InvalidInput : this kind of trainable has no gradient descent, from which its gradient could be told; the average of
        squared gradients is of fewer than FEWEST
    """
    loop = build(boundary.config, boundary.dataset, state=boundary.state)
    whole_gradient, names, sizes = _gradient_of(loop, boundary.state)

    def gradient(theta: Floats) -> Floats:
        if spent():
            raise JobFailed(f"the curvature at iteration {boundary.state.iteration} was given up")
        return whole_gradient(theta)

    state, h = boundary.state, loop.hyperparameters
    theta = flat([state.tensors[name] for name in names])
    dtheta = gradient(theta)
    if not np.isfinite(dtheta).all():
        raise NonFinite(
            f"the gradient at iteration {state.iteration} is not a finite number, so the curvature is not known"
        )
    P = None
    if h.optimizer in ADAPTIVE:
        s_weight = _weight_of_squares(state)
        rule = Rule(h.optimizer, h.momentum, h.beta2, h.epsilon, h.weight_decay, h.clip_norm)
        s = flat([state.tensors[f"s/{name}"] for name in names])
        P = preconditioner(rule, dtheta, s, state.v_weight, s_weight)
    curvature = largest_curvature(gradient, theta, P)
    limit = largest_stable_learning_rate(h.optimizer, curvature, h.momentum)
    return SpeedLimit(limit, curvature, h.optimizer, sum(sizes), _sentence(limit, curvature, h.optimizer, sizes))


def largest_curvature(gradient: Gradient, theta: Floats, P: Floats | None = None) -> float:
    """The largest eigenvalue of the Hessian, or of P^(-1/2) H P^(-1/2), by Lanczos' method on products with it.

    Parameters
    ----------
    gradient : of the cost, in float64; each product takes two
    theta : `(size,)`, where
    P : the diagonal `(size,)` of a preconditioner

    Raises
    ------
    NonFinite : the gradient is NaN or infinite nearby
    """
    scale = np.ones_like(theta) if P is None else P**-0.5

    def product(direction: Floats) -> Floats:
        found = scale * hessian_vector_product(gradient, theta, scale * np.ravel(direction))
        if not np.isfinite(found).all():
            raise NonFinite("the gradient nearby is not a finite number, so the curvature is not known")
        return found

    n = theta.size
    if n <= _DENSE:
        H = np.stack([product(unit) for unit in np.eye(n)])
        return float(np.linalg.eigvalsh((H + H.T) / 2)[-1])
    # a moment to load, which nobody else has to wait for
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    operator = LinearOperator((n, n), matvec=product, dtype=np.float64)
    begin = np.random.Generator(np.random.PCG64(1)).standard_normal(n)
    try:
        found = eigsh(
            operator, k=1, which="LA", v0=begin, tol=_TOLERANCE, ncv=12, maxiter=20, return_eigenvectors=False
        )
    except ArpackNoConvergence:  # a gap that small: the two are the same to the tolerance that counts
        found = eigsh(operator, k=1, which="LA", v0=begin, tol=1e-2, ncv=24, maxiter=100, return_eigenvectors=False)
    return float(found[0])


def _weight_of_squares(state: TrainingState) -> float:
    """The weight of the average of squared gradients: 1 - β₂^n, if it is of n.

    RMSprop keeps none, so n is the iteration. Where another optimizer came first it is fewer, and the limit that comes
    of it is too low until the average has filled.
    """
    h, n = state.hyperparameters, state.iteration
    weight = state.s_weight if h.optimizer == "adam" else 1 - h.beta2**n
    if weight < 1 - h.beta2 ** (FEWEST - 0.5):  # between 9 and 10, however it was rounded
        n = round(math.log1p(-weight) / math.log(h.beta2)) if weight and h.beta2 else 0
        raise InvalidInput(
            f"{_NAMES[h.optimizer]} divides by an average of squared gradients, of {n} until now: it takes {FEWEST}"
        )
    return weight


def _gradient_of(loop: Trainable, state: TrainingState) -> tuple[Gradient, list[str], list[int]]:
    """dθ as a function of θ, the names of the tensors that θ is made of, and the sizes of its mini-batches."""
    if isinstance(loop, TrainingLoop):
        batches = list(_coming_mini_batches(loop, state))
        return _of_network(loop, batches), list(loop.parameters.views), [len(batch) for batch in batches]
    names = [name for name in state.tensors if "/" not in name]
    return _by_an_update(loop, state, names), names, []


def _of_network(loop: TrainingLoop, batches: list[Labels]) -> Gradient:
    """By backward propagation in float64, the mean over mini-batches of which each has its own batch norm."""
    architecture, decay = loop.parameters.architecture, loop.hyperparameters.weight_decay
    parameters, gradients = Parameters(architecture, np.float64), Parameters(architecture, np.float64)
    weights = class_weights(loop.config, loop.dataset)
    workspaces = {m: Workspace(architecture, m, np.float64) for m in set(map(len, batches))}
    data = []
    for batch in batches:
        X, y, rows = loop.seen.training_examples(batch)
        data.append((np.ascontiguousarray(X[rows].T, np.float64), y[rows]))
    total = sum(map(len, batches))

    def gradient(theta: Floats) -> Floats:
        parameters.vector[:] = theta
        mean = np.zeros_like(theta)
        with np.errstate(all="ignore"):
            for X, y in data:
                workspace = workspaces[len(y)]
                forward_propagation(X, parameters, workspace)
                of_batch = backward_propagation(y, parameters, workspace, gradients, decay, weights)
                mean += of_batch * (len(y) / total)
        return mean

    return gradient


def _by_an_update(loop: Trainable, state: TrainingState, names: list[str]) -> Gradient:
    """What one update of gradient descent with α = 1 takes away from θ; for a trainable in float64 of any kind."""
    h = replace(loop.hyperparameters, optimizer="gd", learning_rate=1.0, decay="none", decay_rate=1.0, clip_norm=0.0)
    tensors = {name: tensor for name, tensor in state.tensors.items() if "/" not in name}
    begin = replace(state, hyperparameters=h, v_weight=0.0, s_weight=0.0, tensors=tensors)
    try:
        clone = build(loop.config, loop.dataset, state=begin)
    except InvalidHyperparameter as error:
        raise InvalidInput(f"the curvature of {loop.config.trainable!r:.60} is not known: {error}") from error
    ends = np.cumsum([state.tensors[name].size for name in names])[:-1]

    def gradient(theta: Floats) -> Floats:
        parts = dict(zip(names, np.split(theta, ends), strict=True))
        shaped = {
            name: parts[name].reshape(tensor.shape) if name in parts else tensor for name, tensor in tensors.items()
        }
        clone.restore(replace(begin, tensors=shaped))
        clone.train(np.empty(1))
        after = clone.state().tensors
        return theta - flat([after[name] for name in names])

    return gradient


def _coming_mini_batches(loop: TrainingLoop, state: TrainingState) -> Iterator[Labels]:
    """Examples of the coming mini-batches: at least one of these, or as much of it as the bounds above allow."""
    m, size, seed = loop.m, loop.hyperparameters.mini_batch_size, loop.config.seed
    most = int(min(max(EXAMPLES, size), max(2, OPERATIONS / loop.parameters.architecture.operations(1)), m))
    epoch, offset = state.epoch, state.offset
    order = epoch_order(seed, epoch, m)
    taken = 0
    while taken < most:
        of_batch = next_mini_batch_size(offset, m, size)
        if taken and taken + of_batch > most:
            break
        yield order[offset : offset + min(of_batch, most)]
        taken, offset = taken + of_batch, offset + of_batch
        if offset == m:
            epoch, offset = epoch + 1, 0
            order = epoch_order(seed, epoch, m)


def _sentence(limit: float, curvature: float, optimizer: Optimizer, sizes: list[int]) -> str:
    over = f" over {sum(sizes):,} of the coming examples, in mini-batches of {max(sizes):,}" if sizes else ""
    of = "preconditioned curvature" if optimizer in ADAPTIVE else "curvature"
    if math.isinf(limit):
        return f"the cost curves upwards nowhere here{over}, so {_NAMES[optimizer]} has no speed limit (an estimate)"
    told = f"largest {of} {measured_text(curvature)}{over}"
    return f"{_NAMES[optimizer]} is stable up to about α = {measured_text(limit)} here (an estimate: {told})"
