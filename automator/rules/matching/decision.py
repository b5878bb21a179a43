"""Decides about a matching rule: whether it starts a run now, later, or not at all."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from functools import lru_cache, reduce
from typing import Any

import orjson

from automator.conditions import EventBudget, compile_expression
from automator.lifecycle import Fact, Move, On, move
from automator.model import KeyedLimit, Reason, RunState, record
from automator.model.rule import Absence
from automator.model.speech import OPTS_OUT
from automator.reasons import Moment
from automator.reasons.conditions import no_key_in_event
from automator.reasons.limits import outside, outside_for_ever, outside_until
from automator.reasons.runs import joined, waits_for_absence, waits_for_nothing
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.limits import is_missing, key_problem, key_text
from automator.rules.compiled.rule import CompiledRule

# --- Absences: the wait that an event begins, and the waits that it ends ---
#
# The key of a wait consists of the rule, the awaited events, and the value that both events share.
# So an event ends no earlier wait of a rule that was changed to wait for something else.


#: How many kinds of events are cached; limited, because senders choose their names.
_KEPT = 4_096
_KEY_BYTES = 16


def _budget_of(rule: CompiledRule, budget: EventBudget | None) -> EventBudget | None:
    """The budget from which a rule spends; a rule in shadow mode takes nothing from live rules."""
    return budget.in_shadow if budget is not None and rule.spec.shadow else budget


def wait_key(
    rule: CompiledRule, absence: Absence, scope: Scope, budget: EventBudget | None
) -> tuple[str, str] | Reason:
    """The key of a wait and the value in it, for people; or the reason why there is no key."""
    own = _budget_of(rule, budget)
    outcome = compile_expression(absence.key).evaluate(rule.scope_for(scope), own)
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


# --- The decision about a matching rule ---


#: The entry in the data of a run whose rule is in shadow mode.
SHADOW: Mapping[str, Any] = {"mode": "shadow"}
_STARTS, _WAITS = move(On.STARTED), move(On.STARTED, {Fact.ABSENCE})
_CLOSED, _OPENS = move(On.CLOSED), move(On.CLOSED, {Fact.OPENS})


@record(kw_only=False)
class Decision:
    """The decision of a rule about an event: when its run starts, or why it is held back."""

    rule: CompiledRule
    run_at: int
    #: The first move of the run.
    made: Move = _STARTS
    reason: Reason | None = None
    #: Why the run is put off, or which limit of the rule does not apply to it.
    note: Reason | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    #: The limits by which the store may still hold it back.
    limits: tuple[KeyedLimit, ...] = ()
    #: The key by which an event ends its wait for an absence; None if the run does not wait.
    wait_key: str | None = None
    #: The index of an earlier decision; this decision counts only if the store holds that run back.
    instead_of: int | None = None
    #: Rules that are decided in the event's turn, in this order; `rule` is the first of them.
    undecided: tuple[CompiledRule, ...] = ()

    @property
    def state(self) -> RunState:
        """The state in which the run is stored, unless the store holds it back."""
        return self.made.to

    @property
    def is_held_back(self) -> bool:
        """Whether the rule does not act: its calendar is closed, or it has no key to wait with."""
        return self.state is RunState.SUPPRESSED

    @property
    def may_be_held_back(self) -> bool:
        """Whether it depends on the store if the run acts."""
        return bool(self.limits) or self.rule.spec.pause_ms is not None

    @property
    def answers(self) -> bool:
        """Whether this rule answers the person, so that no fallback acts; even if the store then
        holds the run back.
        """
        return self.rule.answers and not self.is_held_back

    @property
    def stops(self) -> bool:
        """Whether this rule acts and stops later rules."""
        return self.rule.may_stop and not self.is_held_back


def decide_rule(
    rule: CompiledRule,
    scope: Scope,
    now_ms: int,
    instead_of: int | None = None,
    *,
    is_absent: bool = False,
    budget: EventBudget | None = None,
) -> Decision:
    """The decision about an event that meets every condition of a rule.

    `is_absent` means that the awaited event did not come, so that the rule acts now.
    """
    absence = rule.spec.trigger.absence
    if absence is None or is_absent:
        decision = _by_calendar(rule, now_ms)
    else:
        decision = _by_absence(rule, absence, scope, now_ms, budget)
    if instead_of is not None:
        decision = replace(decision, instead_of=instead_of)
    if rule.opt_outs and rule.opts_out(scope, budget):
        decision = replace(decision, data={**decision.data, OPTS_OUT: True})
    if not rule.limits or decision.is_held_back:
        return decision
    limits, missing = rule.limits.keyed(rule.scope_for(scope), _budget_of(rule, budget))
    if not missing:
        return replace(decision, limits=limits)
    if rule.spec.limits.both is not None:
        # Without its key, an event can neither wait for the other one nor be the one that came.
        return replace(decision, made=move(On.LIMITED), reason=missing[0])
    # A note about limits is added to the note of the calendar or of the absence.
    note = reduce(joined, missing, decision.note)
    return replace(decision, limits=limits, reason=note if decision.reason else None, note=note)


def is_active(rule: CompiledRule, now_ms: int) -> bool:
    """Whether a rule acts at this moment, or waits for the next opening of its calendar."""
    return not _by_calendar(rule, now_ms).is_held_back


def _by_absence(
    rule: CompiledRule,
    absence: Absence,
    scope: Scope,
    now_ms: int,
    budget: EventBudget | None,
) -> Decision:
    """The decision to wait for an absence; the calendar counts only when the wait ends."""
    decision = _by_calendar(rule, now_ms + absence.within_ms)
    found = wait_key(rule, absence, scope, budget)
    if isinstance(found, Reason):
        why = waits_for_nothing(key=absence.key, problem=found)
        return replace(decision, run_at=now_ms, made=move(On.LIMITED), reason=why)
    if decision.is_held_back:
        return replace(decision, run_at=now_ms)
    key, value = found
    note = waits_for_absence(
        events=list(absence.of), key=absence.key, value=value, within=absence.within_ms
    )
    if decision.reason:
        note = joined(note, decision.reason)
    return replace(decision, wait_key=key, made=_WAITS, reason=None, note=note)


def _by_calendar(rule: CompiledRule, now_ms: int) -> Decision:
    marks = rule.marks
    calendar = rule.calendar
    if calendar is None or calendar.is_open(now_ms):
        return Decision(rule, now_ms, data=marks)
    name = calendar.name
    at: Moment = [now_ms, calendar.zone_name]
    opening = calendar.next_opening(now_ms) if rule.spec.outside == "wait" else None
    if opening is None:
        kind = outside_for_ever if rule.spec.outside == "wait" else outside
        return Decision(rule, now_ms, _CLOSED, kind(calendar=name, at=at), data=marks)
    note = outside_until(calendar=name, at=at, until=[opening, calendar.zone_name])
    return Decision(rule, opening, _OPENS, note, note, marks)
