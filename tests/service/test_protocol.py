"""Messages off the wire: each is a command or a sentence that says what is wrong."""

import json
from typing import Any, cast

import pytest

from tests.examples import TEST
from trainer.engine.commands import (
    AddNote,
    Annotate,
    Branch,
    CancelPlan,
    Checkpoint,
    ContinueInNewSession,
    Intervene,
    Nudge,
    Pause,
    Plan,
    Rename,
    Resume,
    ResumeSession,
    RunFor,
    StartRun,
    Stop,
    Undo,
)
from trainer.engine.hyperparameters import HYPERPARAMETERS, Hyperparameters, RunConfig
from trainer.errors import InvalidInput
from trainer.service.asked import command_of
from trainer.service.protocol import (
    NUDGES,
    At,
    Facts,
    Frame,
    Look,
    NoteAt,
    Playback,
    Progress,
    parsed,
    schema,
    typed,
)


@pytest.mark.parametrize(
    ("wish", "command"),
    [
        ({"do": "pause"}, Pause(TEST)),
        ({"do": "resume"}, Resume(TEST)),
        ({"do": "stop"}, Stop(TEST)),
        ({"do": "checkpoint"}, Checkpoint(TEST)),
        ({"do": "run", "iterations": " 250 "}, RunFor(250, TEST)),
        ({"do": "run", "iterations": "1e3"}, RunFor(1000, TEST)),
        ({"do": "run", "iterations": "9007199254740993"}, RunFor(9007199254740993, TEST)),  # no float holds it
        ({"do": "note", "note": "odd"}, AddNote("odd", TEST)),
        ({"do": "nudge", "factor": "×3", "note": "up"}, Nudge(3.0, TEST, "up")),
        ({"do": "nudge", "factor": "÷1.1"}, Nudge(1 / 1.1, TEST)),
        (
            {"do": "intervene", "changes": {"learning_rate": "1e-3", "decay": "none"}, "note": "n"},
            Intervene({"learning_rate": 0.001, "decay": "none"}, TEST, "n"),
        ),
        (
            {"do": "plan", "changes": {"momentum": ".5"}, "at": " 5e3 ", "note": "later"},
            Plan({"momentum": 0.5}, 5000, TEST, "later"),
        ),
        ({"do": "plan", "changes": {"momentum": ".5"}, "at": "0"}, Plan({"momentum": 0.5}, 0, TEST)),
        ({"do": "cancel-plan", "plan": "r1-2"}, CancelPlan("r1-2", TEST)),
        (
            {
                "do": "start",
                "config": {"data": "iris", "layers": [4]},
                "hyperparameters": {"momentum": "0.5"},
                "iterations": 9,
            },
            StartRun(RunConfig("iris", layers=(4,)), Hyperparameters(momentum=0.5), 9, TEST, fit_mini_batch_size=True),
        ),
        ({"do": "resume-session", "session": "a.panda"}, ResumeSession("a.panda", TEST)),
        ({"do": "continue-in-new-session", "session": "a.panda"}, ContinueInNewSession("a.panda", TEST)),
        ({"do": "undo", "run": "r1", "ask": 3}, Undo("r1", TEST)),
        ({"do": "branch", "run": "r1"}, Branch("r1", None, "", False, TEST)),
        (
            {"do": "branch", "run": "r1", "iteration": 7, "session": "a.panda", "paused": True},
            Branch("r1", 7, "a.panda", True, TEST),
        ),
        ({"do": "rename", "session": "a.panda", "name": "b"}, Rename("a.panda", "b", TEST)),
        (
            {"do": "annotate", "session": "a.panda", "text": "odd", "run": "r1", "iteration": 7},
            Annotate("a.panda", "odd", "r1", 7, TEST),
        ),
    ],
)
def test_a_wish_is_a_command(wish: dict[str, Any], command: object) -> None:
    assert command_of(wish, TEST) == command


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({}, "the message needs the field 'do', one of pause, resume"),
        ({"do": "format c:"}, "do must be one of pause, resume"),
        ({"do": ["pause"]}, "do must be text, but got ['pause']"),
        ({"do": "run"}, "needs the field 'iterations'"),
        ({"do": "run", "iterations": "1.5"}, "whole number of at least 1, but got '1.5'"),
        ({"do": "run", "iterations": "0"}, "whole number of at least 1, but got '0'"),
        ({"do": "run", "iterations": "1e999"}, "whole number of at least 1, but got '1e999'"),
        ({"do": "run", "iterations": "9" * 400}, "whole number of at least 1, but got '999"),
        ({"do": "run", "iterations": "-1e999"}, "whole number of at least 1, but got '-1e999'"),
        ({"do": "run", "iterations": 5}, "iterations must be text, but got 5"),
        ({"do": "note", "note": "  "}, "must not be empty"),
        ({"do": "note", "note": "x" * 3000}, "at most 2000 characters"),
        ({"do": "nudge", "factor": 3}, "factor must be text, but got 3"),
        ({"do": "nudge", "factor": "×2"}, "factor must be one of ×1.1, ×3, ÷1.1, ÷3, but got '×2'"),
        ({"do": "intervene"}, "needs the field 'changes'"),
        ({"do": "intervene", "changes": {}}, "nothing was changed"),
        ({"do": "intervene", "changes": {"learning_rate": 0.1}}, "each of changes must be text, but got"),
        ({"do": "intervene", "changes": {"learning_rate": "0,1"}}, "but got '0,1'"),
        ({"do": "intervene", "changes": {"learning_rate": "nan"}}, "but got 'nan'"),
        ({"do": "intervene", "changes": {"__class__": "1"}}, "no hyperparameter '__class__'"),
        ({"do": "pause", "now": True}, "the message has no field 'now'"),
        ({"do": "pause", "ask": "1"}, "ask must be a whole number, but got '1'"),
        ({"do": "note", "note": "half \ud83d"}, "note must be text, but character 6 is half of one"),
        ({"do": "branch", "run": "r1", "iteration": 1.5}, "iteration must be a whole number or null, but got 1.5"),
        ({"do": "branch", "run": "r1", "iteration": 2**60}, "a whole number of at most 9007199254740991, but got 115"),
        ({"do": "start", "config": {"depth": 3}, "hyperparameters": {}}, "no field 'depth' of a config, but data,"),
        ({"do": "start", "config": {"seed": -1}, "hyperparameters": {}}, "seed must be"),
        ({"do": "start", "config": [], "hyperparameters": {}}, "config must be a JSON object, but got []"),
    ],
)
def test_a_wish_that_is_none_is_refused_in_a_sentence(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        command_of(wish, TEST)
    assert sentence in str(refusal.value)


POST = {"token": "t", "session": "a.panda", "stamp": "1", "run": "r1"}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"token": "t", "do": "progress", "task": "verify"}, Progress("t", "verify")),
        ({**POST, "do": "facts"}, Facts("t", "a.panda", "1", "r1")),
        ({**POST, "do": "at", "iteration": 3}, At("t", "a.panda", "1", "r1", 3)),
        ({**POST, "do": "note", "text": "odd", "iteration": None}, NoteAt("t", "a.panda", "1", "r1", "odd", None)),
        ({**POST, "do": "frame", "view": {"end": None}}, Frame("t", "a.panda", "1", "r1", Look(end=None))),
    ],
)
def test_a_message_of_playback_is_typed(message: dict[str, Any], kind: object) -> None:
    assert typed(message, cast("type[Any]", Playback)) == kind


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"token": "t", "do": "facts"}, "the message needs the field 'session'"),
        ({**POST, "do": "at", "iteration": "3"}, "iteration must be a whole number, but got '3'"),
        (
            {**POST, "do": "delete"},
            "do must be one of progress, frame, facts, at, model, example, branch, note, but got 'delete'",
        ),
        ({**POST, "do": "frame", "view": {"zoom": 2}}, "view has no field 'zoom'"),
    ],
)
def test_a_message_of_playback_that_is_none_is_refused(message: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        typed(message, cast("type[Any]", Playback))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("text", ["", "{", "[1]", "3", "[" * 100_000, b"\xff"])
def test_what_is_no_json_object_is_no_message(text: str | bytes) -> None:
    with pytest.raises(InvalidInput, match="a message must be"):
        parsed(text)


def test_the_schema_has_every_message_and_the_names_of_the_table() -> None:
    definitions = schema()["$defs"]
    json.dumps(definitions, allow_nan=False)
    assert {one["$ref"].rpartition("/")[2] for one in definitions["Asks"]["anyOf"]} <= definitions.keys()
    assert definitions["Intervene"]["properties"]["changes"]["propertyNames"]["enum"] == list(HYPERPARAMETERS)
    assert definitions["Nudge"]["additionalProperties"] is False
    assert sorted(NUDGES) == sorted(definitions["Nudge"]["properties"]["factor"]["enum"])
