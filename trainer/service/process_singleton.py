"""The process singleton: where the one Controller of this process is found, whatever becomes of the modules around it.

Streamlit throws all modules of the project away when one of their files changes, and loads them anew. So the controller
is kept in a module that has no file. It is of the code that was loaded first; everything that passes between it and a
page is a plain value or is used without asking for its type.
"""

from __future__ import annotations

import sys
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from trainer.service.controller import Controller

_NAME = "panda_process_singleton"


def the_controller() -> Controller:
    """The controller of this process; made when it is first asked for."""
    kept = sys.modules.setdefault(_NAME, ModuleType(_NAME))
    # setdefault is atomic: every thread and every generation of this module sees the same lock
    lock = cast("Lock", kept.__dict__.setdefault("lock", Lock()))
    with lock:
        if "controller" not in kept.__dict__:
            from trainer.service.controller import Controller

            kept.__dict__["controller"] = Controller()
        return cast("Controller", kept.__dict__["controller"])


def close_controller() -> None:
    """End what the controller runs, recorded, and join its thread."""
    kept = sys.modules.get(_NAME)
    if kept is not None and "controller" in kept.__dict__:
        cast("Controller", kept.__dict__["controller"]).close()
        del sys.modules[_NAME]  # not before: a request meanwhile must not get another one
