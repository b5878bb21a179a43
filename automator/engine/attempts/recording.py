"""Records what an attempt sent and received, without secrets, for the action log."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from automator.configuration.secrets import (
    MIN_SECRET_LENGTH,
    REDACTED,
    Secret,
    names_secret,
    redacted_url,
    written_forms,
)
from automator.engine.attempts.dry_http import DryHttp
from automator.http.signing import STANDARD_SIGNATURE
from automator.http.types import Http, HttpReply
from automator.model import MAX_BODY, shortened

#: Characters of a message to a person that are kept for lists.
MAX_SAID = 2_000
_LOOKED_AT = 4 * MAX_BODY
_MAX_HEADERS = 64
_MAX_HEADER = 1024
_TOKEN_IN_BODY = re.compile(r"((?:access|refresh)_token(?:\"\s*:\s*\"|=))[^\"&\s]+", re.IGNORECASE)


@dataclass(slots=True)
class Exchange:
    """One request as it was sent, with its answer, or None before the answer."""

    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None
    #: The destination, as the log is filtered by it.
    target: str | None = None


class Redactor:
    """Removes every known secret from recorded exchanges. Made once for a set of secrets."""

    def __init__(self, secrets: tuple[Secret, ...]) -> None:
        self.secrets = secrets
        #: Each form of a secret, with the text that is shown in its place.
        self._shown: dict[str, str] = {}
        for secret in secrets:
            if len(value := secret.reveal()) >= MIN_SECRET_LENGTH:
                for form in written_forms(value):
                    self._shown.setdefault(form, _shown(secret))
        self._values = tuple(self._shown)
        self._encoded = tuple(value.encode("utf-8", "surrogatepass") for value in self._values)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        event_json: bytes | None = None,
    ) -> dict[str, Any]:
        """`{"method", "url", "headers", "body"}`.

        The body is None where it is `event_json`, as in `Attempt.request`, and no secret is in it.
        """
        url, kept, text = self._cleaned(redacted_url(url), headers, body, event_json)
        return {"method": method, "url": url, "headers": kept, "body": text}

    def response(self, reply: HttpReply) -> dict[str, Any]:
        """`{"status", "headers", "body"}`."""
        _, kept, text = self._cleaned("", reply.headers, reply.body)
        return {"status": reply.status, "headers": kept, "body": text}

    def text(self, text: str) -> str:
        """A text without secrets, of which nearly every text has none."""
        return _without(text, self._shown) if self._has_secret(text) else text

    def unechoed(
        self, url: str, headers: Mapping[str, str], body: bytes, reply: HttpReply
    ) -> HttpReply:
        """The answer without the secrets that its request had: platforms repeat a token in the
        error that refuses it, and errors are shown to people.
        """
        text = reply.body.decode("utf-8", "surrogateescape")
        # Nearly no answer has a secret, and it is mostly shorter than its request.
        answered = "\n".join((text, *reply.headers.values()))
        hidden = _credentials(headers)
        if hidden:
            hidden = {form: shown for form, shown in hidden.items() if form in answered}
        if self._has_secret(answered):
            hidden |= self._carried(url, headers, body)
        if not hidden:
            return reply
        return HttpReply(
            reply.status,
            {name: _without(value, hidden) for name, value in reply.headers.items()},
            _without(text, hidden).encode("utf-8", "surrogateescape"),
        )

    def _carried(self, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """The forms of the known secrets in a request, with the text that is shown in their
        place.
        """
        sent = "\n".join((url, *headers.values(), body.decode("utf-8", "replace")))
        carried = {shown for form, shown in self._shown.items() if form in sent}
        return {form: shown for form, shown in self._shown.items() if shown in carried}

    def _has_secret(self, text: str) -> bool:
        # A loop, because each request and answer is searched for dozens of values, and `any` would
        # make a call for each.
        for value in self._values:  # noqa: SIM110
            if value in text:
                return True
        return False

    def _may_hide_in(self, json: bytes) -> bool:
        """Whether a secret may be in JSON: bytes are searched without making a text of them."""
        if b"_token" in json:
            return True
        for value in self._encoded:  # noqa: SIM110 - as in `_has_secret`.
            if value in json:
                return True
        return False

    def _cleaned(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        event_json: bytes | None = None,
    ) -> tuple[str, dict[str, str], str | None]:
        kept = dict(headers)
        if len(kept) > _MAX_HEADERS:
            kept = dict(islice(kept.items(), _MAX_HEADERS))
        for name in kept:
            # Who may try a rule could sign any body in our name.
            if names_secret(name) or name.lower() == STANDARD_SIGNATURE:
                kept[name] = REDACTED
        beginning = body[:_LOOKED_AT]
        is_event = body == event_json
        is_kept = not is_event or self._may_hide_in(beginning)
        whole = text = beginning.decode("utf-8", "replace") if is_kept else ""
        if "_token" in text:
            text = _TOKEN_IN_BODY.sub(rf"\1{REDACTED}", text)
        # One look at everything together: nearly always there is no secret in it.
        everything = "\n".join((url, *kept.values(), text))
        if self._has_secret(everything):
            url, text = self.text(url), self.text(text)
            kept = {name: self.text(value) for name, value in kept.items()}
        # Cutting comes last, so that no secret is cut in half and then missed.
        if len(everything) > _MAX_HEADER:
            kept = {name: value[:_MAX_HEADER] for name, value in kept.items()}
        return url, kept, None if is_event and text == whole else shortened(text, MAX_BODY)


def _credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """The forms of the secrets that headers have by their names, as of a token that was renewed
    since the start.
    """
    hidden: dict[str, str] = {}
    for name, value in headers.items():
        if names_secret(name):
            credential = value.rpartition(" ")[2]
            if len(credential) >= MIN_SECRET_LENGTH:
                for form in written_forms(credential):
                    hidden[form] = REDACTED
    return hidden


def _without(text: str, hidden: Mapping[str, str]) -> str:
    """A text with other texts in the place of these."""
    for form, shown in hidden.items():
        if form in text:
            text = text.replace(form, shown)
    return text


def _shown(secret: Secret) -> str:
    """The place that a secret comes from, without signs that would end a text in JSON."""
    return repr(secret).replace("\\", "/").replace('"', "'")


def _nowhere(_url: str) -> str | None:
    return None


class RecordingHttp:
    """An Http for one attempt that writes down every exchange, redacted."""

    __slots__ = ("_event_json", "_http", "_redactor", "_target_of", "exchanges")

    def __init__(
        self,
        http: Http,
        redactor: Redactor,
        target_of: Callable[[str], str | None] = _nowhere,
        event_json: bytes | None = None,
    ) -> None:
        """`target_of` names the destination of an address.

        A body that is `event_json` is not written down once more; see `Attempt.request`.
        """
        self._http = http
        self._redactor = redactor
        self._target_of = target_of
        self._event_json = event_json
        self.exchanges: list[Exchange] = []

    @property
    def is_dry(self) -> bool:
        """Nothing is sent, and answers are assumed."""
        return isinstance(self._http, DryHttp)

    def send_nothing(self, dry: DryHttp) -> None:
        """Requests are written down, and answered by `dry` unless they go nowhere anyway."""
        if not isinstance(self._http, DryHttp):
            self._http = dry

    def cleaned(self, text: str) -> str | None:
        """The beginning of a message to a person, without secrets; None when it is empty."""
        text = self._redactor.text(text) if text else ""
        return (text if len(text) <= MAX_SAID else f"{text[:MAX_SAID]}…") or None

    @property
    def last_exchange(self) -> Exchange | None:
        """The exchange that decided the attempt."""
        return self.exchanges[-1] if self.exchanges else None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
    ) -> HttpReply:
        """As Http.request; the exchange is recorded whatever comes of it."""
        sent = self._redactor.request(method, url, headers or {}, body, self._event_json)
        exchange = Exchange(sent, None, self._target_of(url))
        self.exchanges.append(exchange)
        reply = await self._http.request(
            method, url, headers=headers, body=body, timeout_s=timeout_s
        )
        reply = self._redactor.unechoed(url, headers or {}, body, reply)
        exchange.response = self._redactor.response(reply)
        return reply


def request_text(request: Mapping[str, Any]) -> str:
    """A recorded request without its headers, which have the id of the run and differ always."""
    return " ".join(str(request.get(name) or "") for name in ("method", "url", "body")).strip()
