"""The timeline of a simulation: arrivals, decisions and steps, in order."""

import asyncio
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from automator.clock import iso_time, optional_time
from automator.engine.explanation.event_explanation import EventExplanation
from automator.engine.explanation.why import explain_event
from automator.model import (
    AttemptStatus,
    Event,
    NotFoundError,
    Reason,
    RunState,
    format_id,
    reason_json,
    record,
)
from automator.reasons.explanations import left_out, stopped
from automator.rules import RuleExplanation
from automator.simulation.recorder import RecordedStep
from automator.simulation.simulation import SimulatedRun, Simulation, runs_of

_PAGE = 500
_FOLLOW_UP = "follow_up"
#: The reasons of rules that listen to an event's type, but were not evaluated for the event.
_ASKED_AND_STOPPED = (stopped.code, left_out.code)


class Kind(StrEnum):
    """The kinds of entries of a timeline."""

    EVENT = "event"
    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    #: A rule matched, but a limit, its calendar or a colleague's answer held it back.
    HELD_BACK = "held_back"
    #: A run was put off, for example until its calendar opens.
    PUT_OFF = "put_off"
    #: A part of the rule did not apply to the event.
    NOTED = "noted"
    PLANNED = "planned"
    #: The time of a follow-up has come.
    FIRED = "fired"
    #: A step has reached another system or a person.
    SENT = "sent"
    STEP = "step"
    CANCELLED = "cancelled"
    #: A run has ended badly.
    FAILED = "failed"


@record
class Entry:
    """One line of a timeline."""

    #: Milliseconds since 1970.
    at: int
    kind: Kind
    event: Event
    rule: str = ""
    #: The follow-up of the rule; "" for the rule itself.
    path: str = ""
    reason: Reason | None = None
    step: RecordedStep | None = None
    #: When a follow-up is due.
    due_at: int | None = None
    is_shadow: bool = False
    #: Whether it belongs to a question, which goes on when an answer comes in.
    is_of_question: bool = False

    def as_json(self) -> dict[str, Any]:
        """Returns the entry as plain data, without the parts that do not apply."""
        values: dict[str, Any] = {
            "at": iso_time(self.at),
            "kind": self.kind.value,
            "event": format_id(self.event.id),
            "rule": self.rule,
            "path": self.path,
            "reason": reason_json(self.reason),
            "due": optional_time(self.due_at),
            "shadow": self.is_shadow,
        }
        if self.kind is Kind.EVENT:
            body = self.event.body
            values |= {
                "type": self.event.type,
                "connection": self.event.connection,
                "text": body.get("text"),
                "actor": body.get("actor"),
            }
        if self.step is not None:
            values |= _step_json(self.step)
        return {name: value for name, value in values.items() if value not in (None, "", False)}


def _step_json(step: RecordedStep) -> Mapping[str, Any]:
    return {
        "step": step.id,
        "action": step.action,
        "status": step.status.value,
        "said": step.text,
        "to": step.to,
        "via": step.via,
        "requests": [dict(request) for request in step.requests] or None,
    }


async def timeline_of(simulation: Simulation) -> list[Entry]:
    """Returns everything that has happened in a simulation, in the order of time."""
    log = simulation.store.log
    events: dict[int, Event] = {}
    last = 0
    while page := await asyncio.to_thread(log.events, after=last, limit=_PAGE):
        last = page[-1].id
        events |= await asyncio.to_thread(log.events_with_ids, [row.id for row in page])
    entries: list[Entry] = []
    for event in events.values():
        entries.append(Entry(at=event.received_at, kind=Kind.EVENT, event=event))
        entries += await _decisions(simulation, event)
    for run in await runs_of(simulation):
        entries += _entries_of(run, events[run.event_id])
    return sorted(entries, key=lambda entry: (entry.at, _place(entry)))


async def _decisions(simulation: Simulation, event: Event) -> list[Entry]:
    """Returns the decisions about an event, of all rules that listen to its type."""
    revisions = simulation.engine.rulebook.revisions
    try:
        found = await explain_event(simulation.store.log, revisions, event.id)
    except NotFoundError:
        return []
    return [
        Entry(
            at=event.received_at,
            kind=Kind.MATCHED if rule.matched else Kind.NOT_MATCHED,
            event=event,
            rule=rule.rule,
            reason=rule.decided_by,
            is_shadow=rule.shadow,
        )
        for rule in _asked(found)
    ]


def _asked(found: EventExplanation) -> Iterator[RuleExplanation]:
    """Yields the rules that listen to the event's type; the timeline shows no others."""
    for explained in found.rules:
        rule = explained.explanation
        if rule.matched or rule.conditions or rule.decided_by.code in _ASKED_AND_STOPPED:
            yield rule


def _entries_of(run: SimulatedRun, event: Event) -> Iterator[Entry]:
    common: dict[str, Any] = {
        "event": event,
        "rule": run.rule,
        "path": run.path,
        "is_shadow": run.is_shadow,
        "is_of_question": run.is_of_question,
    }
    ended_at = run.run_at if run.finished_at is None else run.finished_at
    if run.path and run.run_at > run.created_at:
        yield Entry(at=run.created_at, kind=Kind.PLANNED, due_at=run.run_at, **common)
        if run.steps:
            yield Entry(at=run.steps[0].at, kind=Kind.FIRED, **common)
    if run.state is RunState.SUPPRESSED:
        yield Entry(at=ended_at, kind=Kind.HELD_BACK, reason=run.reason, **common)
    elif run.note is not None:
        kind = Kind.PUT_OFF if run.run_at > run.created_at else Kind.NOTED
        yield Entry(at=run.created_at, kind=kind, reason=run.note, **common)
    for step in run.steps:
        if step.action == _FOLLOW_UP and step.status is AttemptStatus.OK:
            continue  # The run that the follow-up step planned has its own entry.
        reaches_out = step.text is not None or step.requests
        is_sent = reaches_out and step.status is AttemptStatus.OK
        kind = Kind.SENT if is_sent else Kind.STEP
        yield Entry(at=step.at, kind=kind, step=step, reason=step.summary, **common)
    if run.state is RunState.CANCELLED:
        yield Entry(at=ended_at, kind=Kind.CANCELLED, reason=run.reason, **common)
    elif run.state in (RunState.DEAD, RunState.UNKNOWN):
        yield Entry(at=ended_at, kind=Kind.FAILED, reason=run.reason, **common)


def _place(entry: Entry) -> tuple[int, int]:
    """Returns the sort key. At one moment: due runs, then arrivals with their runs, then ends."""
    if entry.at == entry.event.received_at:
        return 1, entry.event.id
    is_after = entry.kind is Kind.CANCELLED or entry.is_of_question
    return (2 if is_after else 0), entry.event.id
