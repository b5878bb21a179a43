"""The tables. Ids are the 63-bit integers of `model.ids`, times milliseconds since 1970, UTC.

JSON stands in BLOB columns: what people send may hold what a text column refuses. The migrations
build the same tables; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: An INTEGER PRIMARY KEY is SQLite's own row number; elsewhere ids need 64 bits.
_Id = BigInteger().with_variant(Integer(), "sqlite")

# SQLite uses a partial index only for a query that repeats its condition literally, so the
# conditions have names, and every query takes them from here.
QUEUED = "state = 0"
RUNNING = "state = 1"
UNFINISHED = "state <= 1"
WAITS = "state = 0 AND wait_key IS NOT NULL"
FOLLOW_UP_WAITS = "state = 0 AND path <> ''"
WAITING_FOR_CANCEL = f"{FOLLOW_UP_WAITS} AND cancel_on IS NOT NULL"
WAITS_FOR_TARGET = "state = 0 AND waits_for IS NOT NULL"
SLOT_TAKEN = "slot IS NOT NULL AND state <= 1"
NOT_DONE = "state > 2"
NOT_ACCEPTED = "verdict <> 'accepted'"


def _partial(name: str, condition: str, *columns: Column[object]) -> None:
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("connection", String, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("method", String, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("query", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("remote", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason_code", String, nullable=False),
    Column("reason", String, nullable=False),
    #: 1 when it carried events and its connection already had all of them.
    Column("duplicate", SmallInteger, nullable=False),
)
_partial("ix_deliveries_verdict", NOT_ACCEPTED, deliveries.c.verdict, deliveries.c.id)

events = Table(
    "events",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
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
    #: The revision of the rule set that decided about it.
    Column("revision", Integer, nullable=False),
    #: Copies out of the body, for lists and for searching.
    Column("actor_name", String),
    Column("text", String),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("connection", "dedupe_key"),
)
_partial("ix_events_contact", "contact IS NOT NULL", events.c.contact, events.c.id)

runs = Table(
    "runs",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("rule", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("lane", String),
    Column("contact", String),
    Column("path", String, nullable=False),
    Column("parent_id", _Id),
    Column("state", SmallInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    #: Order within the lane, together with the id; a retry keeps it.
    Column("seq_at", BigInteger, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("owner", String),
    Column("lease_until", BigInteger),
    Column("cancel_on", LargeBinary),
    Column("data", LargeBinary, nullable=False),
    Column("reason", String, nullable=False),
    #: When the attempt under way was recorded; NULL while the run only waits in its train.
    Column("begun_at", BigInteger),
    #: The destination that takes nothing more now; NULL = it waits for its time alone.
    Column("waits_for", String),
    #: While it waits for an absence: what an event that ends the wait is known by.
    Column("wait_key", String),
    #: The row of `limits` of its key, if its rule has `concurrency`.
    Column("slot", String),
    #: Why it is cancelled as soon as its attempt under way is settled.
    Column("cancel_reason", String),
)

_partial("ix_runs_due", QUEUED, runs.c.run_at, runs.c.id)
_partial("ix_runs_lane", UNFINISHED, runs.c.lane, runs.c.seq_at, runs.c.id)
_partial("ix_runs_waiting", FOLLOW_UP_WAITS, runs.c.contact)
_partial("ix_runs_wait", WAITS, runs.c.wait_key)
_partial("ix_runs_follow_up", FOLLOW_UP_WAITS, runs.c.id)
_partial("ix_runs_target", WAITS_FOR_TARGET, runs.c.waits_for, runs.c.seq_at, runs.c.id)
# PostgreSQL knows how many runs are in a state, and could prefer this to the indexes of claims.
Index("ix_runs_unfinished", runs.c.state, runs.c.id, sqlite_where=text(UNFINISHED)).ddl_if(
    dialect="sqlite"
)
_partial("ix_runs_not_done", NOT_DONE, runs.c.state, runs.c.id)
# Leases are looked for where several nodes share the tables; elsewhere the index would only cost.
Index("ix_runs_lease", runs.c.lease_until, postgresql_where=text(RUNNING)).ddl_if(
    dialect="postgresql"
)
_partial("ix_runs_parent", "parent_id IS NOT NULL", runs.c.parent_id)
_partial("ix_runs_slot", SLOT_TAKEN, runs.c.slot, runs.c.run_at, runs.c.id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("run_id", ForeignKey("runs.id"), nullable=False, index=True),
    Column("event_id", _Id, nullable=False),
    Column("rule", String, nullable=False),
    Column("step", String, nullable=False),
    Column("action", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("node", String, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("status", String, nullable=False),
    Column("summary", String, nullable=False),
    Column("request", LargeBinary),
    Column("response", LargeBinary),
    Column("error_code", String, nullable=False),
    #: The destination that was sent to: a target's name, or `host:port`.
    Column("target", String),
)

#: What is to be put into the full-text indexes: ids of events and of runs, packed by `indexing`.
unindexed = Table(
    "unindexed",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("runs", LargeBinary, nullable=False),
)

#: When work of a kind was last begun, and until when its clock is doubted.
upkeep = Table(
    "upkeep",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("doubted_until", BigInteger, nullable=False),
)

#: How each connection is doing; `pauses` is a list of [day, longest pause that ended on it].
watch = Table(
    "watch",
    metadata,
    Column("connection", String, primary_key=True),
    Column("last_at", BigInteger),
    Column("pauses", LargeBinary, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("refused_since", BigInteger),
    #: The `last_at` and the `refused_since` for which it was told.
    Column("told_silent", BigInteger),
    Column("told_rejecting", BigInteger),
    #: What is wrong with the subscription at the provider, and when that was last asked.
    Column("problem", String, nullable=False),
    Column("checked_at", BigInteger, nullable=False),
)

#: `key` is `connection:id at the provider`, as in `events.contact`.
contacts = Table(
    "contacts",
    metadata,
    Column("key", String, primary_key=True),
    Column("name", String),
    Column("state", LargeBinary, nullable=False),
    Column("tags", LargeBinary, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_inbound_at", BigInteger),
    #: Since when the person wants no private messages, and who noted it.
    Column("opted_out_at", BigInteger),
    Column("opted_out_by", String),
    #: When a person of ours last wrote to them by hand.
    Column("human_reply_at", BigInteger),
    sqlite_with_rowid=False,
)

#: Another key of the same person; `contact` is the key whose row holds what is known.
contact_aliases = Table(
    "contact_aliases",
    metadata,
    Column("alias", String, primary_key=True),
    Column("contact", String, nullable=False, index=True),
    sqlite_with_rowid=False,
)

#: What `once` and `throttle` have let through: a row for each rule, limit and key.
limits = Table(
    "limits",
    metadata,
    #: A digest of the rule, the limit and the key.
    Column("id", String, primary_key=True),
    Column("rule", String, nullable=False),
    Column("name", String, nullable=False),
    #: The key as people see it, cut when it is long.
    Column("key", String, nullable=False),
    #: `[[time, run id], …]`, the oldest first.
    Column("uses", LargeBinary, nullable=False),
    #: From then on it holds nothing back; never, when it is NULL.
    Column("expires_at", BigInteger),
    sqlite_with_rowid=False,
)
_partial("ix_limits_expires_at", "expires_at IS NOT NULL", limits.c.expires_at)

#: What was said within a minute: to a contact, through a connection.
budgets = Table(
    "budgets",
    metadata,
    #: `contact KEY` or `connection NAME`.
    Column("key", String, primary_key=True),
    #: JSON: the times of the last things said, in order.
    Column("times", LargeBinary, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: How much there was in an hour, as one node has counted it; see `rollups`.
rollups = Table(
    "rollups",
    metadata,
    #: Its first millisecond.
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("node", String, primary_key=True),
    Column("metric", String, primary_key=True),
    #: Of the connection or the rule.
    Column("name", String, primary_key=True),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

rulesets = Table(
    "rulesets",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("digest", String, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("author", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

#: The processes that share the database, each under the node number of its ids.
nodes = Table(
    "nodes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("started_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("version", String, nullable=False),
    Column("revision", Integer, nullable=False),
)

#: One row for each rule that fires by itself, as long as it is in force.
schedules = Table(
    "schedules",
    metadata,
    Column("rule", String, primary_key=True),
    #: The newest revision that has named it: an older one does not change the row any more.
    Column("revision", Integer, nullable=False),
    #: What decides the times. Another definition begins anew.
    Column("definition", String, nullable=False),
    #: Every time up to this one is dealt with: it fired, was skipped, or was before the rule.
    Column("done_until", BigInteger, nullable=False),
    Column("last_fire", BigInteger),
    Column("last_skipped", BigInteger),
    sqlite_with_rowid=False,
)

#: A replay is a confirmed plan; `cursor` is the last source that was looked at.
replays = Table(
    "replays",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    #: Sources that the plan found, and those looked at so far.
    Column("found", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    #: Runs that it has started.
    Column("started", Integer, nullable=False),
    #: Why sources were left out, with how many.
    Column("skipped", LargeBinary, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
)

#: Which run a replay made of which run or event.
replayed = Table(
    "replayed",
    metadata,
    Column("run_id", _Id, primary_key=True, autoincrement=False),
    Column("replay_id", _Id, nullable=False, index=True),
    Column("source_id", _Id, nullable=False),
    Column("rule", String, nullable=False),
)
Index(
    "ix_replayed_source",
    replayed.c.source_id,
    replayed.c.rule,
    replayed.c.replay_id,
    unique=True,
)

#: The newest event that ends the waits with a key, for the one that would begin such a wait late.
absence_ends = Table(
    "absence_ends",
    metadata,
    Column("wait_key", String, primary_key=True),
    Column("connection", String, nullable=False),
    Column("occurred_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("event_id", _Id, nullable=False),
    Column("type", String, nullable=False),
    sqlite_with_rowid=False,
)

#: The tokens of connections that have to be renewed, sealed.
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
    Column("lost", String, nullable=False),
    Column("version", Integer, nullable=False),
)

#: One set of TinyDB documents a row.
documents = Table(
    "documents",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

#: What is known of the destinations of requests: targets by their name, others as `host:port`.
targets = Table(
    "targets",
    metadata,
    Column("name", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("by_whom", String, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("retry_at", BigInteger),
    Column("openings", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
