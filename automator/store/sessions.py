"""Sessions of people who are signed in: only the hash of each token is stored."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.sql.expression import Executable

from automator.clock import Clock
from automator.store.upkeep_tables import sessions

T = TypeVar("T")

#: However busy it is, a session is forgotten after seven days.
LIFETIME_MS = 7 * 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in. Times are milliseconds since 1970."""

    token_hash: str
    account: str
    created_at: int
    seen_at: int


class Edit(Protocol):
    """Does something in a transaction of the writer."""

    async def __call__(self, function: Callable[[Connection], T]) -> T: ...


class Sessions:
    """The sessions that are stored."""

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
        """The session with this token; whether it has idled too long is the caller's to say."""
        return await asyncio.to_thread(self._find, token_hash)

    def _find(self, token_hash: str) -> Session | None:
        query = select(sessions).where(
            sessions.c.token_hash == token_hash, sessions.c.created_at > self._oldest()
        )
        with self._readers.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Session(*row)

    async def touch(self, token_hash: str, *, now_ms: int) -> None:
        """Notes that the session was used."""
        await self._execute(
            update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=now_ms)
        )

    async def delete(self, token_hash: str) -> None:
        """Ends a session; one that is not there is no error."""
        await self._execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def delete_account(self, account: str) -> None:
        """Ends every session of an account."""
        await self._execute(delete(sessions).where(sessions.c.account == account))

    async def delete_expired(self) -> None:
        """Forgets the sessions that have lived their seven days."""
        await self._execute(delete(sessions).where(sessions.c.created_at <= self._oldest()))

    def _oldest(self) -> int:
        return self._clock.now_ms() - LIFETIME_MS

    async def _execute(self, statement: Executable) -> None:
        def write(connection: Connection) -> Any:
            connection.execute(statement)

        await self._edit(write)
