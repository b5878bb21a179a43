"""Computes the coverage of the rules in force: which rules and conditions the newest events meet.

Nothing is counted while events come in. When somebody asks, stored events are evaluated, the newest
first, for a few seconds. Limits are not applied, so a run that they would hold back counts too.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.conditions import EventBudget
from automator.engine.figures.coverage_result import (
    ConditionCoverage,
    Coverage,
    PathPresence,
    RuleCoverage,
    UntakenEvents,
)
from automator.engine.tryout.tryout import Subject, scope_of
from automator.model import Event
from automator.model.own_events import OF_ONE_RULE, SCHEDULE
from automator.rules import CompiledRule, EventFacts, RuleSet, decide_rule, listens
from automator.rules.compiled.rule import scheduled_rule
from automator.rules.meaning.event_paths import event_paths_of
from automator.store import Log

#: For how many seconds events are evaluated.
MOST_SECONDS = 5.0
_AT_ONCE = 200
_MOST_CONTACTS = 5_000
_MOST_PATHS = 50_000
#: How many groups of events without a rule are kept; below, how many parts of an event distinguish
#: the groups.
_MOST_GROUPS = 200
_SHOWN_GROUPS = 30
_MOST_PARTS = 12
_PARTS = ("text", "actor", "conversation", "post", "comment", "parent", "message", "attachments")


def cover(
    log: Log, rules: RuleSet, revision: int, most: int, seconds: float = MOST_SECONDS
) -> Coverage:
    """Computes the coverage by at most `most` of the newest events. Blocks for about `seconds`."""
    look = _Look(log, rules, revision)
    deadline = time.monotonic() + seconds
    for event in _newest_events(log, most + 1):
        seen = look.found.events
        # At least one event is evaluated, because no event would mean that nothing has come in.
        if seen >= most or (seen and time.monotonic() > deadline):
            look.found.is_cut = True
            break
        look.at(event)
    return look.result()


def _newest_events(log: Log, most: int) -> Iterator[Event]:
    """Yields events, the newest first, without the ones that retention has emptied."""
    before: int | None = None
    for _ in range(0, most, _AT_ONCE):
        rows = log.events(before=before, limit=_AT_ONCE)
        whole = log.events_with_ids([row.id for row in rows])
        yield from (whole[row.id] for row in rows if row.id in whole)
        if len(rows) < _AT_ONCE:
            return
        before = rows[-1].id


@dataclass(slots=True)
class _Look:
    """Evaluates events one after another, and counts."""

    log: Log
    rules: RuleSet
    revision: int
    found: Coverage = field(init=False)
    _by_rule: dict[str, RuleCoverage] = field(init=False)
    _paths: dict[str, frozenset[tuple[str, ...]]] = field(init=False)
    _listening: dict[EventFacts, Sequence[CompiledRule]] = field(default_factory=dict)
    _contacts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _groups: dict[tuple[str, str, tuple[str, ...]], UntakenEvents] = field(default_factory=dict)
    _path_count: int = 0
    #: For each rule and type of event: whether the events had the paths that the rule reads.
    _presences: dict[tuple[str, str], list[tuple[PathPresence, tuple[str, ...]]]] = field(
        default_factory=dict
    )
    #: Whether the current event has a value at a path. Cached, as many rules read the same paths.
    _there: dict[tuple[str, ...], bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_rule = {rule.spec.id: _empty(rule) for rule in self.rules.rules}
        self._paths = {rule.spec.id: event_paths_of(rule.spec) for rule in self.rules.rules}
        self.found = Coverage(revision=self.revision, rules=tuple(self._by_rule.values()))

    def at(self, event: Event) -> None:
        """Evaluates one event, and counts the results."""
        if event.is_emptied:
            return
        self._there.clear()
        self.found.events += 1
        self.found.since_ms = event.received_at
        contact = self._contact(event)
        scope = scope_of(Subject(event=event, at=event.received_at, contact=contact))
        is_taken, stopped_by, budget = False, "", EventBudget()
        for rule in self._rules_for(event, scope):
            covered = self._by_rule[rule.spec.id]
            covered.listened += 1
            self._note_paths(covered, event)
            if stopped_by:
                covered.hidden[stopped_by] += 1
                continue
            if not _matches(rule, covered, scope, event.received_at, budget):
                continue
            is_taken = True
            covered.matched += 1
            covered.last_matched = covered.last_matched or event.received_at
            if decide_rule(rule, scope, event.received_at, budget=budget).stops:
                stopped_by = rule.spec.id
        if not is_taken and not event.is_self and event.connection != SCHEDULE:
            self._note_untaken(event)

    def result(self) -> Coverage:
        """The coverage by the events so far."""
        groups = sorted(self._groups.values(), key=lambda item: -item.count)
        self.found.untaken = groups[:_SHOWN_GROUPS]
        self.found.more_untaken += sum(item.count for item in groups[_SHOWN_GROUPS:])
        return self.found

    def _rules_for(self, event: Event, scope: Mapping[str, Any]) -> Sequence[CompiledRule]:
        """The rules whose triggers match the event, in the order of the rule set."""
        if event.type in OF_ONE_RULE and (own := scheduled_rule(scope)) in self.rules.scheduled:
            rule = self.rules.scheduled[own]
            return (rule,) if listens(rule, EventFacts.of(event)) else ()
        facts = EventFacts.of(event)
        known = self._listening.get(facts)
        if known is None:
            known = self._listening[facts] = [
                rule
                for rule in self.rules.rules
                if rule.spec.enabled and rule.spec.trigger.schedule is None and listens(rule, facts)
            ]
        return known

    def _contact(self, event: Event) -> Mapping[str, Any]:
        """The present contact; empty if no rule reads it."""
        key = event.contact
        if key is None or not self.rules.needs_contact:
            return {}
        if key not in self._contacts and len(self._contacts) < _MOST_CONTACTS:
            self._contacts[key] = self.log.contact(key)
        return self._contacts.get(key, {})

    def _note_paths(self, covered: RuleCoverage, event: Event) -> None:
        noted_by = (covered.rule, event.type)
        presences = self._presences.get(noted_by)
        if presences is None:
            presences = self._presences[noted_by] = list(self._new_presences(covered, event.type))
        for presence, names in presences:
            is_there = self._there.get(names)
            if is_there is None:
                is_there = self._there[names] = _has(event.body, names)
            presence.note(event.received_at, is_there=is_there)

    def _new_presences(
        self, covered: RuleCoverage, event_type: str
    ) -> Iterator[tuple[PathPresence, tuple[str, ...]]]:
        for names in self._paths[covered.rule]:
            if self._path_count >= _MOST_PATHS:
                return
            self._path_count += 1
            presence = covered.paths[".".join(("event", *names)), event_type] = PathPresence()
            yield presence, names

    def _note_untaken(self, event: Event) -> None:
        key = (event.connection, event.type, _shape(event.body))
        group = self._groups.get(key)
        if group is None:
            if len(self._groups) >= _MOST_GROUPS:
                self.found.more_untaken += 1
                return
            group = self._groups[key] = UntakenEvents(
                connection=event.connection,
                type=event.type,
                shape=key[2],
                event_id=event.id,
                text=str(event.body.get("text") or ""),
            )
        group.count += 1


def _matches(
    rule: CompiledRule,
    covered: RuleCoverage,
    scope: Mapping[str, Any],
    at: int,
    budget: EventBudget,
) -> bool:
    """Whether all conditions hold. Like the engine, it stops at the first that does not hold."""
    seen = rule.scope_for(scope)
    for number, check in enumerate(rule.checks):
        holds = check(seen, budget)
        if number < len(covered.conditions):
            covered.conditions[number].note(at, holds=holds)
        if not holds:
            return False
    return True


def _empty(rule: CompiledRule) -> RuleCoverage:
    spec = rule.spec
    conditions = [ConditionCoverage(condition=condition) for condition in spec.conditions]
    return RuleCoverage(
        rule=spec.id, name=spec.name, place=spec.place, is_on=spec.enabled, conditions=conditions
    )


def _has(body: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    value: Any = body
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value is not None


def _shape(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the parts that an event has, and the top keys of the provider's own object."""
    data = body.get("data")
    own = sorted(map(str, data)) if isinstance(data, Mapping) else []
    parts = [name for name in _PARTS if body.get(name)]
    return (*parts, *(f"data.{name}" for name in own[:_MOST_PARTS]))
