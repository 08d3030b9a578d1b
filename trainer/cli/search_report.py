"""What `panda search` prints: one JSON document, or a table for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from trainer.cli.hyperparameter_options import flag
from trainer.engine.hyperparameters import HYPERPARAMETERS, RUN_CONFIG
from trainer.engine.wording import counted, number_text
from trainer.experiments.search.plan import SearchPlan
from trainer.experiments.search.trial import OVER, Trial
from trainer.experiments.search.view import SearchView

_SHOWN = 10


def document(plan: SearchPlan, found: SearchView) -> dict[str, Any]:
    """All of it, JSON-ready, the best trial first."""
    return {
        "session": None if found.path is None else str(found.path),
        "sampler": plan.sampler,
        "seed": plan.seed,
        "box": found.box.ranges(),
        "rounds": [
            {
                "number": r.number,
                "box": r.box.ranges(),
                "trials": sum(trial.round == r.number for trial in found.trials),
            }
            for r in found.rounds
        ],
        "trials": [_trial(trial) for trial in found.best_first],
        "state": found.state,
        "reason": found.reason,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    fixed: dict[str, Any] = {"layers": list(trial.config.layers)}
    fixed |= {"batch_norm": trial.config.batch_norm, "activation": trial.config.activation}
    return {
        "index": trial.index,
        "round": trial.round,
        "state": trial.state,
        "config": {**trial.hyperparameters.as_dict(), **fixed, **trial.values},
        "dev_cost": trial.dev_cost,
        "dev_accuracy": trial.dev_accuracy,
        "cost": trial.cost,
        "iterations": trial.done,
        "seconds": trial.seconds,
        "digest": trial.digest,
        "reason": trial.reason,
    }


def sentences(found: SearchView) -> Iterator[str]:
    """The best trials as a table, and all of it in short."""
    over = found.best_first
    names = list(dict.fromkeys(name for r in found.rounds for name in r.box.names))
    rows = [["trial", *names, "dev cost", "dev accuracy", ""]]
    for trial in over[:_SHOWN]:
        values = [_text(trial.values[name]) if name in trial.values else "" for name in names]
        cost = "–" if trial.dev_cost is None else f"{trial.dev_cost:.4f}"
        accuracy = "–" if trial.dev_accuracy is None else f"{trial.dev_accuracy:.2%}"
        rows.append([str(trial.index), *values, cost, accuracy, "" if trial.state == "finished" else trial.state])
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if len(over) > _SHOWN:
        yield f"and {len(over) - _SHOWN:,} more"
    counts = {state: sum(trial.state == state for trial in over) for state in OVER}
    yield f"{counted(len(over), 'trial')}: " + ", ".join(f"{n:,} {state}" for state, n in counts.items() if n)
    if over and over[0].dev_cost is None:
        yield "no trial has a dev cost: try smaller learning rates"
    for each in found.rounds:
        n = sum(trial.round == each.number for trial in found.trials)
        ranges = "  ".join(f"{name} {_range(bounds)}" for name, bounds in each.box.ranges().items())
        yield f"round {each.number}, {counted(n, 'trial')}: {ranges}"
    yield f"recorded in {found.path}"
    if over and over[0].dev_cost is not None:
        yield f"the best one as a run to babysit: {command_of(over[0])}"


def command_of(trial: Trial) -> str:
    """The command that trains a trial once more, as a recorded run, to the same state."""
    config, words = trial.config, ["panda", "train", "--data", trial.config.data]
    for name in ("label", "activation", "seed", "dtype", "class_weights"):
        if (value := getattr(config, name)) != RUN_CONFIG[name].default:
            words += [flag(name), str(value)]
    for column in config.leave_out:
        words += ["--leave-out", column]
    if config.layers != RUN_CONFIG["layers"].default:
        words += ["--layers", ",".join(map(str, config.layers))]
    if not config.batch_norm:
        words.append("--no-batch-norm")
    for name, value in trial.hyperparameters.as_dict().items():
        # `train` fits the mini-batch size to the data where it is not given
        if value != HYPERPARAMETERS[name].default or name == "mini_batch_size":
            words += [flag(name), str(value)]
    return shlex.join([*words, "--iterations", str(trial.done)])


def _range(bounds: list[Any]) -> str:
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in bounds)
    return ("…" if numbers else ", ").join(_text(end) for end in bounds)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else number_text(float(f"{value:.3g}"))
