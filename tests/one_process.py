"""Several commands in one new process: to load what they need takes it longer than to carry them out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_CODE = """
import json, sys
from trainer.__main__ import main
for words in json.loads(sys.argv[1]):
    sys.argv[1:] = words
    assert main() == 0, words
"""


def run_in_one_process(*commands: Sequence[object], cwd: Path | None = None, **environment: str) -> str:
    """What the commands print, one after the other; each must end well."""
    words = json.dumps([[str(word) for word in command] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", _CODE, words], capture_output=True, text=True, cwd=cwd, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
