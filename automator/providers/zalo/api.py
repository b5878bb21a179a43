"""Calls Zalo's API with a token that is renewed once, and sorts its answers for steps."""

from collections.abc import Mapping
from typing import Any

from automator.http.types import Http, HttpReply
from automator.model import StepError, record, whole_number
from automator.plugins import Outgoing
from automator.plugins.access_tokens import AccessTokens
from automator.providers.shared.calling import send_json
from automator.providers.shared.outcomes import unreadable, unreadable_look_up
from automator.providers.shared.reading import as_dict, as_text
from automator.providers.zalo.errors import TOKEN_REFUSED, error_of, token_refused
from automator.reasons.attempts.platform import NO_REFRESH_TOKEN


@record
class ZaloApi:
    """The address of the API, and the account that sends."""

    connection: str
    api_url: str
    #: The base address for templates to phone numbers.
    business_url: str
    tokens: AccessTokens

    async def call(
        self, http: Http, url: str, outgoing: Outgoing, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The `data` of an answer without an error. A refused token is renewed once."""
        key = outgoing.idempotency_key
        return await self._ask(http, "POST", url, body, key=key, now_ms=outgoing.now_ms)

    async def get(self, http: Http, url: str, now_ms: int) -> dict[str, Any]:
        """As `call`, for a question."""
        return await self._ask(http, "GET", url, None, key="", now_ms=now_ms)

    async def _ask(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        *,
        key: str,
        now_ms: int,
    ) -> dict[str, Any]:
        token = await self.tokens.access()
        reply = await self._sent(http, method, url, body, key, token)
        if error_code(as_dict(reply.json())) in TOKEN_REFUSED:
            # Zalo has done nothing, so that it can be asked again.
            token = await self.tokens.renewed(token)
            reply = await self._sent(http, method, url, body, key, token)
        answer = as_dict(reply.json())
        error = self._error_in(method, reply, answer, now_ms)
        if error is not None:
            raise error
        return as_dict(answer.get("data"))

    async def _sent(
        self,
        http: Http,
        method: str,
        url: str,
        body: Mapping[str, Any] | None,
        key: str,
        token: str,
    ) -> HttpReply:
        headers = {"access_token": token}
        at = "Zalo" if method == "GET" else ""
        return await send_json(
            http, url, body, key=key, method=method, headers=headers, repeatable_at=at
        )

    def _error_in(
        self, method: str, reply: HttpReply, answer: Mapping[str, Any], now_ms: int
    ) -> StepError | None:
        code = error_code(answer)
        if code == 0 and reply.is_success:
            return None
        if code is None and reply.is_success:
            return unreadable_look_up("Zalo") if method == "GET" else unreadable("Zalo")
        message = as_text(answer.get("message")) or f"status {reply.status}"
        return error_of(
            code or 0,
            message,
            reply,
            connection=self.connection,
            now_ms=now_ms,
            repeatable=method == "GET",
        )


@record(kw_only=False)
class FixedAccess:
    """The one token of a connection that has no refresh token."""

    connection: str
    token: str

    async def access(self) -> str:
        """The token."""
        return self.token

    async def renewed(self, refused: str) -> str:  # noqa: ARG002 - as AccessTokens says.
        """Fails: there is no other one."""
        raise token_refused(self.connection, NO_REFRESH_TOKEN())


def error_code(answer: Mapping[str, Any]) -> int | None:
    """The error of an answer: 0 when all went well, None when it does not say."""
    code = answer.get("error")
    if isinstance(code, str):
        number = whole_number(code.removeprefix("-"))
        code = -number if number and code.startswith("-") else number
    if code is None and isinstance(answer.get("data"), dict):
        return 0
    return code if code.__class__ is int else None
