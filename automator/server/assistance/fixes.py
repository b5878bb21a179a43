"""Quick fixes of problems: as data for the editor and the API, and as buttons without scripts."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from automator.language import Translator
from automator.model import Problem
from automator.rules.assistance.quick_fixes import quick_fixes
from automator.rules.mending.fixes import QuickFix
from automator.server.web.request_context import RequestContext

#: Fixes are made for at most this many problems of one text.
_MOST_PROBLEMS = 100


async def fixes_as_data(
    context: RequestContext, name: str, text: str, problems: Sequence[Problem]
) -> list[list[dict[str, Any]]]:
    """For each problem, its fixes as labels and edits; none for problems of other files.

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
    """For each problem, its fixes as keys and labels of buttons; `text_with_fix` takes the key.

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
    """Applies the fix with this key of `fix_buttons` to the text; None if there is none any more.

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
        # Most texts have no problems; opening them must not wait for the busy help thread.
        return []
    work = partial(_made, name, text, problems)
    return await context.services.assistance.run(work, of=context.actor.name)


def _made(name: str, text: str, problems: Sequence[Problem]) -> list[tuple[QuickFix, ...]]:
    """The fixes of each problem; slow, because each fix is searched for in the whole text."""
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
