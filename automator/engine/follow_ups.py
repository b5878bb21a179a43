"""The last look before a follow-up acts: is it too late, or did something make it unnecessary?

The usual cancellation is committed together with the event that causes it. This look closes the
gap that is left: an event that came in before the follow-up itself was written down.
"""

import asyncio
from zoneinfo import ZoneInfo

from automator.clock import zone_time
from automator.model import Event, Run
from automator.rules import CompiledRule, cancel_matches
from automator.store import Log

#: Events of the contact that are looked at, the oldest first.
_MOST_EVENTS = 200


def too_late(run: Run, now_ms: int) -> str:
    """Why a follow-up does not act any more, or "" while its window is open.

    Nothing is too late for a person: a run that somebody has put behind its window acts.
    """
    until = run.data.get("until")
    if until is None or now_ms <= until or run.run_at > until:
        return ""
    return f"too late: it could act until {zone_time(until, ZoneInfo(run.data['zone']))}"


async def overtaking_event(log: Log, rule: CompiledRule, run: Run) -> Event | None:
    """The first event after the one that started the run which its `cancel_on` names."""
    step = rule.spec.find_step(run.path)
    if step is None or step.cancel_on is None or run.contact is None:
        return None
    cancel_on = step.cancel_on.as_data()
    later = await asyncio.to_thread(
        log.events_of_contact_after, run.contact, run.event_id, _MOST_EVENTS
    )
    for event in later:
        if cancels(cancel_on, event):
            return event
    return None


def cancels(cancel_on: object, event: Event) -> bool:
    """True when an event is one that a waiting follow-up named in its `cancel_on`."""
    if event.is_self or not isinstance(cancel_on, dict):
        return False
    return cancel_matches(cancel_on, event_type=event.type, scope={"event": event.body})
