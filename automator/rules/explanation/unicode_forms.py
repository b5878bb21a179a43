"""Notices texts that have the same letters in different Unicode forms.

Some keyboards and systems write `é` as one sign (NFC), others as `e` and an accent (NFD). A
condition compares signs, so an explanation has to say when that alone made the difference.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from automator.conditions import ExpressionError, compile_expression
from automator.model import normalized

#: Levels of a value in which texts are looked for.
_MAX_DEPTH = 12


def differs_in_form_alone(expression: str, read: Iterable[Any], scope: Mapping[str, Any]) -> bool:
    """Whether an expression that does not hold would, were all texts written in one form.

    `read` has the values that it has read. Never raises.
    """
    texts = [expression, *read]
    if _composed(texts, 0) == texts:
        return False
    try:
        composed = compile_expression(normalized("NFC", expression))
    except ExpressionError:
        return False
    return composed.holds(_composed(scope, 0))


def _composed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return normalized("NFC", value)
    if depth >= _MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: _composed(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_composed(item, depth + 1) for item in value]
    return value
