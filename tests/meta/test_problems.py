"""Every code that people can meet is explained on the problems page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from automator.reasons import ReasonKind, bodies, deliveries

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "automator"
PAGE = ROOT / "docs" / "reference" / "problems.md"
CODE = re.compile(r"[a-z]+([-_][a-z]+)*")
#: Where codes are passed without their keyword: there, a text of small letters and `-` is one.
FILE_READERS = ("files", "rules", "conditions", "reasons")
NOT_CODES = {"array-number", "array-string", "content-type", "follow-ups", "user-agent"}


def sources() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))]


def named_codes(tree: ast.Module) -> Iterator[str]:
    """`code="…"` in calls, and `code = "…"` in classes."""
    for node in ast.walk(tree):
        names: list[object] = []
        if isinstance(node, ast.keyword):
            names = [node.arg]
        elif isinstance(node, ast.Assign):
            names = [getattr(target, "id", None) for target in node.targets]
        if "code" in names and text_of(node.value):
            yield text_of(node.value)


def text_of(node: ast.AST) -> str:
    """The text that a node writes, or an empty one."""
    value = getattr(node, "value", None)
    return value if isinstance(value, str) else ""


def positional_codes(path: Path, tree: ast.Module) -> Iterator[str]:
    if path.relative_to(PACKAGE).parts[0] not in FILE_READERS:
        return
    for node in ast.walk(tree):
        text = text_of(node) if isinstance(node, ast.Constant) else ""
        if "-" in text and CODE.fullmatch(text):
            yield text


def test_every_code_in_the_source_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_-]+)`", PAGE.read_text(encoding="utf-8")))
    used = {
        code
        for path, source in sources()
        for tree in (ast.parse(source),)
        for code in (*named_codes(tree), *positional_codes(path, tree))
    } - NOT_CODES

    assert len(used) > 60
    assert sorted(used - explained) == []


def test_every_reason_of_a_refusal_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))
    used = {
        kind.code
        for module in (deliveries, bodies)
        for kind in vars(module).values()
        if isinstance(kind, ReasonKind)
    }

    assert len(used) > 60
    assert sorted(used - explained) == []


def test_no_code_is_explained_that_nothing_uses() -> None:
    rows = re.findall(r"^\| ((?:`[a-z_-]+`(?:, )?)+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    explained = {code for row in rows for code in re.findall(r"`([a-z_-]+)`", row)}
    named = re.compile(r'"([a-z_-]+)(?=")|def ([a-z_]+)\(')
    used = {
        name
        for _, source in sources()
        for found in named.finditer(source)
        for name in found.groups()
    }

    assert len(explained) > 60
    assert sorted(explained - used) == []
