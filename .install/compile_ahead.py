"""Beside installing, `pip install -e .` compiles the training step, as it would an extension in C.

So nobody waits for that at the first start. What was compiled is of use to the checkout, the interpreter, the compiler
and the processor that it was compiled with; with another of them, and for a wheel, it is compiled at the first start.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileAhead(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile for single precision, the default; the page compiles for the other beside itself."""
        if version != "editable":
            return
        command = [sys.executable, "-m", "trainer.compiled.ahead", "float32"]
        done = subprocess.run(command, cwd=self.root, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            why = done.stderr.strip().rpartition("\n")[2]
            self.app.display_warning(f"The training step will be compiled at the first start: {why}")
