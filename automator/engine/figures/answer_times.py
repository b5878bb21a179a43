"""Computes how fast people are answered: which inquiries were answered, how soon, and by whom.

An inquiry begins with a private message of a person who is not waiting already. The first message
to them within a day answers it, whether from a rule or from a colleague. Until then it is open, and
after that day it is unanswered. A day is how long Meta's platforms let a Page answer. Zalo allows
two days, but answers on the second day count as exceptions.

Nothing is counted while events come in: the newest events are read when somebody asks.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from heapq import merge
from typing import Any

from automator.clock import iso_time
from automator.model import DAY_MS, record
from automator.store import Log
from automator.store.log.figures.answer_log import Exchanges, Spoken

#: After how many milliseconds without an answer an inquiry counts as unanswered.
ANSWERED_WITHIN_MS = DAY_MS
#: The periods that a page offers, in days.
PERIODS = (1, 7, 30)
#: Up to how many milliseconds a wait is short; below, middle. All others are long.
QUICK_MS = 5 * 60_000
SOON_MS = 60 * 60_000
#: How many inquiries an hour of the day needs before its waits mean anything.
_ENOUGH = 3


@record(kw_only=False)
class Inquiry:
    """A person's inquiry, and its answer."""

    contact: str
    at: int
    #: Milliseconds until the first answer; None if there was none.
    waited: int | None
    by_hand: bool
    #: Whether there is no answer yet, but there may still be one in time.
    is_open: bool

    @property
    def connection(self) -> str:
        """The connection through which the person wrote."""
        return self.contact.partition(":")[0]


@record(kw_only=False)
class WaitTimes:
    """The waits for first answers."""

    count: int
    #: The waits that half of the people, and nine tenths, did not exceed; None if nobody was
    #: answered.
    median_ms: int | None
    late_ms: int | None

    @classmethod
    def of(cls, waits: Iterable[int]) -> "WaitTimes":
        """Computes the figures from these waits."""
        ordered = sorted(waits)
        return cls(len(ordered), _share_of(ordered, 0.5), _share_of(ordered, 0.9))


@record
class Answers:
    """The figures of a group of inquiries."""

    #: The group: a day as in 2026-11-27, a connection, or an hour of the day; "" for all inquiries.
    key: str = ""
    inquiries: int
    answered: WaitTimes
    by_rules: WaitTimes
    by_people: WaitTimes
    open: int
    unanswered: int
    #: How many waited less than five minutes; below, less than an hour, and longer.
    quick: int
    soon: int
    late: int
    #: The median of all waits that are over; an unanswered inquiry counts as a wait of a day.
    typical_ms: int | None

    @property
    def percent(self) -> int | None:
        """The percentage of answered inquiries, of all inquiries that are no longer open."""
        over = self.answered.count + self.unanswered
        return round(100 * self.answered.count / over) if over else None


@record
class AnswerTimes:
    """The figures of a period: in all, by day, by connection and by hour."""

    since_ms: int
    until_ms: int
    #: Whether older events of the period were left out, because there are too many.
    is_cut: bool
    all: Answers
    #: Days with inquiries, the newest first.
    days: Sequence[Answers]
    connections: Sequence[Answers]
    #: Figures for all 24 hours of the day, by when the inquiry began on the reader's clock.
    hours: Sequence[Answers]

    @property
    def longest(self) -> Answers | None:
        """The hour in which people waited longest, if it clearly differs from the others."""
        busy = [
            one for one in self.hours if one.typical_ms is not None and one.inquiries >= _ENOUGH
        ]
        found = max(busy, key=lambda one: one.typical_ms or 0, default=None)
        usual = self.all.typical_ms
        if found is None or usual is None or len(busy) < 2:
            return None
        return found if (found.typical_ms or 0) > usual else None

    def as_json(self) -> dict[str, Any]:
        """The figures in the form of the API."""
        return {
            "since": iso_time(self.since_ms),
            "until": iso_time(self.until_ms),
            "is_cut": self.is_cut,
            **_as_json(self.all),
            "days": [{"day": one.key, **_as_json(one)} for one in self.days],
            "connections": [{"connection": one.key, **_as_json(one)} for one in self.connections],
            "hours": [{"hour": int(one.key), **_as_json(one)} for one in self.hours],
        }


def answer_times(
    log: Log, now_ms: int, zone: tzinfo, *, days: int, connection: str, most: int
) -> AnswerTimes:
    """Computes the answers to people within the last `days`, from at most `most` events. Blocks.

    `connection`: only this connection; "" means all of them.
    """
    found = log.exchanges(now_ms - days * DAY_MS, most, connection)
    inquiries = [*_inquiries(found, now_ms)]
    left = {one.contact for one in inquiries if one.waited is None}
    known = log.known_of_waiting(left)
    told = (_as_known(one, known.get(one.contact)) for one in inquiries)
    inquiries = [one for one in told if one is not None]

    def clock(one: Inquiry) -> datetime:
        return datetime.fromtimestamp(one.at // 1000, zone)

    by_hour = _by(inquiries, lambda one: f"{clock(one).hour:02}")
    return AnswerTimes(
        since_ms=found.since_ms,
        until_ms=now_ms,
        is_cut=found.is_cut,
        all=_answers(inquiries),
        days=_parts(_by(inquiries, lambda one: f"{clock(one):%Y-%m-%d}"))[::-1],
        connections=_parts(_by(inquiries, lambda one: one.connection)),
        hours=_parts({f"{hour:02}": by_hour.get(f"{hour:02}", []) for hour in range(24)}),
    )


def _inquiries(found: Exchanges, now_ms: int) -> Iterator[Inquiry]:
    """Yields every inquiry with its answer, in the order in which the inquiries ended."""
    # When each person's open inquiry began.
    since: dict[str, int] = {}
    for one, speaker in merge(
        ((one, "") for one in found.written),
        ((one, "rule") for one in found.by_rules),
        ((one, "person") for one in found.by_people),
        key=lambda item: item[0].at,
    ):
        asked = since.get(one.contact)
        is_late = asked is not None and one.at - asked > ANSWERED_WITHIN_MS
        if asked is not None and (speaker or is_late):
            del since[one.contact]
            yield _inquiry(one, asked, by_hand=speaker == "person", is_late=is_late)
        if not speaker and (asked is None or is_late):
            since[one.contact] = one.at
    for contact, asked in since.items():
        is_open = now_ms - asked <= ANSWERED_WITHIN_MS
        yield Inquiry(contact, asked, None, by_hand=False, is_open=is_open)


def _inquiry(ended_by: Spoken, asked: int, *, by_hand: bool, is_late: bool) -> Inquiry:
    waited = None if is_late else ended_by.at - asked
    return Inquiry(ended_by.contact, asked, waited, by_hand=by_hand, is_open=False)


def _as_known(inquiry: Inquiry, known: tuple[bool, int | None] | None) -> Inquiry | None:
    """Adds what the contact of its person says to an inquiry; None if the person is blocked.

    Nobody is to answer a blocked person. A colleague may have answered outside of this server and
    noted that here.
    """
    if inquiry.waited is not None or known is None:
        return inquiry
    is_blocked, by_hand_at = known
    if is_blocked:
        return None
    if by_hand_at is None or not inquiry.at <= by_hand_at <= inquiry.at + ANSWERED_WITHIN_MS:
        return inquiry
    return replace(inquiry, waited=by_hand_at - inquiry.at, by_hand=True, is_open=False)


def _by(inquiries: Iterable[Inquiry], key: Callable[[Inquiry], str]) -> dict[str, list[Inquiry]]:
    found: defaultdict[str, list[Inquiry]] = defaultdict(list)
    for one in inquiries:
        found[key(one)].append(one)
    return found


def _parts(groups: Mapping[str, Sequence[Inquiry]]) -> list[Answers]:
    return [_answers(groups[key], key) for key in sorted(groups)]


def _answers(inquiries: Sequence[Inquiry], key: str = "") -> Answers:
    rules = [one.waited for one in inquiries if one.waited is not None and not one.by_hand]
    people = [one.waited for one in inquiries if one.waited is not None and one.by_hand]
    waits = [*rules, *people]
    is_open = sum(one.is_open for one in inquiries)
    unanswered = len(inquiries) - len(waits) - is_open
    quick = sum(wait < QUICK_MS for wait in waits)
    soon = sum(QUICK_MS <= wait < SOON_MS for wait in waits)
    return Answers(
        key=key,
        inquiries=len(inquiries),
        answered=WaitTimes.of(waits),
        by_rules=WaitTimes.of(rules),
        by_people=WaitTimes.of(people),
        open=is_open,
        unanswered=unanswered,
        quick=quick,
        soon=soon,
        late=len(waits) - quick - soon,
        typical_ms=WaitTimes.of([*waits, *[ANSWERED_WITHIN_MS] * unanswered]).median_ms,
    )


def _share_of(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value that at least this share of all values does not exceed."""
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None


def _as_json(answers: Answers) -> dict[str, Any]:
    return {
        "inquiries": answers.inquiries,
        "percent": answers.percent,
        "open": answers.open,
        "unanswered": answers.unanswered,
        **{
            name: {"count": part.count, "median_ms": part.median_ms, "p90_ms": part.late_ms}
            for name, part in (
                ("answered", answers.answered),
                ("by_rules", answers.by_rules),
                ("by_people", answers.by_people),
            )
        },
    }
