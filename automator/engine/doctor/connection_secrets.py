"""Finds the secrets of connections, and makes copies of a connection with another secret."""

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
    """A secret, with its connection and its key in the connection's options."""

    connection: str
    place: Place
    secret: Secret

    @property
    def name(self) -> str:
        """The name of the secret in messages; never the secret itself."""
        return f"{'.'.join(self.place)} ({self.secret.source})"


def named_secrets(provider: Provider) -> Iterator[NamedSecret]:
    """Yields every secret that a connection has."""
    for place, value in _places(provider.options, ()):
        for secret in value if isinstance(value, tuple) else (value,):
            if secret.reveal():
                yield NamedSecret(provider.connection, place, secret)


def references_of(provider: Provider) -> Iterator[tuple[Place, str]]:
    """Yields each key of a secret with its reference (`env:NAME`), resolved or not."""
    for place, value in _places(provider.options, ()):
        for secret in value if isinstance(value, tuple) else (value,):
            yield place, secret.source


def secret_places(provider: Provider) -> list[Place]:
    """The keys of a connection that can have a secret, set or not."""
    return [place for place, _ in _places(provider.options, ())]


def signing_places(provider: Provider) -> list[Place]:
    """The keys of secrets that sign a delivery: with another secret, the signature changes."""
    now = _signed(provider)
    found = []
    for place in secret_places(provider):
        other = with_secret(provider, place, PROBE)
        if other and _signed(other) != now:
            found.append(place)
    return found


def _signed(provider: Provider) -> tuple[Mapping[str, str], str, bytes]:
    """Everything that a sender adds to prove who it is: headers, query, and a part of the body."""
    return (
        provider.sign(_BODY, now_ms=_NOW_MS, delivery_key="0"),
        provider.sign_query(_BODY, now_ms=_NOW_MS, delivery_key="0"),
        provider.encrypted(_BODY),
    )


def with_secret(provider: Provider, place: Place, secret: Secret) -> Provider | None:
    """The connection with only this secret under that key; None if the key does not accept it."""
    options = _replaced(provider.options, place, secret)
    try:
        return type(provider)(provider.connection, options)
    except (ValueError, AutomatorError):
        # The key needs a secret of another form, such as a public key.
        return None


def afresh(provider: Provider) -> Provider:
    """A new instance of the connection, without the state that the running instance has."""
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
    """The secrets of all connections by their text; a shared secret gets its first owner's name."""
    found: dict[str, NamedSecret] = {}
    for provider in connections.values():
        for named in named_secrets(provider):
            found.setdefault(named.secret.reveal(), named)
    return found
