"""The registry: where the one Host of this process is found, whatever becomes of the modules around it.

Streamlit throws all modules of the project away when one of their files changes, and loads them anew. So the host is
kept in a module that has no file. It is of the code that was loaded first; everything that passes between it and a
page is a plain value or is used without asking for its type.
"""

from __future__ import annotations

import sys
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from trainer.views.host import Host

_NAME = "panda_registry"


def the_host() -> Host:
    """The host of this process; made when it is first asked for."""
    registry = sys.modules.setdefault(_NAME, ModuleType(_NAME))
    # setdefault is atomic: every thread and every generation of this module sees the same lock
    lock = cast("Lock", registry.__dict__.setdefault("lock", Lock()))
    with lock:
        if "host" not in registry.__dict__:
            from trainer.views.host import Host

            registry.__dict__["host"] = Host()
        return cast("Host", registry.__dict__["host"])


def close_host() -> None:
    """End what the host runs, recorded, and join its thread."""
    registry = sys.modules.get(_NAME)
    if registry is not None and "host" in registry.__dict__:
        cast("Host", registry.__dict__["host"]).close()
        del sys.modules[_NAME]  # not before: whoever asks meanwhile is not given another one
