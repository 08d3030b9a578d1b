"""Wishes off the wire: each is a command or a sentence that says what is wrong."""

from typing import Any

import pytest

from trainer.engine.commands import AddNote, Checkpoint, Intervene, Nudge, Pause, Resume, RunFor, Stop
from trainer.errors import InvalidInput
from trainer.service.protocol import command_of


@pytest.mark.parametrize(
    ("wish", "command"),
    [
        ({"do": "pause"}, Pause()),
        ({"do": "resume"}, Resume()),
        ({"do": "stop"}, Stop()),
        ({"do": "checkpoint"}, Checkpoint()),
        ({"do": "run", "iterations": " 250 "}, RunFor(250)),
        ({"do": "run", "iterations": "1e3"}, RunFor(1000)),
        ({"do": "run", "iterations": "9007199254740993"}, RunFor(9007199254740993)),  # no float holds it
        ({"do": "note", "note": "odd"}, AddNote("odd")),
        ({"do": "nudge", "factor": "×3", "note": "up"}, Nudge(3.0, note="up")),
        ({"do": "nudge", "factor": "÷1.1"}, Nudge(1 / 1.1)),
        (
            {"do": "intervene", "changes": {"learning_rate": "1e-3", "decay": "none"}, "note": "n"},
            Intervene({"learning_rate": 0.001, "decay": "none"}, note="n"),
        ),
    ],
)
def test_a_wish_is_a_command(wish: dict[str, Any], command: object) -> None:
    assert command_of(wish) == command


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({}, "no command 'None'"),
        ({"do": "format c:"}, "no command 'format c:'"),
        ({"do": ["pause"]}, "no command"),
        ({"do": "run"}, "iterations must be a whole number"),
        ({"do": "run", "iterations": "1.5"}, "whole number of at least 1, but got '1.5'"),
        ({"do": "run", "iterations": "0"}, "whole number of at least 1, but got '0'"),
        ({"do": "run", "iterations": "1e999"}, "whole number of at least 1, but got '1e999'"),
        ({"do": "run", "iterations": "9" * 400}, "whole number of at least 1, but got '999"),
        ({"do": "run", "iterations": "-1e999"}, "whole number of at least 1, but got '-1e999'"),
        ({"do": "run", "iterations": 5}, "iterations must be text"),
        ({"do": "note", "note": "  "}, "must not be empty"),
        ({"do": "note", "note": "x" * 3000}, "at most 2000 characters"),
        ({"do": "nudge", "factor": 3}, "a nudge is one of ÷3"),
        ({"do": "nudge", "factor": ["×3"]}, "a nudge is one of ÷3"),
        ({"do": "intervene"}, "changes must name"),
        ({"do": "intervene", "changes": {}}, "nothing was changed"),
        ({"do": "intervene", "changes": {"learning_rate": 0.1}}, "changes must name"),
        ({"do": "intervene", "changes": {"learning_rate": "0,1"}}, "but got '0,1'"),
        ({"do": "intervene", "changes": {"learning_rate": "nan"}}, "but got 'nan'"),
        ({"do": "intervene", "changes": {"__class__": "1"}}, "no hyperparameter '__class__'"),
    ],
)
def test_a_wish_that_is_none_is_refused_in_a_sentence(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        command_of(wish)
    assert sentence in str(refusal.value)
