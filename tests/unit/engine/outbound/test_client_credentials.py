import asyncio
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest

from automator.clock import ManualClock
from automator.configuration.secrets import Secret
from automator.configuration.target import ClientCredentials, Target
from automator.engine.outbound.client_credentials import AuthorisedHttp
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from automator.reasons.attempts.outbound import connection_closed, port_closed
from tests.support.http import ScriptedHttp, SentRequest, a_reply
from tests.support.words import raises_saying

CRM, TOKENS = "https://crm.example/in", "https://id.example/token"


class Servers:
    """A target that takes the newest token alone, and its authorization server."""

    def __init__(self, *, scope: str = "", **answer: Any) -> None:
        self.answer = {"expires_in": 3600, "token_type": "Bearer", **answer}
        self.given = 0
        self.error: StepError | HttpReply | None = None
        self.clock = ManualClock()
        self.http = ScriptedHttp(answer=self._answer)
        client = ClientCredentials(
            token_url=TOKENS, client_id="shop/1", client_secret=Secret("a+b"), scope=scope
        )
        targets = {"crm": Target(url=CRM, oauth2=client)}
        self.out = AuthorisedHttp(
            self.http, targets, self.clock, unechoed=self.http, new_http=lambda: self.http
        )

    async def _answer(self, request: SentRequest) -> HttpReply:
        await asyncio.sleep(0)
        if request.url != TOKENS:
            is_known = request.headers.get("authorization") == f"Bearer token-{self.given}"
            return a_reply(200 if is_known else 401)
        if isinstance(self.error, StepError):
            raise self.error
        if self.error is not None:
            return self.error
        self.given += 1
        return a_reply(200, orjson.dumps({"access_token": f"token-{self.given}", **self.answer}))

    async def send(self, target: str = "crm", timeout_s: float = 5.0) -> int:
        reply = await self.out.request(
            "POST",
            CRM,
            headers={"Authorization": "of a rule"},
            body=b"hi",
            timeout_s=timeout_s,
            target=target,
        )
        return reply.status

    @property
    def fetches(self) -> list[SentRequest]:
        """The requests for a token."""
        return [request for request in self.http.requests if request.url == TOKENS]


async def test_a_token_is_fetched_with_the_login_of_the_client_and_sent_along():
    servers = Servers(scope="orders:write stock:read")

    assert await servers.send() == 200

    [fetch] = servers.fetches
    assert fetch.method == "POST"
    assert parse_qs(fetch.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["orders:write stock:read"],
    }
    scheme, _, login = fetch.headers["authorization"].partition(" ")
    assert (scheme, b64decode(login)) == ("Basic", b"shop%2F1:a%2Bb")
    assert fetch.target == ""
    assert servers.http.last.target == "crm"


def test_the_secret_of_the_client_is_a_secret_of_the_target():
    client = ClientCredentials(token_url=TOKENS, client_id="shop", client_secret=Secret("a+b"))

    assert Target(url=CRM, oauth2=client).secrets() == (Secret("a+b"),)


async def test_only_requests_for_the_target_carry_its_token():
    servers = Servers()

    assert await servers.send("") == 401

    assert servers.fetches == []
    assert servers.http.last.headers["Authorization"] == "of a rule"


async def test_many_attempts_at_once_share_one_fetch():
    servers = Servers()

    assert await asyncio.gather(*(servers.send() for _ in range(20))) == [200] * 20

    assert len(servers.fetches) == 1


async def test_an_attempt_that_gives_up_ends_the_fetch_of_no_other():
    servers = Servers()

    first = asyncio.create_task(servers.send())
    await asyncio.sleep(0)
    second = asyncio.create_task(servers.send())
    await asyncio.sleep(0)
    first.cancel()

    assert await second == 200
    assert len(servers.fetches) == 1


@pytest.mark.parametrize(
    ("given", "kept_s"),
    [
        (3600, 3540),
        ("3600", 3540),
        (100, 90),
        (None, 3540),
        (0, 3540),
        (-5, 3540),
        ("soon", 3540),
        (True, 3540),
        (1e30, 86_340),
        ("1" * 5000, 86_340),
        ("nan", 3540),
        ({}, 3540),
    ],
)
async def test_a_token_is_replaced_shortly_before_its_end(given: object, kept_s: float):
    servers = Servers(expires_in=given)
    await servers.send()

    servers.clock.advance(kept_s - 1)
    await servers.send()
    assert len(servers.fetches) == 1

    servers.clock.advance(2)
    await servers.send()
    assert len(servers.fetches) == 2


async def test_a_refused_token_is_replaced_once():
    servers = Servers()
    await servers.send()
    servers.given = 7
    servers.clock.advance(5)

    assert await asyncio.gather(servers.send(), servers.send()) == [200, 200]
    assert servers.given == 8


async def test_a_target_that_refuses_a_new_token_too_has_the_last_word():
    servers = Servers(access_token="of-somebody-else")

    for fetches in (1, 2, 3):
        assert [await servers.send() for _ in range(9)] == [401] * 9
        assert len(servers.fetches) == fetches
        servers.clock.advance(5)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (a_reply(400, b'{"error": "invalid_client"}'), "id.example gives no access token.*400 inv"),
        (a_reply(400, b'{"error": "a+b is wrong"}'), "400 –"),
        (a_reply(503, b"<html>"), "503 –"),
        (a_reply(200, b'{"access_token": ""}'), "200 –"),
        (a_reply(200, b'{"access_token": "a\\nb"}'), "200 –"),
        (a_reply(200, b'{"access_token": 5}'), "200 –"),
        (a_reply(200, b'{"access_token": "a", "token_type": "mac"}'), "200 –"),
        (a_reply(200, b'["a"]'), "200 –"),
        (UnknownOutcome(connection_closed()), "no access token.*closed before an answer"),
        (PermanentError(port_closed(port=22, entry="id:22")), "no access token.*port 22"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_another_attempt_may_help(
    error: StepError | HttpReply, sentence: str
):
    servers = Servers()
    servers.error = error

    with raises_saying(RetryableError, sentence) as caught:
        await servers.send()

    assert caught.value.code == "no_token"
    assert [request.url for request in servers.http.requests] == [TOKENS]
    servers.error = None
    # A failure counts for some seconds: attempts do not try the login of the client in turn.
    with raises_saying(RetryableError, sentence):
        await servers.send()
    assert len(servers.fetches) == 1
    servers.clock.advance(5)
    assert await servers.send() == 200


async def test_an_attempt_waits_for_a_token_no_longer_than_for_its_request():
    servers = Servers()
    servers.http.hanging[TOKENS] = asyncio.Event()

    with raises_saying(RetryableError, "gave no access token for the target in time"):
        await servers.send(timeout_s=0.01)

    servers.http.hanging.pop(TOKENS).set()
