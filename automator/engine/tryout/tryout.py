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

from automator.clock import ManualClock, iso_time, optional_time
from automator.conditions import EventBudget
from automator.engine.attempts.dry_http import dry_provider
from automator.engine.intake.starting_runs import Origin, new_runs
from automator.engine.runs.progress import child_run
from automator.engine.tryout.dry_run import DryRun, Parts
from automator.engine.tryout.trial_result import Trial, TriedRun, tried_run
from automator.lifecycle import On, moved
from automator.model import (
    Delivery,
    Event,
    IdSource,
    NewRun,
    Question,
    Reason,
    Run,
    RunState,
    record,
)
from automator.model.speech import AGAIN, ANSWERS, QUESTION
from automator.reasons.attempts.questions import belongs_to_question
from automator.rules import CompiledRule, Decision, EventFacts, RuleSet, event_scope
from automator.rules.compiled.deferred_rules import or_newcomer
from automator.store import LimitStanding, RunDetail
from automator.store.contacts.contact_rows import first_contact
from automator.store.queue.questions import is_closed_by, judged

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
    #: The run whose question the event answers: then no other rule gets it.
    question: RunDetail | None = None


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
    runs, cut = await _runs(parts, rule_set, subject, decisions, limits_of, wanted)
    held = {run.rule for run in runs if not run.path and run.state is RunState.SUPPRESSED}
    rules = rule_set.explain(scope, subject.at, facts, held) if explains else []
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
    rule_set: RuleSet,
    subject: Subject,
    decisions: Sequence[Decision],
    limits_of: LimitsOf | None,
    wanted: Callable[[CompiledRule], bool],
) -> tuple[list[TriedRun], Reason | None]:
    """Carries the runs that would start to their ends; also returns why some are left out."""
    question = subject.question
    provider = parts.connections.get(subject.event.connection)
    clock = ManualClock(subject.at)
    ids = IdSource(clock.now_ms, 0)
    dry = DryRun(
        parts=parts,
        # The steps behind a question go on with the event that has led to it.
        event=subject.event if question is None else question.event,
        provider=None if provider is None else dry_provider(provider),
        contact=_after_arrival(subject),
        delivery=subject.delivery,
        answers=subject.answers,
        clock=clock,
        ids=ids,
        starts=lambda event: _starting(event, dry, rule_set, limits_of),
    )
    origin = Origin.of_event(subject.event, 0)
    news = new_runs(decisions, origin, ids.next, or_newcomer(subject.contact, subject.event.body))
    #: The places of the decisions whose runs are carried, by the ids of these runs.
    places: dict[int, int] = {}
    tried: list[TriedRun] = []

    def begin_instead_of(held: int | None) -> None:
        """Begins the runs that wait for nothing, or that act because another run is held back."""
        for place, (decision, new) in enumerate(zip(decisions, news, strict=True)):
            if decision.instead_of != held or not wanted(decision.rule):
                continue
            begun, limits = _limited(new, subject.at, limits_of)
            if begun.state is RunState.QUEUED:
                places[begun.id] = place
                dry.later.append((begun, decision.rule, limits))
                continue
            tried.append(tried_run(begun, decision.rule, limits))
            if begun.state is RunState.SUPPRESSED:
                begin_instead_of(place)

    belonging: list[TriedRun] = []
    if question is None:
        begin_instead_of(None)
    else:
        asked, of_asked = question.run, rule_set.rule(question.run.rule)
        because = belongs_to_question(step=asked.path, rule=asked.rule, run=asked.id)
        if of_asked is not None and wanted(of_asked):
            dry.later.append((_answer(asked, of_asked, subject, ids.next()), of_asked, ()))
        belonging = [
            tried_run(moved(new, On.BELONGS, because=because), decision.rule)
            for decision, new in zip(decisions, news, strict=True)
            if decision.instead_of is None and wanted(decision.rule)
        ]
    while dry.later:
        new, rule, limits = min(dry.later, key=lambda due: (due[0].run_at, due[0].id))
        dry.later = [due for due in dry.later if due[0] is not new]
        is_waiting = new.state is RunState.QUEUED
        run = await dry.carry(new, rule, limits) if is_waiting else tried_run(new, rule)
        tried.append(run)
        if run.state is RunState.SUPPRESSED and new.id in places:
            begin_instead_of(places[new.id])
    return [*tried, *belonging], dry.cut


def _starting(
    event: Event, dry: DryRun, rule_set: RuleSet, limits_of: LimitsOf | None
) -> list[NewRun]:
    """The runs that start when an event comes in now which a step of the try has raised."""
    now_ms = dry.clock.now_ms()
    scope = event_scope(event, or_newcomer(dry.contact, event.body), now_ms)
    # Rules that are decided in the event's turn start nothing yet.
    may_defer = event.lane is not None and event.contact is not None
    decide = rule_set.decide_on_arrival if may_defer else rule_set.decide
    decisions = decide(scope, now_ms, EventFacts.of(event), EventBudget())
    found = new_runs(decisions, Origin.of_event(event, 0), dry.ids.next)
    begun = (_limited(new, now_ms, limits_of)[0] for new in found if new.instead_of is None)
    return [new for new in begun if new.state is RunState.QUEUED]


def _answer(asked: Run, rule: CompiledRule, subject: Subject, run_id: int) -> NewRun:
    """The run that a question's answer starts: the steps behind it, or the question once more."""
    event, question = subject.event, Question.of_data(asked.data[QUESTION])
    earlier = [one for one in asked.answers if one["event"] < event.id or not event.id]
    answers = [*earlier, judged(event, question)[1]]
    behind = {step.id for step in rule.spec.sequence(asked.path)}
    steps = {name: one for name, one in asked.data["steps"].items() if name not in behind}
    again = {ANSWERS: answers} if is_closed_by(answers, question) else {AGAIN: True}
    marks = {QUESTION: asked.data[QUESTION], **again}
    data = {**asked.data, "steps": steps}
    return child_run(run_id, asked, data, asked.path, subject.at, marks)


def _limited(
    new: NewRun, at: int, limits_of: LimitsOf | None
) -> tuple[NewRun, tuple[LimitStanding, ...]]:
    """A run as its limits let it begin: held back, or put off."""
    limits = limits_of(new, at) if limits_of is not None and new.limits else ()
    if new.state is not RunState.QUEUED:
        return new, limits
    holding = next((limit.reason for limit in limits if limit.holds_back), None)
    if holding is not None:
        return moved(new, On.LIMITED, because=holding), limits
    waits = max((limit.waits_ms for limit in limits), default=0)
    return replace(new, run_at=max(new.run_at, at + waits)), limits


def _after_arrival(subject: Subject) -> Mapping[str, Any]:
    """The contact as the event leaves it, which the steps see: the person has just written."""
    contact, event = subject.contact, subject.event
    if event.contact is None or event.is_self or event.is_made_here:
        return contact
    known = contact or first_contact(event.contact, event.received_at)
    now, opened = iso_time(event.received_at), optional_time(event.window_opens_at)
    return {
        **known,
        "name": (event.body.get("actor") or {}).get("name") or known.get("name"),
        "first_seen": known.get("first_seen") or now,
        "last_inbound_at": known.get("last_inbound_at") if event.is_receipt else now,
        "window_opened_at": max(known.get("window_opened_at") or "", opened or "") or None,
    }
