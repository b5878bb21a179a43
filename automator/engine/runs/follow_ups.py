"""The checks before a follow-up acts: is it too late, and has an event cancelled it?

Usually a follow-up is cancelled in the commit of the event that cancels it. The check here covers
the remaining gap: an event that came in before the follow-up itself was stored.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from automator.clock import ms_of
from automator.conditions import EventBudget
from automator.model import Claimed, Event, Reason, Run, id_time_ms
from automator.reasons.runs import TOO_LATE_TO_ACT
from automator.rules import CompiledRule, cancel_matches, event_scope, reads_contact, vars_read_by
from automator.rules.compiled.globs import matches_any
from automator.store import Log

#: Events of the contact that are looked at, the oldest first.
_MOST_EVENTS = 200
#: The type of the event by which a provider tells that somebody of ours has written by hand.
_ANSWER = "message.sent"


def too_late(run: Run, now_ms: int) -> Reason | None:
    """The reason why a follow-up does not act any more, or None while its window is open.

    Nothing is too late for a person: a run that somebody has put behind its window acts.
    """
    until = run.acts_until
    if until is None or now_ms <= until or run.run_at > until:
        return None
    return TOO_LATE_TO_ACT(until=[until, run.data["zone"]])


async def overtaking_event(log: Log, rule: CompiledRule, claimed: Claimed) -> Event | None:
    """The first event after the one that started the run which its `cancel_on` names."""
    run = claimed.run
    step = rule.spec.find_step(run.path)
    if step is None or step.cancel_on is None or run.contact is None:
        return None
    seen = vars_read_by(step.cancel_on, {**rule.vars, **run.data.get("vars", {})})
    cancel_on = {**step.cancel_on.as_data(), "vars": seen}
    named = step.cancel_on.events
    later = await asyncio.to_thread(
        log.events_of_contact_after,
        run.contact,
        run.event_id,
        _MOST_EVENTS,
        lambda type_: matches_any(type_, named),
    )
    if matches_any(_ANSWER, named):
        later += await _answers_before(log, claimed)
    for event in sorted(later, key=lambda event: event.id):
        if cancels(cancel_on, event, lambda: claimed.contact):
            return event
    return None


async def _answers_before(log: Log, claimed: Claimed) -> list[Event]:
    """The messages that a colleague wrote to the person before the follow-up was stored.

    Such an event has our account as its contact, so it is looked for by its time.
    """
    run, shown = claimed.run, claimed.contact.get("human_reply_at")
    since = id_time_ms(run.event_id)
    if run.contact is None or shown is None:
        return []
    if ms_of(shown) < since:
        return []
    until = run.created_at + 1
    own = await asyncio.to_thread(
        log.own_events_between, claimed.connection, since, until, _MOST_EVENTS
    )
    keys = await asyncio.to_thread(log.keys_of_person, run.contact)
    return [event for event in own if event.id > run.event_id and event.answered in keys]


def cancels(
    cancel_on: Mapping[str, Any],
    event: Event,
    contact: Callable[[], Mapping[str, Any]],
    budget: EventBudget | None = None,
) -> bool:
    """True when an event is one that a waiting follow-up named in its `cancel_on`.

    `contact` is only called when the conditions read it. Of our own messages only an answer by hand
    cancels: otherwise the echo of a rule's message would cancel the rule's own follow-up.
    """
    if event.is_self and event.answered is None:
        return False
    scope = event_scope(event, contact() if reads_contact(cancel_on) else {}, event.received_at)
    return cancel_matches(cancel_on, event_type=event.type, scope=scope, budget=budget)


class CancelMatcher:
    """`cancels` for the store, with one budget for all follow-ups that an event may cancel.

    The store asks while it commits an event, about every follow-up that waits for that person.
    """

    def __init__(self) -> None:
        self._event_id = 0
        self._budget = EventBudget()

    def __call__(
        self, cancel_on: Mapping[str, Any], event: Event, contact: Callable[[], Mapping[str, Any]]
    ) -> bool:
        if event.id != self._event_id:
            self._event_id, self._budget = event.id, EventBudget()
        return cancels(cancel_on, event, contact, self._budget)
