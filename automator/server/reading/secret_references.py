"""Finds references to secrets in automator.yaml that name a variable that cannot be set, or another
secret.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from automator.configuration.secrets import is_reference
from automator.configuration.settings import Settings
from automator.configuration.target import Place
from automator.engine.doctor.connection_secrets import references_of
from automator.files import LoadedSettings, Path
from automator.model import Problem, Reason, Severity
from automator.plugins import Provider
from automator.reasons.problems.configuration import settings as reasons

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def doubtful_references(
    loaded: LoadedSettings, settings: Settings, connections: Mapping[str, Provider]
) -> list[Problem]:
    """A warning for each reference that is most likely another one than was meant."""
    positions = loaded.parsed.positions
    found: dict[tuple[Path, str], Reason] = {}
    for owned in _references(settings, connections):
        for path, reason in [*_odd_names(owned), *_shared(owned)]:
            found.setdefault((path, reason.code), reason)
    return [
        loaded.parsed.problem(positions.value(path), reason, Severity.WARNING)
        for (path, _), reason in found.items()
    ]


def _references(
    settings: Settings, connections: Mapping[str, Provider]
) -> Iterator[Sequence[tuple[Path, str]]]:
    """The references of each connection, target and receiver, and of links, with their places."""
    for name, provider in connections.items():
        yield [(("connections", name, *place), source) for place, source in references_of(provider)]
    for name, target in settings.targets.items():
        here: Path = ("targets", name)
        secret = target.secret
        yield [
            *([((*here, "secret"), secret.source)] if secret is not None else []),
            *_in_place(here, target),
        ]
    if settings.traces is not None:
        yield _in_place(("traces",), settings.traces)
    for name, address in settings.notify.items():
        yield [(("notify", name), address.source)]
    for name, item in settings.secrets.items():
        yield [(("secrets", name, "value"), item.value.source)]
    yield [(("links", "secret"), secret.source) for secret in settings.links.secret]


def _in_place(path: Path, place: Place) -> list[tuple[Path, str]]:
    return [((*path, *here), reference) for here, reference in place.references()]


def _odd_names(owned: Sequence[tuple[Path, str]]) -> Iterator[tuple[Path, Reason]]:
    """Names of variables that no shell sets, as in `env:SHOP-SECRET`."""
    for path, source in owned:
        kind, _, name = source.partition(":")
        if kind == "env" and name and not _VARIABLE.fullmatch(name):
            better = re.sub(r"^(?=[0-9])|\W+", "_", name.strip(), flags=re.ASCII)
            yield path, reasons.VARIABLE_NAME(name=name, better=better)


def _shared(owned: Sequence[tuple[Path, str]]) -> Iterator[tuple[Path, Reason]]:
    """References that two keys of one owner share, such as `app_secret` and `verify_token`."""
    for path, source in owned:
        other = next((one for one, named in owned if named == source and one != path), None)
        if other is not None and is_reference(source):
            key, beside = (".".join(map(str, one)) for one in (path, other))
            yield path, reasons.SHARED_VARIABLE(key=key, other=beside, reference=source)
