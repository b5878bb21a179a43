"""What is refused before a body is read: too many requests, and what a sender does not send."""

from functools import partial

import orjson
import pytest

from automator.clock import ManualClock
from automator.engine.intake.intake import SAVED_S, Intake
from automator.model import Verdict
from automator.model.log_filters import DeliveryFilter
from automator.plugins import Provider
from automator.server.http.body import BodyMemory
from automator.server.http.hook_endpoint import HookEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.at_once import at_once
from tests.support.providers import ALL_PROVIDERS, OF_XML, a_provider, headers_for
from tests.support.site import Site


def a_caller(site: Site, clock: ManualClock, *providers: Provider) -> Caller:
    services = site.services
    intake = Intake(
        connections={provider.connection: provider for provider in providers},
        rulebook=services.rulebook,
        store=services.store,
        clock=clock,
        ids=services.ids,
    )
    return Caller(at_once(HookEndpoint(intake, clock, None)))


async def post(caller: Caller, provider: Provider, body: bytes, **headers: str) -> Reply:
    sent = {**headers_for(provider, body), **{k.replace("_", "-"): v for k, v in headers.items()}}
    return await caller.request("POST", f"/hooks/{provider.connection}", body, headers=sent)


async def test_more_than_the_rate_of_a_connection_is_answered_with_429_and_when_to_try_again(
    site: Site,
) -> None:
    clock = ManualClock()
    limited = a_provider("github", "limited", rate="2/s")
    free = a_provider("github", "free")
    caller = a_caller(site, clock, limited, free)

    replies = [await post(caller, limited, b"{}") for _ in range(int(2 * SAVED_S) + 2)]

    assert [reply.status for reply in replies] == [200] * int(2 * SAVED_S) + [429, 429]
    assert replies[-1].json()["error"] == "rate"
    assert replies[-1].headers["retry-after"] == "1"
    assert (await post(caller, free, b"{}")).status == 200
    rows = site.services.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
    assert [(row.reason_code, row.size) for row in rows] == [("rate", 0)] * 2
    clock.advance(1)
    assert [(await post(caller, limited, b"{}")).status for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "name", [name for name in ALL_PROVIDERS if name not in ("generic", "cloudevents")]
)
async def test_a_content_type_that_its_sender_does_not_send_is_refused(
    name: str, site: Site
) -> None:
    provider = a_provider(name)
    caller = a_caller(site, ManualClock(), provider)

    for content_type in ("text/plain", "multipart/form-data; boundary=x", "image/png"):
        reply = await post(caller, provider, b"{}", content_type=content_type)
        assert (reply.status, reply.json()["error"]) == (415, "content_type")
    own = "text/xml" if name in OF_XML else "application/json"
    reply = await post(caller, provider, b"{}", content_type=f"{own}; charset=UTF-8")
    assert reply.status != 415


@pytest.mark.parametrize("header", ["content_encoding", "transfer_encoding"])
async def test_a_compressed_body_is_refused_and_one_that_is_called_plain_is_not(
    header: str, site: Site
) -> None:
    provider = a_provider("github")
    caller = a_caller(site, ManualClock(), provider)

    for encoding in ("gzip", "gzip, chunked", "br", "identity, gzip"):
        reply = await post(caller, provider, b"{}", **{header: encoding})
        assert (reply.status, reply.json()["error"]) == (415, "encoded_body")
    for encoding in ("", "identity", "chunked", " Identity "):
        assert (await post(caller, provider, b"{}", **{header: encoding})).status == 200


async def test_a_connection_that_observes_takes_any_content_type(site: Site) -> None:
    provider = a_provider("github", verify="observe")

    reply = await post(
        a_caller(site, ManualClock(), provider), provider, b"{}", content_type="text/plain"
    )

    assert reply.status == 200


async def test_a_push_of_2048_commits_is_taken_from_github(site: Site) -> None:
    commit = {
        "id": "0" * 40,
        "message": "x" * 300,
        "author": {"name": "Ngọc", "email": "ngoc@example.com", "username": "ngoc"},
        "added": [f"a/{number}" for number in range(20)],
        "removed": [],
        "modified": ["b"],
    }
    body = orjson.dumps({"ref": "refs/heads/main", "commits": [commit] * 2048})
    provider = a_provider("github")
    assert len(body) > 1_048_576

    reply = await post(
        a_caller(site, ManualClock(), provider), provider, body, x_github_event="push"
    )

    assert reply.status == 200, reply.text
    assert len(reply.json()["events"]) == 1


@pytest.mark.parametrize(
    ("name", "size"),
    [("stripe", 1_048_576), ("whatsapp", 3_145_728), ("github", 26_214_400)],
)
async def test_a_body_may_be_as_large_as_its_provider_sends_it(
    name: str, size: int, site: Site
) -> None:
    provider = a_provider(name)
    caller = a_caller(site, ManualClock(), provider)

    assert (await post(caller, provider, b"x" * size)).status != 413
    assert (await post(caller, provider, b"x" * (size + 1))).status == 413


async def test_bodies_for_which_there_is_no_room_are_answered_with_503_and_when_to_try_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_left = partial(BodyMemory, usual=0, large=0)
    monkeypatch.setattr("automator.server.http.hook_endpoint.BodyMemory", none_left)
    provider = a_provider("github")

    reply = await post(a_caller(site, ManualClock(), provider), provider, b"x" * 70_000)

    assert (reply.status, reply.json()["error"]) == (503, "busy")
    assert int(reply.headers["retry-after"]) > 0
