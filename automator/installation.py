"""Keeps a running server from importing modules of a newer version of the program.

A server imports some modules only when they are first needed. After an upgrade on the disk, such an
import would mix new modules with the old modules in memory.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from automator.model import N_, InstallationChangedError

_PACKAGE = Path(__file__).parent


class SameInstallation(MetaPathFinder):
    """An import hook that refuses a package's modules whose files changed since it was made."""

    def __init__(self, package: Path) -> None:
        self._prefix = f"{package.name}."
        self._files = dict(_files_below(str(package)))

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of the package; None leaves other modules to Python.

        Raises:
            InstallationChangedError: the module's file was changed, removed or added.
        """
        if not name.startswith(self._prefix):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not self._is_as_it_was(spec.origin or ""):
            raise InstallationChangedError(
                N_("the server was upgraded while it runs, and has not loaded this part before"),
                fix=N_("Restart the server."),
            )
        return spec

    def _is_as_it_was(self, file: str) -> bool:
        try:
            return not file.endswith(".py") or self._files.get(file) == _mark(Path(file).stat())
        except OSError:
            return False


def pin_installation() -> None:
    """Makes imports refuse the program's modules whose files change from now on."""
    if not any(isinstance(finder, SameInstallation) for finder in sys.meta_path):
        sys.meta_path.insert(0, SameInstallation(_PACKAGE))


def _files_below(folder: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files_below(entry.path)
            elif entry.name.endswith(".py"):
                yield entry.path, _mark(entry.stat())


def _mark(file: os.stat_result) -> int:
    """A number that changes when a file is written anew or replaced."""
    return hash((file.st_ino, file.st_mtime_ns, file.st_size))
