"""Opens and closes the token keepers of connections whose tokens have to be renewed."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from automator.clock import Clock
from automator.configuration.environment import Environment
from automator.engine.operations.token_keeper import TokenKeeper
from automator.http.types import Http
from automator.plugins import Provider
from automator.sealing import Sealer, sealing_key
from automator.store import Store


async def open_keepers(
    connections: Mapping[str, Provider],
    *,
    store: Store,
    data: Path,
    new_http: Callable[[], Http],
    clock: Clock,
) -> tuple[TokenKeeper, ...]:
    """Opens a token keeper for each connection that needs one, and gives it to its provider.

    Raises:
        SettingsError: the key that seals their tokens cannot be used.
    """
    wanted = [
        (provider, first)
        for provider in connections.values()
        if (first := provider.first_tokens()) is not None
    ]
    if not wanted:
        return ()
    sealer = Sealer(sealing_key(data, Environment.read().sealing_key))
    keepers = []
    for provider, first in wanted:
        keeper = TokenKeeper(
            provider, first, rows=store.tokens, sealer=sealer, new_http=new_http, clock=clock
        )
        await keeper.open(is_alone=not store.is_shared)
        provider.tokens = keeper
        keepers.append(keeper)
    return tuple(keepers)


async def close_keepers(keepers: Iterable[TokenKeeper]) -> None:
    """Waits for renewals that are under way."""
    for keeper in keepers:
        await keeper.close()
