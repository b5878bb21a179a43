"""Attachments of a Zalo message: pictures, files, stickers, places and cards."""

from typing import Any

from automator.providers.shared.reading import as_dict, as_id, as_list, as_text

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
