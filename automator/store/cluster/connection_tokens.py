"""The access tokens of connections, which callers encrypt before they are stored.

Each change names the version on which it is based. So if several nodes want to renew a token, only
one of them gets the lease, and nobody uses a pair of tokens before it is committed.
"""

import asyncio
from dataclasses import asdict, field, replace

from sqlalchemy import Engine, RowMapping, select, update

from automator.model import Reason, record
from automator.store.batch.batch import Edit
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.schema.encoding import dump_reason, load_reason
from automator.store.schema.state_tables import connection_tokens


@record
class StoredTokens:
    """The tokens of one connection. Times are milliseconds since 1970."""

    connection: str
    access: bytes = field(repr=False)
    refresh: bytes = field(repr=False)
    issued_at: int
    #: For how many seconds the access token is valid.
    lives_s: int
    #: Digests of all pairs that automator.yaml has had for this connection.
    origins: tuple[str, ...]
    #: When the lease of a renewal under way ends; None if there is none.
    leased_until: int | None = None
    #: Why the access can no longer be renewed; None if it can.
    lost: Reason | None = None
    #: The version of the row; 0 if it is not stored yet.
    version: int = 0


class ConnectionTokens:
    """The part of the store that keeps the tokens of connections."""

    def __init__(self, edit: Edit, readers: Engine) -> None:
        self._edit = edit
        self._readers = readers

    async def load(self, connection: str) -> StoredTokens | None:
        """The stored tokens of a connection; None if there are none."""
        return await asyncio.to_thread(self._load, connection)

    async def save(self, tokens: StoredTokens) -> StoredTokens | None:
        """Stores changed tokens. Returns None if another change came first."""
        return await self._edit(lambda db, _batch: _save(db, tokens))

    def _load(self, connection: str) -> StoredTokens | None:
        query = select(connection_tokens).where(connection_tokens.c.connection == connection)
        with self._readers.connect() as reader:
            row = reader.execute(query).mappings().one_or_none()
        return None if row is None else _from_row(row)


def _from_row(row: RowMapping) -> StoredTokens:
    values = {
        **row,
        "origins": tuple(row["origins"].split()),
        "lost": load_reason(row["lost"]),
    }
    return StoredTokens(**values)


def _save(db: WriteConnection, tokens: StoredTokens) -> StoredTokens | None:
    changed = replace(tokens, version=tokens.version + 1)
    values = {
        **asdict(changed),
        "origins": " ".join(changed.origins),
        "lost": None if changed.lost is None else dump_reason(changed.lost),
    }
    column = connection_tokens.c
    if tokens.version == 0:
        new = insert(connection_tokens).values(values).on_conflict_do_nothing()
        stored = db.core.execute(new.returning(column.connection)).all()
    else:
        change = (
            update(connection_tokens)
            .where(column.connection == tokens.connection, column.version == tokens.version)
            .values(values)
        )
        stored = db.core.execute(change.returning(column.connection)).all()
    return changed if stored else None
