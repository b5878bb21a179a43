"""Reasons that keep a claimed run from acting: a block, an event, a reply, or the wrong time.

The commit of an event checks the runs that act at once. The checks here are for runs that act
later, and for what has happened in between. `hindrance_of` makes all checks in order.
"""

from collections.abc import Callable, Mapping
from typing import Any

from automator.clock import ms_of
from automator.conditions import EventBudget
from automator.configuration.calendar import Calendar
from automator.engine.attempts.next_step import block_on, pause_after_answer
from automator.engine.runs.progress import Hindrance, Position, read
from automator.lifecycle import On
from automator.model import Claimed, Event, Run, id_time_ms
from automator.model.rule import ON_ERROR_PATH
from automator.plugins import drawn_from
from automator.reasons import runs
from automator.reasons.attempts.questions import question_closed
from automator.reasons.limits import due_outside
from automator.rules import CompiledRule, cancel_matches, event_scope, reads_contact, vars_read_by
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.limits import awaited_by
from automator.store import Log


async def hindrance_of(
    log: Log, at: Position, now_ms: int, still_waits: Callable[[CompiledRule], bool]
) -> Hindrance | None:
    """The reason that keeps a claimed run from acting now; None if it may act.

    `still_waits` tells whether a rule that waits for an absence is unchanged in the rules in force.
    """
    claimed, rule = at.claimed, at.rule
    run = claimed.run
    if not at.sequence:
        return Hindrance(On.ABANDONED, runs.no_step(rule=run.rule))
    unwanted = block_of(claimed) or too_late(run, now_ms) or missing_of(claimed, rule)
    if unwanted is not None:
        return unwanted
    is_absence = rule.spec.trigger.absence is not None
    begins = is_absence and not run.path and run.step == 0 and run.attempt == 1
    if begins and not still_waits(rule):
        # The rule has changed, so that no event could end the wait.
        return Hindrance(On.CALLED_OFF, runs.rule_changed())
    if run.path and run.step == 0:
        event = await overtaking_event(log, rule, claimed)
        if event is not None:
            return Hindrance(On.CALLED_OFF, runs.cancelled_by_event(event=event.type, id=event.id))
    held = pause_of(rule, claimed, now_ms)
    if held is None and not run.is_answer:
        held = closed_until(rule, run, now_ms)
    if held is None and run.parent_id is not None and at.next_step.again is not None:
        asked = await read(log.run, run.parent_id)
        if asked is not None and not asked.run.is_open_question:
            # Nobody would read the answer if the question were repeated.
            return Hindrance(On.CALLED_OFF, question_closed())
    return held


def missing_of(claimed: Claimed, rule: CompiledRule) -> Hindrance | None:
    """The hindrance if only one of the two events of `both` has come; else None."""
    both = rule.spec.limits.both
    if both is None or len(claimed.events) > 1:
        return None
    event = awaited_by(both, claimed.event["type"])
    return Hindrance(On.CALLED_OFF, runs.other_missing(event=event, within=both.quiet_ms))


def block_of(claimed: Claimed) -> Hindrance | None:
    """The hindrance if the run's person is blocked; else None."""
    reason = block_on(claimed.contact)
    return None if reason is None else Hindrance(On.CALLED_OFF, reason)


def too_late(run: Run, now_ms: int) -> Hindrance | None:
    """The hindrance if the window of a follow-up is over; else None.

    It does not hold for people: a run that a person puts after its window does act.
    """
    until = run.acts_until
    if until is None or now_ms <= until or run.run_at > until:
        return None
    return Hindrance(On.CALLED_OFF, runs.too_late_to_act(until=[until, run.data["zone"]]))


def pause_of(rule: CompiledRule, claimed: Claimed, now_ms: int) -> Hindrance | None:
    """The hindrance if a pause keeps a claimed run from beginning; else None."""
    run = claimed.run
    if run.step or run.path == ON_ERROR_PATH:
        return None
    pause = pause_after_answer(claimed.contact, rule, run, now_ms)
    acts_at_once = not run.path and run.run_at <= run.created_at
    # The commit of the event has checked the pause already. A replay acts despite a pause.
    if pause is None or (acts_at_once and pause.answered_at <= run.created_at):
        return None
    return Hindrance(On.PAUSED, pause.reason, pause.until_ms)


def closed_until(rule: CompiledRule, run: Run, now_ms: int) -> Hindrance | None:
    """The hindrance if a follow-up is carried out outside of its rule's times; else None.

    It was planned within these times. But no server was running then, an attempt failed, or a
    target or a colleague held the follow-up up.
    """
    step = rule.steps.get(run.path)
    calendar = None if step is None else step.calendar
    if calendar is None or calendar.is_open(now_ms) or _is_wanted(run, calendar, now_ms):
        return None
    until_ms = calendar.spread_opening(now_ms, drawn_from(f"run-{run.id}"))
    if until_ms is None:
        return None
    zone = calendar.zone_name
    reason = due_outside(at=[now_ms, zone], calendar=calendar.name, until=[until_ms, zone])
    return Hindrance(On.CLOSED, reason, until_ms)


def _is_wanted(run: Run, calendar: Calendar, now_ms: int) -> bool:
    """Whether a person wants a follow-up now, or has moved it outside of its rule's times."""
    if (run.waits_until or 0) > now_ms:
        return True
    decided = run.decisions[-1]["did"] if run.decisions else ""
    return decided in ("retry", "done") or (decided == "move" and not calendar.is_open(run.run_at))


# --- Whether an event has cancelled a follow-up ---
#
# Usually the commit of the event cancels the follow-up. The check here closes a gap: the event came
# in before the follow-up was stored.

#: How many events of the contact are checked, the oldest first.
_MOST_EVENTS = 200
#: The type of the event that reports a colleague's handwritten message.
_ANSWER = "message.sent"


async def overtaking_event(log: Log, rule: CompiledRule, claimed: Claimed) -> Event | None:
    """The first event that the run's `cancel_on` names, after the event that started the run."""
    run = claimed.run
    step = rule.steps.get(run.path)
    if step is None or step.spec.cancel_on is None or run.contact is None:
        return None
    cancels_it = step.spec.cancel_on
    seen = vars_read_by(cancels_it, {**rule.vars, **run.data.get("vars", {})})
    cancel_on, named = {**cancels_it.as_data(), "vars": seen}, cancels_it.events
    later = await read(
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
    """The handwritten messages to the person that came before the follow-up was stored.

    Such an event has our own account as its contact, so it is found by its time.
    """
    run, shown = claimed.run, claimed.contact.get("human_reply_at")
    since = id_time_ms(run.event_id)
    if run.contact is None or shown is None:
        return []
    if ms_of(shown) < since:
        return []
    until = run.created_at + 1
    own = await read(log.own_events_between, claimed.connection, since, until, _MOST_EVENTS)
    keys = await read(log.keys_of_person, run.contact)
    return [event for event in own if event.id > run.event_id and event.answered in keys]


def cancels(
    cancel_on: Mapping[str, Any],
    event: Event,
    contact: Callable[[], Mapping[str, Any]],
    budget: EventBudget | None = None,
) -> bool:
    """Whether the `cancel_on` of a waiting follow-up names the event.

    `contact` is called only if the conditions read the contact. Of our own messages only a
    handwritten one cancels. Otherwise the echo of a rule's message would cancel the rule's own
    follow-up.
    """
    if event.is_self and event.answered is None:
        return False
    scope = event_scope(event, contact() if reads_contact(cancel_on) else {}, event.received_at)
    return cancel_matches(cancel_on, event_type=event.type, scope=scope, budget=budget)


class CancelMatcher:
    """Does what `cancels` does, for the store: all follow-ups for one event share a budget.

    While it commits an event, the store asks for each follow-up that waits for the same person.
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
