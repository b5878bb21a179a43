"""Quick fixes as the page and programs take them: a label, and the edits of the text."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from automator.language import Translator
from automator.model import Problem
from automator.rules.assistance.quick_fixes import quick_fixes

#: Problems of one text for which fixes are made.
_MOST_PROBLEMS = 100


def fixes_as_data(
    name: str, text: str, problems: Iterable[Problem], translator: Translator
) -> list[list[dict[str, Any]]]:
    """For each problem the fixes that are plain; none for those of other files."""
    return [
        _fixes(text, problem, translator)
        if problem.file == name and number < _MOST_PROBLEMS
        else []
        for number, problem in enumerate(problems)
    ]


def _fixes(text: str, problem: Problem, translator: Translator) -> list[dict[str, Any]]:
    return [
        {
            "label": translator(fix.label, **fix.values),
            "edits": [asdict(edit) for edit in fix.edits],
        }
        for fix in quick_fixes(text, problem)
    ]
