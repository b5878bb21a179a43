"""Tables of state: contacts, limits, schedules, targets, and the tokens of connections."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    literal_column,
)

from automator.store.schema.table_base import Id, metadata, partial

#: People. `key` is `connection:id at the provider`, as in `events.contact`.
contacts = Table(
    "contacts",
    metadata,
    Column("key", String, primary_key=True),
    Column("name", String),
    Column("state", LargeBinary, nullable=False),
    Column("tags", LargeBinary, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_inbound_at", BigInteger),
    #: Since when the person refuses private messages; below, who recorded it.
    Column("opted_out_at", BigInteger),
    Column("opted_out_by", String),
    #: Since when no rule acts for the person; below, who blocked them.
    Column("blocked_at", BigInteger),
    Column("blocked_by", String),
    #: When a colleague last wrote to the person by hand.
    Column("human_reply_at", BigInteger),
    #: Since when the platform allows messages to the person, for a limited time.
    Column("window_opened_at", BigInteger),
    sqlite_with_rowid=False,
)

#: Further keys of a person; `contact` is the main key, whose row has the data.
contact_aliases = Table(
    "contact_aliases",
    metadata,
    Column("alias", String, primary_key=True),
    Column("contact", String, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: What colleagues have noted in the inbox about a conversation or a thread of comments.
marks = Table(
    "marks",
    metadata,
    #: As `events.thread`.
    Column("thread", String, primary_key=True),
    #: The key of the person; NULL if the platform does not say who it is.
    Column("contact", String, index=True),
    #: `waiting` or `done`.
    Column("state", String, nullable=False),
    #: The person's newest event at that time. With a later one, the mark no longer counts.
    Column("event_id", Id, nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("by_whom", String, nullable=False),
    sqlite_with_rowid=False,
)

#: The counts of `once` and `throttle`: a row for each rule, limit and key.
limits = Table(
    "limits",
    metadata,
    #: A digest of rule, limit and key.
    Column("id", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("name", String, nullable=False),
    #: The key in the form that people see, cut if it is long.
    Column("key", String, nullable=False),
    #: `[[time, run id], …]`, the oldest first.
    Column("uses", LargeBinary, nullable=False),
    #: Until when the key can hold anything back; NULL for ever.
    Column("expires_at", BigInteger),
    sqlite_with_rowid=False,
)

partial("ix_limits_expires_at", "expires_at IS NOT NULL", limits.c.expires_at)

#: The messages of the last minute to a contact, or through a connection, for budgets.
budgets = Table(
    "budgets",
    metadata,
    #: `contact KEY` or `connection NAME`.
    Column("key", String, primary_key=True),
    #: JSON: the times of the last messages, ascending.
    Column("times", LargeBinary, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Echoes: some that runs wait for, and some that came before a run waited for them. Also comments,
#: posts and messages that were deleted.
echoes = Table(
    "echoes",
    metadata,
    #: A key made of the connection and the message, or of the deleted place.
    Column("key", String, primary_key=True),
    Column("run_id", Id),
    Column("event_id", Id),
    #: When the echo came in.
    Column("echoed_at", BigInteger),
    #: When the row was last changed; one year later for a deleted place, so that it is kept longer.
    Column("at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: One row for each rule with a schedule, while it is in force.
schedules = Table(
    "schedules",
    metadata,
    Column("rule", String, primary_key=True),
    #: The newest revision with the rule. An older revision does not change the row any more.
    Column("revision", Integer, nullable=False),
    #: The definition of the schedule's times. With another definition, the schedule begins anew.
    Column("definition", String, nullable=False),
    #: All times up to this one are done: fired, skipped, or before the rule existed.
    Column("done_until", BigInteger, nullable=False),
    Column("last_fire", BigInteger),
    Column("last_skipped", BigInteger),
    sqlite_with_rowid=False,
)

#: Firings: for each fire of a schedule for people, how far it has come among the contacts.
firings = Table(
    "firings",
    metadata,
    #: The id of the event with which the schedule has fired.
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("rule", String, nullable=False),
    #: The revision of the rules by which it has fired.
    Column("revision", Integer, nullable=False),
    Column("scheduled_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    #: The key of the last contact that was looked at.
    Column("cursor", String, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("started", Integer, nullable=False),
    #: JSON: why contacts were left out, and how many.
    Column("skipped", LargeBinary, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("stopped_by", String, nullable=False),
)
Index("ix_firings_rule", firings.c.rule, firings.c.id)

_GOES = "state = 0"
#: Selects firings that are not over.
FIRING_GOES: ColumnElement[bool] = literal_column(f"firings.{_GOES}")
partial("ix_firings_going", _GOES, firings.c.id)

#: The latest event that ends waits with a key. An event that happened before it, and begins such a
#: wait, may come in after it.
absence_ends = Table(
    "absence_ends",
    metadata,
    Column("wait_key", String, primary_key=True),
    Column("connection", String, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("event_id", Id, nullable=False),
    Column("type", String, nullable=False),
    sqlite_with_rowid=False,
)

#: The tokens of connections that have to be renewed, encrypted.
connection_tokens = Table(
    "connection_tokens",
    metadata,
    Column("connection", String, primary_key=True),
    Column("access", LargeBinary, nullable=False),
    Column("refresh", LargeBinary, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("lives_s", BigInteger, nullable=False),
    Column("origins", String, nullable=False),
    Column("leased_until", BigInteger),
    #: Why the access can no longer be renewed; NULL if it can.
    Column("lost", LargeBinary),
    Column("version", Integer, nullable=False),
)

#: The next free slot of each target whose rate all nodes share.
shared_rates = Table(
    "shared_rates",
    metadata,
    Column("target", String, primary_key=True),
    #: Microseconds since 1970.
    Column("free_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: The health of destinations: of targets by name, of others by `host:port`.
targets = Table(
    "targets",
    metadata,
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason", LargeBinary),
    Column("by_whom", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("retry_at", BigInteger),
    Column("openings", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
