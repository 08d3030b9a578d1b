"""An example that a person types, and what the network takes it for at an iteration of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.data.column_plan import ColumnPlan
from trainer.data.decoding import another_word
from trainer.engine.loop import TrainingLoop
from trainer.errors import InvalidData, InvalidInput, SessionError
from trainer.experiments.predictions import dev_inputs
from trainer.recorder.session import Session
from trainer.service.frames import plain
from trainer.views.model_at import can_be_typed, visit


def typed_example(
    session: Session, run: str, iteration: int, example: int, values: Mapping[str, str] | None
) -> dict[str, Any]:
    """What the page draws: probabilities of each class, and what a person should know of the values.

    What is typed is no part of the data, so no data shift changes it.

    Parameters
    ----------
    example : number of the dev example with which the form begins
    values : what stands in the form; None fills it with the dev example, and the answer has its fields

    Raises
    ------
    InvalidInput : there is no such iteration or example
    """
    try:
        loop = visit(session, run, iteration).loop
    except SessionError as error:
        return {"refused": str(error)}
    if not isinstance(loop, TrainingLoop) or not can_be_typed(loop.dataset):
        raise InvalidInput(f"no example is typed for run {run}")
    dataset, fields = loop.dataset, {}
    if values is None:
        values = dataset.values_of(dev_inputs(dataset, example))
        fields = {"fields": [_field(plan, values[plan.name]) for plan in dataset.plans if plan.role == "input"]}
    try:
        inputs, remarks = dataset.inputs_of(values)
    except InvalidData as error:
        return {"refused": str(error)}
    if loop.seen is not dataset:
        remarks = [*remarks, "the inputs of the run are shifted at this iteration; what is typed is taken as it is"]
    probabilities = [plain(p) for p in loop.predict(inputs.T)[:, 0].tolist()]
    return {**fields, "classes": list(dataset.classes), "probabilities": probabilities, "remarks": remarks}


def _field(plan: ColumnPlan, value: str) -> dict[str, Any]:
    """A field of the form: its choices are None where a number is typed; "" among them is a missing value."""
    choices = None
    if plan.kind != "numbers":
        words = [*plan.words, another_word(plan)] if plan.kind == "words" else ["False", "True"]
        choices = [*words, *([] if plan.fill is None else [""])]
    return {"name": plan.name, "choices": choices, "value": value, "missing": plan.fill is not None}
