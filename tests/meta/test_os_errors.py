"""What the operating system says is never quoted raw: `os_reason` says it in the reader's words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "automator"
#: The one module that reads what the operating system says.
WORDS = ROOT / "reasons" / "quoted.py"
#: The kinds of errors that the operating system raises.
OF_THE_SYSTEM = {
    "OSError",
    "FileNotFoundError",
    "FileExistsError",
    "PermissionError",
    "NotADirectoryError",
    "IsADirectoryError",
    "ConnectionError",
    "BlockingIOError",
}


def raw_quotes(source: str) -> Iterator[int]:
    """The lines at which the words of an error of the operating system are made a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "strerror":
            yield node.lineno
        elif isinstance(node, ast.ExceptHandler) and node.name and _is_of_the_system(node.type):
            for statement in node.body:
                yield from _quotes_in(statement, node.name)


def _is_of_the_system(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(one, ast.Name) and one.id in OF_THE_SYSTEM for one in kinds)


def _quotes_in(node: ast.AST, name: str) -> Iterator[int]:
    """The places where the error itself becomes a value of a message, or a text.

    Log lines, which are in English, may have it.
    """
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called.startswith(("logger.", "_log.")):
            return
        if called in ("str", "repr") and _is_name(node.args[0], name):
            yield node.lineno
        for keyword in node.keywords:
            if any(_is_name(one, name) for one in _branches(keyword.value)):
                yield keyword.value.lineno
    if isinstance(node, ast.FormattedValue) and _is_name(node.value, name):
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _quotes_in(child, name)


def _branches(value: ast.expr) -> list[ast.expr]:
    """What an expression can come to, as the parts of `a or b`."""
    return value.values if isinstance(value, ast.BoolOp) else [value]


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_every_module_has_errors_of_the_operating_system_said_by_os_reason() -> None:
    modules = set(ROOT.rglob("*.py")) - {WORDS}
    quotes = {path: list(raw_quotes(path.read_text(encoding="utf-8"))) for path in modules}

    assert {path: lines for path, lines in quotes.items() if lines} == {}, "use os_reason(error)"


@pytest.mark.parametrize(
    ("body", "finds"),
    [
        ("raise E(N_('{why}'), why=error.strerror or error)", True),
        ("raise E(N_('{why}'), why=error)", True),
        ("raise E(N_('{why}'), why=str(error))", True),
        ("raise E(f'{error}')", True),
        ("raise E(N_('{why}'), why=os_reason(error)) from error", False),
        ("logger.warning('x: %s', error)", False),
        ("raise _in_words(error) from error", False),
    ],
)
def test_the_check_tells_the_two_apart(body: str, finds: bool) -> None:
    source = f"try:\n    f()\nexcept (ValueError, OSError) as error:\n    {body}\n"

    assert bool(list(raw_quotes(source))) is finds
