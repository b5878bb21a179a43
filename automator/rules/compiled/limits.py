"""Computes the keys of a rule's limits for an event. The store does the counting."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from automator.conditions import CompiledExpression, EventBudget, compile_expression, is_larger_than
from automator.model import EventPart, KeyedLimit, Reason, hook_of, shortened
from automator.model.rule import LIMIT_NAMES, Both, Limit, Limits
from automator.reasons.conditions import it_is, too_large_for_key
from automator.reasons.limits import limit_without_key
from automator.rules.compiled.deferred_rules import NO_PARTS, parts_read
from automator.rules.compiled.globs import matches_any

_SHOWN = 80
#: How many elements a key may contain, with 64 characters each. An expression could repeat a whole
#: event hundreds of times, and keys are written out before the event is acknowledged.
_MOST_ELEMENTS = 1_000
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


class CompiledLimits:
    """The limits of one rule with their keys compiled."""

    __slots__ = ("_limits", "contact_fields", "reads_parts", "roots")

    def __init__(self, limits: Limits) -> None:
        self._limits: tuple[tuple[Limit, CompiledExpression], ...] = tuple(
            (limit, compile_expression(limit.key)) for limit in limits
        )
        #: The top-level names of the scope that the keys read.
        self.roots: frozenset[str] = frozenset().union(
            *(expression.roots for _, expression in self._limits)
        )
        #: The fields of the contact that the keys read.
        self.contact_fields: frozenset[str] = frozenset().union(
            *(expression.fields_of("contact") for _, expression in self._limits)
        )
        #: The parts of the event that the keys read and that may have to be looked up.
        self.reads_parts: frozenset[EventPart] = NO_PARTS.union(
            *(parts_read(expression) for _, expression in self._limits)
        )

    def __bool__(self) -> bool:
        return bool(self._limits)

    def in_order(self, events: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The collected events for steps. Events of `both` follow the order of its names."""
        for limit, _ in self._limits:
            if type(limit) is Both:
                return sorted(
                    events, key=lambda event: awaited_by(limit, event["type"]) == limit.of[0]
                )
        return events

    def keyed(
        self, scope: Any, budget: EventBudget | None = None
    ) -> tuple[tuple[KeyedLimit, ...], list[Reason]]:
        """The limits with their keys for an event, and the reasons why other limits do not apply.

        A limit does not apply to an event without a part of its key: all such events would share
        one key, and hold back people who have nothing to do with each other. Each account of a
        connection counts on its own, because people have different ids there.
        """
        account = _account_in(scope) if self._limits else None
        found: list[KeyedLimit] = []
        notes: list[Reason] = []
        for limit, expression in self._limits:
            outcome = expression.evaluate(scope, budget)
            problem = outcome.reason or key_problem(outcome.value)
            if problem or is_missing(outcome.value):
                gave = problem or it_is(value=shown_key(outcome.value))
                name = LIMIT_NAMES[type(limit)]
                notes.append(limit_without_key(limit=name, key=expression.text, problem=gave))
            else:
                value = outcome.value if account is None else [account, outcome.value]
                awaits = awaited_by(limit, scope["event"]["type"]) if type(limit) is Both else ""
                found.append(KeyedLimit(limit, key_text(value), awaits))
        return tuple(found), notes


def awaited_by(both: Both, event_type: str) -> str:
    """The event of `both` that is still to come after an event of this type."""
    first, second = both.of
    return second if matches_any(event_type, (first,)) else first


def _account_in(scope: Any) -> str | None:
    """The event's connection, if it is one of several accounts of a connection; else None."""
    about = scope.get("connection")
    name = about.get("name", "") if isinstance(about, dict) else ""
    return name if hook_of(name) != name else None


def is_missing(key: Any) -> bool:
    """Whether a key is null or empty, or a list or mapping that contains null."""
    if isinstance(key, dict):
        return not key or None in key.values()
    if isinstance(key, list):
        return not key or any(part is None for part in key)
    return key is None or key == ""


def key_problem(value: Any) -> Reason | None:
    """The reason why a value cannot be a key; None if it can."""
    if isinstance(value, str | list | dict) and is_larger_than(value, _MOST_ELEMENTS):
        return too_large_for_key()
    return None


def key_text(value: Any) -> str:
    """A key as JSON text; equal keys give equal texts."""
    try:
        return orjson.dumps(value, option=_OPTIONS).decode()
    except orjson.JSONEncodeError:
        # orjson cannot write integers beyond 64 bits or lone surrogates.
        return json.dumps(value, sort_keys=True, separators=(",", ":"))


def shown_key(value: Any) -> str:
    """A key as text, cut if it is long."""
    return shortened(key_text(value), _SHOWN)
