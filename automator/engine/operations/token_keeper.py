"""Keeps the access tokens of a connection encrypted, and renews them once for all nodes.

A refresh token works once, so it must never be used twice. A renewal takes a lease that is
committed before the request, and the new pair is committed before anybody uses it. An expired lease
shows that a process died in between. Then it is unknown whether its token was used, and a person
has to check.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace

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
from automator.reasons.connections import (
    access_lost,
    renewal_failed,
    renewal_interrupted,
    tokens_changed,
    tokens_missing,
    tokens_sealed,
)
from automator.reasons.targets import access_renewed
from automator.sealing import KEY_FILE, KEY_VARIABLE, SealedError, Sealer
from automator.store.cluster.connection_tokens import ConnectionTokens, StoredTokens

logger = logging.getLogger(__name__)

#: Milliseconds that a renewal may take, including commits; its request ends much earlier.
LEASE_MS = 120_000
#: The share of an access token's lifetime after which it is renewed.
RENEW_AFTER = 0.8
#: Seconds until the next try after a renewal failed.
_PAUSE_S = 300.0
#: Milliseconds for which an attempt is put off while another process renews.
_BUSY_MS = 5_000
_MOST_ORIGINS = 20


class TokenKeeper:
    """The tokens of one connection. One instance per process, on the event loop."""

    def __init__(
        self,
        provider: Provider,
        first: TokenPair,
        *,
        rows: ConnectionTokens,
        sealer: Sealer,
        new_http: Callable[[], Http],
        clock: Clock,
    ) -> None:
        """`first` are the tokens in automator.yaml; each renewal gets an Http of its own."""
        self.connection = provider.connection
        self._provider = provider
        self._first = first
        self._rows = rows
        self._sealer = sealer
        self._new_http = new_http
        self._clock = clock
        self._known: StoredTokens | None = None
        self._renewing: asyncio.Task[StoredTokens] | None = None
        #: By the monotonic clock.
        self._paused_until_s = 0.0
        #: The version of the stored lease, and when this process first saw it.
        self._lease_seen = (0, 0.0)

    @property
    def lost(self) -> Reason | None:
        """The reason why the access is no longer renewed, as far as this process knows, or None."""
        return self._known.lost if self._known else None

    async def open(self, *, is_alone: bool = False) -> None:
        """Stores the pair of automator.yaml, unless that pair was stored before.

        `is_alone` says that no other process uses the database: a renewal under way was interrupted
        when the last process ended.

        Raises:
            StoreUnavailableError: nothing could be committed.
        """
        origin = hashlib.sha256(self._first.refresh.encode()).hexdigest()[:16]
        stored = await self._rows.load(self.connection)
        if stored is not None and origin in stored.origins:
            is_dead = is_alone and stored.leased_until is not None
            self._known = await self._lose(stored, renewal_interrupted()) if is_dead else stored
            return
        origins = (*(stored.origins if stored else ()), origin)[-_MOST_ORIGINS:]
        begun = StoredTokens(
            connection=self.connection,
            access=self._seal("access", self._first.access),
            refresh=self._seal("refresh", self._first.refresh),
            issued_at=self._clock.now_ms(),
            lives_s=self._first.lives_s if self._first.access else 0,
            origins=origins,
            version=stored.version if stored else 0,
        )
        # If a node was faster, it has stored the same pair.
        self._known = await self._rows.save(begun) or await self._rows.load(self.connection)
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
        """Renews an access token whose lifetime is nearly over; failures are logged."""
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic()
        if now_s < self._paused_until_s:
            return
        try:
            stored = await self._load()
            age_ms = now_ms - stored.issued_at
            # A negative age means that a clock that was ahead issued it, so its true age is
            # unknown.
            is_due = age_ms >= stored.lives_s * 1000 * RENEW_AFTER or age_ms < -LEASE_MS
            if is_due and stored.lost is None:
                await self._renew_once(stored)
        except PermanentError:
            return  # It was logged when the access was lost.
        except AutomatorError as error:
            self._paused_until_s = now_s + _PAUSE_S
            logger.warning("token.not_renewed connection=%s: %s", self.connection, error)

    async def close(self) -> None:
        """Waits until a renewal that is under way has ended."""
        if self._renewing is not None:
            await asyncio.gather(self._renewing, return_exceptions=True)

    async def _load(self) -> StoredTokens:
        stored = await self._read()
        if stored is None:
            raise PermanentError(tokens_missing(connection=self.connection), code="no_token")
        if stored.leased_until is not None and self._is_over(stored, stored.leased_until):
            stored = await self._lose(stored, renewal_interrupted())
        return stored

    def _is_over(self, stored: StoredTokens, leased_until: int) -> bool:
        """Whether a lease is over: its time has passed, or this process has seen it for the length
        of a lease, if a clock that was ahead made it.
        """
        now_s = self._clock.monotonic()
        if self._lease_seen[0] != stored.version:
            self._lease_seen = stored.version, now_s
        seen_ms = (now_s - self._lease_seen[1]) * 1000
        return leased_until < self._clock.now_ms() or seen_ms > LEASE_MS

    async def _read(self) -> StoredTokens | None:
        """The stored tokens, or newer tokens that this process has stored meanwhile."""
        before = self._known
        stored = await self._rows.load(self.connection)
        known = self._known
        if known and stored and known is not before and known.version > stored.version:
            return known
        self._known = stored
        return stored

    async def _renew_once(self, stored: StoredTokens) -> StoredTokens:
        """Renews, or joins another caller's renewal; cancelling a caller does not end it."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(stored))
        return await asyncio.shield(self._renewing)

    async def _renew(self, stored: StoredTokens) -> StoredTokens:
        if stored.lost is not None:
            raise self._needs_a_person(stored.lost)
        if stored.leased_until is not None:
            raise self._busy()
        leased = await self._rows.save(
            replace(stored, leased_until=self._clock.now_ms() + LEASE_MS)
        )
        if leased is None:
            raise self._busy()
        try:
            pair = await self._provider.renew_tokens(self._pair(leased), self._new_http())
        except (RetryableError, TargetUnavailable):
            # The refresh token was not used, so the renewal can be tried again.
            self._known = await self._rows.save(replace(leased, leased_until=None))
            raise
        except StepError as error:
            lost = await self._lose(leased, error.reason)
            raise self._needs_a_person(lost.lost or error.reason) from error
        except Exception as error:
            await self._lose(leased, renewal_failed(error=type(error).__name__))
            raise
        return await self._commit(leased, pair)

    async def _commit(self, leased: StoredTokens, pair: TokenPair) -> StoredTokens:
        """Stores the new pair before it is used; if that fails, the lease stays as a mark."""
        saved = await self._rows.save(
            replace(
                leased,
                access=self._seal("access", pair.access),
                refresh=self._seal("refresh", pair.refresh),
                issued_at=self._clock.now_ms(),
                lives_s=pair.lives_s,
                leased_until=None,
            )
        )
        if saved is None:
            raise self._needs_a_person(tokens_changed())
        self._known = saved
        logger.info("token.renewed connection=%s lives_s=%d", self.connection, pair.lives_s)
        return saved

    async def _lose(self, stored: StoredTokens, reason: Reason) -> StoredTokens:
        """Notes that a person is needed, unless another node has changed the tokens first."""
        saved = await self._rows.save(replace(stored, leased_until=None, lost=reason))
        if saved is None:
            return await self._read() or stored
        logger.error("token.lost connection=%s: %s", self.connection, reason)
        self._known = saved
        return saved

    def _pair(self, stored: StoredTokens) -> TokenPair:
        try:
            return TokenPair(
                access=self._sealer.open(stored.access, f"{self.connection}:access"),
                refresh=self._sealer.open(stored.refresh, f"{self.connection}:refresh"),
                lives_s=stored.lives_s,
            )
        except SealedError as error:
            reason = tokens_sealed(connection=self.connection, file=KEY_FILE, variable=KEY_VARIABLE)
            raise PermanentError(reason, code=error.code) from error

    def _seal(self, field: str, text: str) -> bytes:
        return self._sealer.seal(text, f"{self.connection}:{field}")

    def _busy(self) -> RescheduledStep:
        return RescheduledStep(
            access_renewed(connection=self.connection),
            until_ms=self._clock.now_ms() + _BUSY_MS,
            code="token_busy",
        )

    def _needs_a_person(self, because: Reason) -> PermanentError:
        lost = access_lost(connection=self.connection, because=because)
        return PermanentError(lost, code="token_expired")
