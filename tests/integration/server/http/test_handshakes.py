"""The question that each sender asks before it sends, through the real hook route.

The right question gets its answer and leaves nothing behind; one with a wrong proof is refused and
written down. A provider that answers questions has a case here, or the first test fails. The file
by which Zalo knows a domain is looked at in test_site_verification.py.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from automator.clock import ManualClock
from automator.engine.intake.intake import Intake
from automator.model import Verdict
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.server.http.hook_endpoint import HookEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.at_once import at_once
from tests.support.providers import (
    NOW_MS,
    OTHER_ED25519_PUBLIC_KEY,
    OTHER_SECRET,
    SECRET,
    a_provider,
)
from tests.support.site import Site

TOPIC = "https://feeds.example.com/shop.xml"
AES = {"encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "app_id": "wx1"}


@dataclass(frozen=True, slots=True)
class Question:
    """One request."""

    method: str = "POST"
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question as the sender asks it, what it wants to hear, and the same with a wrong proof."""

    provider: str
    name: str
    ask: Callable[[Provider], Question]
    answer: Any
    status: int = 200
    options: Mapping[str, Any] = field(default_factory=dict)
    #: The stranger's own connection, where the proof is a signature.
    stranger: Mapping[str, Any] = field(default_factory=dict)
    #: The stranger's question, where it is not.
    wrong: Question | None = None
    refused: int = 401


def hub(token: str) -> Question:
    values = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
    return Question("GET", urlencode(values))


def feed(topic: str) -> Question:
    values = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "c1"}
    return Question("GET", urlencode(values))


def always(question: Question) -> Callable[[Provider], Question]:
    return lambda _: question


def proof(text: bytes) -> bytes:
    return hmac.digest(SECRET.encode(), text, "sha256")


def signed(value: Any, **headers: str) -> Callable[[Provider], Question]:
    body = json.dumps(value).encode()

    def ask(provider: Provider) -> Question:
        given = provider.sign(body, now_ms=NOW_MS, delivery_key="d-1")
        return Question(body=body, headers={**given, **headers})

    return ask


def echostr(provider: Provider) -> Question:
    query = provider.sign_query(b"", now_ms=NOW_MS, delivery_key="d-1")
    return Question("GET", f"{query}&echostr=5299")


def origin(host: str) -> Question:
    return Question("OPTIONS", headers={"webhook-request-origin": host})


TWITCH = {"twitch-eventsub-message-type": "webhook_callback_verification"}
OTHER = {"secret": OTHER_SECRET}
STRANGE_KEY = {"public_key": OTHER_ED25519_PUBLIC_KEY, "simulator_key": "0" * 64}
WRONG_HUB = hub("guessed")
CASES = [
    *(
        Case(
            provider=name,
            name="hub.challenge",
            ask=always(hub("verify-token-of-tests")),
            answer="1158201444",
            wrong=WRONG_HUB,
            refused=403,
        )
        for name in ("facebook", "instagram", "whatsapp")
    ),
    Case(
        provider="slack",
        name="url_verification",
        ask=signed({"type": "url_verification", "challenge": "3eZbrw1a"}),
        answer="3eZbrw1a",
        stranger={"signing_secret": OTHER_SECRET},
    ),
    Case(
        provider="zoom",
        name="url_validation",
        ask=signed({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8"}}),
        answer={
            "plainToken": "qgg8",
            "encryptedToken": proof(b"qgg8").hex(),
        },
        stranger=OTHER,
    ),
    Case(
        provider="twitch",
        name="callback verification",
        ask=signed({"challenge": "pogchamp-kappa"}, **TWITCH),
        answer="pogchamp-kappa",
        stranger=OTHER,
    ),
    Case(
        provider="dropbox",
        name="challenge",
        ask=always(Question("GET", "challenge=abc")),
        answer="abc",
        wrong=Question("GET", "challenge=%3Cscript%3E"),
        refused=400,
    ),
    Case(
        provider="wechat",
        name="echostr",
        ask=echostr,
        answer="5299",
        stranger={"token": OTHER_SECRET},
    ),
    Case(
        provider="wechat",
        name="echostr in safe mode",
        ask=echostr,
        answer="5299",
        options=AES,
        stranger={"token": OTHER_SECRET},
    ),
    Case(
        provider="cloudevents",
        name="OPTIONS",
        ask=always(origin("events.example.com")),
        answer="",
        options={"origins": ["events.example.com"]},
        wrong=origin("stranger.example.com"),
        refused=403,
    ),
    Case(
        provider="websub",
        name="subscription",
        ask=always(feed(TOPIC)),
        answer="c1",
        wrong=feed(f"{TOPIC}?other"),
        refused=404,
    ),
    Case(
        provider="zalo",
        name="probe",
        ask=always(Question(body=b"{}")),
        answer="",
        wrong=Question(body=b'{"event_name":"user_send_text","app_id":"1"}'),
    ),
    Case(
        provider="zalo",
        name="challenge",
        ask=always(Question("GET", "hub.challenge=123")),
        answer="123",
        wrong=Question("GET", "hub.challenge=%3Cb%3E"),
        refused=400,
    ),
    Case(
        provider="discord",
        name="PING of interactions",
        ask=signed({"id": "1", "application_id": "2", "type": 1, "token": "t", "version": 1}),
        answer={"type": 1},
        stranger=STRANGE_KEY,
    ),
    Case(
        provider="discord",
        name="PING of webhook events",
        ask=signed({"version": 1, "application_id": "2", "type": 0}),
        answer="",
        status=204,
        stranger=STRANGE_KEY,
    ),
    Case(
        provider="x",
        name="CRC",
        ask=always(Question("GET", "crc_token=abc")),
        answer={"response_token": f"sha256={base64.b64encode(proof(b'abc')).decode()}"},
        wrong=Question("GET", "crc_token=%7B%7D"),
        refused=400,
    ),
]
each_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.provider} {case.name}".replace(" ", "-")
)


async def asked(site: Site, provider: Provider, question: Question) -> Reply:
    services = site.services
    intake = Intake(
        connections={provider.connection: provider},
        rulebook=services.rulebook,
        store=services.store,
        clock=services.clock,
        ids=services.ids,
    )
    caller = Caller(at_once(HookEndpoint(intake, ManualClock(NOW_MS), 1_000_000)))
    mark = "?" if question.query else ""
    path = f"/hooks/{provider.connection}{mark}{question.query}"
    return await caller.request(question.method, path, question.body, question.headers)


def test_every_provider_that_answers_questions_is_asked_here() -> None:
    answering = {cls.name for cls in BUILTIN.values() if cls.handshake is not Provider.handshake}

    assert {case.provider for case in CASES} == answering


@each_case
async def test_the_right_question_is_answered_and_leaves_nothing_behind(
    case: Case, site: Site
) -> None:
    provider = a_provider(case.provider, **case.options)

    reply = await asked(site, provider, case.ask(provider))

    assert reply.status == case.status, reply.text
    assert (reply.json() if isinstance(case.answer, dict) else reply.text) == case.answer
    assert site.services.store.log.deliveries() == []


@each_case
@pytest.mark.parametrize("mode", ["enforce", "observe"])
async def test_a_stranger_is_not_answered_even_where_we_observe(
    case: Case, mode: str, site: Site
) -> None:
    provider = a_provider(case.provider, **case.options, verify=mode)
    stranger = a_provider(case.provider, **{**case.options, **case.stranger})
    if case.provider == "zalo" and case.name == "probe" and mode == "observe":
        pytest.skip("an unsigned event is a delivery, which a connection that observes takes")

    reply = await asked(site, provider, case.wrong or case.ask(stranger))

    assert reply.status == case.refused, reply.text
    (row,) = site.services.store.log.deliveries()
    assert row.verdict is Verdict.REJECTED
    assert row.reason


@pytest.mark.parametrize(
    "name", [cls.name for cls in BUILTIN.values() if cls.handshake is Provider.handshake]
)
async def test_who_asks_no_questions_is_told_nothing(name: str, site: Site) -> None:
    question = Question("GET", "challenge=abc&hub.challenge=abc&crc_token=abc&echostr=abc")

    reply = await asked(site, a_provider(name), question)

    assert reply.status == 401
    assert "abc" not in reply.text
