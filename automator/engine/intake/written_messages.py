"""Takes in messages that people of the shop write to a contact: each becomes an event and a run.

The event and the run are stored in one commit. Then the message is sent like a message of a rule:
with retries, with attempts in the log, and with an outcome.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from automator.clock import Clock, ms_of
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import written_event, written_key
from automator.engine.intake.typed_texts import checked_picture, checked_text
from automator.engine.rulesets.rulebook import RuleBook
from automator.model import (
    N_,
    ConflictError,
    Event,
    IdSource,
    MessagingPolicy,
    NewRun,
    Reason,
    UsageError,
    format_id,
    record,
)
from automator.model.log_filters import EventFilter, RunFilter
from automator.model.run import BY_HAND
from automator.model.text_helpers import TextUnit
from automator.plugins import Provider
from automator.plugins.outgoing import time_of
from automator.reasons.attempts import messages_by_hand
from automator.reasons.attempts.actions import private_reply_too_late, reply_too_late
from automator.store import Store

#: How a message by hand is sent: to the conversation, below a comment, or as the private message
#: that a comment allows.
WrittenAs = Literal["message", "reply", "private_reply"]
#: How many characters a message may have, if the platform has no lower limit.
_MOST_TEXT: Final = 2_000
#: How many messages one person may get within a minute.
MOST_IN_A_MINUTE: Final = 20
_MINUTE_MS: Final = 60_000
#: How many characters the key `once` of a message may have.
_MOST_KEY: Final = 100
#: The ways to answer a comment.
_AT_COMMENTS: Final[tuple[WrittenAs, ...]] = ("reply", "private_reply")

logger = logging.getLogger(__name__)


@record
class Room:
    """The limits for a message to a person now."""

    #: How long the text may be; below, the unit of the length.
    most: int
    unit: TextUnit
    #: Until when the platform accepts the message, in milliseconds; None if unlimited or unknown.
    until_ms: int | None
    #: Whether only people may still write, because the time for messages of rules is over.
    is_late: bool


@record
class Way:
    """A way to answer somebody now, with its limits; or the reason why it is closed."""

    kind: WrittenAs
    room: Room | Reason

    @property
    def is_open(self) -> bool:
        """Whether a message can be sent in this way."""
        return isinstance(self.room, Room)


@record
class Written:
    """A stored message, and the run that sends it. A repeated message has the first one's run."""

    event_id: int
    run_id: int | None
    is_new: bool


@record
class WrittenMessages:
    """Takes in handwritten messages. One instance per process, on the event loop."""

    connections: Mapping[str, Provider]
    intake: Intake
    rulebook: RuleBook
    store: Store
    clock: Clock
    ids: IdSource

    def ways(
        self, connection: str, contact: Mapping[str, Any], comment: Event | None = None
    ) -> list[Way]:
        """The ways to answer a contact, or a comment of theirs, with the usual one first."""
        provider, now_ms = self.connections.get(connection), self.clock.now_ms()
        can_write = provider is not None and _can_send("message", provider)
        room = room_of(provider, contact, now_ms) if provider and can_write else None
        message = Way(
            kind="message", room=room or messages_by_hand.no_way_to_write(connection=connection)
        )
        if comment is None or provider is None:
            return [message]
        found = [
            Way(
                kind=kind,
                room=room_at(provider, kind, contact, comment, now_ms),
            )
            for kind in _AT_COMMENTS
            if _can_send(kind, provider)
        ]
        if contact["window_opened_at"] and message.is_open:
            # The person has written in private as well, so that no comment has to allow it.
            found = [way for way in found if way.kind == "reply"] + [message]
        return found or [message]

    async def take(
        self,
        connection: str,
        contact: Mapping[str, Any],
        text: str,
        *,
        who: str,
        once: str,
        picture: str = "",
        kind: WrittenAs = "message",
        comment: Event | None = None,
    ) -> Written:
        """Stores a message to a contact of the connection, and starts its sending.

        `comment` is the comment that it answers. A message with a `picture`, which is an address,
        needs no text. A second message with the same key `once` counts as the first.

        Raises:
            UsageError: the text is empty, too long or cannot be sent, the picture has no address,
                or the key is not valid.
            ConflictError: the contact may not be written to now.
            StoreUnavailableError: nothing could be committed.
        """
        _require_key(once)
        log, key = self.store.log, f"{connection}:{contact['id']}"
        known = await asyncio.to_thread(log.event_with_key, connection, written_key(key, once))
        if known is not None:
            return await self._first(known)
        ways = self.ways(connection, contact, comment)
        room = next((way.room for way in ways if way.kind == kind), None)
        if not isinstance(room, Room):
            raise ConflictError(room or messages_by_hand.no_way_to_write(connection=connection))
        picture = checked_picture(picture)
        text = checked_text(text, room.most, room.unit) if text.strip() or not picture else ""
        await self._require_rate(key)
        provider = self.connections[connection]
        if kind == "message" or comment is None:
            person, comment = await self._receiver(provider, key), None
        else:
            person = str((comment.body.get("actor") or {}).get("id") or contact["id"])
        delivery, parsed = written_event(
            self.ids.next(),
            self.clock.now_ms(),
            key=key,
            person=person,
            text=text,
            picture=picture,
            who=who,
            once=once,
            kind=kind,
            comment=comment,
        )
        plan = self.intake.plan(provider, delivery, parsed, contact)
        run = self._run_for(plan.event)
        plan = replace(plan, runs=(run, *plan.runs))
        (receipt,) = await self.store.ingest(delivery, [plan])
        if receipt.duplicate:
            return await self._first(receipt.event_id)
        logger.info("contact.written contact=%s run=%s by=%s", key, format_id(run.id), who)
        return Written(event_id=receipt.event_id, run_id=run.id, is_new=True)

    async def _receiver(self, provider: Provider, key: str) -> str:
        """The id under which the contact can be written to.

        Raises:
            ConflictError: the contact has no such id.
        """
        person = provider.receiver_id(await asyncio.to_thread(self._address_of, key))
        if person is None:
            raise ConflictError(messages_by_hand.no_way_to_write(connection=provider.connection))
        return person

    def _run_for(self, event: Event) -> NewRun:
        return NewRun(
            id=self.ids.next(),
            event_id=event.id,
            rule=BY_HAND,
            revision=self.rulebook.active.revision,
            # A lane for handwritten messages keeps their order, and they wait for no rule's run.
            lane=f"{event.contact} {BY_HAND}",
            contact=event.contact,
            run_at=event.received_at,
        )

    async def _first(self, event_id: int) -> Written:
        """The earlier message with the same key. Its run may have been deleted."""
        sent = RunFilter(event_id=event_id, rule=BY_HAND)
        rows = await asyncio.to_thread(self.store.log.runs, sent, limit=1)
        return Written(event_id=event_id, run_id=rows[0].id if rows else None, is_new=False)

    async def _require_rate(self, key: str) -> None:
        since_ms = self.clock.now_ms() - _MINUTE_MS
        lately = RunFilter(contact=key, rule=BY_HAND, since_ms=since_ms)
        rows = await asyncio.to_thread(self.store.log.runs, lately, limit=MOST_IN_A_MINUTE)
        if len(rows) >= MOST_IN_A_MINUTE:
            raise ConflictError(messages_by_hand.written_too_often(most=MOST_IN_A_MINUTE))

    def _address_of(self, key: str) -> str:
        """The id under which the person last wrote a message; else the id of the contact.

        A person may have several ids, for example another one for comments.
        """
        wrote = EventFilter(contact=key, type="message.received")
        rows = self.store.log.events(wrote, limit=1)
        return ((rows[0].contact if rows else None) or key).partition(":")[2]


def room_of(provider: Provider, contact: Mapping[str, Any], now_ms: int) -> Room | Reason:
    """The limits for a message to a contact through a connection that can write; a Reason if no
    message can be sent.
    """
    if contact["blocked"]:
        return messages_by_hand.write_to_blocked(since=ms_of(contact["blocked_at"]))
    if contact["opted_out"]:
        return messages_by_hand.write_to_opted_out(since=ms_of(contact["opted_out_at"]))
    policy, wrote_at = provider.policy_by_hand, time_of(contact, "window_opened_at")
    most = min((policy.message_length if policy else None) or _MOST_TEXT, _MOST_TEXT)
    unit: TextUnit = policy.unit if policy else "characters"
    if policy is None or policy.message_ms is None or wrote_at is None:
        return Room(most=most, unit=unit, until_ms=None, is_late=False)
    waited = now_ms - wrote_at
    if policy.limits_message(waited, template=None):
        return _too_late(policy, policy.message_ms, wrote_at)
    usual = provider.policy
    return Room(
        most=most,
        unit=unit,
        until_ms=wrote_at + policy.message_ms,
        is_late=usual is not None and usual.limits_message(waited, template=None),
    )


def room_at(
    provider: Provider, kind: WrittenAs, contact: Mapping[str, Any], comment: Event, now_ms: int
) -> Room | Reason:
    """The limits for an answer to a comment, below it or in private; a Reason if it is too late."""
    if contact["blocked"]:
        return messages_by_hand.write_to_blocked(since=ms_of(contact["blocked_at"]))
    in_public = kind == "reply"
    if not in_public and contact["opted_out"]:
        return messages_by_hand.write_to_opted_out(since=ms_of(contact["opted_out_at"]))
    policy = provider.policy_by_hand
    if policy is None:
        return Room(most=_MOST_TEXT, unit="characters", until_ms=None, is_late=False)
    at = comment.received_at if comment.occurred_at is None else comment.occurred_at
    within = policy.reply_ms if in_public else policy.private_reply_ms
    if within is not None and now_ms - at > within:
        too_late = reply_too_late if in_public else private_reply_too_late
        return too_late(at=at, platform=policy.platform, within=within)
    return Room(
        most=min(policy.longest(in_public=in_public) or _MOST_TEXT, _MOST_TEXT),
        unit=policy.unit,
        until_ms=None if within is None else at + within,
        is_late=False,
    )


def _require_key(once: str) -> None:
    if not 1 <= len(once) <= _MOST_KEY:
        raise UsageError(
            N_("the key of a message has {length} letters"),
            fix=N_("Send a key of 1 to {most} letters, another one for each message."),
            length=len(once),
            most=_MOST_KEY,
        )


def _can_send(kind: WrittenAs, provider: Provider) -> bool:
    return kind in provider.can_send and provider.can_answer


def _too_late(policy: MessagingPolicy, within: int, wrote_at: int) -> Reason:
    platform, longer = policy.platform, policy.by_hand_ms
    if longer is None or longer == within:
        return messages_by_hand.write_too_late(at=wrote_at, platform=platform, within=within)
    return messages_by_hand.write_too_late_for_app(
        at=wrote_at, platform=platform, within=within, longer=longer
    )
