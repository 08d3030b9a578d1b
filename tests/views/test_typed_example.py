"""An example that a person types, as the page asks for it; and what is told of the columns of recorded data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.data.adult_like import adult_like
from tests.examples import record_run
from tests.recorder.sessions import small_session
from trainer.engine.hyperparameters import Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.recorder.session import Session, read_session
from trainer.views.model_at import model_at
from trainer.views.session_facts import head
from trainer.views.typed_example import typed_example


@pytest.fixture
def wine(tmp_path: Path) -> Session:
    adult_like("wine").to_csv(tmp_path / "wine.csv", index=False)
    config = RunConfig(data=str(tmp_path / "wine.csv"), layers=(8,), leave_out=("number 2",))
    record_run(tmp_path / "s.panda", config, Hyperparameters(), 40)
    return read_session(tmp_path / "s.panda")


def test_the_form_begins_with_a_dev_example_and_its_probabilities(wine: Session) -> None:
    for example in range(5):
        begun = typed_example(wine, "r1", 40, example, None)
        told = model_at(wine, "r1", 40, example)
        assert told["typed"]
        assert begun["probabilities"] == told["example"]["probabilities"]
        values = {field["name"]: field["value"] for field in begun["fields"]}
        again = typed_example(wine, "r1", 40, example, values)
        assert again["probabilities"] == begun["probabilities"]
        assert again["remarks"] == begun["remarks"]
        assert "fields" not in again
        json.dumps([begun, again], allow_nan=False)
    fields = {field["name"]: field for field in begun["fields"]}
    assert list(fields) == [f"number {j}" for j in range(3, 12)] + ["word 0", "word 1", "truth"]
    assert fields["number 3"]["choices"] is None
    assert fields["word 0"]["choices"] == ["high", "low", "middle", "another word"]
    assert fields["word 1"]["choices"][-2:] == ["another word", ""]
    assert fields["truth"]["choices"] == ["False", "True"]


def test_what_is_typed_changes_the_probabilities_and_what_cannot_be_is_refused(wine: Session) -> None:
    begun = typed_example(wine, "r1", 40, 0, None)
    values = {field["name"]: field["value"] for field in begun["fields"]}
    other = typed_example(wine, "r1", 40, 0, {**values, "number 11": "1500", "word 0": "high"})
    assert other["probabilities"] != begun["probabilities"]
    assert sum(other["probabilities"]) == pytest.approx(1, abs=1e-5)
    gap = typed_example(wine, "r1", 40, 0, {**values, "number 3": "", "word 0": "another word"})
    assert gap["remarks"][0].startswith("number 3 is missing: filled with ")
    assert gap["remarks"][1].startswith("word 0: the training set has no 'another word'")
    assert typed_example(wine, "r1", 40, 0, {**values, "number 3": "much"}) == {
        "refused": "number 3 must be a finite number such as 1234.5, but got 'much'"
    }
    assert (
        "is missing, but it is in no example" in typed_example(wine, "r1", 40, 0, {**values, "number 4": ""})["refused"]
    )
    with pytest.raises(InvalidInput, match="a dev example is a whole number from 0 to 35, but got 36"):
        typed_example(wine, "r1", 40, 36, None)


def test_pixels_and_hundreds_of_columns_are_not_typed(tmp_path: Path) -> None:
    np.savez(tmp_path / "wide.npz", X=np.arange(201.0 * 100).reshape(100, 201) % 7, y=np.arange(100) % 2)
    record_run(tmp_path / "s.panda", RunConfig(data=str(tmp_path / "wide.npz"), layers=()), Hyperparameters(), 3)
    session = read_session(tmp_path / "s.panda")
    assert not model_at(session, "r1", 3, 0)["typed"]
    with pytest.raises(InvalidInput):
        typed_example(session, "r1", 3, 0, None)


def test_what_became_of_each_column_is_told_of_a_recorded_run(wine: Session, tmp_path: Path) -> None:
    columns = dict(head(wine, "r1")["columns"])
    assert columns["number 2"] == "left out"
    assert columns["number 3"].startswith("numbers: as it is; missing: the median, ")
    assert columns["word 0"] == "words: 3 inputs, 1 for its word and 0 for the others"
    assert columns["target"] == "the label"
    assert head(read_session(small_session(tmp_path / "x.panda").path), "r1")["columns"] == ()
