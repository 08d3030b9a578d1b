"""The training loop: deterministic, changed in flight, copied and put back."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tests.examples import three_blobs
from trainer.data.read_as import DType
from trainer.engine.engines import ENGINES, Engine
from trainer.engine.hyperparameters import DTYPES, OPTIMIZERS, Hyperparameters, RunConfig
from trainer.engine.loop import TrainingLoop
from trainer.engine.state import TrainingState
from trainer.errors import InvalidHyperparameter, NonFinite
from trainer.numerics.updates import Optimizer

USUAL: dict[str, object] = {"layers": (8, 6), "evaluate_every": 10}


@pytest.fixture(params=ENGINES, autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Each test is of both engines."""
    monkeypatch.setitem(USUAL, "engine", request.param)
    chosen: Engine = request.param
    return chosen


def make_loop(hyperparameters: Hyperparameters | None = None, **config: object) -> TrainingLoop:
    run_config = RunConfig(**{**USUAL, **config})  # type: ignore[arg-type]
    hyperparameters = hyperparameters or Hyperparameters(mini_batch_size=16)
    return TrainingLoop(run_config, three_blobs(dtype=run_config.dtype), hyperparameters)


def steps(loop: TrainingLoop, n: int) -> list[float]:
    return [loop.step() for _ in range(n)]


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_same_calls_give_the_same_bits(optimizer: Optimizer, dtype: DType, batch_norm: bool) -> None:
    hyperparameters = Hyperparameters(optimizer=optimizer, learning_rate=0.01, mini_batch_size=16)
    one = make_loop(hyperparameters, dtype=dtype, batch_norm=batch_norm)
    two = make_loop(hyperparameters, dtype=dtype, batch_norm=batch_norm)
    assert steps(one, 40) == steps(two, 40)
    assert one.state().digest() == two.state().digest()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_restored_state_goes_on_as_if_nothing_had_happened(optimizer: Optimizer) -> None:
    loop = make_loop(Hyperparameters(optimizer=optimizer, learning_rate=0.01, mini_batch_size=16))
    steps(loop, 23)  # in the middle of epoch 3
    state = loop.state()
    expected, digest = steps(loop, 30), loop.state().digest()
    other = make_loop(Hyperparameters(optimizer="adam", mini_batch_size=7))
    steps(other, 5)
    other.restore(state)
    assert other.state().digest() == state.digest()
    assert steps(other, 30) == expected
    assert other.state().digest() == digest


def test_a_state_is_a_copy_and_can_be_written_down() -> None:
    loop = make_loop()
    state = loop.state()
    digest = state.digest()
    steps(loop, 3)
    assert state.digest() == digest
    again = TrainingState.from_parts(state.scalars(), state.tensors)
    assert again.digest() == digest


def test_training_lowers_the_dev_cost() -> None:
    loop = make_loop()
    before = loop.evaluate()
    steps(loop, 200)
    after = loop.evaluate()
    assert after.dev_cost < 0.5 * before.dev_cost
    assert after.dev_accuracy > 0.8


def test_evaluating_and_predicting_change_nothing() -> None:
    loop = make_loop()
    steps(loop, 5)
    digest = loop.state().digest()
    loop.evaluate()
    probabilities = loop.predict(loop.dataset.X_dev.T)
    assert probabilities.shape == (3, 30)
    np.testing.assert_allclose(probabilities.sum(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(loop.predict(loop.dataset.X_dev[:1].T)[:, 0], probabilities[:, 0], rtol=1e-5)
    assert loop.state().digest() == digest


def test_a_prediction_with_parameters_that_are_too_large_is_no_number_and_no_warning() -> None:
    loop = make_loop(batch_norm=False)
    for name in ("W[1]", "W[2]"):
        loop.parameters[name][:] = 1e30
    assert np.isnan(loop.predict(loop.dataset.X_dev.T)).any()


def test_decay_goes_on_from_the_learning_rate_in_force() -> None:
    loop = make_loop(Hyperparameters(learning_rate=0.2, decay="inverse-time", decay_rate=1.0, mini_batch_size=97))
    steps(loop, 4)  # 4 epochs: 0.2 / (1 + 4) = 0.04
    assert loop.learning_rate == pytest.approx(0.04, rel=1e-15)
    before, after = loop.intervene({"decay": "exponential", "decay_rate": 0.5})
    assert (before, after) == (
        {"decay": "inverse-time", "decay_rate": 1.0},
        {"decay": "exponential", "decay_rate": 0.5},
    )
    assert loop.learning_rate == pytest.approx(0.04, rel=1e-15)  # no jump
    assert loop.hyperparameters.learning_rate == loop.learning_rate  # the new α₀
    steps(loop, 2)
    assert loop.learning_rate == pytest.approx(0.01, rel=1e-15)  # 0.5² · 0.04


def test_a_learning_rate_set_by_hand_is_not_overwritten_by_the_schedule() -> None:
    loop = make_loop(Hyperparameters(learning_rate=0.2, decay="exponential", decay_rate=0.5, mini_batch_size=97))
    steps(loop, 3)
    before, after = loop.intervene({"learning_rate": 0.1})
    assert (before, after) == ({"learning_rate": 0.025}, {"learning_rate": 0.1})  # α in force, not α₀
    assert loop.learning_rate == 0.1
    steps(loop, 1)
    assert loop.learning_rate == 0.05


def test_momentum_leaves_the_schedule_alone() -> None:
    loop = make_loop(Hyperparameters(learning_rate=0.2, decay="exponential", decay_rate=0.5, mini_batch_size=97))
    steps(loop, 1)
    loop.intervene({"momentum": 0.5})
    assert loop.learning_rate == 0.1
    assert loop.hyperparameters.learning_rate == 0.2


def test_another_optimizer_starts_its_averages_from_zero_and_the_same_one_keeps_them() -> None:
    loop = make_loop()
    steps(loop, 10)
    velocity = loop.state().tensors["v/W[1]"]
    assert np.any(velocity != 0)
    loop.intervene({"optimizer": "momentum"})
    np.testing.assert_array_equal(loop.state().tensors["v/W[1]"], velocity)
    loop.intervene({"optimizer": "adam"})
    state = loop.state()
    assert not np.any(state.tensors["v/W[1]"])
    assert not np.any(state.tensors["s/W[1]"])
    assert (state.v_weight, state.s_weight) == (0.0, 0.0)
    loop.step()
    assert loop.state().v_weight == pytest.approx(0.1)  # 1 - β¹


def test_the_velocity_exists_while_momentum_is_zero() -> None:
    loop = make_loop(Hyperparameters(momentum=0.0, mini_batch_size=16))
    loop.step()
    assert np.any(loop.state().tensors["v/W[1]"] != 0)


def test_the_mini_batch_size_changes_in_the_middle_of_an_epoch() -> None:
    loop = make_loop()
    steps(loop, 2)  # 32 of 97 seen
    loop.intervene({"mini_batch_size": 32})
    loop.step()
    assert loop.state().offset == 64
    loop.step()  # 33 are left: were 32 taken, a single example would remain
    assert (loop.state().epoch, loop.state().offset) == (1, 0)


def test_stochastic_gradient_descent_takes_one_example_after_the_other() -> None:
    loop = make_loop(Hyperparameters(optimizer="gd", mini_batch_size=1), batch_norm=False)
    steps(loop, 96)
    assert (loop.state().epoch, loop.state().offset) == (0, 96)
    loop.intervene({"mini_batch_size": 16})  # the one that is left stands alone
    loop.step()
    assert (loop.state().epoch, loop.state().offset) == (1, 0)
    loop.step()
    assert loop.state().offset == 16
    loop.intervene({"mini_batch_size": 1})
    loop.step()
    assert loop.state().offset == 17


def test_a_mini_batch_of_one_example_is_refused_where_there_is_batch_norm() -> None:
    loop, one = make_loop(), Hyperparameters(mini_batch_size=1)
    sentence = (
        "mini_batch_size must be at least 2 with batch norm, since over one example the variance is 0, but got 1;"
        " without batch norm 1 is allowed"
    )
    digest = loop.state().digest()
    for refused in (lambda: loop.intervene({"mini_batch_size": 1}), lambda: make_loop(one)):
        with pytest.raises(InvalidHyperparameter) as caught:
            refused()
        assert str(caught.value) == sentence
    assert loop.state().digest() == digest
    steps(make_loop(one, layers=()), 3)  # softmax regression has no batch norm


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0"),
        ({"learning_rate": 0.2, "momentum": 1.0}, "momentum must be a number at least 0 and below 1, but got 1"),
        ({"mini_batch_size": 98}, "mini_batch_size must be at most 97, the number of training examples, but got 98"),
        ({"alpha": 0.1}, "'alpha' is not a hyperparameter"),
        ({"decay": "exponential", "decay_rate": 2.0}, "decay_rate must be .* where decay is exponential, but got 2.0"),
    ],
)
def test_a_refused_change_changes_nothing(changes: dict[str, float | str], sentence: str) -> None:
    loop = make_loop()
    steps(loop, 3)
    digest = loop.state().digest()
    with pytest.raises(InvalidHyperparameter, match=sentence):
        loop.intervene(changes)
    assert loop.state().digest() == digest


def test_a_gradient_that_is_not_finite_stops_the_update_before_anything_is_touched() -> None:
    loop = make_loop(Hyperparameters(optimizer="gd", learning_rate=0.1, mini_batch_size=16), batch_norm=False)
    steps(loop, 3)
    loop.parameters["W[1]"][:] = 1e30  # logits overflow float32
    digest = loop.state().digest()
    with pytest.raises(NonFinite, match=r"of iteration 4 is not a finite number .* still those of iteration 3"):
        loop.step()
    assert loop.state().digest() == digest


def test_a_state_of_another_network_is_refused() -> None:
    loop = make_loop()
    with pytest.raises(InvalidHyperparameter, match="the network needs"):
        loop.restore(make_loop(batch_norm=False).state())


def test_a_step_allocates_nothing_that_grows_with_the_data() -> None:
    def peak(m: int) -> int:
        loop = TrainingLoop(RunConfig(layers=(8,)), three_blobs(m=m), Hyperparameters(mini_batch_size=16))
        steps(loop, 3)
        tracemalloc.start()
        steps(loop, 2)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # a byte for each of the 19,800 examples more would be seen; what other threads of the tests allocate is less
    assert peak(20_000) < peak(200) + 10_000


def test_a_learning_rate_that_decayed_to_nothing_has_to_be_set_with_the_decay() -> None:
    loop = make_loop(Hyperparameters(decay="exponential", decay_rate=1e-200, mini_batch_size=97))
    while loop.learning_rate:
        loop.step()
    with pytest.raises(InvalidHyperparameter, match=r"in force has decayed to 0: set learning_rate as well"):
        loop.intervene({"decay": "none"})
    loop.intervene({"decay": "none", "learning_rate": 0.1})
    assert loop.learning_rate == 0.1


@pytest.mark.parametrize("mini_batch_size", [1, 2, 15, 32, 33, 48, 96, 97])
def test_updates_made_at_once_are_those_made_one_by_one(mini_batch_size: int) -> None:
    hyperparameters = Hyperparameters(
        decay="inverse-time", decay_rate=0.3, optimizer="adam", mini_batch_size=mini_batch_size
    )
    one_by_one, at_once = (make_loop(hyperparameters, batch_norm=mini_batch_size > 1) for _ in range(2))
    costs = np.empty(150)
    at_once.train(costs[:1])
    at_once.train(costs[1:])
    assert costs.tolist() == [one_by_one.step() for _ in range(150)]
    assert at_once.state().digest() == one_by_one.state().digest()


def test_of_updates_made_at_once_those_before_a_bad_one_count() -> None:
    explosive = Hyperparameters(1e5, optimizer="gd", mini_batch_size=16)
    one_by_one, at_once = (make_loop(explosive, batch_norm=False, layers=(8, 8, 8)) for _ in range(2))
    costs = np.full(50, -1.0)
    with pytest.raises(NonFinite) as together:
        at_once.train(costs)
    made = [one_by_one.step() for _ in range(at_once.iteration)]
    with pytest.raises(NonFinite) as single:
        one_by_one.step()
    assert str(together.value) == str(single.value)
    assert costs[: len(made)].tolist() == made
    assert at_once.state().digest() == one_by_one.state().digest()
