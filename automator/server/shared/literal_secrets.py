"""Warns of secrets that are written in automator.yaml, and hides them in its problems."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, get_args

from pydantic import BaseModel

from automator.configuration.secrets import (
    LITERAL,
    Secret,
    bare_credential,
    is_reference,
    is_secret_parameter,
    names_secret,
    secrets_in_url,
)
from automator.configuration.settings import Settings
from automator.configuration.target import Place
from automator.engine.doctor.connection_secrets import named_secrets
from automator.files import HIDDEN, HiddenTexts, LoadedSettings, Parsed, hide_values
from automator.model import Problem, Reason, Severity
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.reasons import ReasonKind
from automator.reasons.problems.configuration.settings import (
    setting_literal_secret,
    setting_literal_secret_in_url,
)

_PLAIN = frozenset({"", "|", ">", "|-", ">-", "|+", ">+", "true", "false", "null", "~"})
# A password may contain any character, even a character that addresses do not allow there.
_USERINFO = re.compile(r"(?<=://)\S.*")
# A name without a value matches too; otherwise each `?` in the name would begin a new match.
_PARAMETER = re.compile(r"(?<=[?&])([^=&]*)(?:=([^&]+))?")
#: Hidden texts of fewer characters stay in messages, because they could be part of any word.
_LONG_ENOUGH = 6
#: A quotation mark; and hidden letters with the signs between them.
_QUOTES = re.compile("[\"']")
_STRETCH = re.compile(rf"{HIDDEN}(?:\W*{HIDDEN})?")

Path = tuple[str | int, ...]


def without_secrets(problems: list[Problem], parsed: Parsed) -> list[Problem]:
    """The problems of automator.yaml, with all values hidden that are or may be secrets."""
    if not problems:
        return []
    known = shown_keys(_providers_of(parsed.data))
    shown, hidden = hide_values(parsed.lines, partial(_shown_value, known))
    hidden |= set(_stretches(parsed.lines, shown))
    texts = HiddenTexts(hidden, _LONG_ENOUGH)
    return [
        replace(
            item,
            source=shown[item.line - 1] if item.source else "",
            reason=_reason_without(item.reason, texts),
        )
        for item in problems
    ]


def _stretches(lines: Sequence[str], shown: Sequence[str]) -> Iterator[str]:
    """Yields the hidden texts of each line together with the signs between them.

    A secret with commas is hidden as several short texts, but a message may quote it whole, or up
    to a quotation mark.
    """
    for line, hidden in zip(lines, shown, strict=True):
        for found in _STRETCH.finditer(hidden):
            stretch = line[found.start() : found.end()]
            yield from (stretch, *_QUOTES.split(stretch))


def _reason_without(reason: Reason, texts: HiddenTexts) -> Reason:
    values = {name: _without(value, texts) for name, value in reason.params.items()}
    return Reason(reason.code, values)


def _without(value: Any, texts: HiddenTexts) -> Any:
    if isinstance(value, Reason):
        return _reason_without(value, texts)
    if isinstance(value, list | tuple):
        return [_without(item, texts) for item in value]
    if isinstance(value, int | float) and str(value) in texts:
        return "…"
    return texts.taken_from(value) if isinstance(value, str) else value


def _providers_of(data: Any) -> frozenset[str]:
    """The providers of a file's connections; all providers if an unknown one is named, or none."""
    written = data.get("connections") if isinstance(data, dict) else None
    connections = written.values() if isinstance(written, dict) else ()
    named = {str(item.get("provider")) for item in connections if isinstance(item, dict)}
    return frozenset(named if named and named <= BUILTIN.keys() else BUILTIN)


def _shown_value(known: Collection[str], key: str, text: str) -> str | None:
    bare = text.strip("\"'")
    if bare.lower() in _PLAIN or is_reference(bare_credential(bare)):
        return text
    if key not in known or names_secret(key):
        return None
    before, at, behind = text.rpartition("@")
    before = _USERINFO.sub(lambda found: HIDDEN * len(found[0]), before)
    shown = _PARAMETER.sub(_shown_parameter, before + at + behind)
    for secret in secrets_in_url(bare):
        shown = shown.replace(secret.reveal(), HIDDEN * len(secret.reveal()))
    return shown


def _shown_parameter(found: re.Match[str]) -> str:
    name, value = found.groups()
    if not is_secret_parameter(name, value):
        return found[0]
    return HIDDEN * len(name) if value is None else f"{name}={HIDDEN * len(value)}"


@lru_cache(maxsize=8)
def shown_keys(providers: frozenset[str]) -> frozenset[str]:
    """The keys of an automator.yaml with these providers whose values are never secrets."""
    models: list[type[BaseModel]] = [
        Settings,
        *(BUILTIN[name].options_model for name in providers),
    ]
    open_keys: set[str] = set()
    secret_keys: set[str] = set()
    for model in models:
        for key, is_secret in _keys(model):
            (secret_keys if is_secret else open_keys).add(key)
    return frozenset(open_keys - secret_keys)


def _keys(model: type[BaseModel]) -> Iterator[tuple[str, bool]]:
    for key, field in model.model_fields.items():
        kinds = set(types_in(field.annotation))
        # A mapping, such as `headers`, may hold secrets under keys that people choose.
        yield key, Secret in kinds and dict not in kinds
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind)


def types_in(annotation: Any) -> Iterator[Any]:
    """Yields every type that an annotation consists of."""
    arguments = get_args(annotation)
    if not arguments:
        yield annotation
        return
    yield getattr(annotation, "__origin__", annotation)
    for argument in arguments:
        yield from types_in(argument)


def literal_secrets(
    loaded: LoadedSettings, settings: Settings, connections: Mapping[str, Provider]
) -> list[Problem]:
    """Warns of each secret that is written in the file itself."""
    places = dict.fromkeys([*_of_connections(connections), *_of_targets(settings)])
    return [
        loaded.problem(path, _kind_at(path)(key=".".join(map(str, path))), Severity.WARNING)
        for path in places
    ]


def _kind_at(path: Path) -> ReasonKind[...]:
    return setting_literal_secret_in_url if path[-1] == "url" else setting_literal_secret


def _of_connections(connections: Mapping[str, Provider]) -> Iterator[Path]:
    for name, provider in connections.items():
        for named in named_secrets(provider):
            if named.secret.source == LITERAL:
                yield ("connections", name, *named.place)


def _of_place(path: Path, place: Place) -> Iterator[Path]:
    if secrets_in_url(place.url):
        yield (*path, "url")
    for header, value in place.headers.items():
        if isinstance(value, str) and names_secret(header):
            yield (*path, "headers", header)


def _of_targets(settings: Settings) -> Iterator[Path]:
    for path, place in settings.places():
        yield from _of_place(path, place)
    yield from (path for path, secret in settings.secret_places() if secret.source == LITERAL)
