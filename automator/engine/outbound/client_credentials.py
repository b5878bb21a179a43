"""Access tokens of targets with `oauth2`: fetches them by client credentials, and sends them along.

Each node fetches its own token, and keeps it in memory.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote_plus, urlencode

from automator.clock import Clock
from automator.configuration.target import ClientCredentials, Target
from automator.engine.network.address_guard import place_of_url
from automator.http.types import Http, HttpReply
from automator.model import Reason, RetryableError, StepError
from automator.reasons.attempts import outbound

#: How long a token counts that does not name its end; below, how long any token counts at most.
_USUAL_S = 3600.0
_LONGEST_S = 86_400.0
#: How long before its end a token is replaced; a tenth of its lifetime if that is less.
_MARGIN_S = 60.0
#: How long a failed fetch counts, and a new token although the target refuses it: many attempts
#: then make few fetches.
_PAUSE_S = 5.0
#: For a fetch, and for what is left of a request after a fetch.
_FETCH_S = 15.0
_LEAST_S = 0.1
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_ERROR = re.compile(r"[a-z_]{1,40}")


class AccessToken:
    """The access token of one target. Belongs to the event loop."""

    def __init__(
        self, settings: ClientCredentials, new_http: Callable[[], Http], clock: Clock
    ) -> None:
        self._settings = settings
        self._host = (place_of_url(settings.token_url) or ("", 0))[0]
        self._new_http = new_http
        self._clock = clock
        #: The token, or why there is none; when this was found, and until when it counts.
        self._found: str | Reason = ""
        self._since_s = self._until_s = 0.0
        self._fetch: asyncio.Task[None] | None = None

    async def get(self, timeout_s: float, *, refused: str = "") -> str:
        """The token; fetches one if there is none, if it ends soon, or if it is the refused one.

        Raises:
            RetryableError: there is no token in time.
        """
        now_s = self._clock.monotonic()
        is_refused = self._found == refused and now_s >= self._since_s + _PAUSE_S
        if self._fetch is None and (now_s >= self._until_s or is_refused):
            self._fetch = asyncio.create_task(self._renew())
        if (fetch := self._fetch) is not None:
            # All attempts share one fetch, which goes on if they give up.
            done, _ = await asyncio.wait({fetch}, timeout=timeout_s)
            if not done:
                raise RetryableError(outbound.token_too_late(host=self._host), code="no_token")
            fetch.result()
        if isinstance(self._found, Reason):
            raise RetryableError(self._found, code="no_token")
        return self._found

    async def _renew(self) -> None:
        try:
            self._found, lives_s = await self._asked()
        finally:
            self._fetch = None
        self._since_s = self._clock.monotonic()
        self._until_s = self._since_s + lives_s

    async def _asked(self) -> tuple[str | Reason, float]:
        """Asks for a token once; returns it, or why there is none, and how long this counts."""
        client, secret = self._settings.client_id, self._settings.client_secret.reveal()
        login = b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
        form = {"grant_type": "client_credentials"}
        if self._settings.scope:
            form["scope"] = self._settings.scope
        headers = {
            "accept": "application/json",
            "authorization": f"Basic {login}",
            "content-type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        try:
            reply = await self._new_http().request(
                "POST", self._settings.token_url, headers=headers, body=body, timeout_s=_FETCH_S
            )
        except StepError as error:
            # Whatever it was: a token may be asked for again, and nothing went to the target.
            return outbound.token_not_fetched(because=error.reason), _PAUSE_S
        answer = reply.json()
        answer = answer if isinstance(answer, dict) else {}
        token, kind = answer.get("access_token"), str(answer.get("token_type", "bearer")).lower()
        if reply.is_success and kind == "bearer" and _is_token(token):
            lives_s = _lifetime_s(answer.get("expires_in"))
            return str(token), lives_s - min(_MARGIN_S, lives_s / 10)
        said = str(answer.get("error", ""))
        said = said if _ERROR.fullmatch(said) else "–"
        return outbound.token_refused(host=self._host, status=reply.status, said=said), _PAUSE_S


def _is_token(value: object) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _lifetime_s(given: object) -> float:
    try:
        seconds = float(str(given))
    except ValueError:
        return _USUAL_S
    return min(seconds, _LONGEST_S) if seconds > 0 else _USUAL_S


class AuthorisedHttp:
    """An Http that sends the access token of the target along."""

    def __init__(
        self,
        http: Http,
        targets: Mapping[str, Target],
        clock: Clock,
        *,
        unechoed: Http,
        new_http: Callable[[], Http],
    ) -> None:
        """`unechoed` sends requests with a token, and removes the token from their answers.

        `new_http` makes an Http for one fetch of a token.
        """
        self._http = http
        self._unechoed = unechoed
        self._clock = clock
        self._tokens = {
            name: AccessToken(target.oauth2, new_http, clock)
            for name, target in targets.items()
            if target.oauth2 is not None
        }

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
        """Makes a request as `Http.request` does; once more with a new token after a 401.

        Raises:
            RetryableError: also when there is no token (code `no_token`). Nothing was sent then.
        """
        token = self._tokens.get(target)
        if token is None:
            return await self._http.request(
                method, url, headers=headers, body=body, timeout_s=timeout_s, target=target
            )
        until_s = self._clock.monotonic() + timeout_s

        def left_s() -> float:
            return max(_LEAST_S, until_s - self._clock.monotonic())

        async def send(text: str) -> HttpReply:
            sent = {**(headers or {}), "authorization": f"Bearer {text}"}
            return await self._unechoed.request(
                method, url, headers=sent, body=body, timeout_s=left_s(), target=target
            )

        text = await token.get(left_s())
        reply = await send(text)
        if reply.status != 401:
            return reply
        return await send(await token.get(left_s(), refused=text))
