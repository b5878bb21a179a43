"""Secrets: resolves references (`env:NAME`, `file:PATH`), and keeps secret texts out of output."""

import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlsplit

from automator.model import SettingsError
from automator.reasons.problems.values import (
    SECRET_EMPTY,
    SECRET_GARBLED,
    SECRET_NO_TEXT,
    SECRET_UNREADABLE,
    SECRET_UNSET,
)
from automator.reasons.quoted import os_reason

MIN_SECRET_LENGTH = 8
#: The source of a secret that is written out instead of referenced.
LITERAL = "written in the file"
REDACTED = "<redacted>"
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|passw(?:or)?d|api[-_]?key|appsecret_proof|credential"
    r"|(?:^|[-_])auth(?:$|[-_])",
    re.IGNORECASE,
)
#: The longest name whose result is cached: strangers choose the names of headers.
_LONGEST_KEPT = 128
_USERINFO = re.compile(r"(?<=://)[^/?#\s]+(?=@)")
# A name without a value is a match too: otherwise each `?` in it would be a new beginning.
_PARAMETER = re.compile(r"([?&])([^=&#]*)(?:=([^&#]+))?")


class MissingSecretError(SettingsError):
    """A variable or a file that a secret is read from is missing or empty."""

    code = "secret-missing"


class Secret:
    """A secret text. `repr`, `str` and formatting show only where it came from."""

    __slots__ = ("_text", "source")

    def __init__(self, text: str, source: str = "literal") -> None:
        self._text = text
        self.source = source

    def reveal(self) -> str:
        """The text itself: call this only where it is used."""
        return self._text

    def __repr__(self) -> str:
        return f"<secret {self.source}>"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def resolve_secret(reference: str, environ: Mapping[str, str] | None = None) -> Secret:
    """Reads the secret that `env:NAME` or `file:PATH` names.

    A text without either prefix is the secret itself; `automator check` warns of those.

    Raises:
        MissingSecretError: the variable or the file is missing or empty.
    """
    environ = os.environ if environ is None else environ
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        # A file of variables with Windows line ends leaves a carriage return behind each value.
        text = environ.get(name, "").strip()
        if not text:
            raise MissingSecretError(SECRET_UNSET(name=name))
        # Python reads bytes of the environment that are not UTF-8 as lone surrogates.
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise MissingSecretError(SECRET_GARBLED(name=name))
        return Secret(text, reference)
    if kind == "file" and name:
        try:
            # Editors on Windows put a byte order mark before the text.
            text = Path(name).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            reason = SECRET_UNREADABLE(path=name, said=os_reason(error))
            raise MissingSecretError(reason) from error
        except ValueError as error:
            raise MissingSecretError(SECRET_NO_TEXT(path=name)) from error
        if not text:
            raise MissingSecretError(SECRET_EMPTY(path=name))
        return Secret(text, reference)
    return Secret(reference, LITERAL)


def is_reference(text: str) -> bool:
    """Whether a text names a secret instead of being one."""
    kind, _, name = text.partition(":")
    return kind in ("env", "file") and bool(name)


def names_secret(name: str) -> bool:
    """Whether a header, a parameter or a key of this name holds something that gives access."""
    return _kept_verdict(name) if len(name) <= _LONGEST_KEPT else _says_secret(name)


def _says_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


_kept_verdict = lru_cache(maxsize=1024)(_says_secret)


def redacted_url(url: str) -> str:
    """An address without name, password and secret parameters."""
    if "@" in url:
        url = _USERINFO.sub(REDACTED, url)
    return _PARAMETER.sub(_hidden_parameter, url) if "?" in url else url


def _hidden_parameter(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    is_secret = value is not None and names_secret(unquote_plus(name))
    return f"{mark}{name}={REDACTED}" if is_secret else found[0]


def secrets_in_url(url: str) -> tuple[Secret, ...]:
    """The secrets that an address carries: a password in it, and secret parameters."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    found = [value for name, value in pairs if names_secret(name)]
    if parts.password or parts.username:
        found.append(unquote(parts.password or parts.username or ""))
    return tuple(Secret(value, LITERAL) for value in found if value)


def secrets_of_address(address: Secret) -> tuple[Secret, ...]:
    """The secret parts of an address that gives access as a whole, as `tgram://TOKEN/CHAT`, and the
    address itself.

    Of `USER:PASSWORD@HOST` these are user, password and a host without dots, then each part of the
    path and each value behind `?`; not those of `to` and `from`, which the log is to show.
    """
    place, _, path = address.reveal().partition("://")[2].partition("?")[0].partition("/")
    login, _, host = place.rpartition("@")
    pairs = parse_qsl(address.reveal().partition("?")[2])
    parts = [*login.split(":"), *path.split("/")]
    parts += [value for name, value in pairs if name not in ("to", "from")]
    if "." not in host and not host.startswith("localhost"):
        parts += [host, *host.split(":")]
    kept = {unquote(part) for part in parts} | set(parts)
    ordered = sorted(filter(None, kept), key=len, reverse=True)
    return (address, *(Secret(part, address.source) for part in ordered))


def written_forms(value: str) -> tuple[str, ...]:
    """A secret as it stands in plain text, in JSON, which may escape `/`, and in an address."""
    in_json = (json.dumps(value, ensure_ascii=False)[1:-1], json.dumps(value)[1:-1])
    escaped = (form.replace("/", "\\/") for form in in_json)
    encoded = value.encode("utf-8", "surrogatepass")
    return tuple(
        dict.fromkeys((value, *in_json, *escaped, quote(encoded, ""), quote_plus(encoded)))
    )


def redact(text: str, secrets: tuple[Secret, ...]) -> str:
    """`text` with every known secret replaced by where it comes from."""
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= MIN_SECRET_LENGTH and value in text:
            text = text.replace(value, repr(secret))
    return text
