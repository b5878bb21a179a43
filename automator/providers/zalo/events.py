"""Events of a Zalo Official Account: one event of the webhook becomes a neutral one."""

from collections.abc import Callable, Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.shared.envelope import actor_of
from automator.providers.shared.reading import as_dict, as_id, as_list, as_text, join_key
from automator.providers.shared.reading import event_type as named_type
from automator.providers.zalo.webhook_event import ZaloEvent, occurred_at, timestamp_text

#: Type, dedupe key, text, and the parts of the event's body.
Reading = tuple[str, str, str | None, dict[str, Any]]

#: The icon with which a reaction is taken back.
_NO_ICON = "/-remove"


def read_zalo_event(event: ZaloEvent) -> ParsedEvent:
    """The neutral event; one that is not known becomes `zalo.<its name>`."""
    type_, key, text, parts = _reader_of(event.name)(event)
    conversation = event.conversation
    # The actor is the account itself, whichever member of the shop wrote.
    actor = event.oa_id if event.is_ours else event.person
    return event.envelope.event(
        type_,
        key,
        event.item,
        text=text,
        actor=actor_of(actor, is_self=event.is_ours),
        lane_id=conversation["id"] if conversation else event.person,
        occurred_at=occurred_at(event.item),
        oa={"id": event.oa_id},
        conversation=conversation,
        **parts,
    )


# --- Readers, by the name that Zalo gives an event ---


def _read_received(event: ZaloEvent) -> Reading:
    type_, key, text, parts = _read_said(event)
    quoted = as_id(event.message.get("quote_msg_id"))
    if quoted:
        parts["parent"] = {"id": quoted}
    return type_, key, text, parts


def _read_sent(event: ZaloEvent) -> Reading:
    _, key, text, parts = _read_said(event)
    admin = as_id(as_dict(event.item.get("sender")).get("admin_id"))
    # Without an admin, a program has sent it: this server or another, which Zalo does not tell.
    parts["message"] |= {"admin_id": admin, "sent_by": "human" if admin else "app"}
    return "message.sent", key, text, parts


def _read_said(event: ZaloEvent) -> Reading:
    message = event.message
    number = as_id(message.get("msg_id"))
    key = join_key(event.oa_id, number) if number else event.content_key
    parts = {"message": {"id": number}, "attachments": read_attachments(event.message, event.item)}
    return "message.received", key, as_text(message.get("text")), parts


def _read_delivered(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    key = event.key(number) if number else event.content_key
    parts: dict[str, Any] = {"message": {"id": number}}
    if event.is_by_phone:
        parts["message"]["tracking_id"] = as_id(event.message.get("tracking_id"))
        parts["phone"] = event.recipient
    return "message.delivered", key, None, parts


def _read_seen(event: ZaloEvent) -> Reading:
    ids = sorted(filter(None, map(as_id, as_list(event.message.get("msg_ids")))))
    single = as_id(event.message.get("msg_id"))
    if single and not ids:
        ids = [single]
    key = event.key(*ids, timestamp_text(event.item)) if ids else event.content_key
    parts = {"message": {"id": ids[-1] if ids else None, "ids": ids}}
    return "message.read", key, None, parts


def _read_reaction(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    icon = as_text(event.message.get("react_icon"))
    key = event.key(number, event.sender, icon, timestamp_text(event.item))
    type_ = "reaction.removed" if icon == _NO_ICON else "reaction.added"
    parts = {"message": {"id": number}, "reaction": {"type": icon, "emoji": None}}
    return type_, key if number else event.content_key, None, parts


def _read_followed(event: ZaloEvent) -> Reading:
    type_ = "contact.followed" if event.name == "follow" else "contact.unfollowed"
    key = event.key(event.person, timestamp_text(event.item))
    return type_, key, None, {"source": as_text(event.item.get("source"))}


def _read_submitted(event: ZaloEvent) -> Reading:
    key = event.key(event.person, timestamp_text(event.item))
    info = as_dict(event.item.get("info"))
    place = as_dict(info.get("full_address"))
    # The parts of an address have other names since it has no district any more.
    known = {
        "name": as_text(info.get("name")),
        "phone": as_id(info.get("phone")),
        "birthday": as_text(info.get("user_dob")),
        "gender": as_text(info.get("gender")),
        "address": as_text(place.get("user_address", info.get("address"))),
        "ward": as_text(place.get("user_ward", info.get("ward"))),
        "district": as_text(info.get("district")),
        "city": as_text(place.get("user_city", info.get("city"))),
    }
    return "contact.submitted_info", key, None, {"info": {**info, **known}}


def _read_clicked(event: ZaloEvent) -> Reading:
    number = as_id(event.item.get("msg_id")) or as_id(event.message.get("msg_id"))
    choice = as_text(event.message.get("data"))
    tracking = as_id(event.message.get("tracking_id"))
    key = event.key(number, choice) if number else event.content_key
    parts = {
        "button": {"id": choice, "title": None},
        "message": {"id": number, "tracking_id": tracking},
    }
    return "button.clicked", key, None, parts


def _read_feedback(event: ZaloEvent) -> Reading:
    number = as_id(event.message.get("msg_id"))
    tracking = as_id(event.message.get("tracking_id"))
    key = event.key(number) if number else event.content_key
    parts = {"message": {"id": number, "tracking_id": tracking}}
    return "zalo.user_feedback", key, as_text(event.message.get("note")), parts


def _read_chat_opened(event: ZaloEvent) -> Reading:
    # Zalo sends it once for a person and an account, so that the time is not part of the key.
    return "zalo.user_click_chatnow", event.key(event.person), None, {}


def _read_other(event: ZaloEvent) -> Reading:
    call = as_id(event.item.get("call_id"))
    key = event.key(call) if call else event.content_key
    parts: dict[str, Any] = {}
    phone = as_id(event.item.get("phone"))
    if phone:
        parts["phone"] = phone
    return named_type("zalo", event.name), key, None, parts


_READERS: Mapping[str, Callable[[ZaloEvent], Reading]] = {
    "user_received_message": _read_delivered,
    "user_seen_message": _read_seen,
    "user_reacted_message": _read_reaction,
    "oa_reacted_message": _read_reaction,
    "follow": _read_followed,
    "unfollow": _read_followed,
    "user_submit_info": _read_submitted,
    "user_click_response_button": _read_clicked,
    "user_feedback": _read_feedback,
    "user_click_chatnow": _read_chat_opened,
    "oa_send_consent": _read_other,
}


def _reader_of(name: str) -> Callable[[ZaloEvent], Reading]:
    found = _READERS.get(name)
    if found is not None:
        return found
    if name.startswith(("user_send_", "anonymous_send_")):
        return _read_received
    return _read_sent if name.startswith("oa_send_") else _read_other


# --- Attachments: pictures, files, stickers, places and cards ---


Item = dict[str, Any]

#: Keys of an attachment's payload that are kept beside its address.
_ATTACHMENT_DETAILS = ("thumbnail", "description", "name", "size", "checksum")


def read_attachments(message: Item, item: Item) -> list[dict[str, Any]]:
    """The attachments of a message, which is a part of the event `item`."""
    # Some senders put the list beside the message, and a location right into it.
    listed = as_list(message.get("attachments")) or as_list(item.get("attachments"))
    place = message.get("location")
    if isinstance(place, dict):
        listed = [*listed, {"type": "location", "payload": {"coordinates": place}}]
    return [_attachment(one) for one in listed if isinstance(one, dict)]


def _attachment(item: Item) -> dict[str, Any]:
    payload = as_dict(item.get("payload"))
    found: dict[str, Any] = {
        "id": as_id(payload.get("id")),
        "type": as_text(item.get("type")),
        "url": as_text(payload.get("url")),
    }
    found |= {key: payload[key] for key in _ATTACHMENT_DETAILS if payload.get(key)}
    if isinstance(payload.get("coordinates"), dict):
        found["coordinates"] = payload["coordinates"]
    return found
