"""Opens the encrypted tokens of connections and the keys of tracked links when a server starts."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from automator.clock import Clock
from automator.configuration.environment import Environment
from automator.configuration.settings import Settings
from automator.engine.links.link_tokens import LinkKeys, replaces_unknown_key
from automator.engine.links.tracked_links import TrackedLinks
from automator.engine.operations.token_keeper import TokenKeeper
from automator.http.types import Http
from automator.model import Reason
from automator.plugins import Provider
from automator.reasons.connections import other_link_key
from automator.rules import RuleSet, tracks_links
from automator.sealing import KEY_FILE, KEY_VARIABLE, Sealer, sealing_key
from automator.store import Store


async def open_keepers(
    connections: Mapping[str, Provider],
    *,
    store: Store,
    data: Path,
    new_http: Callable[[], Http],
    clock: Clock,
) -> tuple[TokenKeeper, ...]:
    """Opens a token keeper for each connection with renewable tokens, and gives it to the provider.

    Raises:
        SettingsError: the key that encrypts the tokens cannot be used.
    """
    renewable = [
        (provider, first)
        for provider in connections.values()
        if (first := provider.first_tokens()) is not None
    ]
    if not renewable:
        return ()
    sealer = Sealer(sealing_key(data, Environment.read().sealing_key))
    keepers = []
    for provider, first in renewable:
        keeper = TokenKeeper(
            provider, first, rows=store.tokens, sealer=sealer, new_http=new_http, clock=clock
        )
        await keeper.open(is_alone=not store.is_shared)
        provider.tokens = keeper
        keepers.append(keeper)
    return tuple(keepers)


async def close_keepers(keepers: Iterable[TokenKeeper]) -> None:
    """Closes the token keepers; waits for renewals under way."""
    for keeper in keepers:
        await keeper.close()


def tracked_links(settings: Settings, data: Path) -> TrackedLinks:
    """Makes the tracked links of a server; without a `public_url` there are none.

    Without a secret for links in the settings, the key that encrypts tokens signs the links.

    Raises:
        SettingsError: that key cannot be used.
    """
    if not settings.public_url:
        return TrackedLinks()
    secrets = [one.reveal().encode() for one in settings.links.secret]
    if not secrets:
        secrets = [sealing_key(data, Environment.read().sealing_key)]
    return TrackedLinks(settings.public_url, LinkKeys(secrets))


async def link_warnings(links: TrackedLinks, store: Store, rules: RuleSet) -> tuple[Reason, ...]:
    """The warning if rules send tracked links, and links sent earlier have an unknown key; or ().

    Raises:
        StoreUnavailableError: nothing can be stored now.
    """
    if links.keys is None or not await replaces_unknown_key(links.keys, store):
        return ()
    if not any(tracks_links(step.inputs) for rule in rules.rules for step in rule.spec.steps):
        return ()
    return (other_link_key(variable=KEY_VARIABLE, file=KEY_FILE),)
