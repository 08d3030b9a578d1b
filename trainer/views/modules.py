"""Modules: the JavaScript and the styles in `frontend/`: where each is found, and the route that serves them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).with_name("frontend")
_IMPORT = re.compile(r'from "\./([a-z_]+\.js)";$', re.MULTILINE)
_TYPES = {".js": "text/javascript", ".css": "text/css"}

FOREVER = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
"""Headers of what never changes at its address."""


def module_address(name: str = "main.js") -> str:
    """Where a module of the page is; another address after every change, so that it can be cached for ever."""
    stats = ((path.name, path.stat()) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES)
    return f"/panda/modules/{_digest(tuple((file, at.st_mtime_ns, at.st_size) for file, at in stats))}/{name}"


def with_imports(modules: Iterable[str]) -> list[str]:
    """Addresses of these modules and of all that they import."""
    names = list(modules)
    for found in names:  # which grows
        imported = _IMPORT.findall((_FOLDER / found).read_text("utf-8"))
        names += [other for other in dict.fromkeys(imported) if other not in names]
    folder = module_address("")
    return [folder + name for name in names]


def modules_route() -> Route:
    """What answers at these addresses."""
    return Route("/panda/modules/{version}/{name}", _module)


@lru_cache(maxsize=1)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, _, _ in files:
        digest.update(name.encode() + (_FOLDER / name).read_bytes())
    return digest.hexdigest()[:16]


def _module(request: Request) -> Response:
    path = _FOLDER / request.path_params["name"]
    if path.parent != _FOLDER or path.suffix not in _TYPES or not path.is_file():
        return PlainTextResponse("there is no such module\n", 404)
    return Response(path.read_bytes(), media_type=_TYPES[path.suffix], headers=FOREVER)
