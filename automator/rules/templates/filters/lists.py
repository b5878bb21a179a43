"""Filters of lists; some also take texts and objects."""

from typing import Any

from automator.reasons.attempts import templates as faults
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    LimitError,
    WrongKindError,
    as_text,
)


def join(value: Any, separator: str = "") -> str:
    """The items of a list as one text."""
    if not isinstance(value, list | tuple):
        raise WrongKindError(faults.template_join_needs_list())
    if len(value) > MAX_ITEMS:
        raise LimitError(faults.template_join_too_long(most=MAX_ITEMS))
    separator = as_text(separator)
    room = MAX_TEXT - len(separator) * max(0, len(value) - 1)
    parts: list[str] = []
    for item in value:
        parts.append(as_text(item))
        room -= len(parts[-1])
        if room < 0:
            raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
    return separator.join(parts)


def length(value: Any) -> int:
    """The number of characters, items or keys."""
    if not isinstance(value, str | list | tuple | dict):
        raise WrongKindError(faults.template_length_of_what())
    return len(value)


def first(value: Any) -> Any:
    """The first item or character, or null."""
    return value[0] if _sequence(value) else None


def last(value: Any) -> Any:
    """The last item or character, or null."""
    return value[-1] if _sequence(value) else None


def bounded_range(arguments: list[Any]) -> list[int]:
    """The whole numbers of `range`, at most 1,000."""
    numbers = range(*arguments)
    if len(numbers) > MAX_ITEMS:
        raise LimitError(faults.template_range_too_long(most=MAX_ITEMS))
    return list(numbers)


def _sequence(value: Any) -> Any:
    if not isinstance(value, str | list | tuple):
        raise WrongKindError(faults.template_ends_of_what())
    return value
