"""A running server imports nothing that another version has put on the disk."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from automator.installation import SameInstallation
from automator.model import InstallationChangedError


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """A package of two modules that nobody has imported yet, as it was when the server started."""
    folder = tmp_path / "installed_program"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "page.py").write_text("VERSION = 1\n")
    (folder / "removed.py").write_text("")
    sys.path.insert(0, str(tmp_path))
    finder = SameInstallation(folder)
    sys.meta_path.insert(0, finder)
    yield folder
    sys.meta_path.remove(finder)
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]
    importlib.invalidate_caches()


def test_a_module_that_is_as_it_was_is_imported(package: Path) -> None:
    assert importlib.import_module(f"{package.name}.page").VERSION == 1


def test_a_module_that_was_replaced_is_refused_even_with_the_time_of_the_old_one(
    package: Path,
) -> None:
    page = package / "page.py"
    before = page.stat()
    (package / "new").write_text("VERSION = 2\n")
    (package / "new").replace(page)
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))

    with pytest.raises(InstallationChangedError):
        importlib.import_module(f"{package.name}.page")


def test_modules_that_were_removed_or_added_are_refused(package: Path) -> None:
    importlib.import_module(package.name)
    (package / "removed.py").unlink()
    (package / "added.py").write_text("")
    importlib.invalidate_caches()

    for name in ("removed", "added"):
        with pytest.raises(InstallationChangedError):
            importlib.import_module(f"{package.name}.{name}")


def test_what_is_imported_already_and_other_packages_stay_as_they_are(package: Path) -> None:
    page = importlib.import_module(f"{package.name}.page")
    (package / "page.py").write_text("VERSION = 22\n")
    (package.parent / "another_package.py").write_text("")

    assert importlib.import_module(f"{package.name}.page") is page
    assert importlib.import_module("another_package")
    del sys.modules["another_package"]
