"""What is told of an opened session above its curve: label and value, as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from trainer.data.column_plan import ColumnPlan
from trainer.data.loading import is_named
from trainer.engine.data_shift import shift_text
from trainer.engine.gauge_specs import is_gauge
from trainer.engine.hyperparameters import HYPERPARAMETERS, NETWORK, RUN_CONFIG
from trainer.engine.series import SERIES
from trainer.engine.wording import counted, layers_text
from trainer.errors import InvalidData, SessionDamaged
from trainer.paths import name_of
from trainer.recorder.environment import differences, environment
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session
from trainer.text import valid_unicode

_MOST_COLUMNS = 100
STATES = {
    "recording": "It is being recorded right now. What is shown is what there was when this page looked last.",
    "closed": "",
    "cut": "Its process ended before it could close the file. Everything up to its last second is here.",
    "damaged": "Some bytes are not as they were written. What is shown is intact; nothing more is written to it.",
}


def head(session: Session, chosen: str) -> dict[str, Any]:
    """Name, state, damage and facts of a session, and what became of the columns of its data.

    Parameters
    ----------
    chosen : the run that is shown, of which the facts are; "" where there is none
    """
    run = session.runs.get(chosen)
    return {
        "name": session.name or valid_unicode(session.path.stem),
        "file": name_of(session.path),
        "state": session.state,
        "said": STATES[session.state],
        "damage": [str(damage) for damage in session.damage[:20]],
        "more_damage": max(0, len(session.damage) - 20),
        "created": session.created,
        "facts": [*_data(session), *(_run(run, session) if run else [])],
        "more": [*(_config(run) if run else []), *_environment(session), *_file(session)],
        "columns": _columns(session),
        "notes": [{"author": n.author, "text": n.text, "time": n.time} for n in session.notes],
    }


def _data(session: Session) -> list[tuple[str, str]]:
    data = session.data
    if "m" not in data:
        return [("Data", "its record is damaged" if session.damage else "not recorded")]
    sizes = f"{data['m']:,} training and {data['m_dev']:,} dev examples"
    return [("Data", f"{data['name']}: {sizes}, {data['inputs']:,} inputs, {data['classes']:,} classes")]


@lru_cache(maxsize=4)
def _columns(session: Session) -> tuple[tuple[str, str], ...]:
    """Of data that were a table, what became of each column."""
    if "m" not in session.data or is_named(session.data["name"]):
        return ()
    try:
        plans = [ColumnPlan.from_dict(values) for values in session.about_data().get("columns", ())]
    except (SessionDamaged, InvalidData):
        return ()  # what is damaged is told above
    told = [(plan.name, plan.treatment if plan.role != "input" else f"{plan.kind}: {plan.treatment}") for plan in plans]
    more = len(told) - _MOST_COLUMNS
    return (*told[:_MOST_COLUMNS], *([("More", f"{more:,} more columns")] if more > 0 else []))


def _run(run: RecordedRun, session: Session) -> list[tuple[str, str]]:
    config = run.config
    sizes = [session.data.get("inputs", "?"), *config.layers, session.data.get("classes", "?")]
    norm = ", batch norm" if config.batch_norm else ""
    hidden = f"{config.activation}{norm}, softmax" if config.layers else "softmax regression"
    ended = run.ended or ("under way" if session.state == "recording" else "its end is not recorded")
    last = run.evaluations[-1] if run.evaluations else None
    network = ("Network", f"{layers_text(sizes)}, {hidden}")
    found = [
        network if config.trainable == NETWORK else ("Trainable", config.trainable),
        ("Iterations", f"{run.iteration:,}, {ended}"),
        (SERIES["dev_accuracy"].heading, f"{last.dev_accuracy:.2%}" if last else "not evaluated"),
        ("Interventions", _interventions(run, session)),
    ]
    if len(session.runs) > 1:
        found.insert(0, ("Run", f"{run.run}, one of {len(session.runs):,}"))
    origin = session.origin
    if origin is not None:
        born = f"run {origin.run} of session {origin.session[:8]} at iteration {origin.iteration:,}"
        found.append(("Born from", born))
    return found


def _interventions(run: RecordedRun, session: Session) -> str:
    """Those in the line of a run, and where there are others too, how many there are in all."""
    own = len(with_ancestors(session, run).interventions)
    every = sum(len(other.interventions) for other in session.runs.values())
    return f"{own:,}" if own == every else f"{own:,} of {every:,} in all runs"


def _config(run: RecordedRun) -> list[tuple[str, str]]:
    config, began = run.config, run.initial.hyperparameters
    found = [
        ("Seed", str(config.seed)),
        ("Precision", config.dtype),
        ("Dev set", f"{config.dev_fraction:g} of the examples"),
    ]
    if config.batch_norm:
        found.append(("Batch norm", f"ε {config.batch_norm_epsilon:g}, ρ {config.ewa_decay:g}"))
    if config.class_weights != "none":
        found.append((RUN_CONFIG["class_weights"].label, config.class_weights))
    measured = {len(at) for name, (at, _) in run.columns.items() if is_gauge(name)}
    if measured:
        share = f"in at most {100 * config.gauge_budget:g} % of the training time"
        found.append(("Gauges", f"measured {counted(max(measured), 'time')}, {share}"))
    begin = ", ".join(
        f"{spec.label} {_short(getattr(began, spec.name))}"
        for spec in HYPERPARAMETERS.values()
        if not spec.fold and spec.needs is None
    )
    shift = shift_text(began)
    found += [("Inputs at the start", shift)] if shift else []
    return [*found, ("At the start", begin)]


def _environment(session: Session) -> list[tuple[str, str]]:
    recorded: Mapping[str, Any] = session.environment
    if not recorded:
        return []
    names = (("python", "Python"), ("numpy", "NumPy"), ("blas", ""), ("blas_version", ""), ("kernel", "kernel"))
    told = ", ".join(f"{label} {recorded[name]}".strip() for name, label in names if recorded.get(name))
    threads = recorded.get("threads", "?")
    found = [
        ("Recorded with", f"{told}, {threads} thread{'' if threads == 1 else 's'}"),
        ("Processor", ", ".join(str(recorded[name]) for name in ("cpu", "system", "machine") if recorded.get(name))),
    ]
    here = differences(recorded, environment())
    found.append(("This machine", "; ".join(here) if here else "the same environment: the same bits can be expected"))
    return found


def _file(session: Session) -> list[tuple[str, str]]:
    found = [("File", f"{valid_unicode(str(session.path))}, {session.end / 1e6:.2f} MB in {session.records:,} records")]
    if session.raised:
        found.append(("Format", session.raised))
    if session.imported:
        found.append(("Imported", f"from session {session.imported[:8]}"))
    return [*found, ("Id", session.id)]


def _short(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)  # in full: 0.99999999 is not 1
