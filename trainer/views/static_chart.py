"""Charts that change only when the script runs again, drawn by the Plotly.js that draws the curves of a run."""

from __future__ import annotations

from plotly import graph_objects as go

from trainer.views.component import show
from trainer.views.plotly_script import plotly_address


def show_chart(key: str, figure: go.Figure, *, alt: str) -> None:
    """Show a figure, as wide as there is room.

    Parameters
    ----------
    key : of the session state
    figure : its layout has a height in pixels; fonts, backgrounds and grids are those of the page's theme
    alt : what it shows, for those who cannot see it
    """
    figure.layout.template = None  # Plotly's own colours
    show("static_chart", key, {"plotly": plotly_address(), "figure": figure.to_json(), "alt": alt})
