"""The Course page: what the course teaches, row by row, and where it is seen here; gauges link to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from streamlit.navigation.page import Page

from trainer.views.flash import clear_flash_of_another_page

PARAMETER = "row"
"""Of the address: number of the row that is shown alone."""


@dataclass(frozen=True)
class Row:
    """One row of the course.

    Attributes
    ----------
    topic : its heading
    says : what it says, in Markdown with formulas
    here : what to do here, in Markdown, with the words of the pages
    where : the page on which that is
    """

    topic: str
    says: str
    here: str
    where: Literal["Train", "Sessions", "Search"] = "Train"


ROWS: tuple[Row, ...] = (
    Row(
        "Importance of hyperparameters",
        r"The learning rate $\alpha$ first; then momentum $\beta$, hidden units and the mini-batch size; then the"
        r" number of layers and learning-rate decay. Adam's $\beta_1 = 0.9$, $\beta_2 = 0.999$, $\varepsilon ="
        " 10^{-8}$ are almost never tuned.",
        "The controls stand in that order, and a new search suggests it. *Layers* shows *update : weight*, by which"
        r" $\alpha$ is judged.",
    ),
    Row(
        "Random, not grid",
        r"A grid of 25 trials over two hyperparameters tries 5 values of $\alpha$; 25 random trials try 25.",
        "*random* is what a search begins with. Beside its trials stands the grid of as many points, and how few"
        " values that would try.",
        "Search",
    ),
    Row(
        "Coarse to fine",
        "Look where the best trials are, and draw more densely there.",
        "*Zoom* makes the box smaller, around the best trials; *coarse-to-fine* does so by itself, in rounds.",
        "Search",
    ),
    Row(
        "Appropriate scales",
        r"$r \sim U(-4, 0)$, $\alpha = 10^r$: drawn uniformly, nine of ten values of $\alpha$ would be above 0.1. $r"
        r" \sim U(-3, -1)$, $\beta = 1 - 10^r$: the averaging window $1/(1-\beta)$ doubles from 0.999 to 0.9995, and"
        " hardly moves from 0.9 to 0.9005. Layers and hidden units are drawn uniformly.",
        "Sliders, validation and search have their scales from one table. Drag *Momentum β* towards 1, and see how"
        " its steps become finer.",
        "Search",
    ),
    Row(
        "Re-test occasionally",
        r"Hyperparameters depend on each other, and data change: an $\alpha$ that was right once need not be right"
        " now.",
        "*Re-test here*, beside a live run, searches around the present values from a copy of the present state."
        r" *Find α* does so for $\alpha$ alone.",
    ),
    Row(
        "Panda: babysit one model",
        r"With little compute, one model is watched for days: nudge $\alpha$, look, and go back when it was wrong.",
        r"Start a run; press `÷3` or `×3`; *Look ahead* shows what several $\alpha$ would bring; *Undo* goes back. On"
        " *Sessions* the *ghost* of a nudge says what it was worth.",
    ),
    Row(
        "Caviar: many in parallel",
        "With enough compute, train many models at once and take the best.",
        "A search trains trials in parallel; *Promote* makes the best one a run to babysit. *Panda or caviar?*"
        " compares both at equal compute.",
        "Search",
    ),
    Row(
        "Normalise inputs",
        r"$x := (x - \mu) / \sigma$ with the mean and the standard deviation of the *training* set, for the dev set"
        " too.",
        r"*Look at the data*, in the set-up, shows each column before and after; $\mu$ and $\sigma$ are recorded with"
        " the run. Set *Input scale* to 30 before *Start*, without batch norm, to see what they are for.",
    ),
    Row(
        "Batch norm",
        r"Over each mini-batch, before the activation: $z_{norm} = (z - \mu) / \sqrt{\sigma^2 + \varepsilon}$,"
        r" $\tilde z = \gamma z_{norm} + \beta$. $\gamma^{[l]}$ and $\beta^{[l]}$ are learned like $W^{[l]}$;"
        r" $b^{[l]}$ cancels and is dropped. $\gamma = \sqrt{\sigma^2 + \varepsilon}$, $\beta = \mu$ give the"
        " identity.",
        r"*Batch norm* is chosen in the set-up. *Layers* shows $z$, $z_{norm}$, $\tilde z$, $\gamma$ and $\beta$ of"
        " each layer, and their histograms, while the run goes on.",
    ),
    Row(
        "Batch norm at test time",
        r"One example has no mini-batch: exponentially weighted averages of $\mu$ and $\sigma^2$ take its place, or"
        " one pass over the training set.",
        "Dev cost uses the averages. *Layers* shows how far they are from the mini-batch, and *Compare running"
        " statistics with the training set* how far from one pass.",
    ),
    Row(
        "Why batch norm works",
        r"The inputs of later layers shift less (covariate shift); $\mu$ and $\sigma^2$ of a mini-batch are a little"
        " noisy, which regularises slightly, and less the larger the mini-batch is.",
        "Train two runs, with and without batch norm, and change *Input shift* under *Data shift* in each: *Layers*"
        " shows how the mean of $z$ moves, and *Compare*, on *Sessions*, which one recovers.",
    ),
    Row(
        "Softmax",
        r"$t = e^{z}$, $a = t / \sum_j t_j$: probabilities of classes that exclude each other. Hardmax puts 1 where"
        " the largest is, else 0. With $C = 2$ classes it is logistic regression.",
        "*Network* shows the ten worst examples, softmax beside hardmax; a recorded session takes an example of your"
        " own.",
    ),
    Row(
        "Softmax regression and boundaries",
        "Without a hidden layer the boundaries between classes are straight; hidden layers bend them.",
        "Choose `blobs-4` and no hidden layer, then `spiral` with two: *Network* draws the boundary live, and what"
        " each unit sees.",
    ),
    Row(
        "Cross-entropy",
        r"$L(\hat y, y) = -\sum_j y_j \log \hat y_j$, $J$ is its mean, and $dz^{[L]} = \hat y - y$. The softmax of"
        " $[5, 2, -1, 3]$ is $[0.842, 0.042, 0.002, 0.114]$.",
        "*Cost J* is that mean, of each mini-batch; *dev cost* that of the dev set.",
    ),
    Row(
        "Optimizers",
        r"Gradient descent: $\theta := \theta - \alpha\, d\theta$. Momentum: $v := \beta v + (1 - \beta)\, d\theta$,"
        r" $\theta := \theta - \alpha v$. RMSprop: $s := \beta_2 s + (1 - \beta_2)\, d\theta^2$, $\theta := \theta -"
        r" \alpha\, d\theta / (\sqrt s + \varepsilon)$. Adam has both, each divided by $1 - \beta^t$.",
        "*Optimizer* may change while a run goes on. Type `optimizer=gd,momentum,rmsprop,adam` under *Candidates*"
        " and press *Look ahead* to see all four from the same place.",
    ),
    Row(
        "Learning-rate decay",
        r"$\alpha = \alpha_0 / (1 + rate \cdot epoch)$; $\alpha = rate^{\,epoch} \alpha_0$; $\alpha = k\, \alpha_0 /"
        r" \sqrt{epoch}$, here $\alpha_0 / \sqrt{1 + rate \cdot epoch}$, which is finite at epoch 0; a staircase; or"
        " by hand.",
        r"Choose a *Decay* while a run goes on: $\alpha$ goes on from where it is, and the dotted line is the"
        " forecast. By hand is a nudge.",
    ),
    Row(
        "Plateaus, not bad local optima",
        "In many dimensions a place without slope is nearly always a saddle. Plateaus slow training down; momentum,"
        " RMSprop and Adam get off them.",
        "*Layers* shows the length of the gradient, which is small on a plateau while the cost is high; *advice*"
        " names one, with a button.",
    ),
    Row(
        "Frameworks",
        "Only the forward pass is written, the backward pass is automatic. Choose by ease, by speed, and by whether"
        " it is truly open. Example: $J(w) = w^2 - 10w + 25$ has its minimum at $w = 5$.",
        "`panda export SESSION --format python` writes the learning rates that emerged as a schedule for PyTorch and"
        " Keras.",
        "Sessions",
    ),
)


def page(pages: list[Page]) -> None:
    """The Course page: all rows, or the one that the address asks for.

    Parameters
    ----------
    pages : the others
    """
    clear_flash_of_another_page("course")
    titled = {page.title: page for page in pages}
    st.header("The course, row by row", anchor=False)
    st.caption(
        "What *Improving deep neural networks* teaches of tuning, batch norm, softmax and optimizers, and where it is"
        " seen and tried here."
    )
    asked = st.query_params.get(PARAMETER)
    numbered = {str(number): row for number, row in enumerate(ROWS, 1)}
    if asked in numbered:
        _show(asked, numbered[asked], titled)
        st.button(f"All {len(ROWS)} rows", on_click=st.query_params.clear)
        return
    if asked is not None:
        st.container(border=True).text(f"Row {asked!r} is not of the course: its rows are 1 to {len(ROWS)}.")
    for number, row in numbered.items():
        _show(number, row, titled)


def _show(number: str, row: Row, pages: Mapping[str, Page]) -> None:
    st.subheader(f"{number}. {row.topic}", anchor=False)
    st.markdown(row.says)
    link, here = st.columns([1, 8])
    link.page_link(pages[row.where])
    here.markdown(row.here)
