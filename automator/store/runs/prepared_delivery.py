"""Encodes deliveries as rows in the caller's thread, so that the writer does not have to."""

from collections.abc import Sequence

from automator.model import Delivery, Event, NewRun, SeenValues, record
from automator.store.database.statements import Values
from automator.store.runs.firings import Portion
from automator.store.runs.schedules import Fire
from automator.store.runs.seen_values import dump_seen
from automator.store.schema.encoding import (
    clean_optional,
    clean_text,
    dump_json,
    dump_reason,
    storable_key,
)

_MAX_TEXT = 2_000


@record(kw_only=False)
class EventPlan:
    """An event, the runs that the rules decided on, and the revision of the rule set."""

    event: Event
    runs: tuple[NewRun, ...]
    revision: int
    #: The keys of the waits for an absence that this event ends.
    ends: tuple[str, ...] = ()
    #: The values besides the event that conditions could read.
    seen: SeenValues | None = None
    #: The rules whose conditions hold, and the rules whose conditions do not.
    met: Sequence[str] = ()
    unmet: Sequence[str] = ()


@record(kw_only=False)
class Receipt:
    """Confirms that an event is stored. For a duplicate, `event_id` is the first event's id."""

    event_id: int
    duplicate: bool


@record(kw_only=False)
class PreparedDelivery:
    """A delivery and its events, encoded as rows."""

    source: Delivery
    row: Values
    events: tuple["PreparedEvent", ...]
    #: The fire of a schedule that raised the delivery, or the portion of its contacts. Nothing is
    #: stored if that was stored before.
    fire: Fire | Portion | None = None
    #: Whether the delivery is stored already and only its verdict changes. Nothing is stored if the
    #: verdict has changed meanwhile.
    is_again: bool = False


@record(kw_only=False)
class PreparedEvent:
    """One event, encoded as a row, with its plan."""

    plan: EventPlan
    key: tuple[str, str]
    contact: str | None
    #: The contact to whom a colleague has written by hand, if the event reports that; else None.
    answered: str | None
    name: str | None
    row: Values


def prepare_delivery(
    delivery: Delivery,
    plans: Sequence[EventPlan],
    fire: Fire | Portion | None = None,
    *,
    is_again: bool = False,
) -> PreparedDelivery:
    """Encodes everything now, so that a value that cannot be stored fails its own caller."""
    reason = delivery.reason
    return PreparedDelivery(
        delivery,
        {
            "id": delivery.id,
            "connection": delivery.connection,
            "received_at": delivery.received_at,
            "method": clean_text(delivery.method),
            "headers": dump_json(delivery.headers),
            "query": clean_text(delivery.query),
            "body": delivery.body,
            "remote": delivery.remote,
            "verdict": str(delivery.verdict),
            "reason_code": "" if reason is None else reason.code,
            "reason": None if reason is None else dump_reason(reason),
            "duplicate": 0,
            "full_size": delivery.full_size,
        },
        tuple([_prepare_event(plan) for plan in plans]),
        fire,
        is_again,
    )


def _prepare_event(plan: EventPlan) -> PreparedEvent:
    event = plan.event
    body = event.body
    actor = body.get("actor")
    name = actor.get("name") if isinstance(actor, dict) else None
    name = clean_text(name) if isinstance(name, str) else None
    text = body.get("text")
    text = clean_text(text[:_MAX_TEXT]) if isinstance(text, str) else None
    key = storable_key(event.dedupe_key)
    contact = clean_optional(event.contact)
    row = {
        "id": event.id,
        "delivery_id": event.delivery_id,
        "connection": event.connection,
        "provider": event.provider,
        "type": clean_text(event.type),
        "dedupe_key": key,
        "lane": contact if event.lane == event.contact else clean_optional(event.lane),
        "contact": contact,
        "thread": contact if event.thread == event.contact else clean_optional(event.thread),
        "is_self": 1 if event.is_self else 0,
        "occurred_at": event.occurred_at,
        "received_at": event.received_at,
        "revision": plan.revision,
        "actor_name": name,
        "text": text,
        "body": dump_json(body),
        "seen": None if plan.seen is None else dump_seen([plan.seen]),
    }
    answered = clean_optional(event.answered) if event.is_self else None
    return PreparedEvent(plan, (event.connection, key), contact, answered, name, row)
