"""What comes in: nothing is acknowledged that is not stored, nothing refused without a reason."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from automator.cli.inspection.log import refused, unkept_line
from automator.clock import iso_time
from automator.engine.doctor.doctor import diagnose
from automator.engine.intake.intake import (
    KEPT_PER_MINUTE,
    MOST_AT_ONCE,
    START_BYTES,
    Accepted,
    Intake,
    Planner,
    Submitted,
)
from automator.engine.intake.verification import LARGE_BYTES
from automator.engine.replay.filter_syntax import run_filter
from automator.http.types import InboundRequest
from automator.model import (
    IdSource,
    Reason,
    RejectedDelivery,
    StoreUnavailableError,
    Verdict,
    format_id,
)
from automator.model.log_filters import DeliveryFilter
from automator.providers.facebook import FacebookProvider
from automator.providers.shared.envelope import MOST_EVENTS
from automator.providers.simulator import build_sample, signed_request
from automator.reasons.bodies import too_many_events, zalo_late
from automator.reasons.doctor import cut
from tests.support.page_events import comment, delivery, signed
from tests.support.providers import a_provider
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: taken
    trigger: {event: comment.created}
    actions:
      - log: taken
  - id: returning
    trigger: {event: comment.created}
    conditions:
      - contact.first_seen != null
    actions:
      - log: welcome back
"""


def a_request(world: World, body: bytes, headers: Mapping[str, str]) -> InboundRequest:
    return InboundRequest(
        method="POST",
        query="",
        raw_headers=tuple(headers.items()),
        body=body,
        received_at=world.clock.now_ms(),
    )


async def test_an_event_knows_its_id_and_its_times(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.comments(1, "11", "giá?")

        detail = world.store.log.event(accepted.receipts[0].event_id)

        assert detail is not None
        assert detail.event.body["id"] == format_id(detail.event.id)
        assert detail.event.body["connection"] == "shop-page"
        assert detail.event.body["occurred_at"] == iso_time(world.clock.now_ms())


async def test_a_condition_on_the_contact_sees_what_is_known_of_them(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "11", "một")
        await world.handles_comment(2, "11", "hai")

        rules = [detail.run.rule for detail in await world.runs()]
        assert rules == ["taken", "taken", "returning"]


async def test_a_duplicate_names_the_first_event_and_starts_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        first = await world.comments(1, "11", "giá?")
        second = await world.handles_comment(1, "11", "giá?")

        assert second.receipts[0].duplicate
        assert second.receipts[0].event_id == first.receipts[0].event_id
        assert len(await world.runs()) == 1


async def test_a_refused_request_is_written_down_with_its_reason(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = delivery(changes=[comment(1, "11", "giá?", at=world.clock.now_ms())])

        with pytest.raises(RejectedDelivery):
            await world.intake.receive(world.provider, a_request(world, body, {}))

        (row,) = world.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
        assert row.reason_code == "missing_signature"
        assert world.store.log.events() == []
        now_ms = world.clock.now_ms()
        for words, found in (
            ({}, [row]),
            ({"connection": "shop-page"}, [row]),
            ({"connection": "other"}, []),
            ({"until": iso_time(now_ms)}, []),
        ):
            assert refused(world.store.log, run_filter(words, now_ms), limit=20) == found
        assert refused(world.store.log, run_filter({}, now_ms), limit=20, after=row.id) == []


async def test_a_key_that_occurs_twice_is_marked_on_the_event_and_its_delivery(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = delivery(changes=[comment(1, "11", "giá?", at=world.clock.now_ms())])
        doubled = body.replace(b'"object":', b'"object":"user","object":', 1)
        assert doubled != body

        accepted = await world.intake.receive(
            world.provider, a_request(world, doubled, signed(doubled))
        )

        assert isinstance(accepted, Accepted)
        detail = world.store.log.event(accepted.receipts[0].event_id)
        assert detail is not None
        assert detail.event.body["repeated_keys"] == ["object"]
        row = world.store.log.delivery(accepted.delivery_id)
        assert row is not None
        assert (row.verdict, row.reason_code) == (Verdict.ACCEPTED, "duplicate_key")


async def test_a_large_body_is_verified_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, RULES) as world:
        threads = []
        verify = world.provider.verify

        def noting(request: InboundRequest) -> Reason | None:
            threads.append(threading.get_ident())
            return verify(request)

        monkeypatch.setattr(world.provider, "verify", noting)
        for size in (LARGE_BYTES, LARGE_BYTES + 1):
            with pytest.raises(RejectedDelivery):
                await world.intake.receive(world.provider, a_request(world, b"x" * size, {}))

        assert [thread == threading.get_ident() for thread in threads] == [True, False]


async def test_a_flood_of_refused_requests_does_not_fill_the_disk(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for _ in range(KEPT_PER_MINUTE + 20):
            with pytest.raises(RejectedDelivery):
                await world.intake.receive(world.provider, a_request(world, b"{}", {}))

        rows = await asyncio.to_thread(
            world.store.log.deliveries, DeliveryFilter(verdict=Verdict.REJECTED), limit=1000
        )
        assert len(rows) == KEPT_PER_MINUTE
        await world.store.connection_health.count_refused(world.intake.refusals.collect())
        counts = world.store.log.counts(0)
        assert counts.rejected_deliveries == KEPT_PER_MINUTE + 20
        now_ms = world.clock.now_ms()
        assert unkept_line(world.store.log, run_filter({}, now_ms), now_ms).startswith("20 more")
        for words in ({"connection": "other"}, {"rule": "taken"}):
            assert not unkept_line(world.store.log, run_filter(words, now_ms), now_ms)


async def test_of_a_large_refused_body_the_beginning_and_the_size_are_kept(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = b"x" * 3_000_000
        with pytest.raises(RejectedDelivery):
            await world.intake.receive(world.provider, a_request(world, body, {}))

        (row,) = world.store.log.deliveries(DeliveryFilter(verdict=Verdict.REJECTED))
        kept = world.store.log.delivery(row.id)
        assert kept is not None
        assert (row.size, kept.full_size, kept.body) == (3_000_000, 3_000_000, b"x" * START_BYTES)
        (finding,) = diagnose(kept, {world.provider.connection: world.provider}).findings
        assert finding.reason == cut(kept=1024, size=3_000_000)


async def test_a_connection_that_observes_accepts_and_writes_down_what_was_wrong(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        options = world.provider.options.model_copy(update={"verify": "observe"})
        observing = FacebookProvider("shop-page", options)
        body = delivery(changes=[comment(1, "11", "giá?", at=world.clock.now_ms())])
        wrong = {"x-hub-signature-256": "sha256=" + "0" * 64}

        accepted = await world.intake.receive(observing, a_request(world, body, wrong))

        assert isinstance(accepted, Accepted)
        (row,) = world.store.log.deliveries()
        assert row.verdict is Verdict.OBSERVED
        assert row.reason


async def test_credentials_in_headers_are_not_written_down(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = delivery(changes=[comment(1, "11", "giá?", at=world.clock.now_ms())])
        headers = {**signed(body), "authorization": "Bearer canary", "x-api-token": "canary"}

        accepted = await world.intake.receive(world.provider, a_request(world, body, headers))

        assert isinstance(accepted, Accepted)
        detail = world.store.log.event(accepted.receipts[0].event_id)
        assert detail is not None
        assert detail.delivery is not None
        assert "canary" not in str(detail.delivery.headers)


async def test_a_token_in_the_address_is_not_written_down(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        body = delivery(changes=[comment(1, "11", "giá?", at=world.clock.now_ms())])
        request = a_request(world, body, signed(body))
        query = "a=1&access_token=canary&token=canary&x_kept=kept"

        await world.intake.receive(world.provider, replace(request, query=query))

        (row,) = world.store.log.deliveries()
        stored = world.store.log.delivery(row.id)
        assert stored is not None
        assert stored.query == "a=1&access_token=<redacted>&token=<redacted>&x_kept=kept"


async def test_nothing_is_acknowledged_once_the_store_is_closed(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.runner.stop()
        await world.store.close()

        with pytest.raises(StoreUnavailableError):
            await world.comments(1, "11", "giá?")


async def test_a_remark_of_the_provider_is_written_down_with_what_it_accepted(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        zalo = a_provider("zalo")
        sample = build_sample("zalo/message.received", serial=1, now_ms=world.clock.now_ms())
        headers, body = signed_request(zalo, sample, world.clock.now_ms(), "")
        intake = Intake(
            connections={"shop": zalo},
            rulebook=world.rulebook,
            store=world.store,
            clock=world.clock,
            ids=IdSource(world.clock.now_ms, 1),
        )
        world.clock.advance(4 * 3600)

        accepted = await intake.receive(zalo, a_request(world, body, headers))

        assert isinstance(accepted, Accepted)
        stored = world.store.log.delivery(accepted.delivery_id)
        assert stored is not None
        assert stored.verdict is Verdict.ACCEPTED
        assert stored.reason == zalo_late(away=4 * 3_600_000)


async def test_a_delivery_of_more_events_than_any_sender_puts_into_one_is_kept_and_not_read(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.receives(delivery(changes=[{}] * (MOST_EVENTS + 1)))

        stored = world.store.log.delivery(accepted.delivery_id)
        assert stored is not None
        assert accepted.receipts == ()
        assert stored.verdict is Verdict.UNPARSABLE
        assert stored.reason == too_many_events(limit=MOST_EVENTS)


@pytest.mark.parametrize("is_submitted", [False, True])
async def test_other_requests_are_answered_between_the_events_of_a_large_delivery(
    tmp_path: Path, is_submitted: bool
) -> None:
    async with a_world(tmp_path, RULES.partition("  - id: returning")[0]) as world:
        now_ms = world.clock.now_ms()
        numbers = range(10 * MOST_AT_ONCE)
        changes = [comment(number, "11", "giá?", at=now_ms) for number in numbers]
        body = delivery(changes=changes)
        request = a_request(world, body, signed(body))
        provider = world.intake.connection("shop-page")
        planned, longest = 0, 0
        plan = Planner.plan

        def count(*given: Any) -> Any:
            nonlocal planned
            planned += 1
            return plan(*given)

        async def watch() -> None:
            nonlocal longest
            before = 0
            while before < len(changes):
                longest, before = max(longest, planned - before), planned
                await asyncio.sleep(0)

        with patch.object(Planner, "plan", count):
            watching = asyncio.create_task(watch())
            await asyncio.sleep(0)
            if is_submitted:
                found = world.intake.submit(provider, request)
                assert isinstance(found, Submitted)
                await found.receipts
            else:
                await world.intake.receive(provider, request)
            await watching

        assert planned == len(changes)
        assert longest <= MOST_AT_ONCE
