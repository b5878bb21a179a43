"""Help for people who write rule files, in their language: quick fixes, completion, explanations.

`automator.rules.assistance` computes them, from the names that
`automator.server.web.rule_knowledge` collects on this server. This module turns the results into
plain data with translated texts, for the editor's page and the API, and quick fixes also into
buttons, which work without scripts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from automator.language import Translator
from automator.model import N_, Problem
from automator.rules.assistance.completion import About
from automator.rules.assistance.languages import Completion, Option
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


# --- Completion and explanations as plain data ---

_FOR_EXAMPLE = N_("For example: {values}")
_NOT_WRITTEN = N_("If it is not written: {value}")


def completion_as_data(completion: Completion, translator: Translator) -> dict[str, Any]:
    """A completion as JSON for the editor and the API, with translated texts."""
    return {
        "start": completion.start,
        "end": completion.end,
        "options": [_option(option, translator) for option in completion.options],
    }


def about_as_data(about: About | None, translator: Translator) -> dict[str, Any]:
    """The explanation of a word as JSON; `title` is empty if nothing is known about the word."""
    if about is None:
        return {"start": 0, "end": 0, "title": "", "text": ""}
    return {
        "start": about.start,
        "end": about.end,
        "title": about.title,
        "text": _text(about.info, about.examples, translator, about.default),
    }


def _option(option: Option, translator: Translator) -> dict[str, Any]:
    return {
        "label": option.label,
        "insert": option.insert or option.label,
        "detail": option.detail,
        "kind": option.kind,
        "needed": option.is_needed,
        "info": _text(option.info, option.examples, translator),
    }


def _text(
    info: Iterable[str], examples: Iterable[str], translator: Translator, default: str = ""
) -> str:
    """Joins explanations, default and examples into paragraphs; text between backticks is code."""
    paragraphs = [translator(text) for text in info if text]
    if default:
        paragraphs.append(translator(_NOT_WRITTEN, value=f"`{default}`"))
    shown = ", ".join(f"`{example.replace('`', '')}`" for example in examples)
    if shown:
        paragraphs.append(translator(_FOR_EXAMPLE, values=shown))
    return "\n\n".join(paragraphs)
