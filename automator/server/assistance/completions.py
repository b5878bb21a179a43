"""Completion and explanations as plain data, with their texts in the reader's language."""

from collections.abc import Iterable
from typing import Any

from automator.language import Translator
from automator.model import N_
from automator.rules.assistance.completion import About
from automator.rules.assistance.languages import Completion, Option

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
