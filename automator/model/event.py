"""Deliveries and events: the request as it came, and the events that were read from it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal

from automator.model.own_events import LINK_CLICKED, SCHEDULE_CONTACT
from automator.model.reason import Reason
from automator.model.record import record

#: The types of events that say what became of a message.
_RECEIPTS = frozenset(
    {"message.delivered", "message.read", "message.failed", "whatsapp.status.sent"}
)
#: The types of events from which platforms count their time for messages to a person: what the
#: person has done in the conversation, or to begin one.
_OPEN_WINDOW = frozenset({
    "message.received", "button.clicked", "contact.followed", "facebook.optin", "facebook.referral",
    "instagram.optin", "instagram.referral", "zalo.user_click_chatnow", "zalo.user_call_oa",
})  # fmt: skip
#: The types of events that say that a place for answers is gone.
_DELETED = frozenset({"comment.deleted", "post.deleted", "message.deleted"})
#: The parts of an event that it may only name, and that are looked up: the text of a post, and the
#: answers of a lead.
EventPart = Literal["post", "lead"]
POST: Final = "post"
LEAD: Final = "lead"
#: The key that a part has once it is known; null says that it could not be had.
PART_KEYS: Final[Mapping[EventPart, str]] = {POST: "message", LEAD: "answers"}
#: What a lead has from the beginning. An answer of the same name is in `event.lead.answers` alone.
OF_EVERY_LEAD: Final = frozenset({"id", "form_id", "ad_id"})

#: Between a connection and one of its accounts in the name of the account's own connection.
_OF_ACCOUNT = "."


def account_connection(connection: str, account: str) -> str:
    """The name of the connection of one of several accounts: `shops.1029384756`."""
    return f"{connection}{_OF_ACCOUNT}{account}"


def hook_of(connection: str) -> str:
    """The connection at whose address the deliveries of a connection arrive: `shops` for both
    `shops` and `shops.1029384756`.
    """
    return connection.partition(_OF_ACCOUNT)[0]


class Verdict(StrEnum):
    """The verdict on a delivery."""

    ACCEPTED = "accepted"
    #: Accepted because its connection says `verify: observe`, although verification failed.
    OBSERVED = "observed"
    #: Trusted, but not readable as this provider's events; kept as it came.
    UNPARSABLE = "unparsable"
    #: Not trusted, too large, or over a limit; its reason says which.
    REJECTED = "rejected"


#: The verdicts of deliveries whose events were not taken in.
REFUSED = (Verdict.REJECTED, Verdict.UNPARSABLE)


@record
class Delivery:
    """One HTTP request received, kept as it came."""

    id: int
    connection: str
    received_at: int  #: Milliseconds since 1970, UTC.
    method: str
    #: Header names in lower case, in the order of arrival.
    headers: tuple[tuple[str, str], ...]
    query: str
    body: bytes
    remote: str
    verdict: Verdict
    #: Why it was not plainly accepted.
    reason: Reason | None = None
    #: Size in bytes of the received body, where only its beginning was kept; None where `body` is
    #: whole.
    full_size: int | None = None

    @property
    def reason_code(self) -> str:
        """The code of the reason; "" without one."""
        return self.reason.code if self.reason else ""


@record
class ParsedEvent:
    """An event as a provider reads it out of a delivery, before it has an id.

    `body` is the normalised event of the rule language: `text`, `actor`, `post`, `data` and so on,
    plain JSON values only. The intake adds `id`, `type`, `provider`, `connection`, `occurred_at`
    and `received_at` to it, `hops` when servers of ours have passed it on, `repeated_keys` when its
    JSON had a key twice in one object, and `emitted` when a rule has raised it.
    """

    type: str
    #: Unique within the connection: a second event with the same key is a duplicate.
    dedupe_key: str
    #: Order is kept within a lane: the conversation, or else the person. None = no order.
    lane: str | None
    #: The provider's id of the person who did it, or None when it is not known.
    actor_id: str | None
    #: Our own page or bot did it; such events start no rule unless its trigger asks for them.
    is_self: bool
    #: Milliseconds since 1970, or None when the provider does not say.
    occurred_at: int | None
    body: dict[str, Any]
    #: The key of what we said, when this is its echo; see `Provider.echo_of`.
    echo: str | None = None
    #: All ids of this person, as the provider names them; empty where it names only one.
    same_person: tuple[str, ...] = ()
    #: The connection of its account, where the connection that reads it names several.
    connection: str | None = None


@record
class Event:
    """One thing that happened, as it is stored and as rules see it in `body`."""

    id: int
    delivery_id: int
    connection: str
    provider: str
    type: str
    dedupe_key: str
    lane: str | None
    #: `connection:actor id`, the key of the contact; None when the person is not known.
    contact: str | None
    is_self: bool
    occurred_at: int | None
    received_at: int
    body: Mapping[str, Any]
    #: The key of what we said, when this is its echo.
    echo: str | None = None
    #: Ids that are one person's, without their connection.
    same_person: tuple[str, ...] = ()

    @property
    def is_emptied(self) -> bool:
        """Whether retention has removed everything but its key: an event that came in always has a
        body.
        """
        return not self.body

    @property
    def is_emitted(self) -> bool:
        """Whether a rule has raised it, so that no person has written or done anything."""
        return "emitted" in self.body

    @property
    def is_receipt(self) -> bool:
        """Whether it is a report about our own message, so that its person has written nothing."""
        return self.type in _RECEIPTS

    @property
    def window_opens_at(self) -> int | None:
        """The start of the time in which the platform lets us write to its person; None for
        comments, likes and receipts, which do not open it.

        It begins when the platform says that it happened, which may be long before its receipt.
        """
        if self.type not in _OPEN_WINDOW or self.is_self or self.is_made_here:
            return None
        conversation = self.body.get("conversation")
        if isinstance(conversation, Mapping) and conversation.get("kind") == "group":
            return None
        happened_at = self.received_at if self.occurred_at is None else self.occurred_at
        return min(happened_at, self.received_at)

    @property
    def deleted_place(self) -> str | None:
        """The key of the comment, post or message that it says was deleted; see `places_of`."""
        if self.type not in _DELETED:
            return None
        kind = self.type.partition(".")[0]
        return next((it for it in places_of(self.body) if it.startswith(f"{kind} ")), None)

    @property
    def is_made_here(self) -> bool:
        """Whether this server has made it, so that its person has written nothing: a click on a
        link does not open the platform's time for messages.
        """
        return self.type in (SCHEDULE_CONTACT, LINK_CLICKED) or "emitted" in self.body

    @property
    def unnamed_account(self) -> str | None:
        """The account that sent it, if its connection names accounts and not this one."""
        page = self.body.get("page")
        if not isinstance(page, dict) or page.get("is_named") is not False:
            return None
        return str(page.get("id"))

    @property
    def answered(self) -> str | None:
        """The key of the contact, if this event says that somebody of ours has written to them by
        hand.

        A provider says so with `message.sent_by: human` in a `message.sent`, whose conversation has
        the id of the person.
        """
        if not self.is_self or self.type != "message.sent":
            return None
        person = answered_by_hand(self.body)
        return f"{self.connection}:{person}" if person else None


def answered_by_hand(body: Mapping[str, Any]) -> str | None:
    """The person to whom somebody of ours has written by hand, of the body of a `message.sent`."""
    message, conversation = body.get("message"), body.get("conversation")
    if not isinstance(message, dict) or message.get("sent_by") != "human":
        return None
    return conversation.get("id") if isinstance(conversation, dict) else None


def places_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of the places below which an answer to an event appears, from the inside out: its
    message, or its comment, the comment above it and the post.
    """
    ids = {
        name: part["id"]
        for name in ("message", "comment", "parent", "post", "conversation")
        if isinstance(part := body.get(name), Mapping) and part.get("id") is not None
    }
    if "message" in ids:
        # Some platforms number the messages of each conversation anew.
        return (f"message {ids.get('conversation', '')} {ids['message']}",)
    kinds = {"comment": "comment", "parent": "comment", "post": "post"}
    return tuple(f"{kind} {ids[name]}" for name, kind in kinds.items() if name in ids)


def lacked_part(event: Mapping[str, Any]) -> EventPart | None:
    """The part that the body of an event names and does not carry; None where it is whole.

    The event of a post without words carries null. A test of rules may give some answers alone.
    """
    post, lead = event.get(POST), event.get(LEAD)
    if isinstance(post, Mapping) and post.get("id") is not None and PART_KEYS[POST] not in post:
        return POST
    if isinstance(lead, Mapping) and lead.get("id") is not None and lead.keys() <= OF_EVERY_LEAD:
        return LEAD
    return None


def with_part(
    event: Mapping[str, Any], part: EventPart, found: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The body of an event with its missing part; None if the part was not found."""
    found = {PART_KEYS[part]: None} if found is None else found
    named = {**event[part], **found}
    if part == POST:
        return {**event, part: named}
    # Someone who fills in a form has the name that they write there.
    answers: Mapping[str, Any] = found[PART_KEYS[part]] or {}
    actor, name = event.get("actor") or {}, lead_name(answers)
    known = {"actor": {**actor, "name": name}} if name and not actor.get("name") else {}
    return {**event, **known, part: {**answers, **named}}


def lead_name(answers: Mapping[str, Any]) -> str | None:
    """The name of a person in the answers to a form; None where it does not ask for one."""
    parts = (answers.get("first_name"), answers.get("last_name"))
    return answers.get("full_name") or " ".join(part for part in parts if part) or None
