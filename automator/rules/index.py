"""Which rules an event can match at all, without evaluating their conditions one by one."""

from collections.abc import Iterable, Mapping
from typing import Any

from automator.model import Trigger
from automator.rules.compiled import CompiledRule
from automator.rules.globs import matches_any

#: Kinds of events whose candidates are kept at hand; senders choose the names of kinds.
_KEPT = 4_096


def listens_to(
    trigger: Trigger, *, event_type: str, connection: str, provider: str, is_self: bool
) -> bool:
    """Whether a trigger covers an event."""
    return (
        (not trigger.events or matches_any(event_type, trigger.events))
        and (not trigger.connections or connection in trigger.connections)
        and (not trigger.providers or provider in trigger.providers)
        and (not is_self or trigger.include_self)
    )


class Candidates:
    """The rules whose trigger covers one kind of event."""

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._rules = rules

    def select(self, scope: Mapping[str, Any]) -> Iterable[CompiledRule]:
        """Those of them that this event may match, in their order."""
        del scope
        return self._rules


class TriggerIndex:
    """Candidates by kind of event, connection and sender."""

    def __init__(self, rules: tuple[CompiledRule, ...]) -> None:
        self._rules = rules
        self._known: dict[tuple[str, str, str, bool], Candidates] = {}

    def candidates(
        self, event_type: str, connection: str, provider: str, is_self: bool
    ) -> Candidates:
        """The rules that listen to such an event."""
        key = (event_type, connection, provider, is_self)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = Candidates(
                tuple(
                    rule
                    for rule in self._rules
                    if listens_to(
                        rule.spec.trigger,
                        event_type=event_type,
                        connection=connection,
                        provider=provider,
                        is_self=is_self,
                    )
                )
            )
        return known
