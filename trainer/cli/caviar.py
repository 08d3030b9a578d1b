"""The verb `caviar`: a babysat run against many random trials, at equal compute."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from trainer.cli.command import Data, Json, Run, SessionFile
from trainer.cli.exit_codes import DONE
from trainer.cli.named_out import named_out, recorded_as
from trainer.cli.progress import bar
from trainer.cli.terminal import print_document, print_lines, say, whole
from trainer.cli.worth import interval_fields, plain
from trainer.engine.wording import counted, measured_text
from trainer.errors import InvalidInput
from trainer.experiments.caviar import record
from trainer.experiments.caviar.contest import Contest
from trainer.experiments.caviar.plan import FEWEST_SEEDS, ContestPlan, plan_contest
from trainer.experiments.caviar.verdict import SeedResult, Verdict, seed_result, verdict
from trainer.experiments.over_seeds import MOST, SEEDS_TEXT, signed
from trainer.experiments.recorded_run import SESSIONS
from trainer.experiments.replay import latest_run
from trainer.experiments.search.box import Box
from trainer.experiments.search.pools import local_workers
from trainer.experiments.session_data import dataset_of, tell_unchecked
from trainer.recorder.new_path import new_session_path
from trainer.recorder.session import read_session

_TRIALS, _SEEDS = 16, 8
_CAVIAR, _RECORDING = "Caviar", "Recording"


def run(
    session: SessionFile,
    run: Run = None,
    trials: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help=f"random trials that share the compute of the run, 1/N each (default: {_TRIALS})",
            rich_help_panel=_CAVIAR,
        ),
    ] = None,
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="M",
            help=f"with how many other seeds the run is re-played and trials are drawn, {FEWEST_SEEDS} to {MOST}"
            f" (default: {_SEEDS}); {SEEDS_TEXT}",
            rich_help_panel=_CAVIAR,
        ),
    ] = None,
    box: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW:HIGH…",
            help="what trials are drawn from; NAME=ONE,OTHER of a choice (default: α and β, over their knobs' ranges)",
            rich_help_panel=_CAVIAR,
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(metavar="W", help="processes (default: one for each core but one)", rich_help_panel=_CAVIAR),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="where to record (default: a new file in sessions/)", rich_help_panel=_RECORDING
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="go on with --out FILE; what is over is not repeated", rich_help_panel=_RECORDING
        ),
    ] = False,
    data: Data = None,
    as_json: Json = False,
) -> int:
    """`panda caviar`."""
    so_far = None
    if resume:
        if out is None:
            raise InvalidInput("--resume needs --out FILE, the comparison to go on with")
        so_far = record.read_so_far(recorded_as(Path(out), record.SUFFIX))
    recorded = read_session(Path(session))
    if data is not None:
        tell_unchecked(recorded, data)
    of = latest_run(recorded) if run is None else recorded.run(run)
    processes = local_workers(None if workers is None else whole("workers", workers))
    usual = (Box.first(), _TRIALS, _SEEDS) if so_far is None else (so_far.box, so_far.trials, so_far.seeds)
    plan = plan_contest(
        recorded,
        of,
        dataset_of(recorded, of),
        Box.parse(box) if box else usual[0],
        usual[1] if trials is None else whole("trials", trials),
        usual[2] if seeds is None else whole("seeds", seeds),
    )
    if so_far is None:
        if out is None:
            path = new_session_path(SESSIONS, f"{Path(session).stem} caviar", record.SUFFIX)
        else:
            path = named_out(Path(out), record.SUFFIX, "a comparison")
        contest = Contest(plan, record.create(path, plan))
    else:
        contest = Contest(plan, record.reopen(so_far, plan), so_far.over)
    before = contest.remarks
    for remark in before:
        say(remark)
    with bar("panda and caviar") as drawn:
        found = contest.run(processes, drawn.show, lambda why: drawn.say(f"waiting: {why}") if why else None)
    for remark in contest.remarks[len(before) :]:
        say(remark)
    results = [seed_result(panda, caviar) for panda, *caviar in found.values()]
    told = verdict([result.difference for result in results])
    if as_json:
        print_document(document(session, contest.path, plan, results, told))
    else:
        print_lines(*_sentences(contest.path, plan, results, told))
    return DONE


def document(
    session: str, out: Path | None, plan: ContestPlan, results: list[SeedResult], told: Verdict
) -> dict[str, Any]:
    """All of it, JSON-ready; a dev cost of a training that diverged is "inf"."""
    return {
        "session": session,
        "run": plan.line.run,
        "iterations": plan.line.iteration,
        "interventions": len(plan.line.interventions),
        "trials": plan.trials,
        "box": plan.box.ranges(),
        "seeds": [_of_seed(plan, result) for result in results],
        "better": told.better,
        "median": plain(told.median),
        **interval_fields(told.interval),
        "verdict": told.winner,
        "text": told.text,
        "method": told.method,
        "remark": plan.remark,
        "out": None if out is None else str(out),
    }


def _of_seed(plan: ContestPlan, result: SeedResult) -> dict[str, Any]:
    panda, caviar = plan.compute(result.seed)
    best = result.best
    return {
        "seed": result.seed,
        "difference": plain(result.difference),
        "panda": {
            "dev_cost": plain(result.panda.dev_cost),
            "dev_accuracy": result.panda.dev_accuracy,
            "compute": panda,
            "curve": [list(point) for point in result.panda_curve],
        },
        "caviar": {
            "dev_cost": plain(math.inf if best is None else best.dev_cost),
            "dev_accuracy": None if best is None else best.dev_accuracy,
            "compute": caviar,
            "curve": [list(point) for point in result.caviar_curve],
            "trial": None if best is None else best.trial,
            "config": None if best is None else best.values,
            "diverged": result.diverged,
        },
    }


def _sentences(out: Path | None, plan: ContestPlan, results: list[SeedResult], told: Verdict) -> list[str]:
    line = plan.line
    diverged = sum(result.diverged for result in results)
    panda, caviar = map(sum, zip(*map(plan.compute, plan.seeds), strict=True))
    rows = [("seed", "panda", f"best of {plan.trials}", "difference", "of the best trial"), *map(_row, results)]
    wide = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        f"dev cost of run {line.run}, {counted(line.iteration, 'iteration')} with"
        f" {counted(len(line.interventions), 'intervention')}, and of the best of {plan.trials} random trials that have"
        f" its compute together",
        *("  ".join(cell.ljust(n) for cell, n in zip(row, wide, strict=True)).rstrip() for row in rows),
        f"compute over all seeds, in examples × parameters: panda {panda:.4g}, caviar {caviar:.4g}"
        f" ({caviar / panda:.2%})",
        *([f"{counted(diverged, 'trial')} diverged, which counts as an infinite dev cost"] if diverged else []),
        told.text,
        *([told.method] if told.method else []),
        SEEDS_TEXT,
        *([f"note: {plan.remark}"] if plan.remark else []),
        f"recorded in {out}",
    ]


def _row(result: SeedResult) -> tuple[str, str, str, str, str]:
    costs = [
        "diverged" if one is None or math.isinf(one.dev_cost) else measured_text(one.dev_cost, 4)
        for one in (result.panda, result.best)
    ]
    values: Mapping[str, Any] = {} if result.best is None else result.best.values
    shown = " ".join(f"{name}={v:.4g}" if isinstance(v, float) else f"{name}={v}" for name, v in values.items())
    return str(result.seed), costs[0], costs[1], signed(result.difference), shown
