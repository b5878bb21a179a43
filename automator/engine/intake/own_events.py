"""Makes the events that this server raises itself: for schedules, links, approvals and rules."""

from collections.abc import Mapping
from typing import Any

from automator.http.json_body import dump_json
from automator.model import Claimed, Delivery, EmitEvent, Event, ParsedEvent, Verdict, format_id
from automator.model.own_events import LINK_CLICKED, SCHEDULE, SCHEDULE_CONTACT, firing_key

#: Parts of its cause that an event raised by a rule does not copy: they are not about the person or
#: the place.
_NOT_SHARED = {
    *("id", "type", "provider", "connection", "received_at", "occurred_at"),
    *("text", "attachments", "data", "headers", "query", "repeated_keys", "emitted"),
}
#: The parts of a comment's event that name its place.
_OF_COMMENTS = ("comment", "parent", "post", "page")


def own_event(
    delivery_id: int,
    now_ms: int,
    *,
    kind: str,
    dedupe_key: str,
    subject: str,
    occurred_at: int,
    body: Mapping[str, Any],
) -> tuple[Delivery, ParsedEvent]:
    """Makes the event and its delivery. Events with the same `subject` keep their order."""
    delivery = _delivery(delivery_id, SCHEDULE, now_ms, body["data"])
    parsed = ParsedEvent(
        type=kind,
        dedupe_key=dedupe_key,
        lane=f"{SCHEDULE}:{subject}",
        actor_id=None,
        is_self=False,
        occurred_at=occurred_at,
        body=dict(body),
    )
    return delivery, parsed


def own_body(text: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an event that comes from the server itself, and so from no person."""
    return {
        "text": text,
        "actor": {"id": None, "name": None, "is_self": False},
        "data": dict(data),
    }


def contact_event(
    key: str, contact: Mapping[str, Any], facts: Mapping[str, Any], at: int
) -> ParsedEvent:
    """Makes the event of one contact when a schedule fires for people.

    `key` is the key of the contact's row, and `facts` say which firing it is. The event has the
    contact's lane, so that it stays in order with the contact's other events.
    """
    person = contact["id"]
    return ParsedEvent(
        type=SCHEDULE_CONTACT,
        dedupe_key=firing_key(facts["firing"], person),
        lane=key,
        actor_id=person,
        is_self=False,
        occurred_at=at,
        body={
            "text": None,
            "actor": {"id": person, "name": contact["name"], "is_self": False},
            "conversation": {"id": person},
            "data": dict(facts),
        },
    )


def click_event(
    delivery_id: int,
    now_ms: int,
    *,
    connection: str,
    person: str,
    name: str | None,
    link: Mapping[str, str],
    run_id: int,
    dedupe_key: str,
) -> tuple[Delivery, ParsedEvent]:
    """Makes the event of a person who opened a tracked link, and its delivery.

    `person` is the key of the contact. The click's own request is not kept, because it would
    reveal the person's whereabouts and device.
    """
    own_id = person.removeprefix(f"{connection}:")
    clicked = {**link, "run": format_id(run_id)}
    parsed = ParsedEvent(
        type=LINK_CLICKED,
        dedupe_key=dedupe_key,
        lane=person,
        actor_id=own_id,
        is_self=False,
        occurred_at=now_ms,
        body={
            "text": None,
            "actor": {"id": own_id, "name": name, "is_self": False},
            "conversation": {"id": own_id},
            "link": clicked,
            "data": {},
        },
    )
    return _delivery(delivery_id, connection, now_ms, {"link": clicked}), parsed


def written_key(key: str, once: str) -> str:
    """The dedupe key of a handwritten message to the contact `key`."""
    return f"written:{key.partition(':')[2]}:{once}"


def written_event(
    delivery_id: int,
    now_ms: int,
    *,
    key: str,
    person: str,
    text: str,
    picture: str,
    who: str,
    once: str,
    kind: str = "message",
    comment: Event | None = None,
) -> tuple[Delivery, ParsedEvent]:
    """Makes the event of a handwritten message, and its delivery.

    `comment` is the comment that it answers, and `kind` how. An answer below a comment is a comment
    itself, in the same thread.

    The event looks like the one in which a platform reports a colleague's reply, so that rules,
    pauses and figures treat both alike. `key` is the key of the contact, `person` the id to write
    to. A second message with the same `once` is a duplicate.
    """
    connection, _, contact = key.partition(":")
    about: dict[str, Any] = {}
    if comment is not None:
        # The parts that name the place; and what the action needs to answer there.
        about = {name: comment.body[name] for name in _OF_COMMENTS if name in comment.body}
        asked = {"event": format_id(comment.id), "kind": kind, "actor": {"id": person}}
        about["answers"] = {**asked, "occurred_at": comment.body.get("occurred_at")}
    is_public = kind == "reply"
    in_private = {
        "conversation": {"id": person},
        "message": {"id": None, "sent_by": "human"},
    }
    parsed = ParsedEvent(
        type="comment.created" if is_public else "message.sent",
        dedupe_key=written_key(key, once),
        lane=key,
        actor_id=contact,
        is_self=True,
        occurred_at=now_ms,
        body={
            "text": text or None,
            "attachments": [{"type": "image", "url": picture}] if picture else [],
            "actor": {"id": None, "name": who, "is_self": True},
            **about,
            **({} if is_public else in_private),
            "data": {},
        },
    )
    return _delivery(delivery_id, connection, now_ms, {"to": person, "by": who}), parsed


def portion_delivery(
    delivery_id: int, connection: str, now_ms: int, facts: Mapping[str, Any]
) -> Delivery:
    """Makes the delivery for a group of contacts that a firing takes at once."""
    return _delivery(delivery_id, connection, now_ms, facts)


def emitted_event(
    delivery_id: int,
    now_ms: int,
    *,
    claimed: Claimed,
    step: str,
    effect: EmitEvent,
    key: str,
) -> tuple[Delivery, ParsedEvent]:
    """Makes the event that a step raises about the person and place of its run's event, and its
    delivery.

    `key` names what led to the event. It is the same in a simulation, where ids differ.
    """
    run, cause, connection = claimed.run, claimed.event, claimed.connection
    shared = {name: value for name, value in cause.items() if name not in _NOT_SHARED}
    emitted = {
        "event": cause["id"],
        "run": format_id(run.id),
        "rule": run.rule,
        "step": step,
        "depth": effect.depth,
        "key": key,
    }
    actor = cause.get("actor") or {}
    parsed = ParsedEvent(
        type=effect.type,
        dedupe_key=f"emit:{run.id}:{step}",
        lane=run.lane,
        actor_id=run.contact and run.contact.removeprefix(f"{connection}:"),
        is_self=actor.get("is_self") is True,
        occurred_at=now_ms,
        body={"text": None, **shared, "data": dict(effect.data), "emitted": emitted},
    )
    return _delivery(delivery_id, connection, now_ms, effect.data), parsed


def _delivery(delivery_id: int, connection: str, now_ms: int, data: Any) -> Delivery:
    """Makes the delivery that the log shows for an event that came in no request."""
    return Delivery(
        id=delivery_id,
        connection=connection,
        received_at=now_ms,
        method="",
        headers=(("content-type", "application/json"),),
        query="",
        body=dump_json(data),
        remote="",
        verdict=Verdict.ACCEPTED,
    )
