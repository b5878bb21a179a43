"""Which rules an event can match at all, without evaluating the conditions of every rule."""

from collections.abc import Iterable
from typing import Any

from automator.model import Trigger
from automator.rules.compiled import CompiledRule, Scope
from automator.rules.globs import is_glob, matches_any
from automator.rules.predicate_index import PredicateIndex

#: Kinds of events whose candidates are kept at hand; senders choose the names of kinds.
_KEPT = 4_096


def listens_to(
    trigger: Trigger, *, event_type: str, connection: str, provider: str, is_self: bool
) -> bool:
    """Whether a trigger covers an event."""
    return (
        (not is_self or trigger.include_self)
        and (not trigger.connections or connection in trigger.connections)
        and (not trigger.providers or provider in trigger.providers)
        and (not trigger.events or matches_any(event_type, trigger.events))
    )


class TriggerIndex:
    """Candidates by kind of event, connection and sender."""

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._rules = rules
        #: Rules that name kinds of events one by one, by kind.
        self._exact: dict[str, list[int]] = {}
        #: Rules that listen to any kind, or to kinds with `*` in their name.
        self._loose: list[int] = []
        for number, rule in enumerate(rules):
            events = rule.spec.trigger.events
            if not events or any(is_glob(event) for event in events):
                self._loose.append(number)
                continue
            for event in dict.fromkeys(events):
                self._exact.setdefault(event, []).append(number)
        self._known: dict[tuple[str, str, str, bool], PredicateIndex] = {}
        self._made: dict[tuple[int, ...], PredicateIndex] = {}

    def select(
        self, scope: Scope, event_type: str, connection: str, provider: str, is_self: bool
    ) -> Iterable[CompiledRule]:
        """The rules that this event may match, in their order."""
        key = (event_type, connection, provider, is_self)
        known = self._known.get(key)
        if known is None:
            known = self._remember(key)
        return known.select(scope)

    def _remember(self, key: tuple[str, str, str, bool]) -> PredicateIndex:
        event_type, connection, provider, is_self = key
        about: dict[str, Any] = {"connection": connection, "provider": provider}
        numbers = tuple(
            number
            for number in sorted([*self._loose, *self._exact.get(event_type, ())])
            if listens_to(
                self._rules[number].spec.trigger, event_type=event_type, is_self=is_self, **about
            )
        )
        if len(self._known) >= _KEPT:
            self._known.clear()
            self._made.clear()
        made = self._made.get(numbers)
        if made is None:
            rules = tuple(self._rules[number] for number in numbers)
            made = self._made[numbers] = PredicateIndex(rules)
        self._known[key] = made
        return made
