"""What was it worth? An intervention of an opened session beside its ghost, found out by a job."""

from __future__ import annotations

import streamlit as st
from plotly import graph_objects as go

from trainer.engine.wording import capital, change_text
from trainer.errors import PandaError
from trainer.experiments.findings import Finding, Question
from trainer.experiments.over_seeds import MOST, check_seeds
from trainer.experiments.questions import BUDGET_SECONDS, WORTH, as_told, worth_question
from trainer.experiments.worth_summary import WorthSummary
from trainer.recorder.lineage import ancestors, with_ancestors
from trainer.recorder.runs import RecordedIntervention
from trainer.recorder.session import Session
from trainer.service.process_singleton import the_controller
from trainer.views.flash import flash, show_flash
from trainer.views.grouped import grouped
from trainer.views.pressed import press_button, take_press
from trainer.views.static_chart import show_chart
from trainer.views.under_way import show_under_way

_OUTCOMES = {
    "helped": ":green[:material/trending_down: **It helped this run**]",
    "hurt": ":red[:material/trending_up: **It hurt this run**]",
    "made no difference": ":gray[:material/trending_flat: **It made no difference to this run**]",
    "cannot be told": ":orange[:material/help: **It cannot be told**]",
    "refused": ":red[:material/error: **It cannot be found out**]",
}

_FEW = 8
"""So few iterations have a label each, and none between two."""

_CURVES = {
    "with": ("smoothed cost", "orangeColor", "solid"),
    "without": ("smoothed cost without it", "orangeColor", "dash"),
    "dev with": ("dev cost", "greenColor", "solid"),
    "dev without": ("dev cost without it", "greenColor", "dash"),
}
"""What each curve is called, the colour that it has in the charts above, and whether it is of the ghost."""


def show_worth(session: Session, run: str) -> None:
    """Below a run: which intervention, the question, and what came of it; nothing where there was none."""
    line = with_ancestors(session, session.run(run))
    changes = {change.seq: change for change in line.interventions if change.iteration < line.iteration}
    if not changes or "m" not in session.data:
        return
    names = {
        change.seq: _name(change, owner.run, run)
        for owner in ancestors(session, session.run(run))
        for change in owner.interventions
    }
    st.subheader("What was it worth?", anchor=False)
    st.text(
        "The same run without one intervention, on the same mini-batches: its ghost. With other seeds the whole run is"
        " computed anew for each of them, with it and without it."
    )
    controller = the_controller()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Intervention", list(changes), format_func=names.__getitem__, index=len(changes) - 1, width=380
        )
        most = line.iteration - changes[chosen].iteration
        iterations = st.number_input(
            "Iterations after it", 1, most, None, placeholder=f"all {most:,}", key=f"after {chosen}", width=180
        )
        seeds = st.number_input(
            "Other seeds", 0, MOST, 0, width=140, help="0 is the ghost alone; 8 or more tell luck from skill."
        )
        question = worth_question(session.path, run, changes[chosen], iterations or most, seeds)
        busy = controller.findings.under_way_about(session.path) is not None
        if press_button("Find out", session.path, icon=":material/balance:", disabled=busy):
            _ask(as_told(session, question), seeds)
    st.text(f"At most {BUDGET_SECONDS} s of processor time, at low priority; training is not changed by it.")
    show_flash("Find out", question.key)
    asked = controller.findings.under_way_about(session.path)
    if asked is not None and asked.kind == WORTH:  # of whichever run: here it can be ended
        with st.container(border=True):
            of = "" if asked.arguments[0] == run else f" in run {asked.arguments[0]}"
            show_under_way(asked, f"Training without it{of}")
        return
    latest = controller.findings.latest(lambda q: (q.kind, q.path) == (WORTH, session.path) and q.arguments[0] == run)
    finding = None if latest is None else controller.findings.finding(latest)
    if latest is not None and finding is not None and finding.over:
        with st.container(border=True):
            _told(latest, finding, names.get(int(latest.arguments[1]), ""))


def _ask(question: Question[WorthSummary], seeds: int) -> None:
    take_press("Find out")
    why = ""
    try:
        check_seeds(seeds)
        the_controller().findings.ask(question)
    except PandaError as error:
        why = str(error)
    flash("Find out", question.key, why)
    st.rerun()


def _told(question: Question[WorthSummary], finding: Finding[WorthSummary], name: str) -> None:
    """What came of it, and the ghost under the curve."""
    found = finding.result
    st.markdown(_OUTCOMES["refused" if found is None else found.outcome])
    text = grouped(finding.refused if found is None else found.text)
    lines = [name, f"{capital(text)}."]
    if found is not None and found.seeds:
        lines += [f"With other seeds: {found.seeds}.", f"({found.method})"]
    if found is not None and found.remark:
        lines.append(f"Note: {found.remark}.")
    st.text("\n".join(line for line in lines if line))
    if found is not None:
        what = "Smoothed cost and dev cost of the run, with the intervention and without it"
        show_chart(f"ghost {' '.join(map(str, question.arguments))}", _figure(found), alt=what)


def _figure(found: WorthSummary) -> go.Figure:
    theme = "dark" if st.context.theme.type == "dark" else "light"
    figure = go.Figure()
    for key, (name, color, dash) in _CURVES.items():
        x, y = found.curves[key]
        shown = {"color": st.get_option(f"theme.{theme}.{color}"), "dash": dash, "width": 2}
        figure.add_scatter(x=x, y=y, name=name, mode="lines", line=shown, hovertemplate="%{y:.4g}")
    x = found.curves["with"][0]
    few = len(x) > 0 and x[-1] - x[0] < _FEW
    marked = {"color": st.get_option(f"theme.{theme}.redColor"), "dash": "dot", "width": 1}
    figure.add_vline(found.iteration, line=marked)
    figure.update_layout(
        height=340,
        margin={"l": 50, "r": 10, "t": 10, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        hovermode="x unified",
        xaxis={"title": "iteration", "tickformat": "~s", "hoverformat": ",.0f", "dtick": 1 if few else None},
        yaxis={"type": "log", "tickformat": "~g", "nticks": 6},
    )
    return figure


def _name(change: RecordedIntervention, owner: str, run: str) -> str:
    """As in "2: iteration 900, β 0.9 → 0.98", with the index that the command line takes."""
    values = change_text(change.before, change.after)
    whose = "" if owner == run else f"run {owner}, "
    return f"{whose}{change.index}: iteration {change.iteration:,}, {values}"
