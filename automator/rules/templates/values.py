"""Values in templates: their text, and the limits on their size."""

import json
from typing import Any

import orjson

from automator.model import Reason
from automator.reasons.attempts.templates import template_argument_not_text, template_text_too_long

#: How many characters a text that a template makes may have.
MAX_TEXT = 65_536
MAX_ITEMS = 1_000
#: How many characters an argument may have that is a name, such as a zone or a currency.
_MOST_OF_ARGUMENT = 100


class TemplateFault(Exception):
    """A template cannot be filled in, for this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class LimitError(TemplateFault, ValueError):
    """A template exceeds a limit."""


class BadValueError(TemplateFault, ValueError):
    """A value of the right kind cannot be used."""


class WrongKindError(TemplateFault, TypeError):
    """A value of another kind is needed."""


def as_text(value: Any) -> str:
    """A value as text: null is empty, true and false are in small letters, the rest is JSON."""
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return to_json(value)


def to_json(value: Any) -> str:
    """The JSON text of a value."""
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # For whole numbers beyond 64 bits, which orjson cannot write.
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return bounded(text)


def bounded(text: str) -> str:
    """The text itself.

    Raises:
        LimitError: it is too long.
    """
    if len(text) > MAX_TEXT:
        raise LimitError(template_text_too_long(most=MAX_TEXT))
    return text


def short_text(value: Any) -> str:
    """The argument of a filter, which must be a text of at most 100 characters.

    Raises:
        BadValueError: it is not.
    """
    if not isinstance(value, str) or len(value) > _MOST_OF_ARGUMENT:
        raise BadValueError(template_argument_not_text())
    return value
