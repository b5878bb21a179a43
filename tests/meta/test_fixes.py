"""An error that a person or a program meets says how to mend it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import automator.reasons
from automator.reasons import ReasonKind

ROOT = Path(__file__).parents[2] / "automator"
#: Errors that a person meets as they are: those of steps and deliveries are reasons in the log.
ERRORS = {
    "AutomatorError",
    "ConflictError",
    "NotFoundError",
    "RequestError",
    "SettingsError",
    "StoreUnavailableError",
    "UsageError",
}


def kinds_by_name() -> dict[str, ReasonKind[...]]:
    """Every kind of reason by the name that code calls it."""
    modules = pkgutil.walk_packages(automator.reasons.__path__, "automator.reasons.")
    return {
        name: kind
        for found in modules
        for name, kind in vars(importlib.import_module(found.name)).items()
        if isinstance(kind, ReasonKind)
    }


KINDS = kinds_by_name()


def without_a_fix(source: str) -> Iterator[int]:
    """The lines at which an error is made that does not say what to do."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in ERRORS:
                has_fix = any(word.arg == "fix" for word in node.keywords)
                if not has_fix and any(map(_says_nothing_to_do, node.args)):
                    yield node.lineno


def _says_nothing_to_do(argument: ast.expr) -> bool:
    """Whether it is a text of the catalogue, or a reason of a kind without advice."""
    match argument:
        case ast.IfExp():
            return _says_nothing_to_do(argument.body) or _says_nothing_to_do(argument.orelse)
        case ast.Call(func=ast.Name(id="N_")):
            return True
        case ast.Call(func=ast.Name(id=name)) if name in KINDS:
            return not KINDS[name].advice
    return False


def test_every_error_says_how_to_mend_it() -> None:
    silent = {
        path: list(without_a_fix(path.read_text(encoding="utf-8"))) for path in ROOT.rglob("*.py")
    }

    assert {path: lines for path, lines in silent.items() if lines} == {}, "give it a `fix`"


@pytest.mark.parametrize(
    ("call", "finds"),
    [
        ("NotFoundError(N_('there is none'))", True),
        ("NotFoundError(N_('there is none'), name=name)", True),
        ("RequestError(400, 'bad_json', N_('a') if x else N_('b'))", True),
        ("StoreUnavailableError(quotation(text='no'))", True),
        ("NotFoundError(N_('there is none'), fix=N_('Look.'))", False),
        ("StoreUnavailableError(store_is_slow())", False),
        ("StoreUnavailableError(reason)", False),
    ],
)
def test_the_check_tells_the_two_apart(call: str, finds: bool) -> None:
    assert bool(list(without_a_fix(f"raise {call}\n"))) is finds
