"""Search status: how a search stands, as plain values that a page draws; of one under way, or from its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from trainer.engine.wording import about_text, layers_text
from trainer.errors import InvalidInput
from trainer.experiments.search.axes import axes_of, extent_on, position_on, text_of, ticks, values_on
from trainer.experiments.search.box import Box
from trainer.experiments.search.importance import Importance
from trainer.experiments.search.plan import Round, SearchPlan
from trainer.experiments.search.record import SearchSoFar, kept_text
from trainer.experiments.search.trial import Trial
from trainer.experiments.search.view import SearchState, SearchView
from trainer.experiments.search.zoom import best_of, zoomed
from trainer.paths import name_of
from trainer.service.frames import exact, plain

NOTHING: dict[str, Any] = {"id": "", "state": "none", "trials": [], "rounds": [], "dimensions": [], "remarks": []}
"""Of a search that is not there."""


@dataclass(frozen=True, eq=False)
class Told:
    """What was told last of the trials of a search that are over: it holds while the axes are the same ones."""

    axes: Box
    trials: Mapping[int, tuple[Trial, dict[str, Any]]]


def status_of(
    search_id: str, plan: SearchPlan, view: SearchView, importance: Importance | None, last: Told | None = None
) -> tuple[dict[str, Any], Told]:
    """All of it, JSON-ready; and what spares the next time most of the work."""
    axes = axes_of(view.rounds, view.trials)
    zoom = zoomed(view.box, view.trials)
    told = zoom != view.box and len(best_of(view.trials)) > 1
    if last is None or last.axes != axes:
        last = Told(axes, {})
    told_trials = [_told(last, trial) or _trial(axes, trial) for trial in view.trials]
    over = {t.index: (t, said) for t, said in zip(view.trials, told_trials, strict=True) if t.over}
    remarks = list(view.remarks) + ([importance.text] if importance is not None else [])
    status = {
        "id": search_id,
        "state": view.state,
        "reason": view.reason,
        "path": "" if view.path is None else str(view.path),
        "remarks": remarks,
        "plan": {
            "sampler": plan.sampler,
            "seed": plan.seed,
            "epochs": plan.epochs,
            "iterations": plan.iterations,
            "halving": plan.halving,
            "data": plan.config.data,
            "text": plan_text(plan),
            "origin": plan.origin,
        },
        "workers": view.workers,
        "left": view.left,
        "seconds": round(view.seconds, 3),
        "time_left": "" if view.seconds_left is None else about_text(view.seconds_left),
        "dimensions": [
            {
                "name": axis.name,
                "label": axis.spec.label,
                "symbol": axis.spec.symbol,
                "kind": axis.kind,
                "ticks": [{"at": plain(at), "text": text} for at, text in ticks(axis)],
            }
            for axis in axes.dimensions
        ],
        "rounds": [
            {
                "number": each.number,
                "why": each.why,
                "trials": each.trials,
                "box": each.box.ranges(),
                "unit": _unit(axes, each.box),
            }
            for each in view.rounds
        ],
        "trials": told_trials,
        "grid": _grid(axes, view.rounds, len(view.trials)),
        "importance": None
        if importance is None or importance.of is None
        else [{"name": each.name, "mean": plain(each.mean), "std": plain(each.std)} for each in importance.of],
        "zoom": zoom.ranges() if told else None,
        "zoom_unit": _unit(axes, zoom) if told else None,
    }
    return status, Told(axes, over)


def _told(last: Told, trial: Trial) -> dict[str, Any] | None:
    known, said = last.trials.get(trial.index, (None, None))
    return said if known is trial else None


def recorded_view(so_far: SearchSoFar, recording: bool) -> SearchView:
    """How a search stands of which there is only the file; `recording` where another process goes on with it."""
    plan = so_far.plan
    there = so_far.rounds or (Round(1, plan.box, 0, plan.in_rounds()[0]),)  # it is recorded right after the beginning
    zooms = sum(each.why == "zoom" for each in there)
    left = there[-1].end + sum(plan.in_rounds()[1 + zooms :]) - len(so_far.trials)
    ended: SearchState = "cancelled" if so_far.cancelled else "interrupted"
    state: SearchState = "searching" if recording else ended if left else "finished"
    reasons = {
        "searching": "another process is at it",
        "interrupted": "its process ended before it was over; to go on repeats no trial",
    }
    reason = "" if so_far.file.damage and not recording else reasons.get(state, "")
    trials = tuple(sorted(so_far.trials, key=lambda trial: trial.index))
    seconds = max((trial.ended or 0.0 for trial in trials), default=0.0)
    remarks = _remarks(so_far, left)
    return SearchView(state, reason, so_far.file.path, there, trials, left, remarks, seconds=seconds)


def _remarks(so_far: SearchSoFar, left: int) -> tuple[str, ...]:
    """A sentence where its file is damaged."""
    if not so_far.file.damage:
        return ()
    way = ", and Go on trains the others in a new file beside it" if left else ""
    return (f"{name_of(so_far.file.path)} is damaged ({so_far.file.damage_text}): {kept_text(so_far)}{way}",)


def plan_text(plan: SearchPlan) -> str:
    """What is searched, in one line for people."""
    config = plan.config
    layers = layers_text(config.layers, " – ") or "softmax regression"
    length = f"{plan.epochs} epochs" if plan.epochs is not None else f"{plan.iterations:,} iterations"
    rounds = f" in {plan.rounds} rounds" if plan.rounds > 1 else ""
    stopping = ", early stopping" if plan.halving else ""
    begin = f", from {plan.origin}" if plan.origin else ""
    return (
        f"{Path(config.data).name} · {layers} · {plan.hyperparameters.optimizer} · {plan.trials:,} trials{rounds} of"
        f" {length}, {plan.sampler}{stopping}, seed {plan.seed}{begin}"
    )


def _unit(axes: Box, box: Box) -> dict[str, list[object]]:
    parts = {each.name: each for each in box.dimensions}
    return {a.name: [plain(end) for end in extent_on(a, parts[a.name])] for a in axes.dimensions if a.name in parts}


def _trial(axes: Box, trial: Trial) -> dict[str, Any]:
    values = values_on(axes, trial)
    return {
        "index": trial.index,
        "round": trial.round,
        "state": trial.state,
        "values": {name: exact(value) for name, value in values.items()},
        "text": {axis.name: text_of(axis, values[axis.name]) for axis in axes.dimensions},
        "unit": {axis.name: plain(position_on(axis, values[axis.name])) for axis in axes.dimensions},
        "iterations": trial.iterations,
        "done": trial.done,
        "dev_cost": plain(trial.dev_cost),
        "dev_accuracy": plain(trial.dev_accuracy),
        "cost": plain(trial.cost),
        "seconds": round(trial.seconds, 3),
        "begun": None if trial.begun is None else round(trial.begun, 3),
        "ended": None if trial.ended is None else round(trial.ended, 3),
        "curve": [[at, plain(dev_cost), plain(accuracy)] for at, dev_cost, accuracy in trial.curve],
        "reason": trial.reason,
    }


def _grid(axes: Box, rounds: Sequence[Round], trials: int) -> dict[str, Any] | None:
    """The points of the grid that has as many trials, over the two hyperparameters that matter most as a rule.

    Numbers go first, as a grid and a random search try equally many values of a choice. The first round decides before
    the later ones: while trials are trained, the axes stay.
    """
    by_name = {axis.name: axis for axis in axes.dimensions}
    found = dict.fromkeys(name for each in rounds for name in each.box.names)
    names = sorted(found, key=lambda name: by_name[name].kind == "choice")[:2]
    if len(names) < 2:
        return None
    points = _points(Box(tuple(by_name[name] for name in names)), trials)
    return None if points is None else {"points": points, "names": names}


@lru_cache(maxsize=4)
def _points(two: Box, trials: int) -> list[list[object]] | None:
    try:
        points = two.grid(trials)
    except InvalidInput:
        return None  # there are too few trials for a grid
    return [[plain(position_on(axis, point[axis.name])) for axis in two.dimensions] for point in points]
