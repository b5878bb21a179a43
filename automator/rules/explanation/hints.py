"""Hints at what the author of a condition that does not hold probably meant."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from automator.conditions import ExpressionError, compile_expression
from automator.files import did_you_mean
from automator.model import LEAD, POST, Reason, normalized
from automator.model.event import lacked_part
from automator.reasons import explanations
from automator.reasons.explanations import lead_later, other_unicode_form, post_text_later
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.deferred_rules import ANSWERS, POST_TEXT

_MAX_PATHS = 2_000
_POST_TEXT, _ANSWERS = ".".join(POST_TEXT), f"{'.'.join(ANSWERS)}."
#: How many missing paths of an explanation get a search for the nearest path.
_MOST_HINTS = 20
_MAX_DEPTH = 6
#: How many keys of a mapping are compared with a missing name.
_MOST_KEYS = 80


class Hints:
    """Suggests the nearest real path for a few missing paths of one explanation.

    It stops after a few searches: comparing a path with a whole event takes long, and thousands of
    rules may each read another missing path.
    """

    def __init__(self) -> None:
        self._known: dict[str, Reason | None] = {}
        self._left = _MOST_HINTS

    def about(self, text: str, values: tuple[tuple[str, Any], ...], scope: Scope) -> Reason | None:
        """The hint for an expression that does not hold, given the values that it has read; or
        None.

        It says that texts differ only in their Unicode form, or that a path similar to a missing
        path exists.
        """
        if differs_in_form_alone(text, (value for _, value in values), scope):
            return other_unicode_form()
        for path, value in values:
            if value is None and not _exists(path, scope):
                if path == _POST_TEXT and lacked_part(scope["event"]) == POST:
                    return post_text_later()
                if path.startswith(_ANSWERS) and lacked_part(scope["event"]) == LEAD:
                    return lead_later()
                return self._nearest(path, scope)
        return None

    def _nearest(self, path: str, scope: Scope) -> Reason | None:
        """`did you mean …`; None if no path is similar, or enough paths were searched for."""
        root = path.split(".", 1)[0]
        if path in self._known and root != "vars":
            return self._known[path]
        if self._left <= 0:
            return None
        self._left -= 1
        real = islice(_paths(scope.get(root), root, 1), _MAX_PATHS)
        nearest = did_you_mean(path, real)
        self._known[path] = explanations.did_you_mean(path=nearest) if nearest else None
        return self._known[path]


def _exists(path: str, scope: Scope) -> bool:
    value: Any = scope
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _paths(value: Any, path: str, depth: int) -> Iterator[str]:
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        for key, inner in list(value.items())[:_MOST_KEYS]:
            yield f"{path}.{key}"
            yield from _paths(inner, f"{path}.{key}", depth + 1)


# --- Texts with the same letters in different Unicode forms ---
#
# Some keyboards write `é` as one character (NFC), others as `e` and an accent (NFD). Conditions
# compare characters, so an explanation has to say if only this made the difference.

#: How many levels deep the texts in a value are brought to one Unicode form.
_MAX_UNICODE_DEPTH = 12


def differs_in_form_alone(expression: str, read: Iterable[Any], scope: Mapping[str, Any]) -> bool:
    """Whether an expression that does not hold would hold if all texts had the same Unicode form.

    `read` are the values that the expression has read. Never raises.
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
    if depth >= _MAX_UNICODE_DEPTH:
        return value
    if isinstance(value, Mapping):
        return {key: _composed(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_composed(item, depth + 1) for item in value]
    return value
