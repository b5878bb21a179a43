"""Makes the first tables."""

import sqlite3
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: For a table whose rows SQLite stores in the order of their keys.
_BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}
# Each run is written a few times and then never again. These options leave room for that on each
# page, and make the vacuum keep up.
_UPDATED_OFTEN = """
ALTER TABLE runs SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
)
"""


def upgrade() -> None:
    _create_deliveries_and_events()
    _create_runs()
    _create_indexes_of_runs()
    _create_attempts_and_replays()
    _create_contacts()
    _create_limits()
    _create_schedules()
    _create_targets_and_connections()
    _create_nodes_and_upkeep()
    _create_documents()
    _create_full_text_indexes()


def _create_deliveries_and_events() -> None:
    op.create_table(
        "deliveries",
        _key("id"),
        _text("connection"),
        _big("received_at"),
        _text("method"),
        _blob("headers"),
        _text("query"),
        _blob("body"),
        _text("remote"),
        _text("verdict"),
        _text("reason_code"),
        _blob("reason", nullable=True),
        _small("duplicate"),
        _big("full_size", nullable=True),
    )
    _partial("ix_deliveries_verdict", "deliveries", ["verdict", "id"], "verdict <> 'accepted'")
    op.create_table(
        "events",
        _key("id"),
        sa.Column("delivery_id", _ID, sa.ForeignKey("deliveries.id"), nullable=False),
        _text("connection"),
        _text("provider"),
        _text("type"),
        _text("dedupe_key"),
        _text("lane", nullable=True),
        _text("contact", nullable=True),
        _small("is_self"),
        _big("occurred_at", nullable=True),
        _big("received_at"),
        _int("revision"),
        _text("actor_name", nullable=True),
        _text("text", nullable=True),
        _blob("body"),
        _blob("seen", nullable=True),
        sa.UniqueConstraint("connection", "dedupe_key"),
    )
    op.create_index("ix_events_delivery_id", "events", ["delivery_id"])
    _partial("ix_events_contact", "events", ["contact", "id"], "contact IS NOT NULL")


def _create_runs() -> None:
    op.create_table(
        "runs",
        _key("id"),
        sa.Column("event_id", _ID, sa.ForeignKey("events.id"), nullable=False),
        _text("rule"),
        _int("revision"),
        _text("lane", nullable=True),
        _text("contact", nullable=True),
        _text("path"),
        _id("parent_id", nullable=True),
        _small("state"),
        _int("step"),
        _int("attempt"),
        _int("crashes"),
        _big("seq_at", nullable=True),
        _big("run_at"),
        _big("created_at"),
        _big("finished_at", nullable=True),
        _text("owner", nullable=True),
        _big("lease_until", nullable=True),
        _blob("cancel_on", nullable=True),
        _blob("data"),
        _text("reason_codes"),
        _blob("reason", nullable=True),
        _small("was_interrupted"),
        _small("outcome", nullable=True),
        _big("begun_at", nullable=True),
        sa.Column("waits_for", sa.String(), nullable=False, server_default=sa.text("''")),
        _big("waits_since", nullable=True),
        _big("waits_until", nullable=True),
        _big("acts_until", nullable=True),
        _text("target", nullable=True),
        _big("reserved_at", nullable=True),
        _big("unknown_since", nullable=True),
        _text("echo_key", nullable=True),
        _blob("note", nullable=True),
        _blob("not_sent", nullable=True),
        _text("wait_key", nullable=True),
        _text("concurrency_key", nullable=True),
        sa.Column("concurrency_limit", sa.Integer()),
        _blob("cancel_reason", nullable=True),
        sa.Column("behind", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
    )
    if _is_postgresql():
        op.execute(_UPDATED_OFTEN)


def _create_indexes_of_runs() -> None:
    op.create_index("ix_runs_event_id", "runs", ["event_id"])
    for name, columns, condition in (
        ("due", ["run_at", "id"], "state = 0 AND behind = 0"),
        (
            "behind",
            ["lane", "seq_at", "id"],
            "state = 0 AND behind = 1 AND waits_for <> 'place'",
        ),
        ("lane", ["lane", "seq_at", "id"], "state <= 1"),
        ("waiting", ["contact"], "state = 0 AND path <> ''"),
        ("wait", ["wait_key"], "state = 0 AND wait_key IS NOT NULL"),
        ("follow_up", ["id"], "state = 0 AND path <> ''"),
        (
            "target",
            ["target", "waits_for", "seq_at", "id"],
            "state = 0 AND target IS NOT NULL",
        ),
        ("reason", ["reason_codes", "id"], "reason_codes <> ''"),
        ("outcome", ["outcome", "id"], "outcome > 2"),
        ("waits_for", ["waits_for", "id"], "waits_for <> '' AND state = 0"),
        ("parent", ["parent_id"], "parent_id IS NOT NULL"),
        (
            "concurrency",
            ["concurrency_key", "id"],
            "concurrency_key IS NOT NULL AND state <= 1 AND waits_for <> 'place'",
        ),
        ("place", ["concurrency_key", "id"], "state = 0 AND waits_for = 'place'"),
    ):
        _partial(f"ix_runs_{name}", "runs", columns, condition)
    if _is_postgresql():
        _partial("ix_runs_not_done_but_ended", "runs", ["state", "id"], "state > 2")
        _partial("ix_runs_lease", "runs", ["lease_until"], "state = 1")
    else:
        _partial("ix_runs_not_done", "runs", ["state", "id"], "state <> 2")


def _create_attempts_and_replays() -> None:
    op.create_table(
        "attempts",
        _key("id"),
        sa.Column("run_id", _ID, sa.ForeignKey("runs.id"), nullable=False),
        _id("event_id"),
        _text("rule"),
        _text("step"),
        _text("action"),
        _int("number"),
        _text("node"),
        _big("started_at"),
        _big("duration_ms"),
        _text("status"),
        _blob("summary"),
        _blob("request", nullable=True),
        _blob("response", nullable=True),
        _text("error_code"),
        _text("target", nullable=True),
        _text("said", nullable=True),
    )
    op.create_index("ix_attempts_run_id", "attempts", ["run_id"])
    op.create_table(
        "replays",
        _key("id"),
        _big("created_at"),
        _text("author"),
        _blob("request"),
        _small("state"),
        _big("cursor"),
        _int("found"),
        _int("seen"),
        _int("started"),
        _blob("skipped"),
        _big("updated_at"),
        _big("finished_at", nullable=True),
    )
    op.create_index("ix_replays_created_at", "replays", ["created_at"])
    op.create_table("replayed", _key("run_id"), _id("replay_id"), _id("source_id"), _text("rule"))
    op.create_index("ix_replayed_replay_id", "replayed", ["replay_id"])
    op.create_index(
        "ix_replayed_source", "replayed", ["source_id", "rule", "replay_id"], unique=True
    )


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        _text_key("key"),
        _text("name", nullable=True),
        _blob("state"),
        _blob("tags"),
        _big("first_seen"),
        _big("last_inbound_at", nullable=True),
        _big("opted_out_at", nullable=True),
        _text("opted_out_by", nullable=True),
        _big("blocked_at", nullable=True),
        _text("blocked_by", nullable=True),
        _big("human_reply_at", nullable=True),
        _big("window_opened_at", nullable=True),
        **_BY_KEY,
    )
    op.create_table("contact_aliases", _text_key("alias"), _text("contact"), **_BY_KEY)
    op.create_index("ix_contact_aliases_contact", "contact_aliases", ["contact"])
    op.create_table(
        "echoes",
        _text_key("key"),
        _id("run_id", nullable=True),
        _id("event_id", nullable=True),
        _big("echoed_at", nullable=True),
        _big("at"),
        **_BY_KEY,
    )
    op.create_index("ix_echoes_at", "echoes", ["at"])


def _create_limits() -> None:
    op.create_table(
        "limits",
        _text_key("id"),
        _text("rule"),
        _text("name"),
        _text("key"),
        _blob("uses"),
        _big("expires_at", nullable=True),
        **_BY_KEY,
    )
    _partial("ix_limits_expires_at", "limits", ["expires_at"], "expires_at IS NOT NULL")
    op.create_table("budgets", _text_key("key"), _blob("times"), _big("last_at"), **_BY_KEY)
    op.create_table("shared_rates", _text_key("target"), _big("free_at"), **_BY_KEY)
    op.create_table(
        "absence_ends",
        _text_key("wait_key"),
        _text("connection"),
        _big("occurred_at"),
        _big("received_at"),
        _id("event_id"),
        _text("type"),
        **_BY_KEY,
    )
    op.create_index("ix_absence_ends_received_at", "absence_ends", ["received_at"])


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        _text_key("rule"),
        _int("revision"),
        _text("definition"),
        _big("done_until"),
        _big("last_fire", nullable=True),
        _big("last_skipped", nullable=True),
        **_BY_KEY,
    )
    op.create_table(
        "firings",
        _key("id"),
        _text("rule"),
        _int("revision"),
        _big("scheduled_at"),
        _big("created_at"),
        _small("state"),
        _text("cursor"),
        _int("seen"),
        _int("started"),
        _blob("skipped"),
        _big("next_at"),
        _big("finished_at", nullable=True),
        _text("stopped_by"),
    )
    op.create_index("ix_firings_rule", "firings", ["rule", "id"])
    _partial("ix_firings_going", "firings", ["id"], "state = 0")


def _create_targets_and_connections() -> None:
    op.create_table(
        "targets",
        _text_key("name"),
        _text("state"),
        _big("since"),
        _blob("reason", nullable=True),
        _text("by_whom"),
        _int("failures"),
        _big("failing_since", nullable=True),
        _big("retry_at", nullable=True),
        _int("openings"),
        _int("version"),
    )
    op.create_table(
        "connection_tokens",
        _text_key("connection"),
        _blob("access"),
        _blob("refresh"),
        _big("issued_at"),
        _big("lives_s"),
        _text("origins"),
        _big("leased_until", nullable=True),
        _blob("lost", nullable=True),
        _int("version"),
    )
    op.create_table(
        "connection_health",
        _text_key("connection"),
        _big("last_at", nullable=True),
        _blob("pauses"),
        _int("refusals"),
        _big("refused_since", nullable=True),
        _big("reported_silent", nullable=True),
        _big("reported_rejecting", nullable=True),
        _blob("problem", nullable=True),
        _big("checked_at"),
    )


def _create_nodes_and_upkeep() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _big("started_at"),
        _big("heartbeat_at"),
        _text("version"),
        _int("revision"),
    )
    op.create_table("upkeep", _text_key("name"), _big("at"), _big("distrusted_until"))
    op.create_table(
        "rollups",
        sa.Column("hour", sa.BigInteger(), primary_key=True, autoincrement=False),
        _text_key("node"),
        _text_key("metric"),
        _text_key("name"),
        _big("count"),
        **_BY_KEY,
    )


def _create_documents() -> None:
    op.create_table(
        "rulesets",
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        _text("digest"),
        _blob("files"),
        _text("author"),
        _big("created_at"),
    )
    op.create_table("documents", _text_key("name"), _int("version"), _blob("body"))
    op.create_table(
        "sessions", _text_key("token_hash"), _text("account"), _big("created_at"), _big("seen_at")
    )


def _create_full_text_indexes() -> None:
    """Makes the full-text indexes, and the table of entries that commits leave for them."""
    op.create_table(
        "deferred",
        sa.Column("id", _ID, primary_key=True),
        _big("at"),
        _blob("events"),
        _blob("runs"),
        _blob("counts"),
    )
    op.create_table(
        "untraced",
        sa.Column("id", _ID, primary_key=True),
        _big("at"),
        _blob("events"),
        _blob("runs"),
    )
    for name in ("event_words", "run_words"):
        if _is_postgresql():
            op.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, words tsvector NOT NULL)")
            op.execute(f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)")
        else:
            op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(_fts5_options())})")
            # A commit merges segments of 64 pages at once, while deliveries wait. With fewer merges
            # of smaller pages, the longest commit of 128 documents takes 9 ms instead of 20.
            # Sixteen segments before a merge cost a tenth less than eight; a search then takes
            # 0.14 ms instead of 0.1.
            for option in ("'automerge', 16", "'crisismerge', 32", "'pgsz', 2000"):
                op.execute(f"INSERT INTO {name} ({name}, rank) VALUES ({option})")  # noqa: S608


def _fts5_options() -> list[str]:
    """Options for words that are folded already, with spaces between; positions are not stored."""
    # Prefixes, because searches use the beginning of a word. Vietnamese syllables have at most
    # seven letters.
    options = ["words", "tokenize='ascii'", "detail=none", "prefix='2 3 4 5 6 7'"]
    # Before 3.43, only a caller who still had the text could delete a row.
    if sqlite3.sqlite_version_info >= (3, 43):
        options += ["content=''", "contentless_delete=1"]
    return options


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _partial(name: str, table: str, columns: list[str], condition: str) -> None:
    """Makes an index of the rows that fulfil a condition."""
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, _ID, primary_key=True, autoincrement=False)


def _text_key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), primary_key=True)


def _id(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _ID, nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _small(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _blob(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)
