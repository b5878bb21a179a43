"""A connection whose tokens rotate, and an account at its provider that lets each be used once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from automator.clock import Clock
from automator.engine.operations.token_keeper import TokenKeeper
from automator.http.types import Http, InboundRequest
from automator.model import ParsedEvent, StepError
from automator.plugins import ConnectionOptions, Provider
from automator.plugins.access_tokens import TokenPair
from automator.sealing import SealedError, Sealer
from automator.store import Store
from automator.store.cluster.connection_tokens import ConnectionTokens
from tests.support.http import ScriptedHttp

LIVES_S = 90_000


class OpenSealer(Sealer):
    """Binds texts to what they are about as a Sealer does, and hides nothing."""

    def __init__(self, key: str = "key") -> None:
        self._key = key

    def seal(self, text: str, about: str) -> bytes:
        return f"{self._key}|{about}|{text}".encode()

    def open(self, sealed: bytes, about: str) -> str:
        key, place, text = sealed.decode().split("|", 2)
        if (key, place) != (self._key, about):
            raise SealedError(f"the stored {about} was sealed with another key", fix="x")
        return text


@dataclass(slots=True)
class Account:
    """The other side: it counts renewals and refuses what was used."""

    used: list[str] = field(default_factory=list)
    #: Raised by the next renewals, after their token was used where that is said.
    script: list[tuple[StepError, bool]] = field(default_factory=list)
    #: While it is not set, renewals hang after their token was used.
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    #: Set when a token was used.
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def renew(self, refresh: str) -> TokenPair:
        """The next pair."""
        error, is_used = self.script.pop(0) if self.script else (None, True)
        if is_used:
            assert refresh not in self.used, f"{refresh} was used twice"
            self.used.append(refresh)
            self.asked.set()
        await self.may_answer.wait()
        if error is not None:
            raise error
        number = len(self.used)
        return TokenPair(access=f"a{number}", refresh=f"r{number}", lives_s=LIVES_S)


class Renewing(Provider):
    """A provider whose tokens rotate, and that does nothing else."""

    name = "renewing"
    options_model = ConnectionOptions

    def __init__(self, account: Account, connection: str) -> None:
        super().__init__(connection, ConnectionOptions(provider="renewing"))
        self._account = account

    def verify(self, request: InboundRequest) -> None:
        """Trusts everybody."""

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads no events."""
        return ()

    async def renew_tokens(self, tokens: TokenPair, http: Http) -> TokenPair:
        return await self._account.renew(tokens.refresh)


def first_pair(refresh: str = "r0", access: str = "a0") -> TokenPair:
    """The first tokens, as in the settings."""
    return TokenPair(access=access, refresh=refresh, lives_s=LIVES_S)


def a_keeper(
    store: Store,
    account: Account,
    clock: Clock,
    *,
    first: TokenPair | None = None,
    sealer: Sealer | None = None,
    connection: str = "shop",
    rows: ConnectionTokens | None = None,
) -> TokenKeeper:
    """A keeper as one node has it; `rows` stand before those of the store."""
    return TokenKeeper(
        Renewing(account, connection),
        first or first_pair(),
        rows=rows or store.tokens,
        sealer=sealer or OpenSealer(),
        new_http=ScriptedHttp,
        clock=clock,
    )


async def open_keeper(store: Store, account: Account, clock: Clock, **more: Any) -> TokenKeeper:
    """A keeper that has read what is stored."""
    keeper = a_keeper(store, account, clock, **more)
    await keeper.open()
    return keeper


async def renewal_under_way(keeper: TokenKeeper, account: Account) -> "asyncio.Task[str]":
    """A renewal that the account has been asked for and has not answered yet."""
    account.may_answer.clear()
    renewing = asyncio.create_task(keeper.renewed("a0"))
    await account.asked.wait()
    return renewing
