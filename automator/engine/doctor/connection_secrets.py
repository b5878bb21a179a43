"""The secrets of connections by name, and copies of a connection with another secret."""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.configuration.secrets import Secret
from automator.configuration.values import StrictModel
from automator.model import AutomatorError, record
from automator.plugins import Provider

#: A secret that no real sender uses.
PROBE = Secret("a secret that nobody else has, to see what changes", "probe")
_BODY = b'{"a":1}'
_NOW_MS = 1_700_000_000_000

#: The keys that lead to a secret, such as ("verify", "secret").
Place = tuple[str, ...]


@record(kw_only=False)
class NamedSecret:
    """A secret, with its connection and its key in the options."""

    connection: str
    place: Place
    secret: Secret

    @property
    def name(self) -> str:
        """The name of the secret for people, never the secret itself."""
        return f"{'.'.join(self.place)} ({self.secret.source})"


def named_secrets(provider: Provider) -> Iterator[NamedSecret]:
    """Every secret of a connection that is set."""
    for place, value in _places(provider.options, ()):
        for secret in value if isinstance(value, tuple) else (value,):
            if secret.reveal():
                yield NamedSecret(provider.connection, place, secret)


def references_of(provider: Provider) -> Iterator[tuple[Place, str]]:
    """The place of each secret of a connection, and its reference (`env:NAME`), resolved or not."""
    for place, value in _places(provider.options, ()):
        for secret in value if isinstance(value, tuple) else (value,):
            yield place, secret.source


def secret_places(provider: Provider) -> list[Place]:
    """The keys of a connection that may hold secrets, set or not."""
    return [place for place, _ in _places(provider.options, ())]


def signing_places(provider: Provider) -> list[Place]:
    """The places of secrets that prove a delivery: another secret there changes the signature."""
    now = _signed(provider)
    found = []
    for place in secret_places(provider):
        other = with_secret(provider, place, PROBE)
        if other and _signed(other) != now:
            found.append(place)
    return found


def _signed(provider: Provider) -> tuple[Mapping[str, str], str]:
    """Everything by which a sender may prove itself: headers and query."""
    return (
        provider.sign(_BODY, now_ms=_NOW_MS, delivery_key="0"),
        provider.sign_query(_BODY, now_ms=_NOW_MS, delivery_key="0"),
    )


def with_secret(provider: Provider, place: Place, secret: Secret) -> Provider | None:
    """The connection with only this secret in that place; None if the place does not take it."""
    options = _replaced(provider.options, place, secret)
    try:
        return type(provider)(provider.connection, options)
    except (ValueError, AutomatorError):
        # The place needs another kind of key, such as a public key.
        return None


def afresh(provider: Provider) -> Provider:
    """A new instance of the connection, without the state of the running instance."""
    return type(provider)(provider.connection, provider.options)


def _places(model: StrictModel, path: Place) -> Iterator[tuple[Place, Secret | tuple[Secret, ...]]]:
    for key, value in dict(model).items():
        here = (*path, key)
        if isinstance(value, Secret):
            yield here, value
        elif isinstance(value, StrictModel):
            yield from _places(value, here)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if isinstance(inner, StrictModel):
                    yield from _places(inner, (*here, name))
        elif isinstance(value, tuple) and value and all(isinstance(v, Secret) for v in value):
            yield here, value


def _replaced(model: Any, place: Place, secret: Secret) -> Any:
    key, *rest = place
    if isinstance(model, dict):
        return {**model, key: _replaced(model[key], tuple(rest), secret)}
    value = getattr(model, key)
    if rest:
        changed = _replaced(value, tuple(rest), secret)
    else:
        changed = (secret,) if isinstance(value, tuple) else secret
    return model.model_copy(update={key: changed})


def by_text(connections: Mapping[str, Provider]) -> dict[str, NamedSecret]:
    """Every known secret of all connections once, by its text, named by its first place."""
    found: dict[str, NamedSecret] = {}
    for provider in connections.values():
        for named in named_secrets(provider):
            found.setdefault(named.secret.reveal(), named)
    return found
