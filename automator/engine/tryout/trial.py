"""The result of a try: the decision of each rule, the runs that would start, and their actions.

Everything is a reason or a plain value; sentences are made when a person reads it.
"""

from collections.abc import Mapping
from typing import Any

from automator.clock import iso_time, optional_time
from automator.model import (
    AttemptStatus,
    Event,
    NewRun,
    Place,
    Reason,
    RunState,
    format_id,
    reason_json,
    record,
)
from automator.plugins import Outgoing
from automator.rules import CompiledRule, RuleExplanation, as_json
from automator.store import LimitStanding


@record
class TriedMessage:
    """A message as it would be sent."""

    outgoing: Outgoing
    #: The receiver's id at the provider; None if it is not known.
    to: str | None
    #: Whether only the receiver would see it.
    is_private: bool
    #: The number of texts from which it was chosen; 0 if there is no choice.
    variants: int = 0

    def as_json(self) -> dict[str, Any]:
        """The message as plain data."""
        outgoing = self.outgoing
        return {
            "kind": outgoing.kind,
            "to": self.to,
            "via": outgoing.via or None,
            "private": self.is_private,
            "text": outgoing.text,
            "variants": self.variants,
            "attachments": [dict(item) for item in outgoing.attachments],
            "quick_replies": list(outgoing.quick_replies),
            "buttons": list(outgoing.buttons),
            "template": None if outgoing.template is None else dict(outgoing.template),
        }


@record
class TriedStep:
    """One step, tried once."""

    id: str
    action: str
    place: Place
    status: AttemptStatus
    #: The action that it would carry out, or why it would not.
    summary: Reason
    #: Whether it would change something outside this server.
    reaches_out: bool
    said: TriedMessage | None = None
    #: `{"method", "url", "headers", "body"}` of each request, without secrets.
    requests: tuple[Mapping[str, Any], ...] = ()
    #: A note in addition to the summary.
    note: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            "id": self.id,
            "action": self.action,
            "place": str(self.place),
            "status": self.status.value,
            "summary": self.summary.to_json(),
            "reaches_out": self.reaches_out,
            "said": self.said.as_json() if self.said else None,
            "requests": [dict(request) for request in self.requests],
            "note": reason_json(self.note),
        }


@record
class TriedRun:
    """A run that would start: a rule's (`path` is empty), or a follow-up's."""

    rule: str
    name: str
    place: Place
    #: The step that starts it, for a follow-up.
    path: str
    #: When it would act, in milliseconds.
    at: int
    #: How it would end.
    state: RunState
    reason: Reason | None
    #: Whether the rule is in shadow mode.
    is_shadow: bool = False
    limits: tuple[LimitStanding, ...] = ()
    steps: tuple[TriedStep, ...] = ()
    #: `{"event": […], "conditions": […]}`: what would cancel it before it acts.
    cancel_on: Mapping[str, Any] | None = None
    #: The time after which it would be too late to act.
    until: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that it would send."""
        return tuple(step.said.outgoing.text for step in self.steps if step.said)

    def as_json(self) -> dict[str, Any]:
        """The run as plain data."""
        return {
            "rule": self.rule,
            "name": self.name,
            "place": str(self.place),
            "path": self.path,
            "at": iso_time(self.at),
            "state": self.state.label,
            "reason": reason_json(self.reason),
            "shadow": self.is_shadow,
            "limits": [item.as_json() for item in self.limits],
            "steps": [step.as_json() for step in self.steps],
            "cancel_on": None if self.cancel_on is None else dict(self.cancel_on),
            "until": optional_time(self.until),
        }


@record
class Trial:
    """One event, tried with one rule set at one moment."""

    event: Event
    at: int
    contact: Mapping[str, Any]
    #: Every rule; the matching rules come first.
    rules: tuple[RuleExplanation, ...]
    #: The runs that would happen, in the order of time.
    runs: tuple[TriedRun, ...]
    #: Why something is left out; None = nothing is.
    cut: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The trial as plain data."""
        event = self.event
        return {
            "event": {
                "id": format_id(event.id) if event.id else None,
                "type": event.type,
                "connection": event.connection,
                "provider": event.provider,
                "text": event.body.get("text"),
                "actor": event.body.get("actor"),
            },
            "at": iso_time(self.at),
            "contact": dict(self.contact),
            "rules": [{**as_json(rule), "notes": []} for rule in self.rules],
            "runs": [run.as_json() for run in self.runs],
            "cut": reason_json(self.cut),
        }


def tried_run(
    run: NewRun,
    rule: CompiledRule,
    limits: tuple[LimitStanding, ...] = (),
    steps: tuple[TriedStep, ...] = (),
) -> TriedRun:
    """A run in the result of a try, with its final state and reason."""
    spec = rule.spec
    started_by = spec.find_step(run.path) if run.path else None
    cancel_on = started_by.cancel_on if started_by else None
    return TriedRun(
        rule=spec.id,
        name=spec.name,
        place=spec.place if started_by is None else started_by.place,
        path=run.path,
        at=run.run_at,
        state=run.state,
        reason=run.reason,
        is_shadow=spec.shadow,
        limits=limits,
        steps=steps,
        cancel_on=cancel_on.as_data() if cancel_on else None,
        until=run.acts_until,
    )
