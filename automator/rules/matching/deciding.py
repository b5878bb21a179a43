"""Decides about the rules that match an event, in their order."""

from collections.abc import Iterable
from dataclasses import replace

from automator.conditions import EventBudget
from automator.model import OPTS_OUT, EventPart
from automator.rules.compiled.conditions import Scope
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.decision import Decision, decide_rule


def decisions_in_order(
    matching: Iterable[CompiledRule], scope: Scope, now_ms: int, budget: EventBudget
) -> list[Decision]:
    """The decisions of rules that match, up to one that acts and says `stop`."""
    decisions: list[Decision] = []
    stopping: int | None = None
    is_answered = False
    for rule in matching:
        if rule.is_fallback and is_answered:
            continue
        decision = decide_rule(rule, scope, now_ms, stopping, budget=budget)
        decisions.append(decision)
        is_answered = is_answered or decision.answers
        if decision.stops:
            if not decision.may_be_held_back:
                break
            # If it is held back, it stops nothing.
            stopping = len(decisions) - 1
    return decisions


def decisions_on_arrival(
    matching: Iterable[CompiledRule],
    scope: Scope,
    now_ms: int,
    budget: EventBudget,
    *,
    lacks: EventPart | None,
) -> list[Decision]:
    """The same when an event comes in: rules that are decided in the event's turn are left
    undecided, and so are those whose decision depends on theirs.
    """
    decisions: list[Decision] = []
    groups: dict[int, list[CompiledRule]] = {}
    group: list[CompiledRule] | None = None
    stopping: int | None = None
    may_be_stopped = may_be_answered = is_answered = False
    for rule in matching:
        if rule.is_fallback and is_answered:
            continue
        if (
            rule.in_turn
            or (lacks and lacks in rule.waits_for)
            or (may_be_stopped and rule.spec.trigger.absence is None)
            or (may_be_answered and rule.is_fallback)
        ):
            if group is None:
                group = groups[len(decisions)] = []
                decisions.append(Decision(rule, now_ms, instead_of=stopping))
            group.append(rule)
            may_be_stopped = may_be_stopped or rule.may_stop
            may_be_answered = may_be_answered or rule.answers
            continue
        decision = decide_rule(rule, scope, now_ms, stopping, budget=budget)
        decisions.append(decision)
        is_answered = is_answered or decision.answers
        if decision.stops:
            if not decision.may_be_held_back:
                break
            stopping, group = len(decisions) - 1, None
    for index, rules in groups.items():
        opts_out = any(rule.opts_out(scope, budget) for rule in rules)
        data = {OPTS_OUT: True} if opts_out else {}
        decisions[index] = replace(decisions[index], undecided=tuple(rules), data=data)
    return decisions
