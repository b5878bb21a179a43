"""A delivery that was refused is taken in again once the cause is mended: verified, and once."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from automator.clock import ManualClock, iso_time
from automator.configuration.secrets import Secret
from automator.engine.intake.intake import BYTES_PER_CONNECTION, Accepted, Intake
from automator.engine.intake.refused_deliveries import outlook, take_again
from automator.http.types import InboundRequest
from automator.model import ConflictError, IdSource, RejectedDelivery, Verdict
from automator.plugins import Provider
from automator.providers.simulator import build_sample, signed_request
from automator.reasons.deliveries import bad_signature, too_large
from tests.support.errors import raises_code
from tests.support.page_events import comment, delivery, signed
from tests.support.providers import OTHER_SECRET, SECRET, a_provider
from tests.support.world import CONNECTION, World, a_world

RULES = """\
rules:
  - id: taken
    trigger: {event: "*"}
    actions:
      - log: taken
"""
WHO = "lan"
#: No two intakes make the same ids.
_NODES = itertools.count(2)
BODY = delivery(changes=[comment(1, "11", "giá?", at=ManualClock().now_ms())])


def an_intake(world: World, provider: Provider) -> Intake:
    """An intake after a restart, with other settings of the connection."""
    return Intake(
        connections={provider.connection: provider},
        rulebook=world.rulebook,
        store=world.store,
        clock=world.clock,
        ids=IdSource(world.clock.now_ms, next(_NODES)),
    )


def with_wrong_secret(world: World) -> Provider:
    options = world.provider.options
    wrong = options.model_copy(update={"app_secret": (Secret("of-another-app-012345", "a test"),)})
    return type(world.provider)(CONNECTION, wrong)


def a_request(world: World, body: bytes = BODY) -> InboundRequest:
    headers = tuple({"host": "shop.example", **signed(body)}.items())
    return InboundRequest("POST", "", headers, body, world.clock.now_ms())


async def refused(world: World, provider: Provider, request: InboundRequest) -> int:
    """The id of a delivery that this connection has refused."""
    with pytest.raises(RejectedDelivery):
        await an_intake(world, provider).receive(provider, request)
    return world.store.log.deliveries()[0].id


async def again(world: World, provider: Provider, delivery_id: int) -> Accepted:
    intake = an_intake(world, provider)
    return await take_again(
        intake, world.store.log, {provider.connection: provider}, delivery_id, WHO
    )


async def test_it_starts_its_rules_with_the_moment_of_its_receipt_and_says_who_did_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        request = a_request(world)
        delivery_id = await refused(world, with_wrong_secret(world), request)
        stored = world.store.log.delivery(delivery_id)
        assert stored
        assert stored.body == BODY
        world.clock.advance(3600)

        accepted = await again(world, world.provider, delivery_id)

        (receipt,) = accepted.receipts
        assert accepted.delivery_id == delivery_id
        assert not receipt.duplicate
        await world.settled()
        assert [one.run.rule for one in await world.runs()] == ["taken"]
        event = world.store.log.event(receipt.event_id)
        assert event
        assert event.event.body["received_at"] == iso_time(request.received_at)
        (row,) = world.store.log.deliveries()
        assert (row.verdict, row.events, row.is_duplicate) == (Verdict.ACCEPTED, 1, False)
        assert row.reason
        assert row.reason.params["by"] == WHO
        assert row.reason.params["at"] == world.clock.now_ms()
        assert bad_signature.code in set(row.reason.codes())
        kept = world.store.log.delivery(delivery_id)
        assert kept
        assert (kept.body, kept.headers) == (stored.body, stored.headers)


async def test_its_events_show_of_the_request_what_they_would_have_shown(tmp_path: Path) -> None:
    shown = {"method": "POST", "path": "eu/7", "remote": "203.0.113.7"}
    async with a_world(tmp_path, RULES) as world:
        options = world.provider.options.model_copy(
            update={"request": tuple(shown), "headers": ("x-shop", "x-hub-signature-256")}
        )
        provider = type(world.provider)(CONNECTION, options)
        sent = a_request(world)
        more = ((":path", shown["path"]), ("x-shop", "7"))
        request = replace(sent, raw_headers=sent.raw_headers + more, remote=shown["remote"])
        delivery_id = await refused(world, with_wrong_secret(world), request)

        accepted = await again(world, provider, delivery_id)

        event = world.store.log.event(accepted.receipts[0].event_id)
        assert event
        assert event.event.body["request"] == shown
        assert event.event.body["headers"] == {"content-type": "application/json", "x-shop": "7"}


async def test_it_is_never_taken_in_while_its_signature_is_wrong(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        wrong = with_wrong_secret(world)
        delivery_id = await refused(world, wrong, a_request(world))

        with pytest.raises(ConflictError) as refusal:
            await again(world, wrong, delivery_id)

        assert refusal.value.code == "still_refused"
        # Nothing is recorded of it, and the watchdog counts no second refusal.
        (row,) = world.store.log.deliveries()
        assert row.verdict is Verdict.REJECTED
        assert (await world.runs()) == []


async def test_what_came_or_was_taken_in_meanwhile_is_there_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        delivery_id = await refused(world, with_wrong_secret(world), a_request(world))
        await world.intake.receive(world.provider, a_request(world))

        accepted = await again(world, world.provider, delivery_id)

        assert [receipt.duplicate for receipt in accepted.receipts] == [True]
        assert len(world.store.log.events()) == 1
        with raises_code(ConflictError, "not_refused"):
            await again(world, world.provider, delivery_id)


async def test_of_two_who_press_at_once_one_is_told_that_it_was_done(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        delivery_id = await refused(world, with_wrong_secret(world), a_request(world))

        both = await asyncio.gather(
            again(world, world.provider, delivery_id),
            again(world, world.provider, delivery_id),
            return_exceptions=True,
        )

        assert sorted(type(one).__name__ for one in both) == ["Accepted", "ConflictError"]
        assert len(world.store.log.events()) == 1


@pytest.mark.parametrize("name", ["stripe", "slack", "standard_webhooks"])
async def test_the_time_of_a_signature_is_compared_with_that_of_the_receipt(
    tmp_path: Path, name: str
) -> None:
    async with a_world(tmp_path, RULES) as world:
        right = a_provider(name)
        now_ms = world.clock.now_ms()
        samples = {"stripe": "stripe/payment_intent.succeeded", "slack": "slack/message.received",
                   "standard_webhooks": "standard_webhooks/order.paid"}  # fmt: skip
        sample = build_sample(samples[name], serial=1, now_ms=now_ms)
        headers, body = signed_request(right, sample, now_ms, "m1")
        request = InboundRequest("POST", "", tuple(headers.items()), body, now_ms)
        key = "signing_secret" if name == "slack" else "secret"
        wrong = a_provider(name, **{key: OTHER_SECRET})
        in_time = await refused(world, wrong, request)
        late = await refused(world, right, replace(request, received_at=now_ms + 3_600_000))
        world.clock.advance(86_400)

        accepted = await again(world, right, in_time)

        assert accepted.receipts
        with raises_code(ConflictError, "still_refused"):
            await again(world, right, late)


async def test_what_could_not_be_read_is_read_once_its_connection_has_the_right_provider(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        wrong, right = a_provider("generic", split="body.orders"), a_provider("generic")
        body, now_ms = b'{"event": "order.paid", "id": "7"}', world.clock.now_ms()
        headers = tuple(right.sign(body, now_ms=now_ms, delivery_key="7").items())
        kind = ("content-type", "application/json")
        request = InboundRequest("POST", "", (kind, *headers), body, now_ms)
        first = await an_intake(world, wrong).receive(wrong, request)
        assert isinstance(first, Accepted)
        assert not first.receipts

        with raises_code(ConflictError, "still_unreadable"):
            await again(world, wrong, first.delivery_id)
        (row,) = world.store.log.deliveries()
        assert row.verdict is Verdict.UNPARSABLE

        accepted = await again(world, right, first.delivery_id)
        assert len(accepted.receipts) == 1
        (row,) = world.store.log.deliveries()
        assert (row.verdict, row.events) == (Verdict.ACCEPTED, 1)


async def test_what_is_not_kept_is_said_and_not_offered(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        wrong = with_wrong_secret(world)
        connections = {CONNECTION: world.provider}
        large = a_request(world, BODY + b" " * BYTES_PER_CONNECTION)
        cut = await refused(world, wrong, large)
        whole = await refused(world, wrong, a_request(world))

        def obstacle(delivery_id: int, **changes: object) -> str:
            stored = world.store.log.delivery(delivery_id)
            assert stored
            found = outlook(replace(stored, **changes), connections).obstacle  # type: ignore[arg-type]
            return found.code if found else ""

        assert obstacle(whole) == ""
        assert obstacle(cut) == "only_its_start"
        assert obstacle(whole, connection="gone") == "connection_gone"
        assert obstacle(whole, headers=(), body=b"") == "bytes_gone"
        assert obstacle(whole, verdict=Verdict.OBSERVED) == "not_refused"
        assert obstacle(whole, reason=too_large(limit=9)) == "body_not_read"


async def test_a_token_that_was_not_kept_is_not_believed(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        right = a_provider("telegram")
        now_ms = world.clock.now_ms()
        sample = build_sample("telegram/message.received", serial=1, now_ms=now_ms)
        headers, body = signed_request(right, sample, now_ms, "")
        request = InboundRequest("POST", "", tuple(headers.items()), body, now_ms)
        wrong = a_provider("telegram", secret_token=OTHER_SECRET)
        delivery_id = await refused(world, wrong, request)

        with raises_code(ConflictError, "credential_not_kept"):
            await again(world, right, delivery_id)
        stored = world.store.log.delivery(delivery_id)
        assert stored
        assert SECRET not in str(stored.headers)
