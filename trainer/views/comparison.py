"""Runs compared, on the page of the sessions: the address says which, `?compare=FILE:RUN` once for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st
from plotly.colors import qualitative

from trainer.errors import SessionDamaged, SessionError, SessionNotFound
from trainer.experiments.comparison import MOST, Comparison, compare
from trainer.experiments.line import Line, line_of
from trainer.experiments.recorded_run import SESSIONS
from trainer.paths import name_of
from trainer.recorder.cost_curve import SMOOTHING
from trainer.recorder.library import SUFFIX, Unreadable, find_session, sessions_in, stamp
from trainer.recorder.lineage import with_ancestors
from trainer.recorder.recorded_curve import recorded_curve
from trainer.recorder.session import Session
from trainer.service.recorded import session_at
from trainer.text import valid_unicode
from trainer.views.back_link import show_back_link, to_the_list
from trainer.views.comparison_words import LETTERS, final_rows, sentences, trait_rows
from trainer.views.component import show, wished
from trainer.views.constants import smoothings
from trainer.views.figures import AXES, Axis, Drawn, comparison_figure, drawn
from trainer.views.static_chart import show_chart

PARAMETER = "compare"

_BANDS = 3
"""With up to this many runs the band of the mini-batches is shown unless switched off; with more it hides the rest."""

Key = tuple[Path, str, str]
"""A file, which content of it, and a run."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """A run that the address names.

    Attributes
    ----------
    session : None where it cannot be read
    why : in a sentence, why it cannot be compared; "" if it can
    """

    file: str
    run: str
    session: Session | None
    why: str = ""

    @property
    def key(self) -> Key:
        """Equal keys mean the same run in the same content of the file, so what was computed of it holds."""
        path = SESSIONS / self.file
        return path, str(stamp(path)), self.run


def address(file: str, run: str = "") -> str:
    """How a run is named in the address of the page; without a run it is the latest of the session."""
    return f"{file}:{run}" if run else file


def compare_in_page(addresses: Sequence[str]) -> None:
    """Have these compared when the page runs next."""
    for name in ("session", "run"):
        st.query_params.pop(name, None)
    st.query_params[PARAMETER] = list(addresses)


def runs_to_compare(session: Session, run: str) -> list[str]:
    """Of a session with many runs the latest, and the one in sight."""
    names = list(session.runs)
    latest = names[-MOST:]
    return latest if run in latest else [run, *latest[1:]]


def show_comparison() -> None:
    """The whole page, for the runs that the address names."""
    show_back_link()
    st.title("Compare", anchor=False)
    wished = list(dict.fromkeys(st.query_params.get_all(PARAMETER)))
    # an address without a run may name one that is there already
    chosen = list({(one.file, one.run): one for one in map(_find, wished[:MOST])}.values())
    sound = [one for one in chosen if not one.why]
    keys = tuple(one.key for one in sound)
    letters = LETTERS[: len(sound)]
    said = [f"At most {MOST} runs are compared at a time; the others are left out."] if len(wished) > MOST else []
    comparison, told = _compared(keys) if keys else (None, ())
    if len(sound) < 2:
        said.append("Choose another run to compare with.")
    if any(one.session is not None and one.session.state == "recording" for one in sound):
        st.button("Show what came since", icon=":material/refresh:")  # to run this page again is all it takes
    legend = st.container()
    smoothing = st.session_state.get("comparison_smoothing", "100")
    curves, missing = _curves(sound, keys, smoothings()[smoothing])
    with legend:
        _legend(chosen, missing, [*said, *told])
    if comparison is None:
        return
    if any(curve is not None for curve in curves):
        _charts(letters, curves, comparison)
    data = {
        "runs": [{"letter": letter, "color": color} for letter, color in zip(letters, _colors(), strict=False)],
        "tables": [
            {"title": "How far they came", "rows": final_rows(comparison)},
            {
                "title": "What was different at the start",
                "rows": trait_rows(comparison.traits),
                "nothing": "Nothing: the same data, config, hyperparameters and environment.",
            },
        ],
    }
    show("comparison_tables", "comparison_tables", data)


def _find(text: str) -> Chosen:
    """The run that is named so, or why there is none."""
    file, separator, run = text.partition(f"{SUFFIX}:")
    file = f"{file}{SUFFIX}" if separator else text
    session = None
    try:
        session = session_at(find_session(SESSIONS, file))
        if not session.runs:
            raise SessionNotFound("there is no run in it")
        run = run or list(session.runs)[-1]
        session.run(run)
    except SessionError as error:
        return Chosen(file, run, session, f"It cannot be compared: {str(error)[:300]}.")
    return Chosen(file, run, session)


def _legend(chosen: Sequence[Chosen], missing: Sequence[str], said: Sequence[str]) -> None:
    """What is compared, by letter and colour; each can be removed or exchanged, and others added."""
    colors, letters = iter(_colors()), iter(LETTERS)
    entries = []
    remarks = iter(missing)
    for one in chosen:
        entry: dict[str, Any] = {"address": address(one.file, one.run), "file": one.file, "run": one.run}
        entry |= {"name": one.file, "runs": [], "state": "unreadable", "why": one.why}
        session = one.session
        if session is not None:
            runs = [[name, _run_in_short(session, name)] for name in session.runs]
            entry |= {"name": session.name or one.file, "state": session.state, "runs": runs}
        if not one.why:
            entry |= {"letter": next(letters), "color": next(colors), "why": next(remarks)}
        entries.append(entry)
    others = [
        [name_of(found.path), f"{found.name or valid_unicode(found.path.stem)} ({name_of(found.path)})"]
        for found in sessions_in(SESSIONS)
        if not isinstance(found, Unreadable)
    ]
    data = {
        "runs": entries,
        "others": others,
        "most": MOST,
        "said": list(said),
    }
    show("comparison", "comparison", data, on_choose_change=_choose, on_open_change=_open)


def _choose() -> None:
    addresses = wished("comparison", "choose")
    if addresses:
        compare_in_page([str(one) for one in addresses])


def _open() -> None:
    run = wished("comparison", "open")
    if run:
        to_the_list()
        st.query_params.update({"session": run["file"], "run": run["run"]})


def _run_in_short(session: Session, name: str) -> str:
    run = session.runs[name]
    born = ""
    if run.parent is not None and not run.parent.session:
        born = f" from {run.parent.run} at {run.parent.iteration:,}"
    return f"{name}{born}, {run.iteration:,} iterations"


def _charts(letters: str, curves: Sequence[Drawn | None], comparison: Comparison) -> None:
    # a phone scrolls the page where a mouse would zoom into the chart
    zoom = "Mobi" not in (st.context.headers.get("User-Agent") or "")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        axis: Axis = st.radio("x axis", list(AXES), horizontal=True)
        st.selectbox(
            "Smoothed over",
            list(smoothings()),
            index=1,
            key="comparison_smoothing",
            width=140,
            help="Iterations, about.",
        )
        logarithmic = st.toggle("Logarithmic costs", value=True)
        band = st.toggle(
            "Mini-batches",
            value=len(letters) <= _BANDS,
            key=f"comparison_band {len(letters) <= _BANDS}",
            help="A band from the smallest to the largest cost of the mini-batches, behind the smoothed cost.",
        )
    shown = [run for run in zip(letters, _colors(), curves, strict=False) if run[2] is not None]
    parted: dict[int, list[str]] = {}
    for letter, there in zip(letters[1:], comparison.partings, strict=True):
        if there.iteration is not None and not there.from_the_start:
            parted.setdefault(there.iteration, []).append(letter)
    figure = comparison_figure(
        [(letter, color, curve) for letter, color, curve in shown if curve is not None],
        axis,
        parted=parted,
        band=band,
        logarithmic=logarithmic,
        colors={"quiet": _theme("grayColor"), "text": _theme("textColor")},
        zoom=zoom,
    )
    what = f"Cost, dev cost, dev accuracy and learning rate of the runs {', '.join(letters)} over each other"
    show_chart("comparison_chart", figure, alt=what)


def _curves(sound: Sequence[Chosen], keys: Sequence[Key], smoothing: float) -> tuple[list[Drawn | None], list[str]]:
    """The curve of each run, and what is to be known of it: why there is none, or what is not as it should be."""
    curves: list[Drawn | None] = []
    remarks = []
    for one, key in zip(sound, keys, strict=True):
        remark = ""
        try:
            curves.append(_drawn(*key)[smoothing])
        except SessionDamaged as error:
            curves.append(None)
            remark = f"It cannot be drawn: {error}."
        else:
            if one.session is not None and one.session.state == "damaged":
                remark = "Its session is damaged: what is shown of it is intact, and what is lost is left out."
        remarks.append(remark)
    return curves, remarks


@lru_cache(maxsize=4 * MOST)
def _drawn(path: Path, _stamp: str, run: str) -> dict[float, Drawn]:
    """A run at every smoothing: to build its curve is what takes the time."""
    session = session_at(path)
    curve = recorded_curve(session, with_ancestors(session, session.run(run)))
    return {smoothing: drawn(curve, smoothing) for smoothing in SMOOTHING}


@lru_cache(maxsize=4)
def _compared(keys: tuple[Key, ...]) -> tuple[Comparison, tuple[str, ...]]:
    lines = [_line(path, run) for path, _, run in keys]
    comparison = compare(lines)
    return comparison, tuple(sentences(lines, LETTERS[: len(lines)], comparison))


def _line(path: Path, run: str) -> Line:
    session = session_at(path)
    return line_of(session, session.run(run))


def _colors() -> list[str]:
    """Of the runs, in order; Plotly's own where the theme names none."""
    return list(st.get_option(f"theme.{_scheme()}.chartCategoricalColors") or qualitative.D3)


def _theme(name: str) -> str:
    return str(st.get_option(f"theme.{_scheme()}.{name}") or "gray")


def _scheme() -> str:
    return "dark" if st.context.theme.type == "dark" else "light"
