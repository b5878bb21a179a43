"""Discord over the hook route: what it hears at once, and what is stored before it hears it."""

import json
from typing import Any

from automator.clock import ManualClock
from automator.engine.intake.intake import Intake
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_request
from automator.server.http.hook_endpoint import HookEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.at_once import at_once
from tests.support.providers import NOW_MS, OTHER_ED25519_PUBLIC_KEY, a_provider
from tests.support.site import Site


async def post(site: Site, provider: Provider, name: str) -> Reply:
    sample = build_sample(f"discord/{name}", serial=1, now_ms=NOW_MS)
    headers, body = signed_request(a_provider("discord"), sample, NOW_MS, "d")
    services = site.services
    intake = Intake(
        connections={"app": provider},
        rulebook=services.rulebook,
        store=services.store,
        clock=services.clock,
        ids=services.ids,
    )
    caller = Caller(at_once(HookEndpoint(intake, ManualClock(NOW_MS), 1_000_000)))
    return await caller.request("POST", "/hooks/app", body, headers)


def app(**options: Any) -> Provider:
    return a_provider("discord", "app", **options)


async def test_a_command_is_stored_and_answered_with_thinking(site: Site) -> None:
    provider = app()

    first = await post(site, provider, "command")
    again = await post(site, provider, "command")

    assert [(reply.status, reply.json()) for reply in (first, again)] == [(200, {"type": 5})] * 2
    assert dict(first.raw_headers)["content-type"] == "application/json"
    (event,) = site.services.store.log.events(limit=10)
    assert event.type == "discord.command"


async def test_a_button_is_answered_in_silence_and_a_command_in_words_where_they_are_set(
    site: Site,
) -> None:
    provider = app(instant_reply="Chờ chút", ephemeral=True)

    button = await post(site, provider, "button.clicked")
    command = await post(site, provider, "command")

    assert button.json() == {"type": 6}
    assert command.json()["data"] == {
        "content": "Chờ chút",
        "allowed_mentions": {"parse": []},
        "flags": 64,
    }


async def test_a_webhook_event_is_taken_with_a_204_that_has_no_length(site: Site) -> None:
    reply = await post(site, app(), "application_authorized")

    assert (reply.status, reply.body) == (204, b"")
    assert "content-length" not in dict(reply.raw_headers)
    assert len(site.services.store.log.events(limit=10)) == 1


async def test_a_wrong_signature_is_refused_and_stores_no_event(site: Site) -> None:
    stranger = app(public_key=OTHER_ED25519_PUBLIC_KEY, simulator_key=None)

    reply = await post(site, stranger, "command")

    assert (reply.status, json.loads(reply.body)["error"]) == (401, "bad_signature")
    assert site.services.store.log.events(limit=10) == []
