"""The watchdog: silence and refusals are told once an episode, over all nodes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.configuration.time_intervals import TimeInterval
from automator.engine.explanation.why import explain_event
from automator.engine.operations.watchdog import Health, Watchdog
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.http.types import InboundRequest
from automator.model import NotFoundError, RejectedDelivery, RunState, UsageError
from automator.model.log_filters import EventFilter
from automator.plugins import Provider
from automator.reasons.connections import (
    page_fields_missing,
    page_unsubscribed,
    permissions_missing,
)
from automator.store import EventDetail
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world, two_worlds

HOUR = 3600.0
DAY = 24 * HOUR
RULES = """\
rules:
  - id: alarm
    trigger: {event: connection.silent}
    conditions:
      - event.data.connection == 'shop-page'
    actions:
      - log: "{{ event.text }}"
  - id: refused
    trigger: {event: connection.rejecting}
    actions:
      - log: "{{ event.data.refusals }} refused"
  - id: nightly
    trigger: {schedule: {cron: "0 3 * * *"}}
    actions:
      - log: "night"
"""


#: The clock of the world stands at a Tuesday, 07:00 in Vietnam.
BUSINESS = TimeInterval(times=("08:00-18:00",), timezone="Asia/Ho_Chi_Minh")


def a_watchdog(world: World, *, http: ScriptedHttp | None = None, **options: Any) -> Watchdog:
    """A watchdog over the world's connection, which may have other options."""
    provider: Provider = world.provider
    if options:
        provider = a_provider("facebook", CONNECTION, **options)
    return Watchdog(
        connections={CONNECTION: provider},
        own=ScheduleProvider(),
        intake=world.intake,
        rulebook=world.rulebook,
        store=world.store,
        http=http or ScriptedHttp(),
        clock=world.clock,
        say=said,
        intervals={"business": BUSINESS},
    )


async def events_of(world: World) -> list[EventDetail]:
    """What was told, the oldest first."""
    rows = await asyncio.to_thread(
        world.store.log.events, EventFilter(connection="schedule"), limit=100
    )
    found = [await asyncio.to_thread(world.store.log.event, row.id) for row in reversed(rows)]
    return [item for item in found if item and item.event.type.startswith("connection.")]


#: As Facebook signs, with another secret.
WRONG = (("x-hub-signature-256", f"sha256={'0' * 64}"),)


async def refuse(world: World, headers: tuple[tuple[str, str], ...] = WRONG) -> None:
    """A delivery that is not believed."""
    request = InboundRequest("POST", "", headers, b"{}", world.clock.now_ms())
    with pytest.raises(RejectedDelivery):
        await world.intake.receive(world.provider, request)


async def live_for(world: World, watchdog: Watchdog, days: int) -> None:
    """A comment every two hours by day, and ten hours of silence at night."""
    for day in range(days):
        for hour in range(0, 15, 2):
            await world.comments(100 * day + hour, "11", "Chào shop")
            await watchdog.check_connections()
            world.clock.advance(10 * HOUR if hour == 14 else 2 * HOUR)


async def state_of(watchdog: Watchdog) -> Health:
    (state,) = await watchdog.states()
    return state


async def test_silence_beyond_what_is_expected_is_told_once_and_rules_react(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect="every 2h")
        await world.comments(1, "11", "Chào shop")
        await watchdog.check_connections()
        world.clock.advance(2 * HOUR)
        await watchdog.check_connections()
        assert await events_of(world) == []

        world.clock.advance(60)
        for _ in range(3):
            await watchdog.check_connections()
            world.clock.advance(HOUR)
        await world.passes(1)

        (told,) = await events_of(world)
        assert told.event.body["data"]["connection"] == CONNECTION
        assert told.event.body["data"]["silent_s"] == 2 * HOUR + 60
        assert told.event.body["text"] == (
            "shop-page: Nothing has arrived for 2 h 1 min; expected at least every 2 h."
        )
        runs = {run.run.rule: run.run.state for run in await world.runs()}
        assert runs == {"alarm": RunState.DONE}
        why = await explain_event(world.store.log, world.rulebook.revisions, told.event.id)
        matched = [item.explanation for item in why.rules if item.explanation.matched]
        assert [item.rule for item in matched] == ["alarm"]


async def test_a_new_episode_is_told_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect="2h")
        for number in range(2):
            await world.comments(number, "11", "Chào shop")
            await watchdog.check_connections()
            assert (await state_of(watchdog)).warnings() == []
            world.clock.advance(3 * HOUR)
            await watchdog.check_connections()

        assert len(await events_of(world)) == 2


async def test_what_is_usual_is_learnt_and_nights_are_no_silence(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world)
        await live_for(world, watchdog, 2)
        world.clock.advance(4 * DAY)
        await watchdog.check_connections()
        assert (await state_of(watchdog)).allowed_s is None

        await live_for(world, watchdog, 5)
        assert (await state_of(watchdog)).allowed_s == 3 * 10 * HOUR
        assert await events_of(world) == []

        world.clock.advance(31 * HOUR)
        await watchdog.check_connections()

        assert len(await events_of(world)) == 1
        assert "three times its usual longest pause" in said(
            (await state_of(watchdog)).warnings()[0]
        )


async def test_never_is_never_silent(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect="never")
        await live_for(world, watchdog, 4)
        world.clock.advance(30 * DAY)
        await watchdog.check_connections()

        assert await events_of(world) == []
        assert (await state_of(watchdog)).allowed_s is None


async def test_a_connection_that_was_never_heard_of_is_told_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect="1h")
        for _ in range(3):
            world.clock.advance(2 * HOUR)
            await watchdog.check_connections()

        assert len(await events_of(world)) == 1
        assert len(await asyncio.to_thread(world.store.log.deliveries)) == 1


async def test_time_in_which_no_server_ran_is_no_silence(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        first = a_watchdog(world, expect="2h")
        await world.comments(1, "11", "Chào shop")
        await first.check_connections()
        world.clock.advance(5 * HOUR)
        second = a_watchdog(world, expect="2h")
        await second.check_connections()
        assert await events_of(world) == []

        world.clock.advance(2 * HOUR + 1)
        await second.check_connections()

        assert len(await events_of(world)) == 1


async def test_three_refusals_in_a_row_are_told_once_and_one_success_ends_them(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world)
        for _ in range(2):
            await refuse(world)
        await watchdog.check_connections()
        assert await events_of(world) == []

        await refuse(world)
        for _ in range(3):
            await watchdog.check_connections()
        await refuse(world)
        await watchdog.check_connections()
        await world.settled()

        (told,) = await events_of(world)
        assert told.event.type == "connection.rejecting"
        assert told.event.body["data"]["refusals"] == 3
        assert "automator doctor" in said((await state_of(watchdog)).warnings()[0])

        await world.comments(1, "11", "Chào shop")
        await watchdog.check_connections()
        assert (await state_of(watchdog)).warnings() == []
        for _ in range(3):
            world.clock.advance(1)
            await refuse(world)
        await watchdog.check_connections()
        assert len(await events_of(world)) == 2


async def test_what_anybody_posts_says_nothing_about_the_sender(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world)
        for _ in range(2):
            await refuse(world)
        for _ in range(50):
            await refuse(world, headers=(("user-agent", "curl/8.5.0"),))
        await watchdog.check_connections()
        assert await events_of(world) == []

        await refuse(world)
        await watchdog.check_connections()

        (told,) = await events_of(world)
        assert told.event.body["data"]["refusals"] == 3


async def test_a_page_is_only_asked_for_what_rules_name(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: answer
    trigger: {event: "message.*", provider: facebook}
    pause_on: {human_reply: 1h}
    actions: [reply: Chào bạn]
  - id: everything
    trigger: {event: "*"}
    actions: [log: seen]
  - id: elsewhere
    trigger: {event: comment.created, connection: another-page}
    actions: [log: seen]
"""
    async with a_world(tmp_path, rules, others={"another-page": world_provider()}) as world:
        apps = b'{"data":[{"id":"1","subscribed_fields":["messages"]}]}'
        watchdog = a_watchdog(world, http=ScriptedHttp([a_reply(200, apps)]), app_id="1")
        await watchdog.check_connections()

        assert (await state_of(watchdog)).problem == page_fields_missing(names=["message_echoes"])


def world_provider() -> Provider:
    return a_provider("facebook", "another-page")


async def test_what_could_not_be_stored_is_said_again(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        counts = world.intake.delivery_counts
        counts.take("a", 1)
        counts.refuse("a", 2, 401)
        counts.refuse("b", 2, 413)
        heard = counts.collect()
        counts.refuse("a", 3, 403)
        counts.put_back(heard)

        (again,) = counts.collect()

        assert (again.first_at, again.last_at) == (1, 1)
        assert (again.refusals, again.refused_since) == (2, 2)
        assert counts.collect() == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_of_two_nodes_one_tells(tmp_path: Path, postgresql_store_url: str) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, RULES, clock) as (first, second):
        dogs = [a_watchdog(world, expect="2h") for world in (first, second)]
        await first.comments(1, "11", "Chào shop")
        clock.advance(HOUR)
        await second.comments(2, "12", "Chào shop")
        clock.advance(1)
        for _ in range(2):
            await refuse(first)
            await refuse(second)
        await asyncio.gather(*(dog.check_connections() for dog in dogs))
        clock.advance(2 * HOUR + 1)
        await asyncio.gather(*(dog.check_connections() for dog in dogs))
        await asyncio.gather(*(dog.check_connections() for dog in dogs))

        told = sorted(item.event.type for item in await events_of(first))
        assert told == ["connection.rejecting", "connection.silent"]


async def test_silence_during_closed_hours_does_not_count(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect={"per": "2h", "during": "business"})
        await world.comments(1, "11", "Chào shop")
        await watchdog.check_connections()
        world.clock.advance(2.8 * HOUR)
        assert (await state_of(watchdog)).silent_s is None
        world.clock.advance(0.4 * HOUR)
        await watchdog.check_connections()
        (told,) = await events_of(world)
        assert told.event.body["text"] == (
            "shop-page: Nothing has arrived for 3 h 12 min; expected at least every 2 h of"
            " business."
        )

        # Half an hour before the end of the day; the night is no silence.
        world.clock.advance(7.3 * HOUR)
        await world.comments(2, "11", "Còn hàng không?")
        await watchdog.check_connections()
        world.clock.advance(15 * HOUR)
        assert (await state_of(watchdog)).silent_s is None
        world.clock.advance(1.2 * HOUR)
        assert (await state_of(watchdog)).silent_s is not None


async def test_fewer_events_than_expected_are_told_once_with_how_many(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect={"at_least": 3, "per": "6h"})
        world.clock.advance(6 * HOUR)
        for number in range(1, 4):
            await world.comments(number, "11", "Chào shop")
            world.clock.advance(60)
        await watchdog.check_connections()
        assert (await state_of(watchdog)).silent_s is None

        world.clock.advance(6 * HOUR - 150)
        for _ in range(3):
            await watchdog.check_connections()
            world.clock.advance(1)
        (told,) = await events_of(world)

        assert told.event.body["text"] == (
            "shop-page: Events that came within 6 h: 2; at least 3 are expected."
        )


async def test_a_server_that_has_just_begun_expects_nothing_yet(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, expect={"at_least": 3, "per": "6h", "during": "business"})
        world.clock.advance(5 * HOUR)

        assert (await state_of(watchdog)).silent_s is None
        world.clock.advance(3 * HOUR)
        assert (await state_of(watchdog)).came == 0


async def test_a_page_that_is_subscribed_by_hand_is_well_at_once(tmp_path: Path) -> None:
    without, with_all = (
        a_reply(200, b'{"data":[{"id":"1","subscribed_fields":["%s"]}]}' % fields)
        for fields in (b"feed", b'feed","messages')
    )
    http = ScriptedHttp(script=[without, a_reply(200, b'{"success":true}'), with_all])
    async with a_world(tmp_path, RULES) as world:
        watchdog = a_watchdog(world, http=http)
        health = world.store.connection_health
        await health.take_check(CONNECTION, world.clock.now_ms(), every_ms=0)
        await health.found(CONNECTION, page_unsubscribed())
        assert (await state_of(watchdog)).problem == page_unsubscribed()

        assert await watchdog.subscribe(CONNECTION) is None

        assert (await state_of(watchdog)).problem is None


@pytest.mark.parametrize(
    ("action", "missing"),
    [
        ("log: hello", []),
        ("reply: Dạ", ["pages_manage_engagement"]),
        ("moderate: hide", ["pages_manage_engagement"]),
    ],
)
async def test_a_page_whose_token_may_not_do_what_rules_do_is_told(
    tmp_path: Path, action: str, missing: list[str]
) -> None:
    app = a_reply(200, b'{"data":[{"id":"1","subscribed_fields":["feed","messages"]}]}')
    scopes = b'{"data":{"scopes":["pages_read_engagement","pages_read_user_content"]}}'
    rules = (
        "rules:\n  - id: one\n    trigger: {event: comment.created}\n"
        f"    actions:\n      - {action}\n"
    )
    async with a_world(tmp_path, rules) as world:
        watchdog = a_watchdog(world, http=ScriptedHttp(script=[app, a_reply(200, scopes)]))

        await watchdog.check_connections()

        told = permissions_missing(names=missing) if missing else None
        assert (await state_of(watchdog)).problem == told


async def test_only_connections_that_can_be_subscribed_are(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        with pytest.raises(NotFoundError):
            await a_watchdog(world).subscribe("nobody")
        with pytest.raises(UsageError, match="cannot be subscribed"):
            await a_watchdog(world, page_access_token=None).subscribe(CONNECTION)
