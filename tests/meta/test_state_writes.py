"""The table of the lifecycle alone says which state a run gets."""

import ast
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2] / "automator"
#: The states themselves, the table, and what a new row has before anything happens to it.
FREE = {"model/run.py", "lifecycle/table.py"}
#: Calls that read a state: conditions of SQL and of filters.
READS = {"int", "in_state", "RunFilter", "isinstance"}


def state_writes(source: str) -> list[int]:
    """The lines at which a state of a run is written by its name, or SQL text writes one."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _writes_state(node)]


def _writes_state(node: Any) -> bool:
    match node:
        case ast.keyword(arg="state" | "new_state"):
            return _names_state(node.value)
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return any(_is_key(key) and _names_state(value) for key, value in pairs)
        case ast.Assign() | ast.AnnAssign(value=ast.expr()):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            return any(map(_is_state, targets)) and _names_state(node.value)
        case ast.Call():
            return _name_of(node.func) not in READS and any(map(_is_named, node.args))
        case ast.Constant(value=str()):
            text = " ".join(node.value.casefold().split())
            return "update runs" in text or "set state" in text
    return False


def _is_key(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value in ("state", "new_state")


def _is_state(target: ast.expr) -> bool:
    return (isinstance(target, ast.Attribute) and target.attr == "state") or (
        isinstance(target, ast.Name) and target.id == "state"
    )


def _is_named(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and _name_of(node.value) == "RunState"


def _names_state(node: ast.expr) -> bool:
    """It is a state by name or by number, or one of several."""
    if isinstance(node, ast.IfExp):
        return _names_state(node.body) or _names_state(node.orelse)
    if isinstance(node, ast.Call) and _name_of(node.func) == "int" and node.args:
        return _names_state(node.args[0])
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int)
    return _is_named(node)


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def test_no_module_writes_a_state_but_by_the_table() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted(ROOT.rglob("*.py"))
        if str(path.relative_to(ROOT)) not in FREE
        for line in state_writes(path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "replace(run, state=RunState.CANCELLED)",
        "update(runs).values(state=int(RunState.QUEUED))",
        "update(runs).values(state=4)",
        "update(runs).values({'state': RunState.DEAD})",
        "row = {'new_state': 3}",
        "progress.state = RunState.DONE",
        "state: RunState = RunState.QUEUED",
        "NewRun(1, RunState.SUPPRESSED if held else RunState.QUEUED, state=RunState.DONE)",
        "tally.ended(RunState.CANCELLED, rule)",
        "connection.execute('UPDATE runs SET state = 4')",
    ],
)
def test_a_state_that_is_written_by_hand_is_found(source: str) -> None:
    assert state_writes(source)


@pytest.mark.parametrize(
    "source",
    [
        "run.state is RunState.DONE",
        "literal_column(f'state = {int(RunState.QUEUED)}')",
        "runs.c.state == int(RunState.RUNNING)",
        "RunFilter(states=(RunState.DEAD,))",
        "replace(run, state=made.to)",
    ],
)
def test_a_state_that_is_read_is_not(source: str) -> None:
    assert state_writes(source) == []
