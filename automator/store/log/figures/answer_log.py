"""Reads the private messages of people, and the answers to them.

It reads a limited number of the newest events and their attempts in the order of their ids. So it
costs as little in a log of millions of events as in a small one.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import and_, case, exists, func, not_, null, select

from automator.model import AttemptStatus, Outcome, RunState, first_id_of, hook_of, record
from automator.model.event import answered_by_hand
from automator.model.own_events import SCHEDULE_CONTACT
from automator.model.run import BY_HAND
from automator.store.contacts.person_keys import contact_key
from automator.store.database.statements import KEYS, Statement
from automator.store.log.reader import Reader
from automator.store.schema.encoding import load_json
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import attempts, events, runs

WRITTEN, _SENT = "message.received", "message.sent"
#: Selects public replies: a rule's reply below a comment answers no private message.
IN_PUBLIC = and_(attempts.c.action == "reply", events.c.type.startswith("comment."))
#: Selects attempts, joined with their runs, that have sent a message to a person. Rules in shadow
#: mode send nothing.
REALLY_SAID = and_(
    attempts.c.said.is_not(None),
    attempts.c.status == AttemptStatus.OK,
    attempts.c.action != "notify",
    func.coalesce(runs.c.outcome, int(Outcome.ANSWERED)) != int(Outcome.WOULD_HAVE_SENT),
)
#: Selects events of messages that a colleague wrote here and that were certainly, or perhaps, not
#: sent. A message that still waits is not selected.
UNSENT = exists().where(
    events.c.is_self == 1,
    runs.c.event_id == events.c.id,
    runs.c.rule == BY_HAND,
    runs.c.state > int(RunState.RUNNING),
    func.coalesce(runs.c.outcome, 0) != int(Outcome.ANSWERED),
)
_LAST_IS_UNSENT = exists().where(
    events.c.contact == contacts.c.key,
    events.c.received_at == contacts.c.human_reply_at,
    UNSENT,
)
KNOWN = Statement(
    select(
        contacts.c.key,
        contacts.c.blocked_at,
        # Only for those whom a colleague answered: all events of the person are read for it.
        case(
            (contacts.c.human_reply_at.is_(None), null()),
            (~_LAST_IS_UNSENT, contacts.c.human_reply_at),
        ).label("human_reply_at"),
    ).where(contacts.c.key.in_(KEYS))
)


@record(kw_only=False)
class Spoken:
    """A private message: by a person, or to them."""

    #: The key of the person's contact.
    contact: str
    #: The time in milliseconds.
    at: int


@record
class Exchanges:
    """The messages of people in a period, and the answers to them; oldest first."""

    written: tuple[Spoken, ...]
    by_rules: tuple[Spoken, ...]
    by_people: tuple[Spoken, ...]
    #: The start of the period; later than asked for if there are too many events.
    since_ms: int
    #: The id of the first event that was read.
    first_id: int
    is_cut: bool


class AnswerLog(Reader):
    """Reads the messages of people, and the answers to them."""

    def exchanges(self, since_ms: int, most: int, connection: str = "") -> Exchanges:
        """The private messages among the newest events since a time, and the answers since then.

        At most `most` events are read. `connection`: only this one; "" means all.
        """
        first_id = first_id_of(since_ms)
        newest = select(events.c.id, events.c.received_at).where(events.c.id >= first_id)
        oldest = self.all_of(newest.order_by(events.c.id.desc()).offset(most - 1).limit(1))
        if oldest:
            first_id, since_ms = oldest[0]
        written, by_people = self._messages(first_id)
        by_rules = self._said_by_rules(first_id)
        roots = self.roots({one.contact for one in (*written, *by_rules, *by_people)})

        def wanted(found: Iterable[Spoken]) -> tuple[Spoken, ...]:
            """The messages of the connection, each with the main key of its person."""
            own = sorted(
                (roots.get(one.contact, one.contact), one.at)
                for one in found
                if is_of(connection, one.contact)
            )
            return tuple(Spoken(*one) for one in sorted(own, key=lambda item: item[1]))

        return Exchanges(
            written=wanted(written),
            by_rules=wanted(by_rules),
            by_people=wanted(by_people),
            since_ms=since_ms,
            first_id=first_id,
            is_cut=bool(oldest),
        )

    def known_of_waiting(self, keys: Collection[str]) -> dict[str, tuple[bool, int | None]]:
        """For each contact: whether they are blocked, and when a colleague last answered by hand.

        The colleague may also have only noted that somebody has answered.
        """
        with self.queries() as db:
            return {
                row.key: (row.blocked_at is not None, row.human_reply_at)
                for row in db.query_in(KNOWN, keys)
            }

    def _messages(self, first_id: int) -> tuple[list[Spoken], list[Spoken]]:
        """The messages by people, and the handwritten messages to them."""
        query = select(
            events.c.connection,
            events.c.type,
            events.c.contact,
            events.c.is_self,
            events.c.occurred_at,
            events.c.received_at,
            case((events.c.type == _SENT, events.c.body)).label("body"),
        ).where(events.c.id >= first_id, events.c.type.in_((WRITTEN, _SENT)), ~UNSENT)
        written, by_hand = [], []
        for row in self.all_of(query):
            if row.type == WRITTEN:
                if row.contact is not None and not row.is_self:
                    written.append(Spoken(row.contact, row.received_at))
            elif row.is_self and (person := answered_by_hand(load_json(row.body))):
                at = min(row.occurred_at or row.received_at, row.received_at)
                by_hand.append(Spoken(contact_key(row.connection, person), at))
        return written, by_hand

    def _said_by_rules(self, first_id: int) -> list[Spoken]:
        query = (
            select(events.c.contact, attempts.c.started_at)
            .join_from(attempts, events, attempts.c.event_id == events.c.id)
            .join(runs, runs.c.id == attempts.c.run_id)
            .where(
                attempts.c.id >= first_id,
                REALLY_SAID,
                events.c.contact.is_not(None),
                events.c.type != SCHEDULE_CONTACT,
                not_(IN_PUBLIC),
                attempts.c.rule != BY_HAND,
            )
        )
        return [Spoken(*row) for row in self.all_of(query)]


def is_of(connection: str, contact: str) -> bool:
    """Whether a contact's key, or a connection's name, belongs to this connection."""
    name = contact.partition(":")[0]
    return connection in ("", name, hook_of(name))
