"""Deliveries and events: a request as it came, and the events that a provider reads from it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal

from automator.model.own_events import LINK_CLICKED, SCHEDULE_CONTACT
from automator.model.reason import Reason
from automator.model.record import record

#: The types of events that report what became of a message.
_RECEIPTS = frozenset(
    {"message.delivered", "message.read", "message.failed", "whatsapp.status.sent"}
)
#: The types of events after which platforms allow messages to a person for some time: the person
#: acted in the conversation, or acted to begin one.
_OPEN_WINDOW = frozenset({
    "message.received", "button.clicked", "contact.followed", "facebook.optin", "facebook.referral",
    "instagram.optin", "instagram.referral", "zalo.user_click_chatnow", "zalo.user_call_oa",
})  # fmt: skip
#: The types of events that report that a comment, post or message was deleted.
_DELETED = frozenset({"comment.deleted", "post.deleted", "message.deleted"})
#: The parts of an event that may come without their content, which is then looked up: a post
#: without its text, and a lead without its answers.
EventPart = Literal["post", "lead"]
POST: Final = "post"
LEAD: Final = "lead"
#: The key with a part's content. It is absent while unknown, and null if it could not be found.
PART_KEYS: Final[Mapping[EventPart, str]] = {POST: "message", LEAD: "answers"}
#: Keys that every lead has. An answer with such a name is only in `event.lead.answers`.
OF_EVERY_LEAD: Final = frozenset({"id", "form_id", "ad_id"})

#: The sign between the connection and the account, in the name of an account's connection.
_OF_ACCOUNT = "."


def account_connection(connection: str, account: str) -> str:
    """Returns the name of the connection for one of several accounts: `shops.1029384756`."""
    return f"{connection}{_OF_ACCOUNT}{account}"


def hook_of(connection: str) -> str:
    """Returns the connection at whose address deliveries come in.

    It is `shops` for both `shops` and `shops.1029384756`.
    """
    return connection.partition(_OF_ACCOUNT)[0]


class Verdict(StrEnum):
    """The verdict of the intake on a delivery."""

    ACCEPTED = "accepted"
    #: Accepted although verification failed, because its connection says `verify: observe`.
    OBSERVED = "observed"
    #: Trusted, but not readable as this provider's events; stored unread.
    UNPARSABLE = "unparsable"
    #: Not trusted, too large, or over a limit; the reason says which.
    REJECTED = "rejected"


#: The verdicts of deliveries whose events were not taken in.
REFUSED = (Verdict.REJECTED, Verdict.UNPARSABLE)


@record
class Delivery:
    """One HTTP request, stored as it came."""

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
    #: The reason, unless the delivery was simply accepted.
    reason: Reason | None = None
    #: How many bytes the received body had, if only its beginning was stored; None if `body` is
    #: whole.
    full_size: int | None = None

    @property
    def reason_code(self) -> str:
        """Returns the code of the reason; "" without a reason."""
        return self.reason.code if self.reason else ""


@record
class ParsedEvent:
    """An event as a provider reads it from a delivery, before it has an id.

    `body` is the normalised event of the rule language: `text`, `actor`, `post`, `data` and so on,
    with plain JSON values only. The intake adds `id`, `type`, `provider`, `connection`,
    `occurred_at` and `received_at`; also `hops` if Automator servers have passed it on,
    `repeated_keys` if its JSON had a key twice in one object, and `emitted` if a rule has raised
    it.
    """

    type: str
    #: Unique within the connection: a second event with the same key is a duplicate.
    dedupe_key: str
    #: Events in a lane keep their order. The lane is the conversation, or else the person; None if
    #: no order is kept.
    lane: str | None
    #: The provider's id of the acting person, or None if unknown.
    actor_id: str | None
    #: Whether the account itself acted; such events start no rule unless its trigger asks for them.
    is_self: bool
    #: Milliseconds since 1970, or None if the provider does not send a time.
    occurred_at: int | None
    body: dict[str, Any]
    #: The key of this server's own message that this event echoes; see `Provider.echo_of`.
    echo: str | None = None
    #: All ids that the provider gives for this person; empty if there is only one.
    same_person: tuple[str, ...] = ()
    #: The connection of the event's account; None if the reading connection has only one account.
    connection: str | None = None

    @property
    def has_turn(self) -> bool:
        """Whether rules may be decided in the event's turn instead of when it comes in.

        Only if the event has a lane and a person can an earlier run change what the rules read.
        """
        return self.lane is not None and self.actor_id is not None


@record
class Event:
    """One thing that happened, as it is stored. `body` is what rules see."""

    id: int
    delivery_id: int
    connection: str
    provider: str
    type: str
    dedupe_key: str
    lane: str | None
    #: `connection:actor id`, the key of the contact; None if the person is unknown.
    contact: str | None
    is_self: bool
    occurred_at: int | None
    received_at: int
    body: Mapping[str, Any]
    #: The key of this server's own message that this event echoes.
    echo: str | None = None
    #: All ids of the person, without the connection; empty if there is only one.
    same_person: tuple[str, ...] = ()

    @property
    def is_emptied(self) -> bool:
        """Whether retention has deleted everything but the key: otherwise an event always has a
        body.
        """
        return not self.body

    @property
    def is_emitted(self) -> bool:
        """Whether a rule raised the event, so that no person has written or done anything."""
        return "emitted" in self.body

    @property
    def is_receipt(self) -> bool:
        """Whether the event reports on the account's own message, so that nobody wrote anything."""
        return self.type in _RECEIPTS

    @property
    def window_opens_at(self) -> int | None:
        """Returns when the time begins in which the platform allows messages to the person.

        None for comments, likes and receipts, which begin no such time. The moment is the
        platform's own time of the event, which may be long before the delivery.
        """
        if self.type not in _OPEN_WINDOW or self.is_self or self.is_made_here:
            return None
        conversation = self.body.get("conversation")
        if isinstance(conversation, Mapping) and conversation.get("kind") == "group":
            return None
        happened_at = self.received_at if self.occurred_at is None else self.occurred_at
        return min(happened_at, self.received_at)

    @property
    def thread(self) -> str | None:
        """Returns the key under which the inbox lists the event; None if it does not.

        All comments below one top comment have the key of that comment, `connection#id`. Private
        messages of a person have the key of their contact, `connection:id`.
        """
        if self.is_emitted:
            return None
        if self.type == "comment.created":
            return thread_of(self.connection, self.body)
        return self.contact if self.type == "message.received" and not self.is_self else None

    @property
    def deleted_place(self) -> str | None:
        """Returns the key of the comment, post or message that the event reports as deleted.

        `places_of` describes these keys.
        """
        if self.type not in _DELETED:
            return None
        kind = self.type.partition(".")[0]
        return next((it for it in places_of(self.body) if it.startswith(f"{kind} ")), None)

    @property
    def is_made_here(self) -> bool:
        """Whether this server made the event, so that the person has written nothing.

        A click on a link, for example, does not begin the platform's time for messages.
        """
        return self.type in (SCHEDULE_CONTACT, LINK_CLICKED) or "emitted" in self.body

    @property
    def unnamed_account(self) -> str | None:
        """Returns the account that sent the event, if the connection names others but not it."""
        page = self.body.get("page")
        if not isinstance(page, dict) or page.get("is_named") is not False:
            return None
        return str(page.get("id"))

    @property
    def answered(self) -> str | None:
        """Returns the key of the contact to whom a colleague has written by hand; else None.

        A provider reports this in a `message.sent` with `message.sent_by: human`, in which the id
        of the conversation is the person's id.
        """
        if not self.is_self or self.type != "message.sent":
            return None
        person = answered_by_hand(self.body)
        return f"{self.connection}:{person}" if person else None


def answered_by_hand(body: Mapping[str, Any]) -> str | None:
    """Returns the id of the person to whom a colleague wrote by hand, from a `message.sent`."""
    message, conversation = body.get("message"), body.get("conversation")
    if not isinstance(message, dict) or message.get("sent_by") != "human":
        return None
    return conversation.get("id") if isinstance(conversation, dict) else None


def thread_of(connection: str, body: Mapping[str, Any]) -> str | None:
    """Returns the key of a comment's thread, which is its top comment; None if there is none."""
    for name in ("parent", "comment"):
        part = body.get(name)
        if isinstance(part, Mapping) and part.get("id"):
            return f"{connection}#{part['id']}"
    return None


def places_of(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the keys of the places below which an answer to an event appears, innermost first.

    They are its message; or its comment, the comment above that, and the post.
    """
    ids = {
        name: part["id"]
        for name in ("message", "comment", "parent", "post", "conversation")
        if isinstance(part := body.get(name), Mapping) and part.get("id") is not None
    }
    if "message" in ids:
        # On some platforms the numbers of messages are unique only within a conversation.
        return (f"message {ids.get('conversation', '')} {ids['message']}",)
    kinds = {"comment": "comment", "parent": "comment", "post": "post"}
    return tuple(f"{kind} {ids[name]}" for name, kind in kinds.items() if name in ids)


def lacked_part(event: Mapping[str, Any]) -> EventPart | None:
    """Returns the part that an event names without its content; None if the event is complete.

    The event of a post without words has null as content. In a test of rules, a lead with only
    some of its answers counts as complete.
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
    """Returns an event's body with the missing part added; `found` is None if nothing was found."""
    found = {PART_KEYS[part]: None} if found is None else found
    named = {**event[part], **found}
    if part == POST:
        return {**event, part: named}
    # The name that a person writes into a form is taken as the name of the person.
    answers: Mapping[str, Any] = found[PART_KEYS[part]] or {}
    actor, name = event.get("actor") or {}, lead_name(answers)
    known = {"actor": {**actor, "name": name}} if name and not actor.get("name") else {}
    return {**event, **known, part: {**answers, **named}}


def lead_name(answers: Mapping[str, Any]) -> str | None:
    """Returns the person's name from the answers to a form; None if the form did not ask."""
    parts = (answers.get("first_name"), answers.get("last_name"))
    return answers.get("full_name") or " ".join(part for part in parts if part) or None
