"""Imports uvicorn without its command line.

`uvicorn/__init__.py` imports `uvicorn.main`, which needs click and multiprocessing: 1.5 MB of
memory for a command that a server never runs.
"""

import sys
from importlib import import_module
from types import ModuleType

_COMMAND_LINE = "uvicorn.main"


def import_lean_uvicorn() -> None:
    """Makes uvicorn's modules importable; `uvicorn.run` is missing afterwards.

    Whoever needs the command line imports it from `uvicorn.main`. Does nothing if uvicorn is there.
    """
    if "uvicorn" in sys.modules:
        return
    sys.modules[_COMMAND_LINE] = stand_in = _StandIn(_COMMAND_LINE)
    try:
        package = import_module("uvicorn")
    finally:
        del sys.modules[_COMMAND_LINE]
    for name in ("main", "run"):
        if getattr(package, name, None) is stand_in:
            delattr(package, name)


class _StandIn(ModuleType):
    """Stands in for the command line; of its names only the server is real."""

    def __getattr__(self, name: str) -> object:
        if name == "Server":
            return import_module("uvicorn.server").Server
        if name.startswith("__"):
            raise AttributeError(name)
        return self
