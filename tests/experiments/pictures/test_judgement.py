"""What a network takes dev examples for, and the worst of them."""

from __future__ import annotations

import numpy as np

from tests.examples import make_loop
from tests.experiments.pictures.stills import square, still
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.experiments.pictures.judgement import evenly, judge
from trainer.experiments.pictures.still_network import StillNetwork
from trainer.experiments.predictions import confusion


def test_losses_and_the_worst_first_worked_by_hand() -> None:
    network = still(square())  # corners (-1,-1) (-1,1) (1,-1) (1,1) of classes 0 1 0 1
    network.parameters.W[1][:] = [[2.0, 0.5], [0.0, 0.0]]
    network.parameters.b[1][:] = 0
    judged = judge(network, np.arange(4))
    z = np.array([-2.5, -1.5, 1.5, 2.5])  # of class 0; that of class 1 is 0
    assert judged.taken_for.tolist() == [1, 1, 0, 0]
    assert judged.right.tolist() == [False, True, True, False]
    expected = np.log1p(np.exp(np.where(judged.y == 0, -z, z)))  # -log of the class's probability
    np.testing.assert_allclose(judged.losses, expected, rtol=1e-6)
    assert judged.worst(10).tolist() == [0, 3, 1, 2]  # of equal losses the earlier one first
    assert judged.worst(1).tolist() == [0]
    assert judged.confusion(2).matrix().tolist() == [[1, 1], [1, 1]]


def test_a_loss_is_told_where_the_probability_vanishes() -> None:
    network = still(square())
    network.parameters.W[1][:] = [[2000.0, 0.0], [0.0, 0.0]]
    network.parameters.b[1][:] = 0
    assert judge(network, np.arange(4)).losses.tolist() == [2000, 0, 0, 2000]


def test_in_blocks_it_is_what_the_whole_set_is_taken_for() -> None:
    loop = make_loop(RunConfig(data="spiral", layers=(8,)), Hyperparameters(mini_batch_size=32))
    loop.train(np.empty(50))
    network = StillNetwork.of(loop.config, loop.dataset, loop.state())
    m = len(loop.dataset.y_dev)
    judged = judge(network, np.tile(np.arange(m), 9))  # more than a block has
    assert judged.taken_for.tolist() == loop.predict(loop.dataset.X_dev.T).argmax(axis=0).tolist() * 9
    assert judge(network, np.arange(m)).confusion(3).matrix().tolist() == confusion(loop).matrix().tolist()
    cost = loop.evaluate().dev_cost
    np.testing.assert_allclose(judged.losses.mean(), cost, rtol=1e-5)


def test_of_many_dev_examples_some_are_taken_from_all_over_the_set() -> None:
    assert evenly(square(m_dev=4), 4).tolist() == [0, 1, 2, 3]
    assert evenly(square(m_dev=32), 4).tolist() == [0, 10, 20, 31]
    assert evenly(square(m_dev=1), 4).tolist() == [0]
