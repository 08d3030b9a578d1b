"""A recorded run is begun, gone on with, and gone on with elsewhere; what cannot be leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples import record_run
from trainer.engine.commands import Intervene, Stop
from trainer.engine.events import RunStarted, Trained
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.engine.trainable import Trainable
from trainer.engine.trainer import Trainer
from trainer.errors import CommandRefused, InvalidHyperparameter, SessionDamaged, SessionError, SessionLocked
from trainer.experiments import recorded_run
from trainer.experiments.recorded_run import _at_the_end as at_the_end
from trainer.experiments.recorded_run import begin, go_on_elsewhere, iterations_of, resume
from trainer.experiments.verify import verify
from trainer.numerics.mini_batches import next_mini_batch_size, random_mini_batches
from trainer.recorder.session import read_session
from trainer.recorder.session_log import SessionLog

CONFIG = RunConfig(data="blobs", layers=(6,))
SMALL = Hyperparameters(learning_rate=0.05, mini_batch_size=16)


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    yield trainer
    trainer.close()


def test_a_second_run_is_refused_and_makes_no_file(trainer: Trainer, tmp_path: Path) -> None:
    begin(trainer, CONFIG, SMALL, path=tmp_path / "one.panda")
    with pytest.raises(CommandRefused, match="run r1 is under way: stop it first"):
        begin(trainer, CONFIG, SMALL, path=tmp_path / "two.panda")
    assert [path.name for path in tmp_path.iterdir()] == ["one.panda"]
    assert trainer.submit(Stop()).result(30).status == "applied"
    begin(trainer, CONFIG, SMALL, path=tmp_path / "two.panda")


def test_going_on_elsewhere_that_is_refused_makes_no_file(trainer: Trainer, tmp_path: Path) -> None:
    record_run(tmp_path / "old.panda", CONFIG, SMALL, 20)
    begin(trainer, CONFIG, SMALL, path=tmp_path / "one.panda")
    with pytest.raises(CommandRefused, match="run r1 is under way: stop it first"):
        go_on_elsewhere(trainer, tmp_path / "old.panda", tmp_path / "new.panda")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.panda", "one.panda"]


@pytest.mark.parametrize(
    "wish", [{"iterations": 5, "interventions": [(9, Intervene({"momentum": 0.5}))]}, {"iterations": -1}]
)
def test_a_refused_start_leaves_no_file(trainer: Trainer, tmp_path: Path, wish: dict[str, object]) -> None:
    with pytest.raises(CommandRefused):
        begin(trainer, CONFIG, SMALL, path=tmp_path / "one.panda", **wish)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_nudge_that_would_be_refused_later_is_refused_now(trainer: Trainer, tmp_path: Path) -> None:
    nudges = [(30, Intervene({"decay": "exponential"})), (10, Intervene({"decay_rate": 2.0}))]
    with pytest.raises(InvalidHyperparameter, match=r"where decay is exponential, but got 2.0"):
        begin(trainer, CONFIG, SMALL, path=tmp_path / "one.panda", interventions=nudges)
    assert list(tmp_path.iterdir()) == []


def test_epochs_count_the_mini_batches_that_nudges_will_make() -> None:
    assert iterations_of(3, 97, 16, []) == 3 * len(random_mini_batches(0, 0, 97, 16))
    # one epoch: two of 16 leave 65, then 40 and 25
    assert iterations_of(1, 97, 16, [(2, Intervene({"mini_batch_size": 40}))]) == 4


def test_epochs_are_counted_at_once_however_many() -> None:
    """As one by one: sizes that change within epochs, at their ends, and never."""
    nudges = [(t, Intervene({"mini_batch_size": size})) for t, size in ((2, 40), (9, 97), (12, 7), (300, 16))]
    one_by_one = [iterations_of(epochs, 97, 16, nudges) for epochs in range(1, 60)]
    iteration = offset = 0
    expected = []
    for _ in one_by_one:
        while True:
            size = [16, *(change.changes["mini_batch_size"] for t, change in nudges if t <= iteration)][-1]
            offset += next_mini_batch_size(offset, 97, int(size))
            iteration += 1
            if offset == 97:
                offset = 0
                break
        expected.append(iteration)
    assert one_by_one == expected
    assert iterations_of(10**12, 97, 16, []) == 10**12 * iterations_of(1, 97, 16, [])


@pytest.mark.parametrize(
    "wish",
    [
        {"iterations": 10},
        {"iterations": 90, "interventions": [(10, Intervene({"momentum": 0.5}))]},
        {"iterations": 90, "interventions": [(91, Intervene({"momentum": 0.5}))]},
        {"iterations": 90, "interventions": [(70, Intervene({"mini_batch_size": 10**6}))]},
    ],
)
def test_a_refused_resume_writes_nothing(trainer: Trainer, tmp_path: Path, wish: dict[str, object]) -> None:
    path = tmp_path / "one.panda"
    record_run(path, CONFIG, SMALL, 60)
    before = path.read_bytes()
    with pytest.raises((CommandRefused, InvalidHyperparameter)):
        resume(trainer, path, **wish)  # type: ignore[arg-type]
    assert path.read_bytes() == before


def test_the_dev_set_is_evaluated_as_often_as_the_mini_batch_size_in_force_allows(tmp_path: Path) -> None:
    path = tmp_path / "one.panda"
    nudge = (10, Intervene({"mini_batch_size": 2}))
    record_run(path, CONFIG, Hyperparameters(learning_rate=0.01, mini_batch_size=300), 2500, [nudge])
    session = read_session(path)
    each = 10 * session.data["m_dev"] // 2
    assert len(session.run("r1").evaluations) <= 3 + 2500 / each


def test_a_damaged_session_is_not_written_to_but_goes_on_in_a_new_file(trainer: Trainer, tmp_path: Path) -> None:
    old, new = tmp_path / "old.panda", tmp_path / "new.panda"
    record_run(old, CONFIG, SMALL, 60, [(20, Intervene({"momentum": 0.5})), (40, Intervene({"momentum": 0.7}))])
    content = bytearray(old.read_bytes())
    content[content.index(b"-metrics.npy") + 600] ^= 1
    old.write_bytes(content)
    with pytest.raises(SessionDamaged, match=r"is damaged .* it can go on in a new session"):
        resume(trainer, old)
    assert old.read_bytes() == content
    go_on_elsewhere(trainer, old, new)
    assert trainer.submit(Stop()).result(30).status == "applied"
    (run,) = read_session(new).runs.values()
    source = read_session(old)
    assert run.parent is not None
    assert (run.parent.session, run.parent.run, run.parent.iteration) == (source.id, "r1", 60)
    assert run.parent.digest == source.runs["r1"].checkpoints[-1].digest
    assert verify(new).result == "exact"


def test_going_on_elsewhere_begins_with_the_last_state_that_is_whole(trainer: Trainer, tmp_path: Path) -> None:
    old, new = tmp_path / "old.panda", tmp_path / "new.panda"
    record_run(old, CONFIG, SMALL, 60, [(20, Intervene({"momentum": 0.5})), (40, Intervene({"momentum": 0.7}))])
    content = bytearray(old.read_bytes())
    end = content.index(b"-run-end.safetensors")
    content[content.rindex(b"-intervention.safetensors") + 700] ^= 1
    old.write_bytes(content[: end - 6])  # cut off before its end
    assert len(read_session(old).run("r1").interventions) == 2
    go_on_elsewhere(trainer, old, new)
    assert trainer.submit(Stop()).result(30).status == "applied"
    parent = read_session(new).run("r1").parent
    assert parent is not None
    assert parent.iteration == 20
    assert verify(new).result == "exact"


def test_what_somebody_records_is_not_resumed(trainer: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "one.panda"
    record_run(path, CONFIG, SMALL, 30)
    log = SessionLog.reopen(path)
    with pytest.raises(SessionLocked, match=r"one.panda"):
        resume(trainer, path)
    log.close()
    resume(trainer, path, iterations=40)


def test_a_session_whose_end_cannot_be_computed_again_is_not_gone_on_with(trainer: Trainer, tmp_path: Path) -> None:
    """Cut off after its costs, and one of them is not what the network gives."""
    path = tmp_path / "one.panda"
    record_run(path, CONFIG, SMALL, 30)
    forged = tmp_path / "two.panda"
    _forge(path, forged)
    before = forged.read_bytes()
    with pytest.raises(SessionError, match=r"cannot go on here bit for bit: the cost of iteration 7 "):
        resume(trainer, forged, iterations=60)
    assert forged.read_bytes() == before


def _forge(path: Path, forged: Path) -> None:
    session = read_session(path)
    run = session.runs["r1"]
    costs = run.costs.copy()
    costs[6] *= 2
    log = SessionLog.create(forged, session.dataset())
    log.record(RunStarted("r1", run.config, session.dataset(), session.training_state(run.initial.seq)))
    log.record(Trained("r1", 1, costs, (), 0.1))
    log.close()


def test_a_session_without_its_beginning_goes_on_in_a_new_file(trainer: Trainer, tmp_path: Path) -> None:
    old, new = tmp_path / "old.panda", tmp_path / "new.panda"
    record_run(old, CONFIG, SMALL, 60)
    content = bytearray(old.read_bytes())
    content[600] ^= 1  # in the first record, which tells the environment
    old.write_bytes(content)
    assert read_session(old).environment == {}
    assert go_on_elsewhere(trainer, old, new).path == new


@pytest.mark.parametrize("another", [False, True])
def test_a_session_that_is_changed_while_it_is_caught_up_with_is_not_gone_on_with(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, another: bool
) -> None:
    path = tmp_path / "one.panda"
    record_run(path, CONFIG, SMALL, 50)
    before = read_session(path)

    def meanwhile(*given: Any) -> Trainable:
        loop = at_the_end(*given)
        if another:
            path.unlink()
            record_run(path, CONFIG, SMALL, 20)
        else:
            log = SessionLog.reopen(path)
            log.add_note("meanwhile")
            log.close()
        return loop

    with monkeypatch.context() as patch:
        patch.setattr(recorded_run, "_at_the_end", meanwhile)
        with pytest.raises(SessionError, match=r"one.panda was changed since it was read, so it is not gone on with"):
            resume(trainer, path, iterations=100)
    after = read_session(path)
    assert (after.state, after.damage, after.hash != before.hash) == ("closed", (), True)
    assert verify(path).result == "exact"
    resume(trainer, path, iterations=100)
