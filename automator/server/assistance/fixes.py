"""Quick fixes as the pages and programs take them: a label, and the edits of the text."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from automator.language import Translator
from automator.model import Problem
from automator.rules.assistance.fix_place import QuickFix
from automator.rules.assistance.quick_fixes import quick_fixes

#: Problems of one text for which fixes are made.
_MOST_PROBLEMS = 100


def fixes_as_data(
    name: str, text: str, problems: Iterable[Problem], translator: Translator
) -> list[list[dict[str, Any]]]:
    """For each problem the fixes that are plain; none for those of other files."""
    return [
        [
            {"label": _label(fix, translator), "edits": [asdict(edit) for edit in fix.edits]}
            for fix in fixes
        ]
        for _, fixes in _with_fixes(name, text, problems)
    ]


def fix_buttons(
    name: str, text: str, problems: Iterable[Problem], translator: Translator
) -> list[list[tuple[str, str]]]:
    """The same as keys and labels, for buttons that send the text."""
    return [
        [(_key(problem, number), _label(fix, translator)) for number, fix in enumerate(fixes)]
        for problem, fixes in _with_fixes(name, text, problems)
    ]


def text_with_fix(name: str, text: str, problems: Iterable[Problem], key: str) -> str | None:
    """The text after the fix that a button names; None where the text has no such problem."""
    for problem, fixes in _with_fixes(name, text, problems):
        for number, fix in enumerate(fixes):
            if _key(problem, number) == key:
                return _edited(text, fix)
    return None


def _with_fixes(
    name: str, text: str, problems: Iterable[Problem]
) -> Iterator[tuple[Problem, tuple[QuickFix, ...]]]:
    for number, problem in enumerate(problems):
        has_fixes = problem.file == name and number < _MOST_PROBLEMS
        yield problem, quick_fixes(text, problem) if has_fixes else ()


def _key(problem: Problem, number: int) -> str:
    return f"{problem.code}:{problem.line}:{problem.column}:{number}"


def _label(fix: QuickFix, translator: Translator) -> str:
    return translator(fix.label, **fix.values)


def _edited(text: str, fix: QuickFix) -> str:
    for edit in sorted(fix.edits, key=lambda one: -one.start):
        text = text[: edit.start] + edit.insert + text[edit.end :]
    return text
