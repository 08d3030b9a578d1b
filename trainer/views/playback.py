"""Playback: what the server answers the page of a recorded session; its curve, what happened, and the file itself.

    POST /panda/playback             one of `protocol.Playback` as JSON; answered with
        Frame     the bytes of a frame (see `frames`): a whole stretch of the curve
        Facts     hyperparameters from iteration to iteration, and what happened, as JSON
        At        the exact numbers at an iteration
        Model     what the network does with its data then (see `model_at`), as JSON; {"refused"}: why it is not known
        Example   class probabilities of an example that a person types (see `typed_example`), likewise
        BranchAt, NoteAt   what became of it, as of any command: {"status", "iteration", "text", …}
        Progress  {"over"}: whether the answer to a question is there; if not, "waiting": whether others go first, and
                  "done" of "total" iterations, 0 before that is known; of no session
    GET /panda/sessions/NAME         the file, as it is now

Nothing here follows the playhead: the page has everything it needs to move it. The stamp says which content of the
file the page shows; while that is remembered it is not read again, however far the recording has come meanwhile.
"""

from __future__ import annotations

import hmac
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from trainer.errors import InvalidInput, PandaError, SessionError, SessionNotFound
from trainer.experiments.recorded_run import SESSIONS
from trainer.paths import name_of
from trainer.recorder.cost_curve import CostCurve
from trainer.recorder.library import find_session, pieces, stamp
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.runs import RecordedRun
from trainer.recorder.session import Session
from trainer.service.frames import Feed, exact, plain
from trainer.service.process_singleton import the_controller
from trainer.service.protocol import (
    At,
    BranchAt,
    Example,
    Facts,
    Frame,
    Model,
    NoteAt,
    Playback,
    Progress,
    parsed,
    typed,
)
from trainer.service.recorded import curve_as_of, session_as_of
from trainer.service.view import View
from trainer.views.model_at import model_at
from trainer.views.typed_example import typed_example

LONGEST_MESSAGE = 65_536


def routes() -> list[BaseRoute]:
    """The routes of this module."""
    return [
        Route("/panda/playback", _playback, methods=["POST"]),
        Route("/panda/sessions/{name}", _download),
    ]


def download_address(path: Path) -> str:
    """Where the file can be fetched."""
    return f"/panda/sessions/{quote(name_of(path))}"


async def _playback(request: Request) -> Response:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_MESSAGE:
            return PlainTextResponse(f"a message has at most {LONGEST_MESSAGE:,} bytes\n", 413)
    try:
        message = parsed(body)
        token = str(message.get("token", "")).encode("utf-8", "replace")
        if not hmac.compare_digest(token, the_controller().token.encode()):
            return PlainTextResponse("this page is of an earlier start of Panda: reload it\n", 403)
        return await run_in_threadpool(_answer, typed(message, cast("type[Playback]", Playback)))
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    except PandaError as error:
        return PlainTextResponse(f"{error}\n", 400)


def _answer(message: Playback) -> Response:
    if isinstance(message, Progress):
        return JSONResponse(_progress(message.task))
    path = find_session(SESSIONS, message.session)
    session = session_as_of(path, message.stamp)
    run = with_ancestors(session, session.run(message.run))
    curve = curve_as_of(path, message.stamp, run.run)
    match message:
        case Frame(view=look):
            # up to the end and not beyond: there is no forecast of what has happened already
            view = replace(View().looking(look), until=curve.iteration)
            return Response(Feed(view).frame(curve, {}), media_type="application/octet-stream")
        case Facts():
            return JSONResponse(facts(run, curve))
        case At(iteration=iteration):
            return JSONResponse(numbers_at(run, curve, _within(curve, iteration)))
        case Model(iteration=iteration):
            return JSONResponse(_model(session, run.run, _within(curve, iteration), message))
        case Example(iteration=iteration, example=example, values=values):
            return JSONResponse(typed_example(session, run.run, _within(curve, iteration), example, values))
        case BranchAt(iteration=iteration):
            at = _within(curve, iteration)
            ask = {"do": "branch", "session": str(path), "run": run.run, "iteration": at, "paused": True}
        case NoteAt(text=text, iteration=at):
            where = {} if at is None else {"run": run.run, "iteration": _within(curve, at)}
            ask = {"do": "annotate", "session": str(path), "text": text, **where}
    return JSONResponse(the_controller().ask(ask).result())


def _progress(name: str) -> dict[str, Any]:
    findings = the_controller().findings
    question = next((question for question in findings.under_way() if question.name == name), None)
    finding = None if question is None else findings.finding(question)
    if finding is None or finding.over:
        return {"over": True}
    return {"over": False, "waiting": finding.waiting, "done": finding.done, "total": finding.total}


def _model(session: Session, run: str, iteration: int, asked: Model) -> dict[str, Any]:
    try:
        return model_at(session, run, iteration, asked.example, asked.layer, asked.unit)
    except SessionError as error:
        return {"refused": str(error)}


def facts(run: RecordedRun, curve: CostCurve) -> dict[str, Any]:
    """What the page needs to know beside the curve.

    "settings" are the hyperparameters: all of them at the first iteration, then those that are others. "happened" is
    in the order in which it was recorded.
    """
    return {
        "start": curve.start,
        "iteration": curve.iteration,
        "seconds": curve.seconds,
        "settings": list(_settings(run, curve)),
        "happened": [{n: v for n, v in entry.items() if n != "seq"} for entry in sorted(_happened(run), key=_seq)],
    }


def numbers_at(run: RecordedRun, curve: CostCurve, iteration: int) -> dict[str, Any]:
    """The recorded numbers after an iteration: its own cost, the latest evaluation up to it, α in force next.

    The cost is None at the first iteration, and "lost" where damage took it away.
    """
    costs = run.costs[max(0, iteration - curve.start - 1) : iteration - curve.start].tolist()
    cost = next((cost for cost in costs if not math.isnan(cost)), "lost")
    at = np.array([iteration])
    passed = bisect_right(run.evaluations, iteration, key=lambda evaluation: evaluation.iteration)
    latest = run.evaluations[passed - 1] if passed else None
    return {
        "iteration": iteration,
        "cost": plain(cost) if iteration > curve.start else None,
        "epoch": float(curve.epochs(at)[0]),
        "rate": plain(float(curve.learning_rates(at)[0])),
        "dev": None
        if latest is None
        else {"iteration": latest.iteration, "cost": plain(latest.dev_cost), "accuracy": plain(latest.dev_accuracy)},
    }


def _settings(run: RecordedRun, curve: CostCurve) -> Iterator[dict[str, Any]]:
    told: dict[str, Any] = {}
    for iteration in sorted({checkpoint.iteration for checkpoint in run.checkpoints}):
        values = {name: exact(value) for name, value in curve.hyperparameters_at(iteration).as_dict().items()}
        others = {name: value for name, value in values.items() if name not in told or told[name] != value}
        if others:
            yield {"iteration": iteration, "values": others}
            told = values


def _happened(run: RecordedRun) -> Iterator[dict[str, Any]]:
    for change in run.interventions:
        yield {
            "seq": change.seq,
            "kind": "intervention",
            "iteration": change.iteration,
            "author": change.author,
            "text": change.note,
            "time": change.time,
            "before": {name: exact(value) for name, value in change.before.items()},
            "after": {name: exact(value) for name, value in change.after.items()},
        }
    for note in run.notes:
        yield {
            "seq": note.seq,
            "kind": "note",
            "iteration": note.iteration,
            "author": note.author,
            "text": note.text,
            "time": note.time,
        }
    for moment in run.moments:
        yield {
            "seq": moment.seq,
            "kind": moment.kind,
            "iteration": moment.iteration,
            "text": moment.text,
            "time": moment.time,
        }


def _seq(entry: Mapping[str, Any]) -> tuple[int, int]:
    """A remark may have been made later about an earlier iteration."""
    return entry["iteration"], entry["seq"]


def _within(curve: CostCurve, iteration: int) -> int:
    first, last = curve.start, curve.iteration
    if not first <= iteration <= last:
        raise InvalidInput(f"iteration must be a whole number from {first:,} to {last:,}, but got {iteration:,}")
    return iteration


def _download(request: Request) -> Response:
    try:
        path = find_session(SESSIONS, request.path_params["name"])
        size = stamp(path).size
    except SessionNotFound as error:
        return PlainTextResponse(f"{error}\n", 404)
    headers = {
        "Content-Length": str(size),  # as it is now: it may be growing
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name_of(path))}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(pieces(path, size), media_type="application/x-tar", headers=headers)
