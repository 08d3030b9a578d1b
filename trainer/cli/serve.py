"""The verb `serve`: the page, from a checkout or from an installed package."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Annotated

import typer

import trainer
from trainer.cli.exit_codes import DONE
from trainer.cli.terminal import flush, print_lines, whole
from trainer.errors import InvalidInput
from trainer.views.serving import serve

_PACKAGE = Path(trainer.__file__).parent
_SCRIPTS = (_PACKAGE / "page" / "app.py", _PACKAGE.parent / "app.py")
"""Where `app.py` is, beside its `.streamlit/config.toml`: in a wheel, in a checkout."""


def run(
    port: Annotated[
        str | None, typer.Option(metavar="N", help="where it answers (default: 8501, or the next that is free)")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="open no browser")] = False,
) -> int:
    """`panda serve`: returns when SIGTERM or Ctrl-C ended it, with everything recorded."""
    script = _script()
    number = None if port is None else _free(port)
    print_lines("Ctrl-C ends the page, with everything recorded.")
    flush()  # a stdout that takes nothing is told of now, not by Streamlit's traceback
    serve(script, number, browser=not no_browser)
    return DONE


def _script() -> Path:
    for script in _SCRIPTS:
        if script.exists():
            return script
    raise InvalidInput(f"the page is not installed: there is neither {' nor '.join(map(str, _SCRIPTS))}")


def _free(text: str) -> int:
    port = whole("port", text)
    if not 1 <= port <= 65535:
        raise InvalidInput(f"port must be a whole number from 1 to 65535, but got {port}")
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind(("127.0.0.1", port))
        except OSError as error:
            raise InvalidInput(f"port must be one that is free, but got {port}: {error.strerror}") from error
    return port
