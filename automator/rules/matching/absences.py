"""Absences: the wait that an event begins, and the waits that it ends.

The key of a wait consists of the rule, the awaited events, and the value that both events share. So
an event ends no earlier wait of a rule that was changed to wait for something else.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import orjson

from automator.conditions import EventBudget, compile_expression
from automator.model import Reason
from automator.model.rules.trigger import Absence
from automator.reasons.conditions import no_key_in_event
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.limits import is_missing, key_problem, key_text
from automator.rules.compiled.rule import CompiledRule

#: How many kinds of events are cached; limited, because senders choose their names.
_KEPT = 4_096
_KEY_BYTES = 16


def wait_key(
    rule: CompiledRule, absence: Absence, scope: Scope, budget: EventBudget | None
) -> tuple[str, str] | Reason:
    """The key of a wait and the value in it, for people; or the reason why there is no key."""
    outcome = compile_expression(absence.key).evaluate(rule.scope_for(scope), budget)
    problem = outcome.reason or key_problem(outcome.value)
    if problem or is_missing(outcome.value):
        return problem or no_key_in_event()
    value = key_text(outcome.value)
    named = orjson.dumps([rule.spec.id, absence.of, absence.key, value])
    return hashlib.blake2b(named, digest_size=_KEY_BYTES).hexdigest(), value


class Endings:
    """Finds the waits that an event ends, across all rules that wait for an absence."""

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        waiting = tuple(
            (rule, rule.spec.trigger.absence) for rule in rules if rule.spec.trigger.absence
        )
        self._has_rules = bool(waiting)
        self._listening = lru_cache(maxsize=_KEPT)(
            lambda event_type: [pair for pair in waiting if matches_any(event_type, pair[1].of)]
        )

    def __bool__(self) -> bool:
        return self._has_rules

    def of(
        self, event_type: str, scope: Scope, budget: EventBudget | None = None
    ) -> tuple[str, ...]:
        """The keys of the waits that this event ends. Never raises."""
        listening = self._listening(event_type)
        keys = (wait_key(rule, absence, scope, budget) for rule, absence in listening)
        return tuple(key[0] for key in keys if not isinstance(key, Reason))
