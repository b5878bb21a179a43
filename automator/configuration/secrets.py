"""Secrets: reads the references `env:NAME` and `file:PATH`, and hides secret texts in output."""

import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote, unquote_plus

from automator.model import SettingsError
from automator.reasons.problems.values import (
    value_secret_empty,
    value_secret_garbled,
    value_secret_no_text,
    value_secret_unreadable,
    value_secret_unset,
)
from automator.reasons.quoted import os_reason

MIN_SECRET_LENGTH = 8
#: The source of a secret that a file contains itself, instead of a reference.
LITERAL = "written in the file"
REDACTED = "<redacted>"
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|passw(?:or)?d|api[-_]?key|appsecret_proof|credential"
    r"|(?:^|[-_])auth(?:$|[-_])",
    re.IGNORECASE,
)
#: The longest name whose result is cached, because strangers choose the names of headers.
_LONGEST_KEPT = 128
#: Names of parameters that hold a secret in an address; elsewhere they are ordinary words.
_SECRET_PARAMETER = re.compile(r"k|key|sig|signature|code|sas|pass|pw|pwd", re.IGNORECASE)
_SCHEME = re.compile(r"(?:bearer|basic|token)\s+", re.IGNORECASE)
#: A text of a rule that names a secret as `secret:NAME`, alone or after a word such as `Bearer`.
SECRET_OF_RULE = re.compile(
    r"((?:Bearer|Basic|Token) +)?secret:([a-z0-9][a-z0-9_-]{0,63})", re.IGNORECASE
)
_USERINFO = re.compile(r"(?<=://)[^/?#\s]+(?=@)")
_ADDRESS = re.compile(r"[^:/?#]*://([^/?#]*)([^?#]*)\??([^#]*)")
#: A reference in an address, as a part of the path or as a parameter's value. A `file:PATH` has to
#: be the last part.
REFERENCE_IN_URL = re.compile(r"(?<=[/=?])(?:env:\w+|file:[^?&#]+)")
#: A readable text of words and numbers; any other text looks like a key.
_WORDS = re.compile(
    r"[\W_]*(?:(?:[^\W\d_](?:[a-z]|[^\W\d_\x00-\x7f]){0,19}|[A-Z]{1,15}|v?\d{1,16})"
    r"(?:[\W_]+|(?<=[a-z])(?=[A-Z])|\Z))*"
)
# A name without a value matches too: otherwise each `?` in the name would begin a new search.
_PARAMETER = re.compile(r"([?&])([^=&#]*)(?:=([^&#]+))?")


class MissingSecretError(SettingsError):
    """A variable or a file that a secret is read from is missing or empty."""

    code = "secret-missing"


class Secret:
    """A secret text. `repr`, `str` and formatting show only its source."""

    __slots__ = ("_text", "source")

    def __init__(self, text: str, source: str = "literal") -> None:
        self._text = text
        self.source = source

    def reveal(self) -> str:
        """Returns the secret text itself: call this only where the text is used."""
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

    A text without either prefix is the secret itself; `automator check` warns of such texts.

    Raises:
        MissingSecretError: the variable or the file is missing or empty.
    """
    environ = os.environ if environ is None else environ
    kind, _, name = reference.partition(":")
    if kind == "env" and name:
        # A file of variables with Windows line ends leaves a carriage return after each value.
        text = environ.get(name, "").strip()
        if not text:
            raise MissingSecretError(value_secret_unset(name=name))
        # Python turns bytes of the environment that are not UTF-8 into lone surrogates.
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise MissingSecretError(value_secret_garbled(name=name))
        return Secret(text, reference)
    if kind == "file" and name:
        try:
            # Editors on Windows put a byte order mark before the text.
            text = Path(name).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            reason = value_secret_unreadable(path=name, said=os_reason(error))
            raise MissingSecretError(reason) from error
        except ValueError as error:
            raise MissingSecretError(value_secret_no_text(path=name)) from error
        if not text:
            raise MissingSecretError(value_secret_empty(path=name))
        return Secret(text, reference)
    return Secret(reference, LITERAL)


def is_reference(text: str) -> bool:
    """Whether a text names a secret instead of being one."""
    kind, _, name = text.partition(":")
    return kind in ("env", "file") and bool(name)


def names_secret(name: str) -> bool:
    """Whether a header, parameter or key of this name usually holds a secret."""
    return _kept_verdict(name) if len(name) <= _LONGEST_KEPT else _says_secret(name)


def _says_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


_kept_verdict = lru_cache(maxsize=1024)(_says_secret)


def looks_secret(text: str) -> bool:
    """Whether a text looks like a key: it is long, and does not consist of words and numbers."""
    return len(text) >= MIN_SECRET_LENGTH and _WORDS.fullmatch(text) is None


def bare_credential(text: str) -> str:
    """Returns the credential in a header's value, without a word such as `Bearer` before it."""
    return _SCHEME.sub("", text, 1) if _SCHEME.match(text) else text


def is_secret_parameter(name: str, value: str | None) -> bool:
    """Whether a parameter of an address is a secret: by its name, or without a name by its look."""
    name = unquote_plus(name)
    if value is None:
        return looks_secret(name)
    return names_secret(name) or _SECRET_PARAMETER.fullmatch(name) is not None


def redacted_url(url: str) -> str:
    """Returns an address with user name, password and secret parameters hidden."""
    if "@" in url:
        url = _USERINFO.sub(REDACTED, url)
    return _PARAMETER.sub(_hidden_parameter, url) if "?" in url else url


def _hidden_parameter(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    if not is_secret_parameter(name, value):
        return found[0]
    return f"{mark}{REDACTED}" if value is None else f"{mark}{name}={REDACTED}"


def secrets_in_url(url: str) -> tuple[Secret, ...]:
    """Finds the secrets in an address: its password, parameters with secret names, and parts of its
    path and query that look like keys.
    """
    found = _ADDRESS.match(REFERENCE_IN_URL.sub("", url))
    if found is None:
        return ()
    place, path, query = found.groups()
    login, at, _ = place.rpartition("@")
    texts = [login.rpartition(":")[2]] if at else []
    pairs = [pair.partition("=") for pair in query.split("&")]
    texts += [value for name, _, value in pairs if is_secret_parameter(name, value)]
    others = [*path.split("/"), *(value if mark else name for name, mark, value in pairs)]
    texts += [text for text in others if looks_secret(unquote(text))]
    return tuple(Secret(text, LITERAL) for text in _decoded(texts))


def _decoded(texts: Iterable[str]) -> Iterable[str]:
    """Yields each part of an address as written, and percent-decoded as the receiver reads it."""
    read = (form for text in texts for form in (text, unquote(text), unquote_plus(text)))
    return dict.fromkeys(filter(None, read))


class Address(str):
    """An address as a file writes it; `secrets` has the secrets that its references name."""

    __slots__ = ("secrets",)
    secrets: Mapping[str, Secret]

    @classmethod
    def resolved(cls, text: str, resolve: Callable[[str], Secret]) -> "Address":
        """Makes an address from a text; `resolve` reads the secret of each reference."""
        found = _ADDRESS.match(text)
        start = found.start(2) if found else len(text)
        address = cls(text)
        address.secrets = {
            item[0]: resolve(item[0]) for item in REFERENCE_IN_URL.finditer(text, start)
        }
        return address

    @property
    def sent(self) -> str:
        """Returns the address to send to, with secrets for references; unresolved ones stay."""
        if not self.secrets:
            return self
        texts = {reference: secret.reveal() for reference, secret in self.secrets.items()}
        return REFERENCE_IN_URL.sub(lambda found: texts.get(found[0]) or found[0], self)

    def parts(self) -> Iterable[Secret]:
        """Yields each secret in all its forms: whole, in parts, and percent-decoded as the receiver
        reads it.
        """
        for reference, secret in self.secrets.items():
            text = secret.reveal()
            for form in _decoded([text, *text.split("/")]):
                yield Secret(form, reference)


def secrets_of_address(address: Secret) -> tuple[Secret, ...]:
    """Finds the secret parts of an address that is a secret as a whole, such as
    `tgram://TOKEN/CHAT`; includes the address itself.

    Secret are the user, the password, a host without dots, each part of the path, and each value
    after `?`. The values of `to` and `from` are not secret: the log shows them.
    """
    place, _, path = address.reveal().partition("://")[2].partition("?")[0].partition("/")
    login, _, host = place.rpartition("@")
    pairs = parse_qsl(address.reveal().partition("?")[2])
    parts = [*login.split(":"), *path.split("/")]
    parts += [value for name, value in pairs if name not in ("to", "from")]
    if "." not in host and not host.startswith("localhost"):
        parts += [host, *host.split(":")]
    return (address, *(Secret(part, address.source) for part in _decoded(parts)))


class WrittenSecret:
    """A secret to find in texts, in every form in which programs may write it."""

    __slots__ = ("_forms", "_pattern", "shown", "stretches", "value")

    def __init__(self, value: str, shown: str) -> None:
        self.value = value
        #: The text that replaces the secret.
        self.shown = shown
        #: Its runs of letters and digits in lower case, which no escape changes; the longest first.
        self.stretches = sorted(_STRETCHES.findall(value.lower().encode()), key=len, reverse=True)
        self._pattern: re.Pattern[str] | None = None
        self._forms: tuple[WrittenSecret, ...] = ()

    @property
    def forms(self) -> "tuple[WrittenSecret, ...]":
        """Returns the secret itself, its base64 within any longer text, and its hexadecimal
        digits.
        """
        if not self._forms:
            given = self.value.encode("utf-8", "surrogatepass")
            # Only the base64 letters that do not depend on the text around the secret: the first
            # and the last letters also encode bytes before and after it.
            texts = [
                b64encode(bytes(before) + given).decode()[
                    (8 * before + 5) // 6 : 8 * (before + len(given)) // 6
                ]
                for before in range(3)
            ]
            others = (WrittenSecret(text, self.shown) for text in (*texts, given.hex()))
            self._forms = (self, *others)
        return self._forms

    def may_be_in(self, lowered: bytes) -> bool:
        """Whether a text in lower case contains all the runs, so that it may contain the secret."""
        # A loop, because it nearly always ends at the first stretch.
        for stretch in self.stretches:  # noqa: SIM110
            if stretch not in lowered:
                return False
        return True

    def hidden_in(self, text: str) -> str:
        """Returns the text with the secret replaced by its source."""
        if self._pattern is None:
            # Compiled only when needed, since hardly any secret ever occurs in a text.
            self._pattern = re.compile("".join(map(_as_written, self.value)), re.IGNORECASE)
        return self._pattern.sub(lambda _: self.shown, text)


#: A run of characters that no escape changes.
_STRETCHES = re.compile(rb"[a-z0-9]+")
#: The names of signs in HTML.
_ENTITIES = {
    "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos", "=": "equals", "+": "plus",
    "/": "sol", "\\": "bsol", "_": "lowbar", ":": "colon", ".": "period", "%": "percnt",
}  # fmt: skip


#: Characters that some encodings write for others: a form writes + for a space, and base64 for
#: addresses writes - and _ for + and /.
_OTHERS = {" ": "+", "+": "-", "/": "_"}


def _as_written(sign: str) -> str:
    """Returns the pattern of a character, plain or with the escapes of JSON, HTML or addresses."""
    if sign.isascii() and sign.isalnum():
        return sign
    points = sign.encode("utf-16-be", "surrogatepass").hex()
    json = "".join(rf"\\+u{points[at : at + 4]}" for at in range(0, len(points), 4))
    encoded = sign.encode("utf-8", "surrogatepass")
    address = "".join(f"%(?:25)*{byte:02x}" for byte in encoded)
    names = rf"#0*{ord(sign)}|#x0*{ord(sign):x}"
    if sign in _ENTITIES:
        names += f"|{_ENTITIES[sign]}"
    plain = f"[{re.escape(_OTHERS.get(sign, sign) + sign)}]"
    return rf"(?:\\*{plain}|{json}|{address}|&(?:amp;)*(?:{names});)"


class KnownSecrets:
    """Finds and hides secrets in texts, in every form in which programs write them: in upper or
    lower case, with the escapes of JSON, HTML and addresses, in base64 and as hexadecimal digits.

    A text is first searched for each secret's longest run of letters and digits. Only if that
    occurs, the other runs are searched, and then the whole secret.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        shown: dict[str, str] = {}
        for secret in secrets:
            if len(value := secret.reveal()) >= MIN_SECRET_LENGTH:
                # The replacement may have no characters that would end a text in JSON.
                place = repr(secret).replace("\\", "/").replace('"', "'")
                shown.setdefault(value, place)
        #: Each secret by its text.
        self.by_text = {text: WrittenSecret(text, place) for text, place in shown.items()}
        self._by_stretch: dict[bytes, list[WrittenSecret]] = {}
        for written in self.by_text.values():
            stretch = written.stretches[0] if written.stretches else b""
            self._by_stretch.setdefault(stretch, []).append(written)
        self._stretches = tuple(self._by_stretch)

    def found_in(self, lowered: bytes) -> list[WrittenSecret]:
        """Finds the secrets that a text in lower case probably contains, the longest first."""
        found: list[WrittenSecret] = []
        for stretch in self._stretches:
            if stretch in lowered:
                found += [item for item in self._by_stretch[stretch] if item.may_be_in(lowered)]
        if len(found) > 1:
            # One secret may be a part of another, so the longest is replaced first.
            found.sort(key=lambda item: len(item.value), reverse=True)
        return found

    def hidden(self, text: str) -> str:
        """Replaces each secret in a text by its source."""
        if not self._stretches:
            return text
        found = self.found_in(text.encode("utf-8", "surrogatepass").lower())
        return without(text, found) if found else text


NO_SECRETS = KnownSecrets(())


def without(text: str, secrets: Iterable[WrittenSecret]) -> str:
    """Returns a text with each of these secrets replaced by its source."""
    for written in secrets:
        text = written.hidden_in(text)
    return text
