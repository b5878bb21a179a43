"""Records what an attempt sent and received, without secrets, for the action log."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from automator.configuration.secrets import (
    MIN_SECRET_LENGTH,
    REDACTED,
    KnownSecrets,
    Secret,
    WrittenSecret,
    names_secret,
    redacted_url,
    without,
)
from automator.engine.attempts.dry_http import DryHttp
from automator.engine.network.answer_reader import without_echo
from automator.http.signing import STANDARD_SIGNATURE
from automator.http.types import Http, HttpReply
from automator.model import record, shortened
from automator.model.run import MAX_BODY

#: How many characters of a message to a person are kept for lists.
MAX_SAID = 2_000
_LOOKED_AT = 4 * MAX_BODY
_MAX_HEADERS = 64
_MAX_HEADER = 1024
_TOKEN_IN_BODY = re.compile(r"((?:access|refresh)_token(?:\"\s*:\s*\"|=))[^\"&\s]+", re.IGNORECASE)


@dataclass(slots=True)
class Exchange:
    """One request as it was sent, with its answer; the answer is None until it has come."""

    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None
    #: The destination, by the name that the filter of the log uses.
    target: str | None = None


class Redactor:
    """Removes all known secrets from recorded requests and answers."""

    def __init__(self, secrets: tuple[Secret, ...]) -> None:
        self.known = KnownSecrets(secrets)
        #: Removes the secrets from a text.
        self.text = self.known.hidden

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        event_json: bytes | None = None,
    ) -> tuple[dict[str, Any], list[WrittenSecret]]:
        """Returns `{"method", "url", "headers", "body"}`, and the secrets that the request carries.

        The body is None if it is exactly `event_json` and has no secret; see `Attempt.request`.
        """
        shown = redacted_url(url)
        kept, found = self._cleaned(shown, headers, body, is_event=body == event_json)
        carried = list(self._credentials(headers))
        if shown is not url:
            carried += self.known.found_in(_lowered(url, {}, b""))
        return {"method": method, **kept}, [*found, *carried]

    def answer(
        self, carried: Sequence[WrittenSecret], reply: HttpReply
    ) -> tuple[HttpReply, dict[str, Any]]:
        """Returns the answer without the secrets of its request, and the answer to record.

        The answer to record, `{"status", "headers", "body"}`, has no known secret at all. Secrets
        must go first, because platforms repeat a refused token in the error, which people see.
        """
        if carried:
            reply = without_echo(carried, reply)
        kept, _ = self._cleaned("", reply.headers, reply.body)
        return reply, {"status": reply.status, "headers": kept["headers"], "body": kept["body"]}

    def _credentials(self, headers: Mapping[str, str]) -> Iterator[WrittenSecret]:
        """Secrets in headers that are known by the header's name, such as a token just renewed."""
        for name, value in headers.items():
            if names_secret(name):
                _, _, behind_word = value.partition(" ")
                credential = value.rpartition(" ")[2]
                known = self.known.by_text
                found = known.get(credential) or known.get(behind_word) or known.get(value)
                if value.startswith("Basic "):
                    yield from self.known.found_in(_lowered(_decoded(credential), {}, b""))
                if found is not None:
                    yield found
                elif len(credential) >= MIN_SECRET_LENGTH:
                    yield _unknown(credential)

    def _cleaned(
        self, url: str, headers: Mapping[str, str], body: bytes, *, is_event: bool = False
    ) -> tuple[dict[str, Any], list[WrittenSecret]]:
        """Returns `{"url", "headers", "body"}` without secrets, and the secrets that were in it.

        The body is None if it is the unchanged event.
        """
        kept = dict(headers)
        if len(kept) > _MAX_HEADERS:
            kept = dict(islice(kept.items(), _MAX_HEADERS))
        for name in kept:
            # Otherwise anybody who may try a rule could have any body signed in our name.
            if names_secret(name) or name.lower() == STANDARD_SIGNATURE:
                kept[name] = REDACTED
        beginning = body[:_LOOKED_AT]
        # All parts are searched together first, because nearly always they contain no secret.
        lowered = _lowered(url, kept, beginning)
        found = self.known.found_in(lowered)
        has_token = b"_token" in lowered
        text = ""
        if found or has_token or not is_event:
            whole = text = beginning.decode("utf-8", "replace")
            if has_token:
                text = _TOKEN_IN_BODY.sub(rf"\1{REDACTED}", text)
            if found:
                url, text = without(url, found), without(text, found)
                kept = {name: without(value, found) for name, value in kept.items()}
            is_event = is_event and text == whole
        # Texts are cut last: a secret that is cut in half would not be found.
        if len(lowered) > _MAX_HEADER:
            kept = {name: value[:_MAX_HEADER] for name, value in kept.items()}
        said = None if is_event else shortened(text, MAX_BODY)
        return {"url": url, "headers": kept, "body": said}, found


def _lowered(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """All parts of a request that may contain a secret, in lower case."""
    head = "\n".join((url, *headers.values(), ""))
    return (head.encode("utf-8", "surrogatepass") + body).lower()


def _decoded(credential: str) -> str:
    """The `name:password` of a Basic authorization header, decoded; "" if it has none."""
    try:
        return b64decode(credential).decode()
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def _unknown(credential: str) -> WrittenSecret:
    return WrittenSecret(credential, REDACTED)


def _nowhere(_url: str) -> str | None:
    return None


@dataclass(slots=True, eq=False)
class RecordingHttp:
    """An Http for one attempt that records every request and answer, without secrets."""

    http: Http
    redactor: Redactor
    #: Names the destination of an address.
    target_of: Callable[[str], str | None] = _nowhere
    #: A body that equals it is not stored a second time; see `Attempt.request`.
    event_json: bytes | None = None
    exchanges: list[Exchange] = field(init=False, default_factory=list)

    @property
    def is_dry(self) -> bool:
        """Whether nothing is sent, so that all answers are assumed."""
        return isinstance(self.http, DryHttp)

    def send_nothing(self, dry: DryHttp) -> None:
        """Records requests without sending them; `dry` gives their answers."""
        self.http = dry

    def cleaned(self, text: str) -> str | None:
        """The beginning of a message to a person, without secrets; None if there is no text."""
        text = self.redactor.text(text) if text else ""
        return (text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]}…") or None

    @property
    def last_exchange(self) -> Exchange | None:
        """The exchange that decided the result of the attempt; None if there was none."""
        return self.exchanges[-1] if self.exchanges else None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Does what Http.request does, and records the exchange however it ends."""
        given = headers or {}
        sent, carried = self.redactor.request(method, url, given, body, self.event_json)
        exchange = Exchange(sent, None, self.target_of(url))
        self.exchanges.append(exchange)
        reply = await self.http.request(
            method, url, headers=headers, body=body, timeout_s=timeout_s, target=target
        )
        reply, exchange.response = self.redactor.answer(carried, reply)
        return reply


@record(kw_only=False)
class UnechoedHttp:
    """An Http for requests outside of attempts, such as checking whether a token still works.

    Its answers do not repeat the secrets of their requests.
    """

    http: Http
    redactor: Redactor

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Does what Http.request does, and removes the request's secrets from the answer."""
        given = headers or {}
        reply = await self.http.request(
            method, url, headers=given, body=body, timeout_s=timeout_s, target=target
        )
        _, carried = self.redactor.request(method, url, given, body)
        return self.redactor.answer(carried, reply)[0]


def request_text(request: Mapping[str, Any]) -> str:
    """A recorded request without headers: they have the run's id, so they would always differ."""
    return " ".join(str(request.get(name) or "") for name in ("method", "url", "body")).strip()
