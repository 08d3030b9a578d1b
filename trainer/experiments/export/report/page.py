"""The page of a report: what was recorded, told in HTML; nothing in it is asked of any other place."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trainer
from trainer.engine.absent_gauges import absent_gauges
from trainer.engine.gauge_specs import GAUGES
from trainer.engine.hyperparameters import NETWORK
from trainer.engine.series import SERIES
from trainer.engine.wording import change_text, duration_text, layers_text, measured_text, values_text
from trainer.errors import SessionDamaged
from trainer.experiments.emerged_schedule import COLUMNS, table
from trainer.experiments.export.python_source import python_source
from trainer.experiments.export.report.curves import curves
from trainer.experiments.export.report.gauges import measured
from trainer.experiments.export.report.recall import recall_at_the_end
from trainer.experiments.export.rows import Progress
from trainer.experiments.line import Line
from trainer.recorder.lineage import ancestors
from trainer.text import visible

_HERE = Path(__file__).parent


def escape(text: str) -> str:
    """Text as it can stand in HTML, with what would be hidden or turned around in sight."""
    return html.escape(visible(text))


@dataclass(frozen=True)
class Verified:
    """What came of verifying the run with its ancestors, when, and in what environment.

    Attributes
    ----------
    result : "exact", "diverged", "other-environment", or "refused" where it could not be done
    text : the verdict, or why there is none, in a sentence
    """

    result: str
    text: str
    time: str
    environment: Mapping[str, Any]


_BADGES = {
    "exact": "exact",
    "diverged": "different",
    "other-environment": "equal within rounding",
    "refused": "not verified",
}


def write_report(line: Line, verified: Verified, plotly: str, path: Path, progress: Progress | None = None) -> None:
    """The page as one file; arguments as of `report`."""
    path.write_text(report(line, verified, plotly), "utf-8")
    if progress is not None:
        progress(line.iterations, line.iterations)


def report(line: Line, verified: Verified, plotly: str) -> str:
    """The page: it runs the scripts that are in it and no others, whatever is written in the notes.

    Parameters
    ----------
    plotly : the text of Plotly.js, which draws the charts
    """
    style = (_HERE / "report.css").read_text("utf-8")
    drawing = plotly.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    scripts = [drawing, (_HERE / "report.js").read_text("utf-8")]
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    # Plotly adds a style sheet of its own; a picture that is saved goes through blob: and data:
    policy = f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"
    data = json.dumps(curves(line), ensure_ascii=False).replace("<", "\\u003c")
    title = escape(line.session.name or line.session.path.stem)
    body = "\n".join(_body(line, verified))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {escape(line.run.run)} · Panda</title>
<link rel="icon" href="data:,">
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="curves">{data}</script>
<script>{scripts[0]}</script>
<script>{scripts[1]}</script>
</body>
</html>
"""


def _body(line: Line, verified: Verified) -> Iterator[str]:
    session, run = line.session, line.run
    data = session.data.get("name", run.config.data)
    yield f"<h1>{escape(session.name or session.path.stem)}</h1>"
    born = f", born from {births}" if (births := _births(line)) else ""
    yield f'<p class="quiet">Run {escape(run.run)} on {escape(str(data))}, recorded {escape(_moment(run.started))}'
    yield f"{escape(born)}</p>"
    yield _tiles(line, verified)
    if session.damage:
        lost = f"The cost of {line.lost:,} iterations is lost. " if line.lost else ""
        told = _listed(str(damage) for damage in session.damage[:50])
        yield f'<section class="bad"><h2>The session is damaged</h2><p>{lost}What is shown is intact.</p>{told}'
        yield "</section>"
    yield '<h2>Curves</h2><p class="tools"><button type="button" id="scale">Linear cost</button>'
    yield '<button type="button" id="whole">Whole run</button></p>'
    yield '<div id="charts" role="group" aria-label="cost, dev accuracy and learning rate over the iterations"></div>'
    yield from _gauges(line)
    yield "<h2>Interventions</h2>"
    yield _interventions(line)
    yield _planned(line)
    yield "<h2>The schedule that emerged</h2>"
    yield from _schedule(line)
    yield _recall(line)
    yield "<h2>Verification</h2>"
    yield _verdict(verified)
    yield '<div class="columns">'
    yield f"<section><h2>Config</h2>{_pairs(_config(line))}</section>"
    yield f"<section><h2>Data set</h2>{_pairs(dict(session.data))}</section>"
    yield f"<section><h2>Recorded in</h2>{_pairs(dict(session.environment))}</section>"
    yield "</div>"
    notes = [f"{note.author}, iteration {note.iteration:,}: {note.text}" for note in run.notes]
    notes = [*(f"{note.author}: {note.text}" for note in session.notes), *notes]
    if notes:
        yield f"<h2>Notes</h2>{_listed(notes)}"
    yield (
        f'<footer class="quiet">Written by Panda {escape(trainer.__version__)} from {escape(session.path.name)}'
        f" (session {escape(session.id)}, record {session.records}, hash {escape(session.hash)}).</footer>"
    )


def _gauges(line: Line) -> Iterator[str]:
    """A chart of each gauge with its words, and why others are not there."""
    there = measured(line)
    yield '<h2>Layers</h2><p id="layers"></p><div class="gauges">'
    for name, spec in GAUGES.items():
        if name in there:
            yield f"<figure><figcaption>{escape(spec.label)}</figcaption>"
            yield f"<details><summary>What is normal</summary><p>{escape(spec.shows)}</p>"
            yield f"<p><strong>Normal:</strong> {escape(spec.normal)}</p></details>"
            alt = f"{escape(spec.label)} over iterations, a line for each layer"
            yield f'<div class="gauge" id="gauge-{name}" role="img" aria-label="{alt}"></div></figure>'
    yield "</div>"
    yield "".join(f'<p class="quiet">{escape(sentence)}</p>' for sentence in absent_gauges(line.run.config, there))


def _tiles(line: Line, verified: Verified) -> str:
    run = line.run
    last = run.evaluations[-1] if run.evaluations else None
    known = run.costs[run.costs == run.costs]
    tiles = [
        (SERIES["dev_accuracy"].heading, f"{last.dev_accuracy:.2%}" if last else "–"),
        (SERIES["dev_cost"].heading, measured_text(last.dev_cost, 4) if last else "–"),
        ("Cost J", measured_text(known[-1], 4) if len(known) else "–"),
        ("Iterations", f"{run.iteration:,}"),
        ("Training time", duration_text(float(run.timeline[-1, 1]))),
        ("Interventions", f"{len(run.interventions):,}"),
    ]
    told = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in tiles)
    badge = f'<div class="{verified.result}"><dt>Verified</dt><dd>{_BADGES[verified.result]}</dd></div>'
    return f'<dl class="tiles">{told}{badge}</dl>'


def _interventions(line: Line) -> str:
    if not line.run.interventions:
        return "<p>None: the run was left alone.</p>"
    rows = [
        (
            f"{change.iteration:,}",
            change_text(change.before, change.after),
            change.note,
            change.author,
            _moment(change.time),
        )
        for change in line.run.interventions
    ]
    return _table(("after iteration", "what", "why", "who", "when"), rows)


def _planned(line: Line) -> str:
    rows = [
        (f"{change.at:,}", values_text(change.changes), change.note, change.actor.name) for change in line.run.planned
    ]
    return f"<h3>Planned, and not reached</h3>{_table(('at iteration', 'what', 'why', 'who'), rows)}" if rows else ""


def _schedule(line: Line) -> Iterator[str]:
    rows = table(line.schedule)
    used = [k for k in range(len(COLUMNS)) if any(row[k] for row in rows)]
    yield _table([COLUMNS[k] for k in used], [[row[k] for k in used] for row in rows])
    try:
        source = python_source(line)
    except SessionDamaged as error:
        yield f"<p>{escape(str(error))}</p>"
        return
    yield "<details><summary>As Python, for PyTorch and Keras</summary>"
    yield f'<pre tabindex="0"><code>{escape(source)}</code></pre></details>'


def _recall(line: Line) -> str:
    """The recall of each class beside the accuracy; "" where it cannot be known."""
    found = recall_at_the_end(line)
    if found is None:
        return ""
    told = f"Accuracy {found.accuracy:.2%}, mean recall of the classes {found.mean:.2%}"
    told += f"; the {len(found.rows)} classes with the lowest recall." if found.left else "."
    rows = _table(("class", "dev examples", "recall"), found.rows)
    return f"<h2>Recall of each class</h2><p>{told}</p>{rows}"


def _verdict(verified: Verified) -> str:
    here, said = verified.environment, verified.text.removeprefix("exact: ")
    versions = [f"{name} {here[name]}" for name in ("panda", "python", "numpy", "blas", "kernel") if here.get(name)]
    where = ", ".join([*versions, *([str(here["cpu"])] if here.get("cpu") else [])])
    verdict = f'<p class="verdict {verified.result}"><strong>{_BADGES[verified.result].capitalize()}:</strong>'
    return f'{verdict} {escape(said)}.</p><p class="quiet">{escape(f"Verified {verified.time}, with {where}.")}</p>'


def _config(line: Line) -> dict[str, Any]:
    run, session = line.run, line.session
    told: dict[str, Any] = {}
    if run.config.trainable == NETWORK:
        told["network"] = [session.data.get("inputs", "?"), *run.config.layers, session.data.get("classes", "?")]
    if births := _births(line):
        told["born from"] = births
    began = {f"at the start: {name}": value for name, value in run.initial.hyperparameters.as_dict().items()}
    return {**told, **run.config.as_dict(), **began}


def _births(line: Line) -> str:
    """From what the run was born, and that in turn; "" where it began with initial parameters."""
    told = []
    for ancestor in ancestors(line.session, line.session.run(line.run.run)):
        if (parent := ancestor.parent) is not None:
            whose = f" of session {parent.session[:8]}" if parent.session else ""
            told.append(f"run {parent.run}{whose} at iteration {parent.iteration}")
    return ", itself born from ".join(told)


def _pairs(told: Mapping[str, Any]) -> str:
    return (
        "<dl>"
        + "".join(f"<dt>{escape(_words(name))}</dt><dd>{escape(_said(v))}</dd>" for name, v in told.items())
        + "</dl>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>'


def _listed(told: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in told) + "</ul>"


_LABELS = {"m": "training examples", "m_dev": "dev examples", "stored": "in the session", "dtype": "precision"}


def _words(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        return layers_text(value) if value and isinstance(value[0], int) else ", ".join(map(str, value)) or "–"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "–"


def _moment(time: str) -> str:
    """A recorded time as people read it, to the second."""
    return f"{time[:10]} {time[11:19]}" if time[10:11] == "T" else time
