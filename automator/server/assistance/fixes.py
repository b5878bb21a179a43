"""Quick fixes in the form for pages and programs: a label, and the edits of the text."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from automator.language import Translator
from automator.model import Problem
from automator.rules.assistance.quick_fixes import quick_fixes
from automator.rules.mending.fixes import QuickFix
from automator.server.web.request_context import RequestContext

#: Problems of one text for which fixes are made, at most.
_MOST_PROBLEMS = 100


async def fixes_as_data(
    context: RequestContext, name: str, text: str, problems: Sequence[Problem]
) -> list[list[dict[str, Any]]]:
    """For each problem, its plain fixes; none for problems of other files.

    Raises:
        RequestError: too many people ask for help with writing (503).
    """
    return [
        [
            {
                "label": _label(fix, context.translator),
                "edits": [asdict(edit) for edit in fix.edits],
            }
            for fix in fixes
        ]
        for fixes in await _fixes(context, name, text, problems)
    ]


async def fix_buttons(
    context: RequestContext, name: str, text: str, problems: Sequence[Problem]
) -> list[list[tuple[str, str]]]:
    """The fixes as keys and labels, for buttons that send the text.

    Raises:
        RequestError: too many people ask for help with writing (503).
    """
    return [
        [
            (_key(problem, number), _label(fix, context.translator))
            for number, fix in enumerate(fixes)
        ]
        for problem, fixes in zip(
            problems, await _fixes(context, name, text, problems), strict=True
        )
    ]


async def text_with_fix(
    context: RequestContext, name: str, text: str, problems: Sequence[Problem], key: str
) -> str | None:
    """The text after the fix that a button names; None if the text has no such problem.

    Raises:
        RequestError: too many people ask for help with writing (503).
    """
    found = await _fixes(context, name, text, problems)
    for problem, fixes in zip(problems, found, strict=True):
        for number, fix in enumerate(fixes):
            if _key(problem, number) == key:
                return _edited(text, fix)
    return None


async def _fixes(
    context: RequestContext, name: str, text: str, problems: Sequence[Problem]
) -> list[tuple[QuickFix, ...]]:
    if not problems:
        # Most texts have none, so opening them must not wait for a place among those who need help.
        return []
    work = partial(_made, name, text, problems)
    return await context.services.assistance.run(work, of=context.actor.name)


def _made(name: str, text: str, problems: Sequence[Problem]) -> list[tuple[QuickFix, ...]]:
    """The fixes of each problem. They are searched for in the whole text, which takes time."""
    return [
        quick_fixes(text, problem) if problem.file == name and number < _MOST_PROBLEMS else ()
        for number, problem in enumerate(problems)
    ]


def _key(problem: Problem, number: int) -> str:
    return f"{problem.code}:{problem.line}:{problem.column}:{number}"


def _label(fix: QuickFix, translator: Translator) -> str:
    return translator(fix.label, **fix.values)


def _edited(text: str, fix: QuickFix) -> str:
    for edit in sorted(fix.edits, key=lambda one: -one.start):
        text = text[: edit.start] + edit.insert + text[edit.end :]
    return text
