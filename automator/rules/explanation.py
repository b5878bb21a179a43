"""Explains why a rule matches an event or does not, with the values that its conditions read.

It also suggests the path that was probably meant, and notices texts that differ only in their
Unicode form. Limits, runs and stops come from the store: see `automator.engine.explanation.why`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from automator.conditions import ExpressionError, Trace, compile_expression
from automator.conditions.forms.budget import MAX_EVENT_CPU_S, EventBudget
from automator.files import did_you_mean
from automator.model import (
    LEAD,
    POST,
    Condition,
    Expression,
    Place,
    Reason,
    Trigger,
    normalized,
    reason_json,
    record,
    shortened,
)
from automator.model.event import lacked_part
from automator.model.own_events import OF_ONE_RULE, SCHEDULE_FIRED
from automator.reasons import explanations
from automator.reasons.explanations import lead_later, other_unicode_form, post_text_later
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.deferred_rules import ANSWERS, POST_TEXT
from automator.rules.compiled.event_facts import EventFacts
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.rule import CompiledRule, scheduled_rule
from automator.rules.templates.values import LimitError, to_json

# --- Hints at what the author of a condition that does not hold probably meant ---

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


# --- The explanation ---

_GROUPS = {
    "all": explanations.all_of(),
    "any": explanations.any_of(),
    "not": explanations.none_of(),
}
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@record
class ConditionExplanation:
    """The explanation of one condition or group."""

    #: The expression; "" for a group.
    text: str
    name: str
    place: Place
    holds: bool
    #: The reasons that name the values which decided.
    because: tuple[Reason, ...]
    #: For a group: how many of its children must hold.
    group: Reason | None = None
    #: Why it could not be evaluated; None = it could.
    reason: Reason | None = None
    #: A hint at what the author probably meant.
    hint: Reason | None = None
    #: Each path that was read, with the value it had.
    values: tuple[tuple[str, Any], ...] = ()
    children: "tuple[ConditionExplanation, ...]" = ()
    #: Whether it is the cause: of the conditions that do not hold, the first that was evaluated.
    decides: bool = False


@record
class RuleExplanation:
    """The explanation of a rule for an event."""

    rule: str
    name: str
    place: Place
    matched: bool
    #: What decided whether the rule matches.
    decided_by: Reason
    #: Whether the rule is in shadow mode.
    shadow: bool = False
    conditions: tuple[ConditionExplanation, ...] = ()


def rule_matches(rule: CompiledRule, scope: Scope, facts: EventFacts) -> bool:
    """Whether a rule matches, regardless of other rules; much faster than an explanation."""
    if _refused(rule, scope, facts):
        return False
    seen, budget = rule.scope_for(scope), EventBudget()
    return all(check(seen, budget) for check in rule.checks)


def explain_rule(
    rule: CompiledRule,
    scope: Scope,
    facts: EventFacts,
    *,
    stopped_by: CompiledRule | None = None,
    answered_by: str = "",
    is_left_out: bool = False,
    hints: Hints | None = None,
) -> RuleExplanation:
    """Explains whether a rule matches an event, and why. Never raises.

    The explanations of one event should share `hints`.

    No conditions are explained for a rule that is switched off or listens to other events, that an
    earlier rule with `stop: true` (`stopped_by`) has stopped, or that is a fallback for an event
    which another rule (`answered_by`) answers.
    """
    spec = rule.spec
    refused = _refused(rule, scope, facts)
    if not refused and stopped_by is not None and not rule.waits_despite(stopped_by):
        refused = explanations.stopped(rule=stopped_by.spec.id)
    if not refused and answered_by and rule.is_fallback:
        refused = explanations.answered_by(rule=answered_by)
    if not refused and is_left_out:
        refused = explanations.left_out(limit=round(MAX_EVENT_CPU_S * 1000))
    conditions: tuple[ConditionExplanation, ...] = ()
    is_chosen, chosen, failing = True, explanations.no_conditions(), None
    if not refused:
        is_chosen, chosen, conditions = _explain_in_order(rule, rule.scope_for(scope), hints)
        failing = next((item for item in conditions if item.decides), None)
    return RuleExplanation(
        rule=spec.id,
        name=spec.name,
        place=spec.place,
        matched=not refused and failing is None and is_chosen,
        shadow=spec.shadow,
        decided_by=refused or (_failed(failing) if failing else chosen),
        conditions=conditions,
    )


def _explain_in_order(
    rule: CompiledRule, scope: Scope, hints: Hints | None
) -> tuple[bool, Reason, tuple[ConditionExplanation, ...]]:
    """Explains the conditions of a rule in the order in which they decide: those on arrival first.

    Returns whether the rollout includes the person and why, and the conditions as they are written.
    """
    hints, conditions = hints or Hints(), rule.spec.conditions
    last = tuple(one for one in conditions if one in rule.last)
    first = tuple(one for one in conditions if one not in rule.last) if last else conditions
    found = _explain_all(first, scope, hints)
    holds, chosen = True, explanations.all_hold() if conditions else explanations.no_conditions()
    rollout = rule.rollout
    if rollout is not None and all(item.holds for item in found):
        holds, chosen = rollout.explain(scope)
    is_late = rollout is not None and rollout.condition in rule.last
    decide = (holds or is_late) and all(item.holds for item in found)
    if last:
        found = (*found, *_explain_all(last, scope, hints, decide=decide))
        by_place = dict(zip((*first, *last), found, strict=True))
        found = tuple(by_place[one] for one in conditions)
    return holds, chosen, found


def _failed(failing: ConditionExplanation) -> Reason:
    place, condition = str(failing.place), failing.group or failing.name or failing.text
    if not failing.children:
        return explanations.does_not_hold(place=place, condition=condition)
    held, count = sum(child.holds for child in failing.children), len(failing.children)
    return explanations.group_does_not_hold(
        place=place, condition=condition, held=held, count=count
    )


def _refused(rule: CompiledRule, scope: Scope, facts: EventFacts) -> Reason | None:
    """The reason why a rule does not match an event, regardless of its conditions; or None."""
    return (
        _switched_off(rule)
        or _not_scheduled(rule, scope, facts)
        or _not_listening(rule.spec.trigger, facts)
    )


def _switched_off(rule: CompiledRule) -> Reason | None:
    if rule.spec.enabled:
        return None
    reason = rule.spec.disabled_reason
    return explanations.disabled_because(reason=reason) if reason else explanations.disabled()


def _not_scheduled(rule: CompiledRule, scope: Scope, facts: EventFacts) -> Reason | None:
    """The reason why a rule does not take the event of another rule's schedule; or None."""
    is_fire = facts.event_type in OF_ONE_RULE
    own = scheduled_rule(scope) if is_fire else ""
    if is_fire and own != rule.spec.id:
        return (
            explanations.schedule_of_another(rule=own) if own else explanations.schedule_of_none()
        )
    schedule, audience = rule.spec.trigger.schedule, rule.spec.trigger.audience
    if schedule is not None and not is_fire:
        return explanations.fires_by_itself(schedule=schedule.written)
    if is_fire and audience is not None and facts.event_type == SCHEDULE_FIRED:
        return explanations.fires_for_people(connection=audience.connection)
    return None


def _not_listening(trigger: Trigger, facts: EventFacts) -> Reason | None:
    came = facts.event_type
    if trigger.events and not matches_any(came, trigger.events):
        absence = trigger.absence
        if absence is not None and matches_any(came, absence.of):
            return explanations.ends_waits(event=came, key=absence.key)
        return explanations.other_event(wanted=trigger.events, event=came)
    if not trigger.hears(facts.connection):
        return explanations.other_connection(
            wanted=trigger.connections, connection=facts.connection
        )
    if trigger.providers and facts.provider not in trigger.providers:
        return explanations.other_provider(wanted=trigger.providers, provider=facts.provider)
    if facts.is_self and not trigger.include_self:
        return explanations.by_ourselves()
    return None


def listens(rule: CompiledRule, facts: EventFacts) -> bool:
    """Whether the trigger of a rule covers an event with these facts."""
    return _not_listening(rule.spec.trigger, facts) is None


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
    return ConditionExplanation(
        text="",
        group=_GROUPS[condition.kind],
        name="",
        place=condition.place,
        holds=holds,
        because=(explanations.some_hold(held=held, count=len(children)),),
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
        because=trace.because,
        reason=trace.reason,
        hint=None if trace.holds else hints.about(condition.text, values, scope),
        values=values,
        decides=decide and not trace.holds,
    )


def _leaves(trace: Trace) -> Iterator[tuple[str, Any]]:
    """Every path that was read, with its value; not the beginnings of longer paths."""
    if _PATH.fullmatch(trace.text):
        yield trace.text, trace.value
        return
    for child in trace.children:
        yield from _leaves(child)


# --- Explanations as plain data, for the API and the pages ---


#: How many characters of a value are shown.
_SHOWN = 80


def as_json(explanation: RuleExplanation) -> dict[str, Any]:
    """The explanation as plain data; its values are JSON texts, cut if they are long."""
    return {
        "rule": explanation.rule,
        "name": explanation.name,
        "place": str(explanation.place),
        "matched": explanation.matched,
        "shadow": explanation.shadow,
        "decided_by": explanation.decided_by.to_json(),
        "conditions": [_condition_json(item) for item in explanation.conditions],
    }


def _condition_json(condition: ConditionExplanation) -> dict[str, Any]:
    return {
        "text": condition.text,
        "group": reason_json(condition.group),
        "name": condition.name,
        "place": str(condition.place),
        "holds": condition.holds,
        "decides": condition.decides,
        "because": [reason.to_json() for reason in condition.because],
        "reason": reason_json(condition.reason),
        "hint": reason_json(condition.hint),
        "values": {path: _shown(value) for path, value in condition.values},
        "children": [_condition_json(item) for item in condition.children],
    }


def _shown(value: Any) -> str:
    try:
        text = to_json(value)
    except (LimitError, TypeError, ValueError, RecursionError):
        return "…"
    return shortened(text, _SHOWN)
