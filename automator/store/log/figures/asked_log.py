"""Reads comments and messages of people, and the replies below comments.

It reads a limited number of the newest events in the order of their ids, as `answer_log.py` does,
which finds out what was answered in private.
"""

from collections.abc import Iterator

from sqlalchemy import func, select

from automator.model import record
from automator.store.log.figures.answer_log import REALLY_SAID, UNSENT, WRITTEN, is_of
from automator.store.log.reader import Reader
from automator.store.schema.tables import attempts, events, runs

_COMMENTED = "comment.created"


@record(kw_only=False)
class Asked:
    """A private message or a comment of a person, without its text."""

    event_id: int
    connection: str
    #: The main key of the person; "" if the platform does not say who it is.
    contact: str
    #: The time in milliseconds.
    at: int
    is_comment: bool


class AskedLog(Reader):
    """Reads messages and comments of people, and the replies below comments."""

    def asked(self, first_id: int, connection: str = "") -> list[Asked]:
        """The private messages and comments of people since an event, newest first."""
        query = (
            select(
                events.c.id,
                events.c.connection,
                events.c.contact,
                events.c.received_at,
                events.c.type,
            )
            .where(
                events.c.id >= first_id,
                events.c.type.in_((WRITTEN, _COMMENTED)),
                events.c.is_self == 0,
            )
            .order_by(events.c.id.desc())
        )
        rows = [row for row in self.all_of(query) if is_of(connection, row.connection)]
        roots = self.roots({row.contact for row in rows if row.contact})
        return [
            Asked(
                row.id,
                row.connection,
                roots.get(row.contact, row.contact or ""),
                row.received_at,
                row.type == _COMMENTED,
            )
            for row in rows
        ]

    def answers_below(self, first_id: int) -> dict[int, int]:
        """For each comment since an event: when a rule first answered below it, in milliseconds.

        The keys are the ids of the comments' events.
        """
        query = (
            select(attempts.c.event_id, func.min(attempts.c.started_at))
            .join_from(attempts, events, attempts.c.event_id == events.c.id)
            .join(runs, runs.c.id == attempts.c.run_id)
            .where(
                attempts.c.id >= first_id,
                REALLY_SAID,
                events.c.type == _COMMENTED,
            )
            .group_by(attempts.c.event_id)
        )
        return {row[0]: row[1] for row in self.all_of(query)}

    def own_comments(self, first_id: int) -> Iterator[tuple[str, int]]:
        """Yields our own accounts' comments below other comments, since an event.

        Each is the key of its thread, and its time in milliseconds.
        """
        query = select(events.c.thread, events.c.received_at).where(
            events.c.id >= first_id,
            events.c.type == _COMMENTED,
            events.c.is_self == 1,
            events.c.thread.is_not(None),
            ~UNSENT,
        )
        for row in self.all_of(query):
            yield row.thread, row.received_at
