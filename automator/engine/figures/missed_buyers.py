"""Finds people whose comment or message shows that they want to buy, and who were not answered.

`answer_times.py` defines which message answers a private message. Such a message also answers a
comment; so does a rule's reply below the comment, or any later comment of the account in the same
thread. Nothing is counted while events come in. When somebody asks, the newest events are read, and
only those without an answer in time are evaluated, for at most a few seconds.
"""

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from automator.clock import iso_time
from automator.engine.figures.buying_signs import BuyingSigns
from automator.model import DAY_MS, Event, format_id, record
from automator.model.event import thread_of
from automator.store import Log
from automator.store.log.figures.answer_log import Exchanges
from automator.store.log.figures.asked_log import Asked

#: The periods that the page offers, in days.
PERIODS = (1, 7, 30)
#: How many people are listed; below, for how many seconds events are evaluated.
USUAL_LISTED = 50
MOST_SECONDS = 3.0
_AT_ONCE = 200


@record
class MissedBuyer:
    """A comment or message of a person who wants to buy, and who was not answered in time."""

    event_id: int
    connection: str
    #: The key of the person; "" if the platform does not say who it was.
    contact: str
    name: str
    type: str
    text: str
    #: Milliseconds.
    at: int
    #: When the person was answered too late; None if never.
    answered_at: int | None
    #: The names of the buying signs in the text.
    signs: tuple[str, ...]
    #: The address of the post with the comment; "" if the platform does not give it.
    post_url: str

    def as_json(self) -> dict[str, Any]:
        """The buyer in the form of the API."""
        return {
            "event": format_id(self.event_id),
            "connection": self.connection,
            "contact": self.contact or None,
            "name": self.name or None,
            "type": self.type,
            "text": self.text,
            "at": iso_time(self.at),
            "answered_at": None if self.answered_at is None else iso_time(self.answered_at),
            "signs": list(self.signs),
            "post_url": self.post_url or None,
        }


@record
class MissedBuyers:
    """The missed buyers of a period; the newest come first."""

    since_ms: int
    until_ms: int
    #: Within how many milliseconds an answer was expected.
    after_ms: int
    #: Whether older events of the period were left out.
    is_cut: bool
    buyers: Sequence[MissedBuyer]


def missed_buyers(
    log: Log,
    signs: BuyingSigns,
    now_ms: int,
    *,
    days: int,
    after_ms: int,
    connection: str,
    most: int,
    listed: int = USUAL_LISTED,
    seconds: float = MOST_SECONDS,
) -> MissedBuyers:
    """Finds people of the last `days` who want to buy and had no answer within `after_ms`. Blocks.

    At most `most` of the newest events are read. `connection`: only this one; "" means all.
    """
    exchanges = log.exchanges(now_ms - days * DAY_MS, most, connection)
    asked = [
        one for one in log.asked(exchanges.first_id, connection) if one.at <= now_ms - after_ms
    ]
    answers = _Answers(log, exchanges)
    found: dict[tuple[str, str, int | None], MissedBuyer] = {}
    is_cut, deadline = exchanges.is_cut, time.monotonic() + seconds
    for one, event in _whole(log, answers.without(asked, after_ms)):
        if time.monotonic() > deadline:
            is_cut = True
            break
        answered_at = answers.to(one, event)
        is_late = answered_at is None or answered_at - one.at > after_ms
        if not (is_late and (shown := signs.of(event))):
            continue
        # Everything that a person wrote until the answer counts as one entry, from the first on.
        key = (one.contact or format_id(one.event_id), answers.place(one, event), answered_at)
        if key not in found and len(found) == listed:
            is_cut = True
            break
        found[key] = _buyer(one, event, shown, answered_at)
    return MissedBuyers(
        since_ms=exchanges.since_ms,
        until_ms=now_ms,
        after_ms=after_ms,
        is_cut=is_cut,
        buyers=tuple(found.values()),
    )


def _whole(log: Log, asked: Iterator[Asked]) -> Iterator[tuple[Asked, Event]]:
    """Yields the events of these messages, except events without content and raised by rules."""
    while some := list(islice(asked, _AT_ONCE)):
        events = log.events_with_ids([one.event_id for one in some])
        for one in some:
            event = events.get(one.event_id)
            if event is not None and not event.is_emptied and not event.is_emitted:
                yield one, event


@dataclass(slots=True)
class _Answers:
    """Knows when people were answered, in private or below their comments."""

    log: Log
    exchanges: Exchanges
    _in_private: Mapping[str, list[int]] = field(init=False)
    _below: Mapping[int, int] = field(init=False)
    _known: Mapping[str, tuple[bool, int | None]] = field(init=False, default_factory=dict)
    _threads: Mapping[str, list[int]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        said: defaultdict[str, list[int]] = defaultdict(list)
        for spoken in (*self.exchanges.by_rules, *self.exchanges.by_people):
            said[spoken.contact].append(spoken.at)
        self._in_private = {contact: sorted(times) for contact, times in said.items()}
        self._below = self.log.answers_below(self.exchanges.first_id)

    def without(self, asked: Sequence[Asked], after_ms: int) -> Iterator[Asked]:
        """Yields the messages that had no answer in time, as far as rows without the events tell.

        Messages of blocked people are left out.
        """
        left = [one for one in asked if not _is_in_time(one, self._known_answer(one), after_ms)]
        self._known = self.log.known_of_waiting({one.contact for one in left if one.contact})
        for one in left:
            is_blocked, by_hand_at = self._known.get(one.contact, (False, None))
            if not is_blocked and not _is_in_time(one, by_hand_at, after_ms):
                yield one

    def to(self, one: Asked, event: Event) -> int | None:
        """The time of the first answer to the message; None if there is none."""
        by_hand_at = self._known.get(one.contact, (False, None))[1]
        known = (self._known_answer(one), by_hand_at, self._in_thread(one, event))
        return min((at for at in known if at is not None and at >= one.at), default=None)

    def place(self, one: Asked, event: Event) -> str:
        """The key of a comment's thread; "" for a private message."""
        return (thread_of(one.connection, event.body) or "") if one.is_comment else ""

    def _known_answer(self, one: Asked) -> int | None:
        in_private = _first_after(self._in_private.get(one.contact, ()), one.at)
        below = self._below.get(one.event_id)
        return min((at for at in (in_private, below) if at is not None), default=None)

    def _in_thread(self, one: Asked, event: Event) -> int | None:
        if not one.is_comment:
            return None
        if self._threads is None:
            threads: defaultdict[str, list[int]] = defaultdict(list)
            for thread, at in self.log.own_comments(self.exchanges.first_id):
                threads[thread].append(at)
            self._threads = {thread: sorted(times) for thread, times in threads.items()}
        return _first_after(self._threads.get(self.place(one, event), ()), one.at)


def _is_in_time(one: Asked, answered_at: int | None, after_ms: int) -> bool:
    return answered_at is not None and 0 <= answered_at - one.at <= after_ms


def _first_after(times: Sequence[int], at: int) -> int | None:
    index = bisect_left(times, at)
    return times[index] if index < len(times) else None


def _buyer(
    one: Asked, event: Event, signs: tuple[str, ...], answered_at: int | None
) -> MissedBuyer:
    actor, post = event.body.get("actor") or {}, event.body.get("post") or {}
    url = post.get("url")
    return MissedBuyer(
        event_id=event.id,
        connection=event.connection,
        contact=one.contact,
        name=str(actor.get("name") or ""),
        type=event.type,
        text=str(event.body.get("text") or ""),
        at=one.at,
        answered_at=answered_at,
        signs=signs,
        post_url=url if isinstance(url, str) and url.startswith("https://") else "",
    )
