"""Promise 9: a session written once by format 1 opens for ever. The file beside this test is never made anew."""

from pathlib import Path

from trainer.engine.hyperparameters import Hyperparameters
from trainer.recorder.session import read_session

OLD = Path(__file__).with_name("format-1.panda")


def test_a_session_of_the_first_format_still_says_what_it_said() -> None:
    session = read_session(OLD)
    assert (session.format, session.state, session.damage, session.records) == (1, "closed", (), 15)
    assert (session.id, session.name) == ("77c50b726ead00eac8a87ad990c6fc5f", "small, renamed")
    assert session.dataset().fingerprint == session.fingerprint
    run = session.runs["r1"]
    assert sum(run.costs.tolist()) == 14.400752823054791
    assert run.initial.hyperparameters == Hyperparameters(mini_batch_size=8)
    assert [(c.iteration, c.note, dict(c.after)) for c in run.interventions] == [
        (5, "calmer, α down", {"learning_rate": 0.03}),
        (9, "", {"optimizer": "adam", "decay": "inverse-time", "decay_rate": 0.5}),
    ]
    assert [session.training_state(c.seq).digest() for c in run.checkpoints] == [c.digest for c in run.checkpoints]
    assert run.checkpoints[-1].digest == "dd76f780abe3b4e1bff2097e6bdb8c6e3b73b2be2bc43058e8857459d254f7ad"
