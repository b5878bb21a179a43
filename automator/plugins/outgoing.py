"""A message to send through a provider, and the result of sending it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from automator.clock import ms_of
from automator.model import MessagingPolicy, PermanentError, Reason, record, text_length
from automator.model.text_helpers import TextUnit
from automator.reasons.attempts.sending import message_over_bytes, message_too_long

OutgoingKind = Literal[
    "reply", "private_reply", "message", "like", "hide", "unhide", "delete", "ban", "unban"
]


@record
class Outgoing:
    """A message to send through a provider, or an operation on the event's comment or person."""

    kind: OutgoingKind
    event: Mapping[str, Any]
    text: str = ""
    #: The receiver's id for `message`; None if it is the person of the event.
    to: str | None = None
    #: The connection that it goes through if not the event's; `event` is then empty.
    via: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    quick_replies: tuple[str, ...] = ()
    #: `{"text", "url"}` opens an address; a tap on `{"text", "payload"}` comes back as an event.
    buttons: tuple[Mapping[str, str], ...] = ()
    #: Whether an answer under a comment mentions the comment's author.
    mentions: bool = False
    #: A message template that the provider has approved, and its values.
    template: Mapping[str, Any] | None = None
    #: A key that all attempts of one step share.
    idempotency_key: str = ""
    #: The receiver's contact as rules see it; empty if unknown.
    contact: Mapping[str, Any] = field(default_factory=dict)
    #: Milliseconds since 1970.
    now_ms: int = 0
    #: Whether an earlier attempt of the same step may have sent it.
    outcome_unknown: bool = False
    #: Whether a colleague has typed it, so that it comes from no rule.
    by_hand: bool = False

    @property
    def card_picture(self) -> str | None:
        """Returns the address of the picture, if the message has buttons and a picture is its only
        attachment; otherwise None. Such a message is sent as a card.
        """
        if not self.buttons or len(self.attachments) != 1:
            return None
        (only,) = self.attachments
        return str(only["url"]) if only.get("type") == "image" else None

    @property
    def receiver(self) -> str | None:
        """Returns the receiver's id at the provider; None if unknown."""
        if self.to is not None:
            return self.to
        person = (self.event.get("actor") or {}).get("id")
        return None if person is None else str(person)


@record
class Sent:
    """The result of sending an Outgoing."""

    summary: Reason
    output: Mapping[str, Any] = field(default_factory=dict)
    #: Another id of the receiver, if the platform's answer names one.
    alias: str | None = None


def check_length(text: str, most: int, platform: str, unit: TextUnit = "characters") -> None:
    """Checks the length of a text, as the platform counts it.

    Raises:
        PermanentError: the text is longer than `most` (code `too_much`).
    """
    length = text_length(text, unit)
    if length > most:
        # The advice counts three bytes for each letter, as a letter with two accents has.
        kind, part = (message_over_bytes, 3) if unit == "bytes" else (message_too_long, 2)
        reason = kind(length=length, platform=platform, most=most, shorter=most // part)
        raise PermanentError(reason, code="too_much")


def window_end(policy: MessagingPolicy, outgoing: Outgoing, *, is_private: bool) -> int | None:
    """Returns the end of the time in which the platform allows the message, in milliseconds since
    1970; None if it allows the message at any time, or if unknown.
    """
    happened_at = time_of(outgoing.event, "occurred_at")
    if outgoing.kind == "private_reply":
        begins, span = happened_at, policy.private_reply_ms
    elif is_private and not policy.is_approved(outgoing.template):
        begins, span = time_of(outgoing.contact, "window_opened_at"), policy.message_ms
    else:
        begins, span = None, None
    ends = [begins + span] if begins is not None and span is not None else []
    if outgoing.kind == "reply" and happened_at is not None and policy.reply_ms is not None:
        ends.append(happened_at + policy.reply_ms)
    return min(ends, default=None)


def time_of(holder: Mapping[str, Any], name: str) -> int | None:
    """Returns a time in an event or contact as milliseconds since 1970; None if unknown."""
    shown = holder.get(name)
    if not isinstance(shown, str):
        return None
    try:
        return ms_of(shown)
    except ValueError:
        return None
