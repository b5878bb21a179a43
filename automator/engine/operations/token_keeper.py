"""Keeps a connection's access tokens encrypted, and renews them once for all nodes.

A refresh token works only once. So before a renewal sends its request, it commits a lease; and it
commits the new pair before anybody uses it. If a lease expires, a process has died in between. Then
nobody knows whether the refresh token was used, and a person has to check.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace

from automator.clock import Clock
from automator.http.types import Http
from automator.model import (
    AutomatorError,
    PermanentError,
    Reason,
    RescheduledStep,
    RetryableError,
    StepError,
)
from automator.model.errors import TargetUnavailable
from automator.plugins import Provider
from automator.plugins.access_tokens import TokenPair
from automator.reasons import connections
from automator.reasons.targets import access_renewed
from automator.sealing import KEY_FILE, KEY_VARIABLE, SealedError, Sealer
from automator.store.cluster.connection_tokens import ConnectionTokens, StoredTokens

logger = logging.getLogger(__name__)

#: For how many milliseconds a renewal has its lease, commits included. Its request is much faster.
LEASE_MS = 120_000
#: After which share of its lifetime an access token is renewed.
RENEW_AFTER = 0.8
#: How many seconds pass before the next try, after a failed renewal.
_PAUSE_S = 300.0
#: For how many milliseconds an attempt is put off while another process renews.
_BUSY_MS = 5_000
_MOST_ORIGINS = 20


@dataclass(eq=False)
class TokenKeeper:
    """The tokens of one connection. One instance per process, on the event loop."""

    provider: Provider
    #: The pair of tokens in automator.yaml.
    first: TokenPair
    _: KW_ONLY
    rows: ConnectionTokens
    sealer: Sealer
    #: Makes an Http; each renewal gets its own.
    new_http: Callable[[], Http]
    clock: Clock
    _known: StoredTokens | None = field(init=False, default=None)
    _renewing: asyncio.Task[StoredTokens] | None = field(init=False, default=None)
    #: No renewal is tried before this time of the monotonic clock.
    _paused_until_s: float = field(init=False, default=0.0)
    #: The version of the stored lease, and when this process saw it first.
    _lease_seen: tuple[int, float] = field(init=False, default=(0, 0.0))

    def __post_init__(self) -> None:
        self.connection = self.provider.connection

    @property
    def lost(self) -> Reason | None:
        """The reason why access can no longer be renewed, as far as this process knows."""
        return self._known.lost if self._known else None

    async def open(self, *, is_alone: bool = False) -> None:
        """Stores the pair of automator.yaml, unless that pair was stored before.

        `is_alone`: no other process uses the database. Then the end of the last process has
        interrupted any renewal that looks as if it were under way.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        origin = hashlib.sha256(self.first.refresh.encode()).hexdigest()[:16]
        stored = await self.rows.load(self.connection)
        if stored is not None and origin in stored.origins:
            is_dead = is_alone and stored.leased_until is not None
            self._known = (
                await self._lose(stored, connections.renewal_interrupted()) if is_dead else stored
            )
            return
        origins = (*(stored.origins if stored else ()), origin)[-_MOST_ORIGINS:]
        begun = StoredTokens(
            connection=self.connection,
            access=self._seal("access", self.first.access),
            refresh=self._seal("refresh", self.first.refresh),
            issued_at=self.clock.now_ms(),
            lives_s=self.first.lives_s if self.first.access else 0,
            origins=origins,
            version=stored.version if stored else 0,
        )
        # If another node was faster, it has stored the same pair.
        self._known = await self.rows.save(begun) or await self.rows.load(self.connection)
        logger.info("token.begun connection=%s", self.connection)

    async def access(self) -> str:
        """The access token to use now; see AccessTokens."""
        known = self._known or await self._load()
        token = self._pair(known).access
        return token or await self.renewed("")

    async def renewed(self, refused: str) -> str:
        """An access token other than the refused one; see AccessTokens."""
        stored = await self._load()
        token = self._pair(stored).access
        if token and token != refused:
            return token
        return self._pair(await self._renew_once(stored)).access

    async def renew_if_due(self) -> None:
        """Renews an access token whose lifetime is nearly over. Failures are logged."""
        now_ms, now_s = self.clock.now_ms(), self.clock.monotonic()
        if now_s < self._paused_until_s:
            return
        try:
            stored = await self._load()
            age_ms = now_ms - stored.issued_at
            # A negative age: a clock that was ahead has issued the token, so its real age is
            # unknown.
            is_due = age_ms >= stored.lives_s * 1000 * RENEW_AFTER or age_ms < -LEASE_MS
            if is_due and stored.lost is None:
                await self._renew_once(stored)
        except PermanentError:
            return  # The log has it from when the access was lost.
        except AutomatorError as error:
            self._paused_until_s = now_s + _PAUSE_S
            logger.warning("token.not_renewed connection=%s: %s", self.connection, error)

    async def close(self) -> None:
        """Waits until the renewal under way has ended."""
        if self._renewing is not None:
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _load(self) -> StoredTokens:
        stored = await self._read()
        if stored is None:
            raise PermanentError(
                connections.tokens_missing(connection=self.connection), code="no_token"
            )
        if stored.leased_until is not None and self._is_over(stored, stored.leased_until):
            stored = await self._lose(stored, connections.renewal_interrupted())
        return stored

    def _is_over(self, stored: StoredTokens, leased_until: int) -> bool:
        """Whether a lease is over.

        Its time has passed; or this process has seen it for the whole length of a lease, in case
        a clock that was ahead has made it.
        """
        now_s = self.clock.monotonic()
        if self._lease_seen[0] != stored.version:
            self._lease_seen = stored.version, now_s
        seen_ms = (now_s - self._lease_seen[1]) * 1000
        return leased_until < self.clock.now_ms() or seen_ms > LEASE_MS

    async def _read(self) -> StoredTokens | None:
        """The stored tokens, or newer ones that this process has stored meanwhile."""
        before = self._known
        stored = await self.rows.load(self.connection)
        known = self._known
        if known and stored and known is not before and known.version > stored.version:
            return known
        self._known = stored
        return stored

    async def _renew_once(self, stored: StoredTokens) -> StoredTokens:
        """Renews, or waits for a renewal under way. A cancelled caller does not end the renewal."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(stored))
        return await asyncio.shield(self._renewing)

    async def _renew(self, stored: StoredTokens) -> StoredTokens:
        if stored.lost is not None:
            raise self._needs_a_person(stored.lost)
        if stored.leased_until is not None:
            raise self._busy()
        leased = await self.rows.save(replace(stored, leased_until=self.clock.now_ms() + LEASE_MS))
        if leased is None:
            raise self._busy()
        try:
            pair = await self.provider.renew_tokens(self._pair(leased), self.new_http())
        except (RetryableError, TargetUnavailable):
            # The refresh token was not used, so another renewal can be tried.
            self._known = await self.rows.save(replace(leased, leased_until=None))
            raise
        except StepError as error:
            lost = await self._lose(leased, error.reason)
            raise self._needs_a_person(lost.lost or error.reason) from error
        except Exception as error:
            await self._lose(leased, connections.renewal_failed(error=type(error).__name__))
            raise
        return await self._commit(leased, pair)

    async def _commit(self, leased: StoredTokens, pair: TokenPair) -> StoredTokens:
        """Stores the new pair before it is used. If that fails, the lease remains as a sign."""
        saved = await self.rows.save(
            replace(
                leased,
                access=self._seal("access", pair.access),
                refresh=self._seal("refresh", pair.refresh),
                issued_at=self.clock.now_ms(),
                lives_s=pair.lives_s,
                leased_until=None,
            )
        )
        if saved is None:
            raise self._needs_a_person(connections.tokens_changed())
        self._known = saved
        logger.info("token.renewed connection=%s lives_s=%d", self.connection, pair.lives_s)
        return saved

    async def _lose(self, stored: StoredTokens, reason: Reason) -> StoredTokens:
        """Stores that a person is needed, unless another node has changed the tokens first."""
        saved = await self.rows.save(replace(stored, leased_until=None, lost=reason))
        if saved is None:
            return await self._read() or stored
        logger.error("token.lost connection=%s: %s", self.connection, reason)
        self._known = saved
        return saved

    def _pair(self, stored: StoredTokens) -> TokenPair:
        try:
            return TokenPair(
                access=self.sealer.open(stored.access, f"{self.connection}:access"),
                refresh=self.sealer.open(stored.refresh, f"{self.connection}:refresh"),
                lives_s=stored.lives_s,
            )
        except SealedError as error:
            reason = connections.tokens_sealed(
                connection=self.connection, file=KEY_FILE, variable=KEY_VARIABLE
            )
            raise PermanentError(reason, code=error.code) from error

    def _seal(self, field: str, text: str) -> bytes:
        return self.sealer.seal(text, f"{self.connection}:{field}")

    def _busy(self) -> RescheduledStep:
        return RescheduledStep(
            access_renewed(connection=self.connection),
            until_ms=self.clock.now_ms() + _BUSY_MS,
            code="token_busy",
        )

    def _needs_a_person(self, because: Reason) -> PermanentError:
        lost = connections.access_lost(connection=self.connection, because=because)
        return PermanentError(lost, code="token_expired")
