"""The folders of the package: described, and in the documents."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "automator"
FOLDERS = sorted(
    path.parent
    for path in PACKAGE.rglob("__init__.py")
    if "migrations" not in path.parts and path.parent != PACKAGE
)


def description(folder: Path) -> str:
    module = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    return ast.get_docstring(module) or ""


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", ["cli", "server", "engine", "rules", "store", "conditions"])
def test_the_architecture_shows_every_folder_of_a_package(package: str) -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `automator/{package}/` |")]
    folders = [folder.name for folder in FOLDERS if folder.parent == PACKAGE / package]

    assert len(folders) > 1
    assert [name for name in folders if f"`{name}`" not in row] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_every_folder_says_what_is_in_it(folder: Path) -> None:
    assert description(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=relative)
def test_every_folder_says_which_file_to_open_first(folder: Path) -> None:
    assert re.search(r"\bopen\b", description(folder), re.IGNORECASE)


@pytest.mark.parametrize("folder", [PACKAGE, *FOLDERS], ids=relative)
def test_the_files_that_a_folder_names_are_there(folder: Path) -> None:
    """A file beside it, one of the folders above, or one named from the package down."""
    named = re.findall(r"`([\w/]+\.py)`", description(folder))
    places = [place for place in (folder, *folder.parents) if place.is_relative_to(PACKAGE)]

    assert [name for name in named if not any((place / name).exists() for place in places)] == []
