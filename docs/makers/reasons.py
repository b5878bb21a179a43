"""Reasons and problems: their sentences, and what to do."""

import inspect
import pkgutil
import re
from importlib import import_module
from types import ModuleType

from automator import reasons
from automator.rules.meaning.table import FAMILIES, MISTAKES
from automator.rules.mending.fixes import Mistake
from docs.makers.models import cell

#: Modules without reasons, and the problems of files, which have a page of their own.
_NO_REASONS = ("automator.reasons.kind", "automator.reasons.problems.")


def reasons_text(_: str) -> str:
    """A section for each subject of reasons."""
    return "\n\n".join(
        _reason_section(import_module(module.name))
        for module in pkgutil.walk_packages(reasons.__path__, "automator.reasons.")
        if not module.ispkg and not module.name.startswith(_NO_REASONS)
    )


def problems_table(_: str) -> str:
    """The sentence and the fix of every problem of a file, by its code."""
    rows = sorted(
        f"| `{kind.problem_code}` | `{kind.code}` | {_said_and_done(kind)} |"
        for kind in reasons.kinds().values()
        if kind.problem_code
    )
    header = ["| code | reason | sentence | fix |", "|---|---|---|---|"]
    return "\n".join([*header, *rows])


def examples_tables(_: str) -> str:
    """A table for each family of mistakes in the meaning of rules, with an example of each."""
    left = dict(MISTAKES)
    sections = []
    for family in FAMILIES:
        own = [one for one in vars(family).values() if isinstance(one, Mistake)]
        rows = [
            f"| `{one.code}` | {_example(one.bad)} | {_example(one.good) or 'as the quick fix'} |"
            for one in own
            if left.pop(one.code, None)
        ]
        header = ["| reason | with the mistake | without it |", "|---|---|---|"]
        sections.append("\n".join([f"### {_title(family).partition(':')[0]}", "", *header, *rows]))
    return "\n\n".join(sections)


def _example(text: str) -> str:
    """The lines of an example; letters that repeat without an end are left out."""
    lines = re.sub(r"(.)\1{20,}", r"\1\1\1…", text).split("\n")
    return "<br>".join(cell(f"`` {line} ``") for line in lines if line)


def _title(module: ModuleType) -> str:
    """The first line of the description of a module."""
    return (inspect.getdoc(module) or "").partition("\n")[0].rstrip(".")


def _reason_section(module: ModuleType) -> str:
    """The reasons of one subject; the title is the first line of its file."""
    rows = [
        f"| `{kind.code}` | {_said_and_done(kind)} |"
        for kind in vars(module).values()
        if isinstance(kind, reasons.ReasonKind)
    ]
    return "\n".join(
        [f"## {_title(module)}", "", "| code | sentence | what to do |", "|---|---|---|", *rows]
    )


def _said_and_done(kind: reasons.ReasonKind[...]) -> str:
    return f"{_with_names(kind.text)} | {_with_names(kind.advice)}"


def _with_names(text: str) -> str:
    """A sentence with the names of its values, without their kinds."""
    named = re.sub(r"(?<!\{)\{(\w+)(:\w+)?\}", r"*\1*", text)
    return cell(named.replace("{{", "{").replace("}}", "}"))
