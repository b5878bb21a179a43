"""The first line of a docstring names a thing or an action."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FOLDERS = ("automator", "benchmarks", "docs", "tests/support", "web")
#: A clause stands in the place of a noun.
CLAUSE = re.compile(r"(?:What|Whatever|Which|Who|Whoever|Whom|Where|When|How|Why)\b")


def first_lines(source: str) -> Iterator[tuple[int, str]]:
    """The first line of each docstring, with the number of its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield node.body[0].lineno, text.splitlines()[0]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_docstring_begins_with_a_clause(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "__pycache__" not in Path(path).parts and "node_modules" not in path.parts
        for line, text in first_lines(path.read_text(encoding="utf-8"))
        if CLAUSE.match(text)
    ]

    assert found == [], "name the thing: 'The changes of an import', not 'What an import changes'"
