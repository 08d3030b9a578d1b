"""What the server sends to begin with."""

from pathlib import Path

import plotly

from trainer.views.plotly_script import unwrapped

PLOTLY = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_text("utf-8")


def test_plotly_js_is_sent_without_the_function_around_it() -> None:
    sent = unwrapped(PLOTLY)
    assert sent.startswith("/**")
    licence, _, code = sent.partition("*/")
    assert "MIT license" in licence
    assert code.lstrip().startswith('"use strict";var Plotly=(()=>{')
    assert code.rstrip().endswith("window.Plotly = Plotly;")
    assert code.strip() in PLOTLY


def test_another_plotly_js_is_sent_as_it_is() -> None:
    for other in ("", "window.Plotly = {};", PLOTLY + "more();", PLOTLY.replace("self : this", "self : 0")):
        assert unwrapped(other) == other
