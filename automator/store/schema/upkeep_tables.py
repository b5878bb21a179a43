"""Tables of the store itself (upkeep, nodes, replays, roll-ups), documents, sessions and audit."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, SmallInteger, String, Table

from automator.store.schema.table_base import Id, metadata, partial

#: Work that commits have left for later, one row per commit: ids of events and runs for the
#: full-text indexes, and counts for the roll-ups; see `deferred_work`.
deferred = Table(
    "deferred",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("runs", LargeBinary, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)

#: Ids of events and runs to export as spans, copied from `deferred` while traces are on.
untraced = Table(
    "untraced",
    metadata,
    Column("id", Id, primary_key=True),
    #: When the events and runs were committed.
    Column("at", BigInteger, nullable=False),
    Column("events", LargeBinary, nullable=False),
    Column("runs", LargeBinary, nullable=False),
)

#: For each kind of upkeep, when it was last begun; below, until when it distrusts the clock.
upkeep = Table(
    "upkeep",
    metadata,
    Column("name", String, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("distrusted_until", BigInteger, nullable=False),
)

#: The health of connections; `pauses` is a list of [day, longest pause that ended on it].
connection_health = Table(
    "connection_health",
    metadata,
    Column("connection", String, primary_key=True),
    Column("last_at", BigInteger),
    Column("pauses", LargeBinary, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("refused_since", BigInteger),
    #: The `last_at` of the last reported silence; below, the `refused_since` of the refusals.
    Column("reported_silent", BigInteger),
    Column("reported_rejecting", BigInteger),
    #: The problem with the subscription at the provider; below, when that was checked.
    Column("problem", LargeBinary),
    Column("checked_at", BigInteger, nullable=False),
)

#: Counts of an hour by one node; see `rollups`.
rollups = Table(
    "rollups",
    metadata,
    #: The first millisecond of the hour.
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("node", String, primary_key=True),
    Column("metric", String, primary_key=True),
    #: The name of the connection, or the id of the rule.
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

#: The processes that share the database, by the node number that their ids contain.
nodes = Table(
    "nodes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("started_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("version", String, nullable=False),
    Column("revision", Integer, nullable=False),
)

#: Confirmed replays; `cursor` is the last run or event that was looked at.
replays = Table(
    "replays",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("request", LargeBinary, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    #: How many runs or events the plan has found; below, how many were looked at so far.
    Column("found", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    #: How many runs the replay has started.
    Column("started", Integer, nullable=False),
    #: JSON: why runs or events were left out, and how many.
    Column("skipped", LargeBinary, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
)

#: The runs that replays have started, each with the run or event that it repeats.
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

#: Sets of TinyDB documents, one set in each row.
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

#: The audit trail. Row 0 is its head: its hash is the hash of the newest row, and its body has the
#: number of that row.
audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("author", String, nullable=False),
    #: The network address from which the change came; "" if it came from none.
    Column("remote", String, nullable=False),
    Column("code", String, nullable=False),
    #: JSON: the values of the sentence, and what there was before and after.
    Column("body", LargeBinary, nullable=False),
    #: The key of the customer; NULL without one, or once the customer is erased. Below, the salt
    #: with which the digest was made, and the digest, which is hashed in the key's place.
    Column("person", String),
    Column("salt", LargeBinary),
    Column("digest", String, nullable=False),
    Column("hash", String, nullable=False),
)

partial("ix_audit_person", "person IS NOT NULL", audit.c.person)
