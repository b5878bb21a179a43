"""What an attempt sent and got, kept for the action log without its secrets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automator.plugins import Http, HttpReply
from automator.secrets import Secret, redact

#: Characters of a body that are kept.
MAX_BODY = 16 * 1024
_LOOKED_AT = 4 * MAX_BODY
_MAX_HEADERS = 64
_MAX_HEADER = 1024
REDACTED = "<redacted>"
_PRIVATE = r"token|secret|password|passwd|api[-_]?key|appsecret_proof|credential"
_PRIVATE_HEADER = re.compile(rf"authorization|cookie|{_PRIVATE}", re.IGNORECASE)
_PRIVATE_PARAMETER = re.compile(rf"([?&][^=&#]*(?:{_PRIVATE})[^=&#]*=)[^&#]+", re.IGNORECASE)
_TOKEN_IN_BODY = re.compile(r"((?:access|refresh)_token(?:\"\s*:\s*\"|=))[^\"&\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it was sent, and its answer, or None when there was none."""

    request: Mapping[str, Any]
    response: Mapping[str, Any] | None = None


class RecordingHttp:
    """An Http for one attempt that writes down every exchange, redacted."""

    __slots__ = ("_http", "_secrets", "exchanges")

    def __init__(self, http: Http, secrets: tuple[Secret, ...]) -> None:
        self._http = http
        self._secrets = secrets
        self.exchanges: list[Exchange] = []

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
        sent = {
            "method": method,
            "url": self._redact(_PRIVATE_PARAMETER.sub(rf"\1{REDACTED}", url)),
            "headers": self._headers(headers or {}),
            "body": self._body(body),
        }
        self.exchanges.append(Exchange(sent))
        reply = await self._http.request(
            method, url, headers=headers, body=body, timeout_s=timeout_s
        )
        answer = {
            "status": reply.status,
            "headers": self._headers(reply.headers),
            "body": self._body(reply.body),
        }
        self.exchanges[-1] = Exchange(sent, answer)
        return reply

    def _redact(self, text: str) -> str:
        return redact(text, self._secrets)

    def _headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        kept = list(headers.items())[:_MAX_HEADERS]
        return {
            name: REDACTED if _PRIVATE_HEADER.search(name) else self._redact(value)[:_MAX_HEADER]
            for name, value in kept
        }

    def _body(self, body: bytes) -> str:
        if not body:
            return ""
        # Redacting comes before cutting, so that no secret is cut in half and then missed.
        text = self._redact(body[:_LOOKED_AT].decode("utf-8", "replace"))
        if "_token" in text:
            text = _TOKEN_IN_BODY.sub(rf"\1{REDACTED}", text)
        return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]}…"
