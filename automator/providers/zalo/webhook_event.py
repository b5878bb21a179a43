"""One event of Zalo's webhook: its time, and the person, the account or the group that it concerns.

Zalo writes who did it in several ways: as sender and recipient, as follower, or as a plain id. The
person of an event is whoever of them is not the account itself.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.model import record
from automator.providers.shared.envelope import Envelope, part
from automator.providers.shared.reading import as_dict, as_id, as_text, content_key, join_key

Item = dict[str, Any]

#: The Zalo server that reports on messages sent by phone number; these have no user id.
BY_PHONE_SERVER = "zns"
#: Digits of a time, at most: milliseconds since 1970.
MAX_TIME_DIGITS = 13


@record(kw_only=False)
class ZaloEvent:
    """One event of the webhook, with the values that all readers need."""

    envelope: Envelope
    oa_id: str
    item: Item
    #: As Zalo calls it, as in `user_send_text`.
    name: str
    #: The message that it is about; empty when there is none.
    message: Item
    #: Its sender and its receiver, as Zalo writes them: a person, the account, a group, or a phone
    #: number.
    sender: str | None
    recipient: str | None
    #: The group that it happened in.
    group: str | None
    #: The person that it concerns, where Zalo names one.
    person: str | None
    #: The event is about a message that was sent to a phone number.
    is_by_phone: bool

    @classmethod
    def of(cls, envelope: Envelope, oa_id: str, item: Item, server: str) -> "ZaloEvent":
        """The event of a body; `server` is the name of Zalo's server, from the header."""
        name = as_text(item.get("event_name")) or "unknown"
        message = as_dict(item.get("message"))
        sender, recipient = _id_of(item.get("sender")), _id_of(item.get("recipient"))
        group = recipient if message and "_group_" in name else as_id(item.get("group_id"))
        is_by_phone = server.lower() == BY_PHONE_SERVER
        person = None
        if not is_by_phone:
            ids = _people(item, sender, None if group else recipient)
            person = next((found for found in ids if found is not None and found != oa_id), None)
        return cls(
            envelope=envelope,
            oa_id=oa_id,
            item=item,
            name=name,
            message=message,
            sender=sender,
            recipient=recipient,
            group=group,
            person=person,
            is_by_phone=is_by_phone,
        )

    @property
    def is_ours(self) -> bool:
        """Whether the account did it, by hand or through a program."""
        return self.name.startswith("oa_")

    @property
    def conversation(self) -> dict[str, Any] | None:
        """The place of the event: the chat with the person, a group, or an anonymous chat."""
        unnamed = self.message.get("conversation_id") if "anonymous" in self.name else None
        return (
            part(self.group, kind="group")
            or part(as_id(unnamed), kind="anonymous")
            or part(self.person, kind="person")
        )

    def key(self, *parts: Any) -> str:
        """A dedupe key out of ids of this account."""
        return join_key(self.oa_id, self.name, *parts)

    @property
    def content_key(self) -> str:
        """A dedupe key of the whole event, which Zalo repeats unchanged when it tries again."""
        return content_key(self.oa_id, self.name, value=self.item)


def timestamp_text(item: Mapping[str, Any]) -> str | None:
    """The time of an event as its signature has it: digits; None when there is none to sign.

    Zalo writes it as text in some events and as a number in others.
    """
    value = item.get("timestamp", item.get("timeStamp"))
    if value.__class__ is int:
        value = str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        return None
    return value if len(value) <= MAX_TIME_DIGITS else None


def occurred_at(item: Mapping[str, Any]) -> int | None:
    """The time of an event in milliseconds since 1970."""
    text = timestamp_text(item)
    return (int(text) or None) if text else None


def foreign_oa(item: Mapping[str, Any], oa_id: str) -> str | None:
    """The id of the account that an event belongs to, when that is another one."""
    named = as_id(item.get("oa_id")) or as_id(item.get("oaId"))
    if named is not None:
        return None if named == oa_id else named
    sender, recipient = _id_of(item.get("sender")), _id_of(item.get("recipient"))
    if sender is None or recipient is None or oa_id in (sender, recipient):
        return None
    name = as_text(item.get("event_name")) or ""
    is_from_person = name.startswith(("user_send_", "user_submit_", "user_reacted_", "anonymous_"))
    return recipient if is_from_person else sender


def _people(item: Item, *first: str | None) -> Iterator[str | None]:
    """The ids that an event names, the most likely person first; the account may be among them."""
    yield from first
    yield _id_of(item.get("follower"))
    yield as_id(item.get("user_id"))
    yield as_id(as_dict(item.get("data")).get("user_id"))


def _id_of(value: Any) -> str | None:
    return as_id(as_dict(value).get("id"))
