"""Tries one event: decides by a rule set, and carries the runs that would start, without effect.

`RuleSet.decide` decides, and `StepPerformer` does the steps. So a try shows what would really
happen, as far as that does not depend on the store and on other systems. The caller may say how
much of each limit is used up.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from operator import attrgetter
from typing import Any

from automator.clock import ManualClock
from automator.conditions import EventBudget
from automator.engine.attempts.dry_http import dry_provider
from automator.engine.intake.starting_runs import Origin, new_runs
from automator.engine.tryout.dry_run import DryRun, Parts
from automator.engine.tryout.trial_result import Trial, TriedRun, tried_run
from automator.lifecycle import On, moved
from automator.model import Delivery, Event, IdSource, NewRun, Reason, RunState, record
from automator.rules import CompiledRule, Decision, EventFacts, RuleSet, event_scope
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import LimitStanding
from automator.store.contacts.contact_rows import first_contact

#: Returns how far the limits of a run are used up. Without a store, nothing is used.
LimitsOf = Callable[[NewRun, int], tuple[LimitStanding, ...]]


@record
class Subject:
    """An event to try, with the moment and the person."""

    event: Event
    #: When the event is decided, and its runs begin; in milliseconds.
    at: int
    #: The contact as rules see it; empty for an unknown person.
    contact: Mapping[str, Any] = field(default_factory=dict)
    #: The delivery that carried the event; None if unknown.
    delivery: Delivery | None = None
    #: Assumed answers, by the id of the step that asks for them.
    answers: Mapping[str, Any] = field(default_factory=dict)


def try_event(
    parts: Parts, rule_set: RuleSet, subject: Subject, limits_of: LimitsOf | None = None
) -> Trial:
    """Tries an event with a rule set. Call it outside of an event loop."""
    return asyncio.run(try_event_here(parts, rule_set, subject, limits_of))


async def try_event_here(
    parts: Parts,
    rule_set: RuleSet,
    subject: Subject,
    limits_of: LimitsOf | None = None,
    *,
    explains: bool = True,
    wanted: Callable[[CompiledRule], bool] = lambda _rule: True,
) -> Trial:
    """Does what `try_event` does, on an event loop. It only computes, and never waits.

    `explains`: whether to explain each rule's decision. `wanted`: whether to carry the runs of a
    rule.
    """
    event = subject.event
    scope, facts = scope_of(subject), EventFacts.of(event)
    decisions = rule_set.decide(scope, subject.at, facts, EventBudget())
    runs, cut = await _runs(parts, subject, decisions, limits_of, wanted)
    rules = rule_set.explain(scope, subject.at, facts) if explains else []
    return Trial(
        event=event,
        at=subject.at,
        contact=subject.contact,
        rules=tuple(sorted(rules, key=lambda rule: not rule.matched)),
        runs=tuple(sorted(runs, key=attrgetter("at"))),
        cut=cut,
    )


def scope_of(subject: Subject) -> dict[str, Any]:
    """The values that conditions see for the tried event."""
    event = subject.event
    return event_scope(event, or_newcomer(subject.contact, event.body), subject.at)


async def _runs(
    parts: Parts,
    subject: Subject,
    decisions: Sequence[Decision],
    limits_of: LimitsOf | None,
    wanted: Callable[[CompiledRule], bool],
) -> tuple[list[TriedRun], Reason | None]:
    """Carries the runs that would start to their ends; also returns why some are left out."""
    if not decisions:
        return [], None
    provider = parts.connections.get(subject.event.connection)
    clock = ManualClock(subject.at)
    ids = IdSource(clock.now_ms, 0)
    dry = DryRun(
        parts=parts,
        event=subject.event,
        provider=None if provider is None else dry_provider(provider),
        contact=subject.contact or _somebody(subject),
        delivery=subject.delivery,
        answers=subject.answers,
        clock=clock,
        ids=ids,
    )
    origin = Origin.of_event(subject.event, 0)
    news = new_runs(decisions, origin, ids.next, or_newcomer(subject.contact, subject.event.body))
    held: set[int] = set()
    tried: list[TriedRun] = []
    for index, (decision, new) in enumerate(zip(decisions, news, strict=True)):
        is_idle = decision.instead_of is not None and decision.instead_of not in held
        if is_idle or not wanted(decision.rule):
            continue
        run = await _begin(dry, decision.rule, new, subject.at, limits_of)
        if run.state is RunState.SUPPRESSED:
            held.add(index)
        tried.append(run)
    return [*tried, *await _later(dry)], dry.cut


async def _begin(
    dry: DryRun, rule: CompiledRule, new: NewRun, at: int, limits_of: LimitsOf | None
) -> TriedRun:
    """Carries a rule's run, unless its calendar or a limit holds it back."""
    limits = limits_of(new, at) if limits_of is not None and new.limits else ()
    if new.state is RunState.QUEUED:
        holding = next((limit.reason for limit in limits if limit.holds_back), None)
        if holding is not None:
            new = moved(new, On.LIMITED, because=holding)
    if new.state is not RunState.QUEUED:
        return tried_run(new, rule, limits)
    waits = max((limit.waits_ms for limit in limits), default=0)
    return await dry.carry(replace(new, run_at=max(new.run_at, at + waits)), rule, limits)


async def _later(dry: DryRun) -> list[TriedRun]:
    """Carries the runs that other runs start: follow-ups at their times, and `on_error` steps."""
    tried: list[TriedRun] = []
    while dry.later:
        new, rule = min(dry.later, key=lambda pair: (pair[0].run_at, pair[0].id))
        dry.later = [pair for pair in dry.later if pair[0] is not new]
        is_waiting = new.state is RunState.QUEUED
        tried.append(await dry.carry(new, rule) if is_waiting else tried_run(new, rule))
    return tried


def _somebody(subject: Subject) -> Mapping[str, Any]:
    """The contact that the store would make for a person who writes for the first time."""
    event = subject.event
    if event.contact is None:
        return {}
    actor = event.body.get("actor") or {}
    return first_contact(event.contact, event.received_at, actor.get("name"))
