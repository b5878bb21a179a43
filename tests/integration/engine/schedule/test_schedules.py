"""Rules that fire by themselves: once over all nodes and restarts, and nothing is lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock, iso_time
from automator.engine.explanation.why import explain_event
from automator.model import RunState
from automator.model.log_filters import EventFilter
from automator.store import EventDetail
from tests.support.words import said, told
from tests.support.world import World, a_world, two_worlds

MINUTE = 60
HOUR = 3600
#: ManualClock begins on Tuesday 2026-11-24 at 00:00 UTC, which is 07:00 in Vietnam.
START = "2026-11-24T00:00:00.000Z"
HOURLY = """\
rules:
  - id: hourly
    trigger: {schedule: {every: 1h%s}}
    actions:
      - log: "it is {{ event.data.scheduled_at }}"
"""
MORNING = """\
rules:
  - id: morning
    trigger: {schedule: {cron: "0 9 * * mon-fri", timezone: Asia/Ho_Chi_Minh}}
    actions:
      - forward: crm
"""


async def events_of(world: World) -> list[EventDetail]:
    """The events of schedules, the oldest first."""
    rows = await asyncio.to_thread(
        world.store.log.events, EventFilter(connection="schedule"), limit=100
    )
    found = [await asyncio.to_thread(world.store.log.event, row.id) for row in reversed(rows)]
    return [detail for detail in found if detail is not None]


async def data_of(world: World) -> list[Any]:
    return [detail.event.body["data"] for detail in await events_of(world)]


async def fired(world: World) -> list[str]:
    return [data["scheduled_at"][11:16] for data in await data_of(world)]


async def tick(world: World, seconds: float = 0) -> None:
    await world.moves_clock(seconds)


def test_the_clock_of_these_tests_begins_when_they_say() -> None:
    assert iso_time(ManualClock().now_ms()) == START


async def test_a_schedule_fires_at_its_time_and_what_it_says_is_done(tmp_path: Path) -> None:
    async with a_world(tmp_path, MORNING) as world:
        await tick(world)
        await tick(world, 2 * HOUR - 1)
        assert await events_of(world) == []

        await tick(world, 1)
        await world.settled()

        (detail,) = await events_of(world)
        assert detail.event.type == "schedule.fired"
        assert detail.event.body["data"] == {
            "rule": "morning",
            "schedule": "0 9 * * mon-fri",
            "timezone": "Asia/Ho_Chi_Minh",
            "scheduled_at": "2026-11-24T02:00:00.000Z",
            "local_time": "2026-11-24T09:00:00+07:00",
            "missed": 0,
        }
        (run,) = await world.runs()
        assert run.run.state is RunState.DONE
        assert world.http.last.url == "https://crm.example/in"


async def test_a_time_fires_once_however_often_somebody_looks(tmp_path: Path) -> None:
    async with a_world(tmp_path, HOURLY % "") as world:
        await tick(world)
        world.clock.advance(HOUR)
        await asyncio.gather(*(world.schedules.fire_due() for _ in range(5)))

        assert await fired(world) == ["01:00"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_of_two_nodes_that_see_the_same_time_one_fires(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, HOURLY % "", clock) as (first, second):
        await asyncio.gather(first.schedules.fire_due(), second.schedules.fire_due())
        for _ in range(5):
            clock.advance(HOUR)
            await asyncio.gather(first.moves_clock(0), second.moves_clock(0))
            await first.settled()

        assert await fired(first) == ["01:00", "02:00", "03:00", "04:00", "05:00"]
        assert len(await first.runs()) == 5
        assert len(await asyncio.to_thread(first.store.log.deliveries, limit=50)) == 5


async def test_after_a_restart_the_missed_times_are_made_up_for_once(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, HOURLY % "", clock=clock) as world:
        await tick(world)
        await tick(world, HOUR)
    clock.advance(5 * HOUR + 10 * MINUTE)
    async with a_world(tmp_path, HOURLY % "", clock=clock) as world:
        await tick(world)
        await tick(world, 50 * MINUTE)

        found = await data_of(world)
        assert [(data["scheduled_at"][11:16], data["missed"]) for data in found] == [
            ("01:00", 0),
            ("06:00", 4),
            ("07:00", 0),
        ]


async def test_missed_times_are_skipped_where_the_rule_says_so(tmp_path: Path) -> None:
    clock = ManualClock()
    rules = HOURLY % ", missed: skip"
    async with a_world(tmp_path, rules, clock=clock) as world:
        await tick(world)
        await tick(world, HOUR)
    clock.advance(5 * HOUR + 10 * MINUTE)
    async with a_world(tmp_path, rules, clock=clock) as world:
        await tick(world)
        assert await fired(world) == ["01:00"]
        (state,) = await world.schedules.states()
        assert iso_time(state.last_skipped or 0) == "2026-11-24T06:00:00.000Z"

        await tick(world, 50 * MINUTE)
        assert await fired(world) == ["01:00", "07:00"]


async def test_a_rule_that_is_new_or_changed_does_not_fire_for_the_past(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, HOURLY % "", clock=clock) as world:
        await tick(world)
    clock.advance(5 * HOUR)
    changed = HOURLY.replace("every: 1h", "every: 30m") % ""
    async with a_world(tmp_path, changed, clock=clock) as world:
        await tick(world)
        assert await fired(world) == []

        await tick(world, 30 * MINUTE)
        assert await fired(world) == ["05:30"]


OFF = HOURLY.replace("id: hourly", "id: hourly\n    enabled: false") % ""
OTHER_ZONE = """\
rules:
  - id: morning
    trigger: {schedule: {cron: "0 9 * * *", timezone: Europe/Berlin}}
    actions:
      - log: hello
"""


@pytest.mark.parametrize("meanwhile", [OFF, "rules: []\n"], ids=["switched off", "removed"])
async def test_what_a_rule_would_have_fired_while_it_was_gone_is_not_made_up_for(
    tmp_path: Path, meanwhile: str
) -> None:
    clock = ManualClock()
    # Another text: on a shared database a folder that is behind catches up.
    back = HOURLY % "" + "# back again\n"
    for text, seconds in ((HOURLY % "", 0), (meanwhile, HOUR), (back, 2 * HOUR)):
        clock.advance(seconds)
        async with a_world(tmp_path, text, clock=clock) as world:
            await tick(world)
            assert await fired(world) == []
            if text != meanwhile:
                continue
            assert await world.schedules.states() == []
    async with a_world(tmp_path, back, clock=clock) as world:
        await tick(world, HOUR)
        assert await fired(world) == ["04:00"]


async def test_another_zone_begins_anew(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, MORNING, clock=clock) as world:
        await tick(world)
    clock.advance(3 * HOUR)
    async with a_world(tmp_path, OTHER_ZONE, clock=clock) as world:
        await tick(world)
        await tick(world, 5 * HOUR)

        (data,) = await data_of(world)
        assert data["local_time"] == "2026-11-24T09:00:00+01:00"


async def test_a_clock_that_was_far_ahead_and_is_set_right_does_not_stop_a_schedule(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, HOURLY % "") as world:
        await tick(world)
        await tick(world, 1000 * 24 * HOUR)
        await tick(world, -1000 * 24 * HOUR)
        await tick(world, HOUR)
        await tick(world, HOUR)

        assert [data["scheduled_at"][:16] for data in await data_of(world)][1:] == [
            "2026-11-24T01:00",
            "2026-11-24T02:00",
        ]


async def test_a_clock_that_is_set_back_a_little_repeats_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, HOURLY % "") as world:
        await tick(world)
        for seconds in (HOUR, -10, 10, 5, -HOUR / 2, HOUR / 2):
            await tick(world, seconds)
            await world.settled()

        assert await fired(world) == ["01:00"]
        assert len(await world.runs()) == 1


async def test_an_older_revision_does_not_take_a_schedule_back(tmp_path: Path) -> None:
    async with a_world(tmp_path, HOURLY % "") as world:
        now = world.clock.now_ms()
        follow = world.store.schedules.follow
        await follow(6, {"hourly": "every 60000"}, now)
        rows = await follow(5, {"hourly": "every 3600000", "new": "every 1000"}, now + 5)
        assert [(row.rule, row.definition) for row in rows] == [
            ("hourly", "every 60000"),
            ("new", "every 1000"),
        ]
        rows = await follow(5, {}, now + 5)
        assert [row.rule for row in rows] == ["hourly"]


TWO = """\
rules:
  - id: hourly
    trigger: {schedule: {every: 1h}}
    conditions:
      - event.data.missed > `0`
    actions:
      - log: made up for
  - id: other
    trigger: {schedule: {every: 2h}}
    actions:
      - log: other
  - id: everything
    trigger: {}
    actions:
      - log: something came in
"""


async def test_a_schedule_concerns_its_own_rule_and_why_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        await tick(world)
        await tick(world, HOUR)
        await world.handles_comment(1, "11", "giá?")

        assert [run.run.rule for run in await world.runs()] == ["everything"]
        (detail,) = await events_of(world)
        revisions = world.rulebook.revisions
        text = told(await explain_event(world.store.log, revisions, detail.event.id))
        assert "the rule looks for more than 0; event.data.missed is 0" in text
        assert text.count("trigger: this event is of the schedule of hourly") == 2
        comment = (await asyncio.to_thread(world.store.log.events, limit=1))[0]
        text = told(await explain_event(world.store.log, revisions, comment.id))
        assert "trigger: fires by itself (every 2h), not for an event" in text


SUMMARY = """\
rules:
  - id: price
    name: Price
    trigger: {event: message.received}
    actions: [reply: Dạ 250k ạ]
  - id: week
    trigger: {schedule: {every: 1h, summary: 7d}}
    actions:
      - log: >-
          {{ event.data.summary.answered_by_rules }}/{{ event.data.summary.inquiries }},
          {% for rule in event.data.summary.rules %}{{ rule.name }} {{ rule.done }};{% endfor %}
"""


async def test_a_schedule_with_a_summary_says_how_the_last_days_were(tmp_path: Path) -> None:
    async with a_world(tmp_path, SUMMARY) as world:
        await tick(world)
        await world.writes(1, "lan", "Giá bao nhiêu?")
        await world.settled()

        await tick(world, HOUR)

        await world.settled()
        (data,) = await data_of(world)
        figures = data["summary"]
        assert (figures["days"], figures["inquiries"], figures["answered_by_rules"]) == (7, 1, 1)
        assert (figures["missed_buyers"], figures["failed"]) == (0, 0)
        assert figures["rules"][0] == {
            "id": "price", "name": "Price", "runs": 1, "done": 1, "failed": 0, "held_back": 0,
        }  # fmt: skip
        (run,) = [detail for detail in await world.runs() if detail.run.rule == "week"]
        assert said(run.attempts[0].summary) == "1/1, Price 1;"


async def test_a_schedule_without_a_summary_looks_at_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, HOURLY % "") as world:
        await tick(world)
        await tick(world, HOUR)

        (data,) = await data_of(world)
        assert "summary" not in data
