"""Turns pydantic's error about a single value into a reason."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from automator.configuration.values import DURATION, written_duration
from automator.files.spelling import as_name, did_you_mean
from automator.model import Reason, WrongValue
from automator.reasons.problems import shape, words

#: The expected kind, by pydantic's type of error about a value of the wrong kind.
EXPECTED = {
    "string_type": words.KIND_TEXT,
    "int_type": words.KIND_WHOLE_NUMBER,
    "int_parsing": words.KIND_WHOLE_NUMBER,
    "int_from_float": words.KIND_WHOLE_NUMBER,
    "float_type": words.KIND_NUMBER,
    "float_parsing": words.KIND_NUMBER,
    "bool_type": words.KIND_BOOLEAN,
    "bool_parsing": words.KIND_BOOLEAN,
    "dict_type": words.KIND_PAIRS,
    "mapping_type": words.KIND_PAIRS,
    "model_type": words.KIND_PAIRS,
    "model_attributes_type": words.KIND_PAIRS,
    "list_type": words.KIND_LIST,
    "tuple_type": words.KIND_LIST,
    "set_type": words.KIND_LIST,
    "none_required": words.KIND_NOTHING,
}
_BOUNDS = {
    "greater_than": ("gt", shape.NOT_MORE),
    "greater_than_equal": ("ge", shape.NOT_AT_LEAST),
    "less_than": ("lt", shape.NOT_LESS),
    "less_than_equal": ("le", shape.NOT_AT_MOST),
}


def kind_of(value: Any) -> Reason:
    """The kind of a value, for sentences."""
    if value is None:
        return words.KIND_NOTHING()
    if isinstance(value, bool):
        return words.KIND_TRUE() if value else words.KIND_FALSE()
    if isinstance(value, int | float):
        return words.KIND_NUMBER()
    if isinstance(value, str):
        return words.KIND_TEXT()
    return words.KIND_LIST() if isinstance(value, list | tuple) else words.KIND_MAPPING()


def reason_of(detail: ErrorDetails, known: Sequence[str] = ()) -> Reason:
    """The mistake in a value, such as an option of a command; `known` are its choices."""
    if known:
        return _unknown_value(str(detail["input"]), list(known))
    expected = EXPECTED.get(detail["type"])
    if expected is not None:
        return shape.UNEXPECTED_KIND(expected=[expected()], found=kind_of(detail["input"]))
    return wrong_value(detail)


def is_empty_list(detail: ErrorDetails) -> bool:
    """Whether a list is needed, and nothing stands there or nothing is in it."""
    value = detail["input"]
    is_short = detail["type"] == "too_short" and value == []
    return is_short or (detail["type"] == "list_type" and value is None)


def _unknown_value(value: str, known: list[str]) -> Reason:
    nearest = did_you_mean(value, known)
    if nearest:
        return shape.MISSPELT_VALUE(value=value, nearest=nearest, known=known)
    return shape.UNKNOWN_VALUE(value=value, known=known)


def _as_written(limit: float, written: Any) -> str | float:
    """A limit in the form of the value that it is for: `30d` for `90d`."""
    if limit and isinstance(written, str) and DURATION.match(written):
        return written_duration(round(limit * 1000))
    return int(limit) if limit == int(limit) else limit


def _of_length(kind: str, context: Mapping[str, Any], written: Any) -> Reason | None:
    """The mistake in the size of a number, a text or a list."""
    if kind in _BOUNDS:
        name, bound = _BOUNDS[kind]
        return bound(bound=_as_written(context[name], written))
    if kind in ("string_too_short", "too_short"):
        return shape.EMPTY_VALUE()
    if kind in ("string_too_long", "too_long"):
        return shape.VALUE_TOO_LONG(most=context.get("max_length"))
    return None


def _not_of_form(value: str, pattern: str) -> Reason:
    """The mistake in a name or a number that has signs which it cannot have."""
    if pattern.startswith("^[0-9]{"):
        return shape.NOT_DIGITS(value=value[:80])
    has_dashes = "-]" in pattern
    better = as_name(value, "-" if has_dashes else "_")
    if re.match(pattern, better):
        return shape.NAME_OTHERWISE(value=value[:80], better=better)
    name_kind = shape.NOT_A_NAME_WITH_DASHES if has_dashes else shape.NOT_A_NAME
    return name_kind(value=value[:80])


def wrong_value(detail: ErrorDetails, written: Any = None) -> Reason:
    """The mistake in a value; `written` is how it stands in a file."""
    kind, context = detail["type"], detail.get("ctx", {})
    error = context.get("error")
    if isinstance(error, WrongValue):
        return error.reason
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        known = [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]
        return _unknown_value(str(detail["input"]), known)
    said = _of_length(kind, context, written)
    if said is not None:
        return said
    if kind == "string_pattern_mismatch":
        return _not_of_form(str(detail["input"]), str(context.get("pattern")))
    message = detail["msg"].removeprefix("Value error, ")
    text, _, fix = message.partition("\n  fix: ")
    if not fix:
        text, _, fix = message.partition("; ")
    text = text[:1].lower() + text[1:]
    return shape.WRONG_VALUE_WITH_FIX(said=text, fix=fix) if fix else shape.WRONG_VALUE(said=text)
