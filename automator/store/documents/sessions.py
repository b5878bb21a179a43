"""Sessions of people who are signed in. Only the hash of each token is stored."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Engine, delete, insert, select, true, update
from sqlalchemy.sql.expression import Executable

from automator.clock import Clock
from automator.model import record
from automator.store.batch.batch import Edit, read_beside
from automator.store.schema.encoding import dataclass_of
from automator.store.schema.upkeep_tables import sessions

#: After so many milliseconds a session ends, even if it is in use: seven days.
LIFETIME_MS = 7 * 24 * 3_600_000
#: How many milliseconds the clocks of nodes may differ. A session that begins even later was stored
#: by a clock that was ahead, and would live too long.
_AHEAD_MS = 600_000


@record(kw_only=False)
class Session:
    """The session of a person who is signed in. Times are milliseconds since 1970."""

    token_hash: str
    account: str
    created_at: int
    seen_at: int


class Sessions:
    """The part of the store for sessions."""

    def __init__(self, edit: Edit, readers: Engine, clock: Clock) -> None:
        self._edit = edit
        self._readers = readers
        self._clock = clock

    async def create(self, token_hash: str, account: str, *, now_ms: int) -> None:
        """Stores a session that begins now."""
        await self._execute(
            insert(sessions).values(
                token_hash=token_hash, account=account, created_at=now_ms, seen_at=now_ms
            )
        )

    async def find(self, token_hash: str) -> Session | None:
        """The session with this token, or None. The caller checks for how long it was idle."""
        found = await self._read(sessions.c.token_hash == token_hash)
        return found[0] if found else None

    async def find_all(self, token_hashes: Iterable[str]) -> list[Session]:
        """The sessions with these tokens, as `find` returns each of them."""
        return await self._read(sessions.c.token_hash.in_(list(token_hashes)))

    async def all(self) -> list[Session]:
        """All sessions that have not reached the end of their seven days."""
        return await self._read(true())

    async def _read(self, wanted: ColumnElement[bool]) -> list[Session]:
        query = select(sessions).where(
            wanted,
            sessions.c.created_at > self._oldest(),
            sessions.c.created_at <= self._clock.now_ms() + _AHEAD_MS,
        )
        return await read_beside(
            self._readers,
            lambda reading: [dataclass_of(Session, row) for row in reading.execute(query)],
        )

    async def touch(self, token_hash: str, *, now_ms: int) -> None:
        """Notes that the session was used."""
        await self._execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now_ms)
        )

    async def delete(self, token_hash: str) -> None:
        """Ends a session, if it exists."""
        await self._execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def delete_account(self, account: str) -> int:
        """Ends all sessions of an account; returns how many there were."""
        return await self._execute(delete(sessions).where(sessions.c.account == account))

    async def delete_expired(self) -> None:
        """Deletes the sessions that have reached the end of their seven days."""
        await self._execute(delete(sessions).where(sessions.c.created_at <= self._oldest()))

    def _oldest(self) -> int:
        return self._clock.now_ms() - LIFETIME_MS

    async def _execute(self, statement: Executable) -> int:
        """Executes a change, and returns the number of affected rows."""
        return await self._edit(lambda db, _batch: db.core.execute(statement).rowcount)
