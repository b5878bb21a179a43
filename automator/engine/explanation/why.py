"""Explains the decision of each rule about a stored event, with values and the results of runs.

The rules are those of the revision that decided, and the conditions are the same compiled ones. The
contact and the `vars` of automator.yaml are those that were kept with the event when it was
decided. If they were not kept, the present ones are used, and the explanation says so. Replays have
decided anew: where they did so with rules of other revisions, these are explained as well.
"""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from automator.engine.explanation.event_explanation import (
    EventExplanation,
    ExplainedRevision,
    ExplainedRule,
)
from automator.engine.explanation.notes import StartedRuns, notes_on
from automator.engine.explanation.recalled_values import RecalledValues
from automator.engine.explanation.stored_event import stored_event
from automator.engine.rulesets.revisions import Revisions
from automator.model import N_, NotFoundError, Reason, Run, SeenValues, lacked_part, with_part
from automator.reasons.attempts.leads import LEAD_NOT_IN_A_TEST
from automator.reasons.attempts.posts import POST_NOT_IN_A_TEST
from automator.reasons.explanations import OF_NEWER, OF_REPLAY
from automator.rules import EventFacts, Hints, RuleSet, event_scope, explain_rule
from automator.store import EventDetail, Log

#: The number of other revisions whose rules are explained as well, the newest ones.
_MOST_REVISIONS = 5
_NOBODY_LOOKED = frozenset({POST_NOT_IN_A_TEST.code, LEAD_NOT_IN_A_TEST.code})


async def explain_event(
    log: Log, revisions: Revisions, event_id: int, rule_id: str | None = None
) -> EventExplanation:
    """Explains a stored event for every rule, or for one.

    Raises:
        NotFoundError: there is no such event, or no such rule at its time.
    """
    detail = await asyncio.to_thread(stored_event, log, event_id)
    decided = await revisions.of(detail.revision)
    others: dict[int, RuleSet] = {}
    for revision in _replayed_with(detail):
        with contextlib.suppress(NotFoundError):
            others[revision] = await revisions.of(revision)
    contact = await _contact_now(log, detail, (decided, *others.values()))
    # With thousands of rules it takes seconds, in which others are answered.
    explanation = await asyncio.to_thread(explain_detail, detail, decided, contact, rule_id)
    beside = await asyncio.to_thread(_explain_beside, detail, others, contact, rule_id)
    return replace(explanation, beside=beside)


async def explain_run(log: Log, run: Run, rule_set: RuleSet) -> EventExplanation | None:
    """Explains for a run's event the rule of the run, by the rule set of the run's revision.

    None when the event is gone.

    Raises:
        NotFoundError: the rule is not in the set.
    """
    detail = await asyncio.to_thread(log.event, run.event_id)
    if detail is None:
        return None
    contact = await _contact_now(log, detail, (rule_set,))
    return await asyncio.to_thread(explain_detail, detail, rule_set, contact, run.rule, run)


async def _contact_now(
    log: Log, detail: EventDetail, rule_sets: Iterable[RuleSet]
) -> Mapping[str, Any]:
    """The contact of an event as it is now, if one of the rule sets may read it; else empty."""
    key = detail.event.contact
    if key is None or not any(rules.needs_contact for rules in rule_sets):
        return {}
    return await asyncio.to_thread(log.contact, key)


def explain_detail(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    of_run: Run | None = None,
) -> EventExplanation:
    """The explanation of an event by a rule set, without any look-up.

    `contact` is as it is now. The rule set is the one that decided about the event, or that of the
    run `of_run`, which may be a replay or have been tried again with newer rules.

    Raises:
        NotFoundError: there is no such rule in the set.
    """
    event = detail.event
    if event.is_emptied:
        return EventExplanation(event, detail.revision, ())
    if rule_id is not None and rule_set.rule(rule_id) is None:
        raise _no_such_rule(rule_set, rule_id, detail.revision)
    mark = _mark_of(of_run, detail)
    # A replay has decided with the values of its own time.
    kept = () if of_run is not None and of_run.replay else detail.seen
    explained = sorted(
        _explained(detail, rule_set, contact, rule_id, kept),
        key=lambda rule: not rule.explanation.matched,
    )
    others = tuple(
        row
        for row in detail.runs
        if rule_set.rule(row.run.rule) is None and rule_id in (None, row.run.rule)
    )
    return EventExplanation(
        event,
        detail.revision,
        tuple(replace(rule, notes=(*mark, *rule.notes)) for rule in explained),
        others,
        unread=rule_set.unread,
    )


def _no_such_rule(rule_set: RuleSet, rule_id: str, revision: int) -> NotFoundError:
    names = ", ".join(rule.spec.id for rule in rule_set.rules)
    return NotFoundError(
        N_("there was no rule {rule} in revision {revision}"),
        fix=N_("The rules were: {names}."),
        rule=rule_id,
        revision=revision,
        names=names or "-",
    )


def _mark_of(run: Run | None, detail: EventDetail) -> tuple[Reason, ...]:
    """The note that a run's rule is not the one that decided about the event."""
    if run is None:
        return ()
    if run.replay:
        return (OF_REPLAY(revision=run.revision),)
    if run.revision == detail.revision:
        return ()
    return (OF_NEWER(revision=run.revision, decided=detail.revision),)


def _replayed_with(detail: EventDetail) -> dict[int, dict[str, Run]]:
    """A run of each rule of other revisions with which replays have started runs."""
    found: dict[int, dict[str, Run]] = {}
    for row in detail.runs:
        run = row.run
        if run.replay and not run.path and run.revision != detail.revision:
            found.setdefault(run.revision, {})[run.rule] = run
    return {revision: found[revision] for revision in sorted(found)[-_MOST_REVISIONS:]}


def _explain_beside(
    detail: EventDetail,
    rule_sets: Mapping[int, RuleSet],
    contact: Mapping[str, Any],
    rule_id: str | None,
) -> tuple[ExplainedRevision, ...]:
    """Explains the rules of other revisions with which replays have started runs."""
    replayed = _replayed_with(detail)
    found = []
    for revision, rule_set in rule_sets.items():
        explained = [
            replace(rule, runs=())
            for name, run in replayed[revision].items()
            if rule_id in (None, name) and rule_set.rule(name) is not None
            for rule in explain_detail(detail, rule_set, contact, name, run).rules
        ]
        if explained:
            found.append(ExplainedRevision(revision, tuple(explained)))
    return tuple(found)


def _explained(
    detail: EventDetail,
    rule_set: RuleSet,
    contact: Mapping[str, Any],
    rule_id: str | None,
    kept: tuple[SeenValues, ...],
) -> Iterator[ExplainedRule]:
    event = detail.event
    scope = event_scope(event, contact, event.received_at)
    lacked = lacked_part(event.body)
    if lacked is not None and any(map(_was_unknown, kept)):
        scope["event"] = with_part(event.body, lacked, None)
    facts = EventFacts.of(event)
    started = StartedRuns.of(detail.runs, [rule.spec.id for rule in rule_set.rules])
    then = RecalledValues(kept, contact, started.places)
    now = RecalledValues((), contact)
    stopped_by = answered_by = ""
    left_out, hints = rule_set.left_out(then.common_scope(rule_set, scope), facts), Hints()
    for rule in rule_set.rules:
        own = rule.spec.id
        values = now if started.waits_for_turn(own) else then
        explanation = explain_rule(
            rule,
            values.scope(rule, scope),
            facts,
            stopped_by=stopped_by,
            answered_by=answered_by,
            is_left_out=own in left_out,
            hints=hints,
        )
        if rule_id in (None, own):
            runs = [row for row in detail.runs if row.run.rule == own and not row.run.is_undecided]
            notes = notes_on(rule, explanation, started, values.unknown(rule), kept, lacked)
            yield ExplainedRule(explanation, tuple(runs), notes)
        if rule.may_stop and started.has_stopped(own):
            stopped_by = stopped_by or own
        if rule.answers and started.has_answered(own):
            answered_by = answered_by or own


def _was_unknown(seen: SeenValues) -> bool:
    """Whether a part of the event was looked up in vain; in a test nobody looks."""
    return seen.not_found is not None and seen.not_found.code not in _NOBODY_LOOKED
