"""The typed structures that compiled functions take: named tuples, which numba passes as if each field stood alone.

"Floats" below are arrays of the network's precision, float32 or float64; all arrays are contiguous by rows. A structure
refers to its arrays and copies none of them.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy import int64
from numpy.typing import NDArray

from trainer.numerics.cost import Labels
from trainer.numerics.parameters import Vector
from trainer.numerics.updates import Floats

Integers = NDArray[int64]


class Examples(NamedTuple):
    """The examples that a network is trained or evaluated on.

    Attributes
    ----------
    X : floats `(examples, n[0])`, normalised
    y : intp `(examples,)`, labels 0..C-1
    class_weights : floats `(C,)`, w_c of the loss of each example of class c in the cost
    """

    X: Vector
    y: Labels
    class_weights: Vector


class MiniBatches(NamedTuple):
    """T updates: what they are made of, and what they write down.

    Attributes
    ----------
    indices : intp, numbers of examples; mini-batch t is of `indices[bounds[t] : bounds[t + 1]]`
    bounds : intp `(T + 1,)`
    alphas : float64 `(T,)`, learning rate α of each update
    costs : float64 `(T,)`, written: cost J of each mini-batch before its update, in nats an example
    norms : float64 `(T,)`, written: ‖dθ‖ of each update, before clipping
    """

    indices: Labels
    bounds: Labels
    alphas: Floats
    costs: Floats
    norms: Floats


class Vectors(NamedTuple):
    """The numbers of one network, laid out as `trainer.numerics.parameters` lays out θ, and `Statistics` μ and σ².

    Attributes
    ----------
    theta, dtheta : floats `(size,)`, parameters θ and their gradient
    v, s : floats `(size,)`, the optimizer's averages of dθ and of its squares
    weights : float64 `(2,)`, what v and s have been weighted with, for bias correction
    running, statistics : floats `(2 · normalised units,)`, μ then σ² of batch norm: running, and of the mini-batch
    """

    theta: Vector
    dtheta: Vector
    v: Vector
    s: Vector
    weights: Floats
    running: Vector
    statistics: Vector


class Workspace(NamedTuple):
    """Memory for everything between the examples and the gradient, for mini-batches of at most m examples.

    Attributes
    ----------
    layers : int64 `(L + 1, COLUMNS)`, where the arrays of each layer lie; columns: `trainer.compiled.propagation`
    memory : floats, which the arrays of all layers divide among them
    labels : intp `(m,)`, of the mini-batch
    weights : floats `(m,)`, w_y of each example of the mini-batch
    sums : float64, one element for each panel of work, so that sums are added up in one order
    """

    layers: Integers
    memory: Vector
    labels: Labels
    weights: Vector
    sums: Floats


class UpdateRule(NamedTuple):
    """How an update is made of a mini-batch; α comes with each mini-batch.

    Attributes
    ----------
    activation : RELU, TANH or SIGMOID of `trainer.compiled.layers`
    optimizer : GD, MOMENTUM, RMSPROP or ADAM of `trainer.compiled.optimizers`
    batch_norm_epsilon, ewa_decay : batch norm's ε, and ρ of its running statistics
    momentum, beta2, epsilon : β, β₂ and ε of the optimizer
    weight_decay : λ of the L2 penalty on W; 0 is off
    clip_norm : largest ‖dθ‖; 0 is off
    """

    activation: int
    optimizer: int
    batch_norm_epsilon: float
    ewa_decay: float
    momentum: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_norm: float


class Member(NamedTuple):
    """One thread of a team (`trainer.compiled.team`).

    Attributes
    ----------
    team : int64, shared by all members
    number : 0 of the first member
    scratch : floats, room for a panel, of this member alone
    """

    team: Integers
    number: int
    scratch: Vector


class Part(NamedTuple):
    """Consecutive parameters that are updated in one go, with what belongs to them: floats `(n,)` each."""

    theta: Vector
    dtheta: Vector
    v: Vector
    s: Vector


class Step(NamedTuple):
    """What one update has of its own.

    Attributes
    ----------
    alpha : learning rate α
    shortened : factor that clips dθ; 1 where it is not clipped
    v_weight, s_weight : what v and s have been weighted with, this update included
    """

    alpha: float
    shortened: float
    v_weight: float
    s_weight: float


class Block(NamedTuple):
    """Size of a matrix of m examples by n neighbouring units, with `stride` elements from one row to the next."""

    m: int
    n: int
    stride: int


class BatchNorm(NamedTuple):
    """Batch norm of some neighbouring units: scale γ, shift β, and the statistics μ and σ²; floats `(n,)` each."""

    gamma: Vector
    beta: Vector
    mean: Vector
    variance: Vector


class Output(NamedTuple):
    """The output layer of some examples.

    Attributes
    ----------
    Z : floats, logits `(C, m)` with `stride` elements from one row to the next
    y : intp `(m,)`, labels
    weights : floats `(m,)`, w_y of each example
    C : number of classes
    stride : elements
    largest, exponentials : floats `(m,)`, written: each example's largest logit z, and Σ_c e^(z_c - z)
    """

    Z: Vector
    y: Labels
    weights: Vector
    C: int
    stride: int
    largest: Vector
    exponentials: Vector


class Matrix(NamedTuple):
    """A factor or result of a matrix product.

    Attributes
    ----------
    memory : floats, the matrix begins with the first
    stride : elements from one row to the next, or from one column to the next where it is TRANSPOSED
    lies : PLAIN, TRANSPOSED or PACKED of `trainer.compiled.panels`
    """

    memory: Vector
    stride: int
    lies: int


class Rows(NamedTuple):
    """Some rows within an array: they begin at element `start`, and are `stride` elements apart."""

    memory: Vector
    start: int
    stride: int
