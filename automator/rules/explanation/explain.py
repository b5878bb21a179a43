"""Explains why a rule matched an event or did not, with the compiled conditions of the match."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automator.conditions import Trace, compile_expression
from automator.model import N_, SCHEDULE, SCHEDULE_FIRED, Condition, Expression, Place, Trigger
from automator.model.sentence import Sentence, said
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.event_facts import EventFacts
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.rule import CompiledRule, scheduled_rule
from automator.rules.explanation.hints import Hints

# The sentences that settle an explanation, each with places for values.
ALL_HOLD = N_("every condition holds")
NO_CONDITIONS = N_("the rule has no conditions")
DOES_NOT_HOLD = N_("{place}: {condition}: does not hold")
GROUP_DOES_NOT_HOLD = N_("{place}: {condition}: {held} of {count} hold")
STOPPED = N_("stopped by {rule}: no later rule is evaluated after it (stop: true)")
SOME_HOLD = N_("{held} of {count} hold")
DISABLED = N_("disabled: the rule says enabled: false")
DISABLED_BECAUSE = N_("disabled: {reason}")
LEFT_OUT = N_("over budget: the rules before it used up what one event may cost (100 ms for all)")
OTHER_SCHEDULE = N_("trigger: this event is of the schedule of {rule}")
FIRES_BY_ITSELF = N_("trigger: fires by itself ({schedule}), whatever comes in")
ENDS_WAITS = N_("trigger: {event} ends its waits with the same {key}")
OTHER_EVENT = N_("trigger: listens to {wanted}, this is {event}")
OTHER_CONNECTION = N_("trigger: listens to the connection {wanted}, this came through {connection}")
OTHER_PROVIDER = N_("trigger: listens to {wanted}, this is from {provider}")
BY_OURSELVES = N_("trigger: our own page or bot did this; include_self: true would listen to it")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionExplanation:
    """One condition or group, with the values that it read."""

    #: The expression, or `any of`, `all of`, `none of`.
    text: str
    name: str
    place: Place
    holds: bool
    #: Sentences for people about the value that decided.
    sentences: tuple[Sentence, ...]
    #: The reason why it could not be evaluated, or "".
    reason: str = ""
    #: `did you mean …` for a path that the event does not have, or "".
    hint: str = ""
    #: Each path that was read, with the value it had.
    values: tuple[tuple[str, Any], ...] = ()
    children: "tuple[ConditionExplanation, ...]" = ()
    #: The first condition that does not hold: it decided that the rule does not match.
    decides: bool = False

    @property
    def because(self) -> str:
        """The same in one line of English."""
        return said(self.sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleExplanation:
    """One rule and one event."""

    rule: str
    name: str
    place: Place
    matched: bool
    #: The one line that settles it.
    decided_by: Sentence
    #: The rule only shows what it would do.
    shadow: bool = False
    conditions: tuple[ConditionExplanation, ...] = ()


def explain_rule(
    rule: CompiledRule,
    scope: Scope,
    facts: EventFacts,
    *,
    stopped_by: str = "",
    is_left_out: bool = False,
    hints: Hints | None = None,
) -> RuleExplanation:
    """Whether a rule matches, and why. Never raises.

    `hints` is shared by the explanations of one event.

    A rule that is switched off, listens to something else, or was not evaluated because an earlier
    one (`stopped_by`) has `stop: true`, is explained by that alone.
    """
    spec = rule.spec
    refused = _switched_off(rule) or _not_scheduled(rule, scope, facts)
    refused = refused or _not_listening(spec.trigger, facts)
    if not refused and stopped_by:
        refused = Sentence(STOPPED, {"rule": stopped_by})
    if not refused and is_left_out:
        refused = Sentence(LEFT_OUT)
    conditions: tuple[ConditionExplanation, ...] = ()
    failing = None
    if not refused:
        conditions = _explain_all(spec.conditions, rule.scope_for(scope), hints or Hints())
        failing = next((item for item in conditions if item.decides), None)
    all_hold = Sentence(ALL_HOLD if conditions else NO_CONDITIONS)
    return RuleExplanation(
        rule=spec.id,
        name=spec.name,
        place=spec.place,
        matched=not refused and failing is None,
        shadow=spec.shadow,
        decided_by=refused or (_said_of(failing) if failing else all_hold),
        conditions=conditions,
    )


def _said_of(failing: ConditionExplanation) -> Sentence:
    values = {"place": str(failing.place), "condition": failing.name or failing.text}
    if not failing.children:
        return Sentence(DOES_NOT_HOLD, values)
    held = sum(child.holds for child in failing.children)
    counts = {"held": str(held), "count": str(len(failing.children))}
    return Sentence(GROUP_DOES_NOT_HOLD, {**values, **counts})


def _switched_off(rule: CompiledRule) -> Sentence | None:
    if rule.spec.enabled:
        return None
    reason = rule.spec.disabled_reason
    return Sentence(DISABLED_BECAUSE, {"reason": reason}) if reason else Sentence(DISABLED)


def _not_scheduled(rule: CompiledRule, scope: Scope, facts: EventFacts) -> Sentence | None:
    """The event of a schedule concerns the rule of that schedule, and no other one."""
    is_fire = facts.connection == SCHEDULE and facts.event_type == SCHEDULE_FIRED
    own = scheduled_rule(scope) if is_fire else ""
    if is_fire and own != rule.spec.id:
        return Sentence(OTHER_SCHEDULE, {"rule": own or N_("no rule")})
    schedule = rule.spec.trigger.schedule
    if schedule is not None and not is_fire:
        return Sentence(FIRES_BY_ITSELF, {"schedule": schedule.written})
    return None


def _not_listening(trigger: Trigger, facts: EventFacts) -> Sentence | None:
    came = facts.event_type
    if trigger.events and not matches_any(came, trigger.events):
        absence = trigger.absence
        if absence is not None and matches_any(came, absence.of):
            return Sentence(ENDS_WAITS, {"event": came, "key": absence.key})
        return Sentence(OTHER_EVENT, {"wanted": _listed(trigger.events), "event": came})
    if trigger.connections and facts.connection not in trigger.connections:
        wanted = _listed(trigger.connections)
        return Sentence(OTHER_CONNECTION, {"wanted": wanted, "connection": facts.connection})
    if trigger.providers and facts.provider not in trigger.providers:
        wanted = _listed(trigger.providers)
        return Sentence(OTHER_PROVIDER, {"wanted": wanted, "provider": facts.provider})
    if facts.is_self and not trigger.include_self:
        return Sentence(BY_OURSELVES)
    return None


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _explain_all(
    conditions: tuple[Condition, ...], scope: Scope, hints: Hints, *, decide: bool = True
) -> tuple[ConditionExplanation, ...]:
    found: list[ConditionExplanation] = []
    for condition in conditions:
        first = decide and all(item.holds for item in found)
        found.append(_explain(condition, scope, hints, decide=first))
    return tuple(found)


def _explain(
    condition: Condition, scope: Scope, hints: Hints, *, decide: bool
) -> ConditionExplanation:
    if isinstance(condition, Expression):
        return _explain_expression(condition, scope, hints, decide=decide)
    is_decided_here = decide and condition.kind == "all"
    children = _explain_all(condition.items, scope, hints, decide=is_decided_here)
    held = sum(child.holds for child in children)
    holds = {"all": held == len(children), "any": held > 0, "not": held == 0}[condition.kind]
    words = {"all": "all of", "any": "any of", "not": "none of"}[condition.kind]
    return ConditionExplanation(
        text=words,
        name="",
        place=condition.place,
        holds=holds,
        sentences=(Sentence(SOME_HOLD, {"held": str(held), "count": str(len(children))}),),
        children=children,
        decides=decide and not holds,
    )


def _explain_expression(
    condition: Expression, scope: Scope, hints: Hints, *, decide: bool
) -> ConditionExplanation:
    trace = compile_expression(condition.text).explain(scope)
    values = tuple(dict(_leaves(trace)).items())
    return ConditionExplanation(
        text=condition.text,
        name=condition.name,
        place=condition.place,
        holds=trace.holds,
        sentences=trace.sentences,
        reason=trace.reason,
        hint="" if trace.holds else hints.about(condition.text, values, scope),
        values=values,
        decides=decide and not trace.holds,
    )


def _leaves(trace: Trace) -> Iterator[tuple[str, Any]]:
    """Every path that was read with its value, without the beginnings of longer paths."""
    if _PATH.fullmatch(trace.text):
        yield trace.text, trace.value
        return
    for child in trace.children:
        yield from _leaves(child)
