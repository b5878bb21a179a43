"""The result of trying out a rule set: each rule's decision, and the runs that would start.

Everything is a reason or a plain value. Sentences are made only when a person reads it.
"""

from collections.abc import Mapping
from typing import Any

from automator.model import (
    AttemptStatus,
    Event,
    NewRun,
    Place,
    Reason,
    RunState,
    format_id,
    record,
)
from automator.plugins import Outgoing
from automator.record_json import record_json
from automator.rules import CompiledRule, RuleExplanation, as_json
from automator.store import LimitStanding


@record
class TriedMessage:
    """A message as a step would send it."""

    outgoing: Outgoing
    #: The receiver's id at the provider; None if it is not known.
    to: str | None
    #: Whether only the receiver would see it.
    is_private: bool
    #: How many texts it was chosen from; 0 if there was no choice.
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
    """One step that was tried once."""

    id: str
    action: str
    place: Place
    status: AttemptStatus
    #: The action that the step would do, or why it would do nothing.
    summary: Reason
    #: Whether the step would change something outside this server.
    reaches_out: bool
    said: TriedMessage | None = None
    #: `{"method", "url", "headers", "body"}` of each request, without secrets.
    requests: tuple[Mapping[str, Any], ...] = ()
    #: A remark in addition to the summary.
    note: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The step as plain data."""
        return record_json(self)


@record
class TriedRun:
    """A run that would start: of a rule (`path` is ""), or of a follow-up."""

    rule: str
    name: str
    place: Place
    #: For a follow-up, the step that starts it.
    path: str
    #: When the run would act, in milliseconds.
    at: int
    #: The state in which the run would end.
    state: RunState
    reason: Reason | None
    #: Whether the rule is in shadow mode.
    shadow: bool = False
    limits: tuple[LimitStanding, ...] = ()
    steps: tuple[TriedStep, ...] = ()
    #: The events that would cancel the run before it acts: `{"event": […], "conditions": […]}`.
    cancel_on: Mapping[str, Any] | None = None
    #: When it would be too late for the run to act; None if never.
    until: int | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that the run would send."""
        return tuple(step.said.outgoing.text for step in self.steps if step.said)

    def as_json(self) -> dict[str, Any]:
        """The run as plain data."""
        return record_json(self)


@record
class Trial:
    """One event, tried with one rule set as of one moment."""

    event: Event
    at: int
    contact: Mapping[str, Any]
    #: Every rule; rules that match come first.
    rules: tuple[RuleExplanation, ...]
    #: The runs that would start, in the order of time.
    runs: tuple[TriedRun, ...]
    #: Why something is left out; None if nothing is.
    cut: Reason | None = None

    def as_json(self) -> dict[str, Any]:
        """The trial as plain data."""
        event = self.event
        return {
            **record_json(self),
            "event": {
                "id": format_id(event.id) if event.id else None,
                "type": event.type,
                "connection": event.connection,
                "provider": event.provider,
                "text": event.body.get("text"),
                "actor": event.body.get("actor"),
            },
            "rules": [{**as_json(rule), "notes": []} for rule in self.rules],
        }


def tried_run(
    run: NewRun,
    rule: CompiledRule,
    limits: tuple[LimitStanding, ...] = (),
    steps: tuple[TriedStep, ...] = (),
) -> TriedRun:
    """Makes the result of a run, from its final state and reason."""
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
        shadow=spec.shadow,
        limits=limits,
        steps=steps,
        cancel_on=cancel_on.as_data() if cancel_on else None,
        until=run.acts_until,
    )
