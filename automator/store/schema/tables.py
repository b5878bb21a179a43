"""Tables of the log: deliveries, events, runs and attempts."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from automator.store.schema.table_base import Id, metadata, partial

# SQLite uses a partial index only for a query that repeats the index's condition literally. So the
# conditions have names here, and every query uses these.
QUEUED = "state = 0"

RUNNING = "state = 1"

UNFINISHED = "state <= 1"

#: Selects the queued runs that a claim looks at.
CLAIMABLE = "state = 0 AND behind = 0"

BEHIND = "state = 0 AND behind = 1 AND waits_for <> 'place'"

WAITS = "state = 0 AND wait_key IS NOT NULL"

FOLLOW_UP_WAITS = "state = 0 AND path <> ''"

WAITING_FOR_CANCEL = f"{FOLLOW_UP_WAITS} AND cancel_on IS NOT NULL"

QUEUED_WITH_TARGET = "state = 0 AND target IS NOT NULL"

WAITS_FOR_TARGET = f"{QUEUED_WITH_TARGET} AND waits_for = 'target'"

FAILED_AT_TARGET = f"{QUEUED_WITH_TARGET} AND waits_for = 'retry'"

WAITS_FOR_SOMETHING = "waits_for <> '' AND state = 0"

WAITS_FOR_PLACE = "state = 0 AND waits_for = 'place'"

COUNTS_FOR_CONCURRENCY = "concurrency_key IS NOT NULL AND state <= 1 AND waits_for <> 'place'"

NOT_DONE = "state <> 2"

NOT_DONE_BUT_ENDED = "state > 2"

HAS_REASON = "reason_codes <> ''"

#: Selects outcomes with which something was not sent. They are rare, and people look for them.
NOT_ALL_SENT = "outcome > 2"

NOT_ACCEPTED = "verdict <> 'accepted'"

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("connection", String, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("method", String, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("query", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("remote", String, nullable=False),
    Column("verdict", String, nullable=False),
    #: The code of the reason; "" if there is none.
    Column("reason_code", String, nullable=False),
    #: The reason with its code and values; NULL if there is none.
    Column("reason", LargeBinary),
    #: 1 if the connection already had all events of the delivery, and there was at least one.
    Column("duplicate", SmallInteger, nullable=False),
    #: How many bytes the received body had, if only its beginning was kept.
    Column("full_size", BigInteger),
)

partial("ix_deliveries_verdict", NOT_ACCEPTED, deliveries.c.verdict, deliveries.c.id)

#: The body of an event whose content retention has deleted. A sender can also send this body.
EMPTY_BODY = b"{}"

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("delivery_id", ForeignKey("deliveries.id"), nullable=False, index=True),
    Column("connection", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("type", String, nullable=False),
    Column("dedupe_key", String, nullable=False),
    Column("lane", String),
    Column("contact", String),
    #: The key under which the inbox lists the event; see `Event.thread`.
    Column("thread", String),
    Column("is_self", SmallInteger, nullable=False),
    Column("occurred_at", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    #: The revision of the rule set that has decided about the event.
    Column("revision", Integer, nullable=False),
    #: Copied from the body, for lists and searches.
    Column("actor_name", String),
    Column("text", String),
    Column("body", LargeBinary, nullable=False),
    #: The values besides the event that conditions could read; NULL if there are none.
    Column("seen", LargeBinary),
    UniqueConstraint("connection", "dedupe_key"),
)

partial("ix_events_contact", "contact IS NOT NULL", events.c.contact, events.c.id)

#: Selects events that the inbox lists, and our own comments below them.
IN_THREAD = "thread IS NOT NULL"

partial("ix_events_thread", IN_THREAD, events.c.thread, events.c.is_self, events.c.id)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("lane", String),
    Column("contact", String),
    Column("path", String, nullable=False),
    Column("parent_id", Id),
    Column("state", SmallInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    #: The position in the lane, together with the id; a retry keeps it. NULL while the run waits
    #: for its `concurrency` key, when it is in no lane.
    Column("seq_at", BigInteger),
    Column("run_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("owner", String),
    Column("lease_until", BigInteger),
    Column("cancel_on", LargeBinary),
    Column("data", LargeBinary, nullable=False),
    #: The code of the reason, then the codes of the reasons inside it, with blanks between them; ""
    #: if there is no reason.
    Column("reason_codes", String, nullable=False),
    #: The reason with its code and values; NULL if there is none.
    Column("reason", LargeBinary),
    #: 1 if a process died during the run's last attempt, which may have worked.
    Column("was_interrupted", SmallInteger, nullable=False),
    #: The number of the outcome; NULL while unfinished, or if no outcome is known.
    Column("outcome", SmallInteger),
    #: When the attempt under way was recorded; NULL while the run waits in its claim batch.
    Column("begun_at", BigInteger),
    #: The cause of the run's wait (`Waits`), or "" if only its lane makes it wait; below, since
    #: when and until when it waits.
    Column("waits_for", String, nullable=False, server_default=text("''")),
    Column("waits_since", BigInteger),
    Column("waits_until", BigInteger),
    #: The end of a follow-up's window. Afterwards it acts only if a person wants it.
    Column("acts_until", BigInteger),
    #: The destination that the run waits for, or where its last attempt failed.
    Column("target", String),
    #: When the next step may send, as a budget has reserved it.
    Column("reserved_at", BigInteger),
    #: When the first attempt of the next step with an unknown outcome began; NULL: there is none.
    Column("unknown_since", BigInteger),
    #: The key of the echo that would prove this attempt.
    Column("echo_key", String),
    #: Why the run was put off, or the note that it was stored with.
    Column("note", LargeBinary),
    #: For each step whose message was due but not sent, the reason.
    Column("not_sent", LargeBinary),
    #: While the run waits for an absence: the key of the events that end the wait.
    Column("wait_key", String),
    #: The id of the key's row in `limits`, if the rule has `concurrency`.
    Column("concurrency_key", String),
    #: While the run waits for its key: how many runs of the key may be under way.
    Column("concurrency_limit", Integer),
    #: Set if another run has replaced this run, which is cancelled once its attempt is settled.
    Column("cancel_reason", LargeBinary),
    #: 1 while claims pass the run over: a claim has seen an unfinished run before it in its lane
    #: (see `lanes`), or it waits for its `concurrency` key.
    Column("behind", SmallInteger, nullable=False, server_default=text("0")),
)

partial("ix_runs_due", CLAIMABLE, runs.c.run_at, runs.c.id)

partial("ix_runs_behind", BEHIND, runs.c.lane, runs.c.seq_at, runs.c.id)

partial("ix_runs_lane", UNFINISHED, runs.c.lane, runs.c.seq_at, runs.c.id)

partial("ix_runs_waiting", FOLLOW_UP_WAITS, runs.c.contact)

partial("ix_runs_wait", WAITS, runs.c.wait_key)

partial("ix_runs_follow_up", FOLLOW_UP_WAITS, runs.c.id)

partial(
    "ix_runs_target",
    QUEUED_WITH_TARGET,
    runs.c.target,
    runs.c.waits_for,
    runs.c.seq_at,
    runs.c.id,
)

# Not for PostgreSQL: it knows how many runs each state has, and could prefer this index to the
# indexes of claims. For a query of one state it finds the right index by itself.
partial("ix_runs_not_done", NOT_DONE, runs.c.state, runs.c.id).ddl_if(dialect="sqlite")
partial("ix_runs_not_done_but_ended", NOT_DONE_BUT_ENDED, runs.c.state, runs.c.id).ddl_if(
    dialect="postgresql"
)

# Only if several nodes share the tables does anybody search for leases.
partial("ix_runs_lease", RUNNING, runs.c.lease_until).ddl_if(dialect="postgresql")

partial("ix_runs_reason", HAS_REASON, runs.c.reason_codes, runs.c.id)

partial("ix_runs_outcome", NOT_ALL_SENT, runs.c.outcome, runs.c.id)

partial("ix_runs_waits_for", WAITS_FOR_SOMETHING, runs.c.waits_for, runs.c.id)

partial("ix_runs_parent", "parent_id IS NOT NULL", runs.c.parent_id)

partial("ix_runs_concurrency", COUNTS_FOR_CONCURRENCY, runs.c.concurrency_key, runs.c.id)

partial("ix_runs_place", WAITS_FOR_PLACE, runs.c.concurrency_key, runs.c.id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("event_id", Id, nullable=False),
    Column("rule", String, nullable=False),
    Column("step", String, nullable=False),
    Column("action", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("node", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    #: The reason with its code and values: the result, or why the attempt failed.
    Column("summary", LargeBinary, nullable=False),
    #: The request without secrets. If its body is null, it is the body of the event.
    Column("request", LargeBinary),
    Column("response", LargeBinary),
    Column("error_code", String, nullable=False),
    #: The destination of the request: a target's name, or `host:port`.
    Column("target", String),
    #: The beginning of the message to a person; NULL if there is none.
    Column("said", String),
)

# On PostgreSQL every new row would lock the row that it refers to, and every deleted row would be
# searched for in the table that refers to it: two thirds of the time of retention.
for _table in (events, runs, attempts):
    for _constraint in _table.foreign_key_constraints:
        _constraint.ddl_if(dialect="sqlite")
