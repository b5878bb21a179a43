"""Tables of the store itself (upkeep, nodes, replays, roll-ups) and of documents and sessions."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table

from automator.store.schema.table_base import Id, metadata

#: The deferred work of commits, one row each: ids of events and of runs for the full-text indexes,
#: and counts for the roll-ups; see `deferred`.
deferred = Table(
    "deferred",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("runs", LargeBinary, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)

#: Ids of events and runs that have yet to become spans, copied from `deferred` while traces are on.
untraced = Table(
    "untraced",
    metadata,
    Column("id", Id, primary_key=True),
    #: When they were committed.
    Column("at", BigInteger, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("runs", LargeBinary, nullable=False),
)

#: When each kind of work was last begun, and until when it distrusts the clock.
upkeep = Table(
    "upkeep",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("distrusted_until", BigInteger, nullable=False),
)

#: How each connection is doing; `pauses` is a list of [day, longest pause that ended on it].
connection_health = Table(
    "connection_health",
    metadata,
    Column("connection", String, primary_key=True),
    Column("last_at", BigInteger),
    Column("pauses", LargeBinary, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("refused_since", BigInteger),
    #: The `last_at` and the `refused_since` about which the watchdog has already sent an event.
    Column("reported_silent", BigInteger),
    Column("reported_rejecting", BigInteger),
    #: The problem with the subscription at the provider, and the time of the last check.
    Column("problem", LargeBinary),
    Column("checked_at", BigInteger, nullable=False),
)

#: The counts of an hour, as one node has counted them; see `rollups`.
rollups = Table(
    "rollups",
    metadata,
    #: The first millisecond of the hour.
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("node", String, primary_key=True),
    Column("metric", String, primary_key=True),
    #: The connection or the rule.
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

#: A replay is a confirmed plan; `cursor` is the last source that was considered.
replays = Table(
    "replays",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    #: Sources that the plan found, and sources considered so far.
    Column("found", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    #: Runs that it has started.
    Column("started", Integer, nullable=False),
    #: Why sources were left out, and how many.
    Column("skipped", LargeBinary, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
)

#: The runs that replays have made, each with the run or event that it repeats.
replayed = Table(
    "replayed",
    metadata,
    Column("run_id", Id, primary_key=True, autoincrement=False),
    Column("replay_id", Id, nullable=False, index=True),
    Column("source_id", Id, nullable=False),
    Column("rule", String, nullable=False),
)

Index(
    "ix_replayed_source",
    replayed.c.source_id,
    replayed.c.rule,
    replayed.c.replay_id,
    unique=True,
)

#: A set of TinyDB documents in each row.
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
