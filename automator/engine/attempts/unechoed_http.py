"""An Http for questions that no attempt records, such as whether a token is still good."""

from collections.abc import Mapping

from automator.engine.attempts.recording import Redactor
from automator.http.types import Http, HttpReply
from automator.model import record


@record(kw_only=False)
class UnechoedHttp:
    """Its answers do not repeat the secrets that their requests had."""

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
    ) -> HttpReply:
        """As Http.request."""
        reply = await self.http.request(
            method, url, headers=headers, body=body, timeout_s=timeout_s
        )
        return self.redactor.unechoed(url, headers or {}, body, reply)
