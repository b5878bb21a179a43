"""The inbox: each conversation and each comment with what became of it, as a view of the log.

Nothing is counted while events come in. The newest events are read when somebody looks, and a
line's state follows from the messages of rules and colleagues after it. Only the marks of
colleagues are stored beside them.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, Literal, get_args

from automator.caches import SizedCache
from automator.clock import ms_of
from automator.engine.figures.buying_signs import BuyingSigns
from automator.model import DAY_MS, Outcome, Run, RunState, Waits, hook_of, record
from automator.model.log_filters import EventFilter
from automator.model.run import BY_HAND
from automator.store import EventRow, Log, RunRow
from automator.store.contacts.contacts import Mark, MarkState
from automator.store.log.people_log import Reply, is_looked_after_by

#: What became of a line. `answered` by a rule or by hand, `planned` while a rule is about to.
LineState = Literal["unanswered", "planned", "answered", "waiting", "done", "blocked"]
#: What became of a message that a colleague wrote here; `unknown`: it may or may not be sent.
Fate = Literal["sent", "waits", "lost", "unknown"]
#: The filter for lines; "" selects all that are neither waiting nor done.
Wanted = Literal["", "unanswered", "waiting", "done"]
WANTED: tuple[Wanted, ...] = get_args(Wanted)
#: A reply to a message may come from the run of an earlier event, which asked a question or planned
#: a follow-up: of events that came in at most so many milliseconds before.
_REPLIED_WITHIN_MS = DAY_MS
#: How many days back buyers are looked for, and in how many of the newest lines.
_BUYER_DAYS, _MOST_LOOKED_AT = 7, 200
#: For how many seconds the found buyers hold.
_FRESH_S = 3.0
#: How many of a person's unanswered messages are judged: the newest, within so many milliseconds.
_MOST_JUDGED, _JUDGED_MS = 5, DAY_MS
#: How many lines are made first, how many are read for one page, how many events a search finds.
_PORTION, _MOST_READ, _MOST_FOUND = 60, 300, 200
_KEPT_BYTES, _SIGNS_BYTES = 2_000_000, 200


@record
class InboxFilter:
    """Selects lines. A field that is "" selects every line."""

    #: The name of a connection. If it has several accounts, all of them are meant.
    connection: str = ""
    state: Wanted = ""
    #: The colleague who looks after the person.
    assignee: str = ""
    #: Words in what somebody wrote, or of their name.
    text: str = ""

    @property
    def marked(self) -> str:
        """The mark that all selected lines have; "" if they need none."""
        return self.state if self.state in get_args(MarkState) else ""

    def admits(self, line: "Line") -> bool:
        """Whether the filter selects a line, apart from its connection and its words."""
        if not self.is_of_colleague(line.facts):
            return False
        if self.state:
            return line.state == self.state
        return bool(self.text) or line.state not in ("waiting", "done")

    def is_of_colleague(self, facts: Mapping[str, Any]) -> bool:
        """Whether the wanted colleague looks after the person with these facts."""
        return not self.assignee or bool(facts and is_looked_after_by(facts, self.assignee))


@record
class Line:
    """A line of the inbox: a conversation, or the comments below one top comment."""

    #: The person's newest event.
    latest: EventRow
    #: The event that the line shows: the newest unanswered one that shows a wish to buy, or the
    #: newest of all.
    asked: EventRow
    #: The person in the form that rules see; empty if unknown.
    facts: Mapping[str, Any]
    state: LineState
    #: The latest reply after the person's newest event; its rule is `BY_HAND` for a colleague's.
    reply: Reply | None = None
    #: The latest message that a colleague wrote here, if it has not been sent and nothing later
    #: has answered.
    unsent: RunRow | None = None
    mark: Mark | None = None
    is_buyer: bool = False
    #: Of an unanswered line: the runs that the shown event has started.
    runs: Sequence[RunRow] = ()

    @property
    def thread(self) -> str:
        """The key of the line."""
        return self.latest.thread or ""

    @property
    def is_comment(self) -> bool:
        """Whether it is about comments, which everybody sees."""
        return self.latest.thread != self.latest.contact

    @property
    def name(self) -> str:
        """The person's name, or else the id at the platform; "" if neither is known."""
        known_as = self.facts.get("name") or self.latest.actor_name
        return str(known_as or (self.latest.contact or "").partition(":")[2])


class Inbox:
    """Makes lines of what is stored. For any thread; all methods block."""

    def __init__(self, log: Log, signs: Mapping[str, str], providers: Collection[str]) -> None:
        """`signs`: the buying signs of the settings. `providers`: those whose customers write."""
        self._log = log
        self._signs = BuyingSigns(signs)
        self._providers = sorted(providers)
        self._shown: SizedCache[int, tuple[str, ...]] = SizedCache(_KEPT_BYTES)
        #: What pages find out about events that nobody has answered, by the ids of the events.
        self.nearest: SizedCache[int, Any] = SizedCache(_KEPT_BYTES)
        self._making = Lock()
        self._buyers: Sequence[Line] = ()
        self._found_at = -_FRESH_S

    @property
    def is_used(self) -> bool:
        """Whether there is a connection through which customers write."""
        return bool(self._providers)

    def forget(self) -> None:
        """Has the buyers looked for anew, after a change made here."""
        self._found_at = -_FRESH_S

    def buyers(self, now_ms: int) -> Sequence[Line]:
        """The people who show that they want to buy and whom nobody has answered, newest first.

        The newest lines of the last days are looked at.
        """
        self._look_for_buyers(now_ms)
        return self._buyers

    def _look_for_buyers(self, now_ms: int) -> Sequence[Line]:
        """The lines that were looked at for buyers just now; none if earlier buyers still hold."""
        with self._making:
            if not self.is_used or time.monotonic() - self._found_at < _FRESH_S:
                return ()
            rows, _ = self._latest(InboxFilter(), None, _MOST_LOOKED_AT)
            since_ms = now_ms - _BUYER_DAYS * DAY_MS
            found = self.lines([row for row in rows if row.received_at >= since_ms])
            self._buyers = [one for one in found if one.is_buyer and one.state == "unanswered"]
            self._found_at = time.monotonic()
            return found

    def page(
        self, wanted: InboxFilter, now_ms: int, *, before: int | None = None, limit: int
    ) -> tuple[list[Line], int | None]:
        """A page of lines: buyers without an answer first, then by time.

        Also returns the `before` of the next page. A page can be short although more follow.
        """
        if wanted.text:
            return self._found(wanted)[:limit], None
        # A marked line is no unanswered one, so no buyer.
        looked_at = () if wanted.marked else self._look_for_buyers(now_ms)
        made = {one.latest.id: one for one in looked_at}
        buyers = () if wanted.marked else self._buyers
        shown = {one.thread for one in buyers}
        lines = [
            one
            for one in buyers
            if before is None and wanted.admits(one) and _is_of(wanted.connection, one)
        ]
        others: list[Line] = []
        # Who looks after a person is known before the replies are read, which takes much longer.
        for size in (_MOST_READ,) if wanted.assignee else (_PORTION, _MOST_READ - _PORTION):
            rows, before = self._latest(wanted, before, size)
            fresh = [row for row in self._of_colleague(wanted, rows) if row.thread not in shown]
            for some in (fresh[:_PORTION], fresh[_PORTION:]):
                new = self.lines([row for row in some if row.id not in made])
                made |= {one.latest.id: one for one in new}
                others += filter(wanted.admits, [made[row.id] for row in some])
                if len(others) > limit:
                    others = others[:limit]
                    return [*lines, *others], others[-1].latest.id
            if before is None:
                break
        return [*lines, *others], before

    def line(self, thread: str) -> Line | None:
        """The line of one thread; None if nobody has written there."""
        return next(iter(self.lines(self._log.latest_in_threads([thread]))), None)

    def lines(self, rows: Sequence[EventRow]) -> list[Line]:
        """The lines of these threads, each given by the person's newest event."""
        if not rows:
            return []
        keys = {row.contact for row in rows if row.contact}
        known = self._log.known_people(keys)
        marks = self._log.marks([row.thread for row in rows if row.thread])
        replies, unsent = self._replies_to(rows, keys, known)
        lines = [
            _line(
                row,
                known.get(row.contact or "", {}),
                replies[row.id],
                unsent.get(row.id),
                marks.get(row.thread or ""),
            )
            for row in rows
        ]
        silent = [one for one in lines if one.state == "unanswered"]
        judged = self._judged(silent, replies)
        return [judged.get(one.thread, one) for one in lines]

    def _latest(
        self, wanted: InboxFilter, before: int | None, limit: int
    ) -> tuple[list[EventRow], int | None]:
        return self._log.latest_of_threads(
            self._providers,
            before=before,
            limit=limit,
            connection=wanted.connection,
            marked=wanted.marked,
        )

    def _of_colleague(self, wanted: InboxFilter, rows: Sequence[EventRow]) -> Sequence[EventRow]:
        """The rows of people whom the wanted colleague looks after; all if none is wanted."""
        if not wanted.assignee:
            return rows
        known = self._log.known_people({row.contact for row in rows if row.contact})
        return [row for row in rows if wanted.is_of_colleague(known.get(row.contact or "", {}))]

    def _found(self, wanted: InboxFilter) -> list[Line]:
        rows = self._log.events(EventFilter(text=wanted.text), limit=_MOST_FOUND)
        threads = {row.thread for row in rows if row.thread and row.provider in self._providers}
        found = self.lines(self._log.latest_in_threads(threads))
        return [one for one in found if _is_of(wanted.connection, one) and wanted.admits(one)]

    def _replies_to(
        self, rows: Sequence[EventRow], keys: set[str], known: Mapping[str, Any]
    ) -> tuple[dict[int, list[Reply]], dict[int, RunRow]]:
        """The last replies to each row, by its id: private ones, below comments, and by hand.

        Also the latest message by hand to each row, if it has not been sent. Earlier replies are
        left out then.
        """
        since_ms = max(0, min(row.received_at for row in rows) - _REPLIED_WITHIN_MS)
        several = self._log.people_with_several_keys(keys)
        all_keys = keys | {one for of_one in several.values() for one in of_one}
        private = self._log.last_replies(all_keys, since_ms, in_public=False)
        comments = {row.thread for row in rows if row.thread and row.thread != row.contact}
        public = self._log.last_replies(comments, since_ms, in_public=True)
        own = self._log.own_comments_in(comments)
        written = self._log.written_by_hand(all_keys, since_ms)
        found: dict[int, list[Reply]] = {}
        unsent: dict[int, RunRow] = {}
        for row in rows:
            thread, contact = row.thread or "", row.contact or ""
            of_person = several.get(contact, (contact,))
            replies = [*public.get(thread, ())]
            for key in of_person:
                replies += private.get(key, ())
            by_hand = known.get(contact, {}).get("human_reply_at")
            times = [own[thread]] if thread in own else []
            times += [ms_of(by_hand)] if by_hand else []
            replies += [Reply(at=at, rule=BY_HAND) for at in times]
            of_line = [written[key] for key in {thread, *of_person} if key in written]
            last = max(of_line, key=lambda one: one.id, default=None)
            at = 0 if last is None else last.run.created_at
            if last is not None and at >= row.received_at and fate_of(last.run) != "sent":
                replies = [one for one in replies if one.at > at]
                if not replies:
                    unsent[row.id] = last
            found[row.id] = replies
        return found, unsent

    def _judged(
        self, silent: Sequence[Line], replies: Mapping[int, Sequence[Reply]]
    ) -> dict[str, Line]:
        """Unanswered lines with the shown event, whether it is a buyer's, and its runs; by key."""
        last = {
            one.thread: max(
                one.latest.received_at - _JUDGED_MS,
                *(reply.at for reply in replies[one.latest.id]),
                0,
            )
            for one in silent
        }
        written: dict[str, list[EventRow]] = {}
        for row in self._log.written_since(last):
            written.setdefault(row.thread or "", []).append(row)
        signs = self._signs_of(row.id for rows in written.values() for row in rows[:_MOST_JUDGED])
        asked: dict[str, EventRow] = {}
        for one in silent:
            rows = written.get(one.thread, ())[:_MOST_JUDGED]
            asked[one.thread] = next((row for row in rows if signs.get(row.id)), one.latest)
        runs: dict[int, list[RunRow]] = {}
        for run in self._log.runs_of_events([row.id for row in asked.values()]):
            runs.setdefault(run.run.event_id, []).append(run)
        found = {}
        for one in silent:
            row = asked[one.thread]
            started = runs.get(row.id, [])
            found[one.thread] = replace(
                one,
                asked=row,
                is_buyer=bool(signs.get(row.id)),
                runs=started,
                state="planned" if any(map(_is_planned, started)) else "unanswered",
            )
        return found

    def _signs_of(self, event_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """The buying signs in events; kept, because an event does not change."""
        ids = list(event_ids)
        found = {one: signs for one in ids if (signs := self._shown.get(one)) is not None}
        missing = [one for one in ids if one not in found]
        for event in self._log.events_with_ids(missing).values() if missing else ():
            found[event.id] = self._signs.of(event)
            self._shown.put(event.id, found[event.id], _SIGNS_BYTES)
        return found


def fate_of(run: Run) -> Fate:
    """The fate of the message of a run by hand."""
    if not run.state.is_final:
        return "waits"
    if run.outcome is Outcome.ANSWERED:
        return "sent"
    is_unknown = run.state is RunState.UNKNOWN or run.outcome is Outcome.MAYBE_SENT
    return "unknown" if is_unknown else "lost"


def _line(
    row: EventRow,
    facts: Mapping[str, Any],
    replies: Sequence[Reply],
    unsent: RunRow | None,
    mark: Mark | None,
) -> Line:
    after = [one for one in replies if one.at >= row.received_at]
    # Platforms report the replies of rules as comments of the account, a moment later.
    by_rules = [one for one in after if one.rule != BY_HAND]
    reply = max(by_rules or after, key=lambda one: one.at, default=None)
    state: LineState = "unanswered" if reply is None else "answered"
    if unsent is not None and fate_of(unsent.run) == "waits":
        state = "planned"
    if facts.get("blocked"):
        state = "blocked"
    if mark is not None and mark.event_id < row.id:
        mark = None
    return Line(
        latest=row,
        asked=row,
        facts=facts,
        state=mark.state if mark else state,
        reply=reply,
        unsent=unsent,
        mark=mark,
    )


def _is_planned(row: RunRow) -> bool:
    """Whether a rule is still to answer by itself, and waits for nobody's approval."""
    run = row.run
    return not run.state.is_final and not run.is_shadow and run.waits_for is not Waits.APPROVAL


def _is_of(connection: str, line: Line) -> bool:
    name = line.latest.connection
    return connection in ("", name, hook_of(name))
