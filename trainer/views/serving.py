"""Serving the page in this process, as `streamlit run` does."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

from streamlit.web import cli


def serve(script: Path, port: int | None, *, browser: bool) -> None:
    """Run `app.py` until SIGTERM or Ctrl-C; the settings are those of the `.streamlit/config.toml` beside it.

    Parameters
    ----------
    port : None takes Streamlit's own, or the next one that is free
    browser : whether the page is opened in one
    """
    signal.signal(signal.SIGTERM, _end)  # Streamlit's server puts it back and raises the signal again when it has ended
    words = ["run", str(script), "--server.headless", str(not browser).lower()]
    if port is not None:
        words += ["--server.port", str(port)]
    cli.main(words, prog_name="streamlit", standalone_mode=False)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
