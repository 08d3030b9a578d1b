"""`panda serve`, as far as it comes without serving; that it serves is tested with the installed wheel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.cli.conftest import Panda
from trainer.threads import cores


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("0", "port must be a whole number from 1 to 65535, but got 0"),
        ("65536", "port must be a whole number from 1 to 65535, but got 65536"),
        ("http", "port must be a whole number of at least 0, but got 'http'"),
    ],
)
def test_a_port_that_is_none(panda: Panda, port: str, sentence: str) -> None:
    assert panda("serve", "--port", port) == (2, "", f"panda: {sentence}\n")


def test_a_port_that_is_taken(panda: Panda) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence = f"port must be one that is free, but got {port}: Address already in use"
        assert panda("serve", "--no-browser", "--port", str(port)) == (2, "", f"panda: {sentence}\n")


@pytest.mark.parametrize(("verb", "spare"), [("serve", 1), ("train", 0)])
def test_the_page_leaves_a_core_to_what_it_serves(verb: str, spare: int) -> None:
    code = (
        "import os, sys; from trainer.__main__ import main; sys.argv[1:] = sys.argv[2:]; main();"
        "print(os.environ['OPENBLAS_NUM_THREADS'])"
    )
    variables = {name: value for name, value in os.environ.items() if not name.endswith("_THREADS")}
    command = [sys.executable, "-c", code, "--", verb, "--help"]
    out = subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout
    assert out.splitlines()[-1] == str(max(1, cores() - spare))
