"""What an install does beside copying: a wheel gets the page's script, an editable install the compiled training step.

A wheel carries `app.py` and its `.streamlit/config.toml` as `trainer/page/`, so that `panda serve` needs no checkout
and the settings are written once.

`pip install -e .` compiles the training step, as it would an extension in C, so that the first start does not wait for
it. What was compiled is of use to the checkout, the interpreter, the compiler and the processor that it was compiled
with; with another of them, and for a wheel, it is compiled at the first start.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = {"app.py": "trainer/page/app.py", ".streamlit/config.toml": "trainer/page/.streamlit/config.toml"}
"""Path in the checkout → path in a wheel."""


class BuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds."""
        if version == "editable":
            self._compile_ahead()
        else:
            build_data["force_include"] |= PAGE

    def _compile_ahead(self) -> None:
        """For single precision, the default; the page compiles for the other beside itself."""
        command = [sys.executable, "-m", "trainer.compiled.ahead", "float32"]
        done = subprocess.run(command, cwd=self.root, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            why = done.stderr.strip().rpartition("\n")[2]
            self.app.display_warning(f"The training step will be compiled at the first start: {why}")
