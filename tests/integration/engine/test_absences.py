"""Rules that act when something does not come in time: the wait, its end, and who ends it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.engine.explanation.why import explain_event
from automator.engine.intake.intake import Accepted
from automator.engine.replay.filter_syntax import run_filter
from automator.http.types import InboundRequest
from automator.model import ParsedEvent, Run, RunState, format_id
from automator.plugins import ConnectionOptions, Provider
from tests.support.http import a_reply
from tests.support.words import said, told
from tests.support.world import CONNECTION, World, a_world, two_worlds

MINUTE = 60
RULES = """\
rules:
  - id: unpaid
    trigger:
      absence: {of: order.paid, after: order.created, within: 30m, key: event.data.id}
    conditions:
      - event.data.total > `100`
    actions:
      - log: "{{ event.data.id }} is not paid"
"""
NO_RULES = "rules: []\n"


class Orders(Provider):
    """A sender of events of orders: each delivery is a list of `[type, order, total, time]`."""

    name = "orders"
    options_model = ConnectionOptions
    sent = 0

    def verify(self, request: InboundRequest) -> None:
        """Trusts everybody."""

    def parse(self, request: InboundRequest) -> list[ParsedEvent]:
        return [self._event(*one) for one in json.loads(request.body)]

    def _event(self, kind: str, order: Any, total: int, happened: int | None) -> ParsedEvent:
        Orders.sent += 1
        return ParsedEvent(
            type=kind,
            dedupe_key=f"order-event-{Orders.sent}",
            lane=None,
            actor_id=None,
            is_self=False,
            occurred_at=happened,
            body={"text": None, "actor": None, "data": {"id": order, "total": total}},
        )


async def comes(
    world: World, *kinds: str, order: Any = 17, total: int = 500, happened: int | None = None
) -> list[int]:
    """Events of an order come in one delivery; their ids."""
    body = json.dumps([[kind, order, total, happened] for kind in kinds]).encode()
    provider = Orders(CONNECTION, ConnectionOptions(provider="orders"))
    request = InboundRequest("POST", "", (), body, world.clock.now_ms())
    accepted = await world.intake.receive(provider, request)
    assert isinstance(accepted, Accepted)
    return [receipt.event_id for receipt in accepted.receipts]


async def runs(world: World) -> list[Run]:
    return [detail.run for detail in await world.runs()]


async def states(world: World) -> list[str]:
    return [run.state.label for run in await runs(world)]


async def test_what_does_not_come_in_time_lets_the_rule_act_on_the_first_event(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.created")
        await world.passes(30 * MINUTE - 1)
        assert await states(world) == ["queued"]

        await world.passes(1)

        (detail,) = await world.runs()
        assert detail.run.state is RunState.DONE
        assert said(detail.attempts[0].summary) == "17 is not paid"


async def test_what_comes_in_time_ends_the_wait_and_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.created")
        await world.passes(29 * MINUTE)
        (paid,) = await comes(world, "order.paid")
        await world.passes(60 * MINUTE)

        (run,) = await runs(world)
        assert run.state is RunState.CANCELLED
        assert said(run.reason) == f"not absent: order.paid {format_id(paid)} came"


async def test_another_key_another_order_or_too_small_a_one_ends_and_begins_nothing(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.created", order="17")
        await comes(world, "order.created", order=18, total=5)
        await comes(world, "order.paid", order=17)
        await comes(world, "order.paid", order="17 ")
        await world.passes(30 * MINUTE)

        assert await states(world) == ["done"]


async def test_an_event_without_the_key_waits_for_nothing_and_says_why(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.created", order=None)
        await comes(world, "order.paid", order=None)

        (run,) = await runs(world)
        assert run.state is RunState.SUPPRESSED
        assert "its key event.data.id: the event does not have it" in said(run.reason)


async def test_a_wait_outlives_a_restart_and_is_found_by_its_key(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.created", order=1)
        await comes(world, "order.created", order=2)
    clock.advance(10 * MINUTE)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.paid", order=2)
        await world.passes(20 * MINUTE)

        assert await states(world) == ["done", "cancelled"]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("order.created", "order.paid"), "cancelled"),
        (("order.paid", "order.created"), "queued"),
    ],
)
async def test_the_order_within_one_batch_counts(
    tmp_path: Path, kinds: tuple[str, ...], state: str
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, *kinds)

        assert await states(world) == [state]


async def test_deliveries_that_are_stored_together_keep_their_order(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asyncio.gather(comes(world, "order.created"), comes(world, "order.paid"))

        assert await states(world) == ["cancelled"]


HEARTBEAT = """\
rules:
  - id: silent
    trigger: {absence: {of: beat, after: beat, within: 10m, key: event.data.id}}
    actions:
      - log: silent
"""


async def test_a_kind_that_ends_its_own_wait_begins_the_next_one(tmp_path: Path) -> None:
    async with a_world(tmp_path, HEARTBEAT) as world:
        await comes(world, "beat", "beat")
        await world.passes(9 * MINUTE)
        await comes(world, "beat")
        assert await states(world) == ["cancelled", "cancelled", "queued"]

        await world.passes(10 * MINUTE)
        assert await states(world) == ["cancelled", "cancelled", "done"]


async def test_a_late_event_does_not_wait_for_what_came_before_it_and_happened_after(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        (paid,) = await comes(world, "order.paid", happened=2000)
    clock.advance(1)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.created", happened=1000)
        await comes(world, "order.created", happened=3000)
        await comes(world, "order.created")

        assert await states(world) == ["cancelled", "queued", "queued"]
        because = said((await runs(world))[0].reason)
        assert because.startswith(f"not absent: order.paid {format_id(paid)} came before this")


async def test_what_happened_before_the_wait_and_comes_late_does_not_end_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, HEARTBEAT) as world:
        await comes(world, "beat", happened=2000)
        await comes(world, "beat", happened=1000)
        assert await states(world) == ["queued", "cancelled"]

        await comes(world, "beat", happened=3000)
        assert await states(world) == ["cancelled", "cancelled", "queued"]


async def test_times_in_whole_seconds_and_finer_ones_are_not_told_apart(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.created", happened=1900)
        await comes(world, "order.paid", happened=1000)

        assert await states(world) == ["cancelled"]


async def test_what_ended_waits_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", order=1, happened=2000)
        await world.moves_clock(24 * 3600 + 1)
        await comes(world, "order.paid", order=2, happened=3000)
        await comes(world, "order.created", order=1, happened=1000)

        assert await states(world) == ["queued"]


@pytest.mark.parametrize(
    "changed",
    [
        NO_RULES,
        RULES.replace("- id: unpaid", "- id: unpaid\n    enabled: false"),
        # Such as a rule of an agent, with the id of a rule that was removed.
        RULES.replace("- id: unpaid", "- id: unpaid\n    mode: shadow"),
        RULES.replace("of: order.paid", "of: order.settled"),
    ],
    ids=["removed", "switched off", "in shadow mode", "other end"],
)
async def test_a_wait_whose_end_nobody_listens_for_any_more_does_not_act(
    tmp_path: Path, changed: str
) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.created")
    async with a_world(tmp_path, changed, clock=clock) as world:
        await world.passes(30 * MINUTE)

        (run,) = await runs(world)
        assert run.state is RunState.CANCELLED
        assert "changed, switched off or removed" in said(run.reason)


async def test_a_rule_that_only_acts_differently_keeps_its_waits(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.created")
    async with a_world(tmp_path, RULES.replace("is not", "was never"), clock=clock) as world:
        await world.passes(30 * MINUTE)

        assert await states(world) == ["done"]


FAILING = RULES.replace('- log: "{{ event.data.id }} is not paid"', "- forward: crm")


async def test_what_comes_after_the_rule_has_begun_to_act_calls_nothing_back(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, FAILING) as world:
        world.http.script.append(a_reply(503))
        await comes(world, "order.created")
        await world.passes(30 * MINUTE)
        assert await states(world) == ["queued"]

        await comes(world, "order.paid")
        await world.passes(60)

        assert await states(world) == ["done"]
        assert len(world.http.requests) == 2


async def test_ended_waits_do_not_drown_the_log_and_are_found_by_their_state(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        for order in range(5):
            await comes(world, "order.created", order=order)
        for order in range(4):
            await comes(world, "order.paid", order=order)

        def shown(**words: str) -> int:
            wanted = run_filter(words, world.clock.now_ms())
            return len(world.store.log.runs(wanted, limit=50))

        assert shown() == 1
        assert shown(state="cancelled") == 4
        assert shown(rule="unpaid") == 5


async def test_why_says_what_is_waited_for_and_what_an_event_ends(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        (created,) = await comes(world, "order.created")
        log, revisions = world.store.log, world.rulebook.revisions
        text = told(await explain_event(log, revisions, created))
        assert "acts unless order.paid with event.data.id = 17 comes within 30 min" in text

        (paid,) = await comes(world, "order.paid")
        text = told(await explain_event(log, revisions, created))
        assert f"cancelled: not absent: order.paid {format_id(paid)} came" in text
        text = told(await explain_event(log, revisions, paid))
        assert "order.paid ends its waits with the same event.data.id" in text


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_one_node_ends_the_wait_that_another_one_has_begun(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, RULES, clock) as (first, second):
        await comes(first, "order.created")
        await comes(second, "order.paid")
        assert await states(first) == ["cancelled"]

        # Whichever of them is stored first, the payment happened later.
        for order in range(20):
            created = comes(first, "order.created", order=order, happened=1000)
            await asyncio.gather(created, comes(second, "order.paid", order=order, happened=2000))
        assert set(await states(first)) == {"cancelled"}
