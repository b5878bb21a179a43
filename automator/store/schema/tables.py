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

# SQLite uses a partial index only for a query that repeats its condition literally, so the
# conditions have names, and every query takes them from here.
QUEUED = "state = 0"

RUNNING = "state = 1"

UNFINISHED = "state <= 1"

#: The condition for the due runs that a claim considers.
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

#: Something was not sent. These outcomes are rare, and people look for them.
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
    #: The code of the reason; "" without a reason.
    Column("reason_code", String, nullable=False),
    #: The reason with its code and values; NULL without one.
    Column("reason", LargeBinary),
    #: 1 if it carried events and the connection already had all of them.
    Column("duplicate", SmallInteger, nullable=False),
    #: The size of the received body in bytes, if only its beginning was kept.
    Column("full_size", BigInteger),
)

partial("ix_deliveries_verdict", NOT_ACCEPTED, deliveries.c.verdict, deliveries.c.id)

#: The body of an event whose contents retention has deleted; a sender may also send this body.
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
    Column("is_self", SmallInteger, nullable=False),
    Column("occurred_at", BigInteger),
    Column("received_at", BigInteger, nullable=False),
    #: The revision of the rule set that decided about the event.
    Column("revision", Integer, nullable=False),
    #: Copied from the body, for lists and for searching.
    Column("actor_name", String),
    Column("text", String),
    Column("body", LargeBinary, nullable=False),
    #: The values that conditions could read beside it; NULL if they read nothing else.
    Column("seen", LargeBinary),
    UniqueConstraint("connection", "dedupe_key"),
)

partial("ix_events_contact", "contact IS NOT NULL", events.c.contact, events.c.id)

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
    #: Order within the lane, together with the id; a retry keeps it. NULL while the run waits for
    #: its place in `concurrency`: then it is in no lane.
    Column("seq_at", BigInteger),
    Column("run_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("owner", String),
    Column("lease_until", BigInteger),
    Column("cancel_on", LargeBinary),
    Column("data", LargeBinary, nullable=False),
    #: The code of the reason, then the codes of the reasons inside it, with blanks between; "" = no
    #: reason.
    Column("reason_codes", String, nullable=False),
    #: The reason with its code and values; NULL without one.
    Column("reason", LargeBinary),
    #: 1 when a process died during its last attempt, which may have happened.
    Column("was_interrupted", SmallInteger, nullable=False),
    #: The number of its outcome; NULL until it has ended, and if nobody knows the outcome.
    Column("outcome", SmallInteger),
    #: When the attempt under way was recorded; NULL while the run only waits in its claim batch.
    Column("begun_at", BigInteger),
    #: The cause of its wait (`Waits`), since when, and until when; "" = it waits only for its lane.
    Column("waits_for", String, nullable=False, server_default=text("''")),
    Column("waits_since", BigInteger),
    Column("waits_until", BigInteger),
    #: The end of the window of a follow-up: after that it does not act by itself.
    Column("acts_until", BigInteger),
    #: The destination that it waits for, or where its last attempt failed.
    Column("target", String),
    #: The time that a budget has reserved for its next step.
    Column("reserved_at", BigInteger),
    #: When the first attempt of its next step began that may have worked; NULL = no such attempt.
    Column("unknown_since", BigInteger),
    #: The key that identifies the echo of such an attempt.
    Column("echo_key", String),
    #: The reason why the run was put off, or the note with which it was stored.
    Column("note", LargeBinary),
    #: By step: why a message that was to be sent was not.
    Column("not_sent", LargeBinary),
    #: While it waits for an absence, the key of the events that end the wait.
    Column("wait_key", String),
    #: The id of its key's row in `limits`, if its rule has `concurrency`.
    Column("concurrency_key", String),
    #: How many runs with this key may be under way; set while it waits for its place.
    Column("concurrency_limit", Integer),
    #: Another run has replaced it, so it is cancelled once its attempt under way is settled.
    Column("cancel_reason", LargeBinary),
    #: 1 while claims pass over it: a claim found an unfinished run before it in its lane (see
    #: `lanes`), or it waits for its place in `concurrency`.
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

# PostgreSQL knows how many runs are in a state, and could prefer this index of unfinished runs to
# the indexes of claims. For a query of one state it works out itself which index to use.
partial("ix_runs_not_done", NOT_DONE, runs.c.state, runs.c.id).ddl_if(dialect="sqlite")
partial("ix_runs_not_done_but_ended", NOT_DONE_BUT_ENDED, runs.c.state, runs.c.id).ddl_if(
    dialect="postgresql"
)

# Leases are looked for only if several nodes share the tables; elsewhere the index is mere cost.
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
    #: The reason with its code and values: the result, or the cause of the failure.
    Column("summary", LargeBinary, nullable=False),
    #: The request, without secrets; a null body means the body of the event.
    Column("request", LargeBinary),
    Column("response", LargeBinary),
    Column("error_code", String, nullable=False),
    #: The destination of the request: a target's name, or `host:port`.
    Column("target", String),
    #: The beginning of the message to a person; NULL if the attempt sent none.
    Column("said", String),
)
