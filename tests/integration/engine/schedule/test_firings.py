"""Schedules that fire for people: each contact once a firing, and nobody who must be left alone."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.configuration.settings import Budgets
from automator.configuration.time_intervals import TimeInterval
from automator.engine.explanation.why import explain_event
from automator.engine.schedule.audience import People
from automator.model import Block, NotFoundError, OptOut, Remember
from automator.model.log_filters import EventFilter
from automator.store import EventRow, Firing, WorkState
from tests.support.providers import a_provider
from tests.support.words import said
from tests.support.world import CONNECTION, World, a_world, two_worlds

HOUR = 3600
RULES = """\
rules:
  - id: vips
    trigger:
      schedule: {every: 1h}
      contacts: {connection: shop-page, tag: vip%s}
%s    actions:
      - message: "Sale hôm nay {{ event.actor.name }} ơi"
"""
AT_TET = """\
  - id: closed
    trigger: {event: message.received}
    active: tet
    actions: [{reply: Nghỉ Tết}]
"""
PLENTY = Budgets.model_validate({"per_connection": 0})
SALE = RULES % ("", "")


async def knows(world: World, *people: str, tag: str = "vip") -> None:
    """These people have written just now, and have the tag."""
    await world.moves_clock(0)
    for number, person in enumerate(people, 1):
        await world.writes(int(f"{number}{abs(hash(person)) % 10**6}"), person, "chào shop")
        kept = Remember(values={}, add_tags=(tag,), remove_tags=())
        await world.store.contacts.assume(CONNECTION, person, kept)


async def goes_on(world: World, seconds: float) -> None:
    """Second after second goes by."""
    for _ in range(round(seconds)):
        await world.passes(1)


async def newest(world: World) -> Firing:
    (firing, *_) = await asyncio.to_thread(world.store.log.firings, "vips")
    return firing


async def taken(world: World) -> list[EventRow]:
    """The events of contacts, the oldest first."""
    wanted = EventFilter(connection=CONNECTION, type="schedule.contact")
    return list(reversed(await asyncio.to_thread(world.store.log.events, wanted, limit=200)))


async def spoken_to(world: World) -> Counter[str]:
    """How often each person was written to."""
    return Counter(
        json.loads(call.body)["recipient"]["id"]
        for call in world.http.requests
        if call.method == "POST"
    )


async def test_each_contact_of_the_filter_is_spoken_to_once_a_firing(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        await knows(world, "2001", tag="other")
        await world.moves_clock(HOUR)
        await goes_on(world, 3)

        assert await spoken_to(world) == {"1001": 1, "1002": 1, "1003": 1}
        firing = await newest(world)
        assert (firing.state, firing.seen, firing.started) == (WorkState.DONE, 3, 3)

        await world.moves_clock(HOUR)
        await goes_on(world, 3)
        assert await spoken_to(world) == {"1001": 2, "1002": 2, "1003": 2}


async def test_the_event_of_a_contact_names_its_schedule_and_its_firing(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001")
        await world.passes(HOUR)

        (row,) = await taken(world)
        detail = await asyncio.to_thread(world.store.log.event, row.id)
        assert detail is not None
        fired = (
            await asyncio.to_thread(
                world.store.log.events, EventFilter(connection="schedule"), limit=9
            )
        )[0]
        assert detail.event.contact == "shop-page:1001"
        assert detail.event.body["data"] == {
            "rule": "vips",
            "schedule": "every 1h",
            "timezone": "UTC",
            "scheduled_at": "2026-11-24T01:00:00.000Z",
            "local_time": "2026-11-24T01:00:00+00:00",
            "firing": detail.event.body["data"]["firing"],
        }
        account = await explain_event(world.store.log, world.rulebook.revisions, fired.id, None)
        (decided,) = [item.explanation for item in account.rules]
        assert said(decided.decided_by) == (
            "trigger: fires for contacts of shop-page, and acts on an event of each of them"
        )
        account = await explain_event(world.store.log, world.rulebook.revisions, row.id, None)
        assert [item.explanation.matched for item in account.rules] == [True]


async def test_a_firing_is_no_sign_of_life_of_its_contacts(tmp_path: Path) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001")
        before = await world.store.contacts.find(CONNECTION, "1001")
        await world.passes(HOUR)
        assert await taken(world)

        after = await world.store.contacts.find(CONNECTION, "1001")
        assert after["last_inbound_at"] == before["last_inbound_at"]


async def test_those_who_must_not_be_spoken_to_are_left_out_and_counted(tmp_path: Path) -> None:
    text = RULES % (
        "",
        "    pause_on: {human_reply: 12h}\n    conditions: [contact.id != '1006']\n",
    )
    async with a_world(tmp_path, text, budgets=PLENTY) as world:
        await knows(world, "1005")
        await world.moves_clock(0)
        world.clock.advance(24 * HOUR)
        await knows(world, "1001", "1002", "1003", "1004", "1006", "lead:7")
        await world.store.contacts.assume(
            CONNECTION, "1007", Remember(values={}, add_tags=("vip",), remove_tags=())
        )
        await world.store.contacts.block(CONNECTION, "1002", Block(blocked=True, by="Lan"))
        await world.store.contacts.opt_out(CONNECTION, "1003", OptOut(opted_out=True, by="Lan"))
        await world.store.contacts.pause(CONNECTION, "1004", paused=True)
        await world.settled()
        world.http.requests.clear()
        await world.moves_clock(HOUR)
        await goes_on(world, 2)

        assert await spoken_to(world) == {"1001": 1}
        firing = await newest(world)
        assert (firing.seen, firing.started) == (8, 1)
        too_late = "last heard of more than 1 d ago, after which Facebook allows approved"
        assert {said(reason): count for reason, count in firing.left_out} == {
            "blocked": 1,
            "opted out of private messages": 1,
            "answered by hand within 12 h, so that rules are paused": 1,
            f"{too_late} templates only": 1,
            "has never written, which Facebook requires before a message": 1,
            "only known by ids to which Facebook delivers no messages, such as those of leads": 1,
            "not picked by the rule's conditions": 1,
        }


async def test_no_more_are_taken_a_second_than_the_rule_says(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % (", rate: 2/s", ""), budgets=PLENTY) as world:
        await knows(world, *(str(number) for number in range(1001, 1008)))
        await world.passes(HOUR)
        counts = [len(await taken(world))]
        for _ in range(4):
            await goes_on(world, 1)
            counts.append(len(await taken(world)))

        assert counts == [2, 4, 6, 7, 7]


async def test_a_firing_takes_no_more_people_than_its_rule_says(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % (", most: 2", ""), budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        await world.moves_clock(HOUR)
        await goes_on(world, 3)

        assert len(await taken(world)) == 2
        assert (await newest(world)).state is WorkState.DONE


async def test_a_firing_goes_on_after_a_restart_where_it_was(tmp_path: Path) -> None:
    clock = ManualClock()
    people = [str(number) for number in range(1001, 1008)]
    async with a_world(tmp_path, RULES % (", rate: 2/s", ""), budgets=PLENTY, clock=clock) as world:
        await knows(world, *people)
        await world.passes(HOUR)
        sent = await spoken_to(world)
    async with a_world(tmp_path, RULES % (", rate: 2/s", ""), budgets=PLENTY, clock=clock) as world:
        await goes_on(world, 4)
        sent += await spoken_to(world)

    assert sent == dict.fromkeys(people, 1)


async def test_of_two_nodes_one_takes_each_contact(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    people = [str(number) for number in range(1001, 1013)]
    clock = ManualClock()
    async with two_worlds(
        tmp_path, postgresql_store_url, RULES % (", rate: 3/s", ""), clock, budgets=PLENTY
    ) as (first, second):
        await knows(first, *people)
        await second.rulebook.follow()
        clock.advance(HOUR)
        for _ in range(6):
            clock.advance(1)
            await asyncio.gather(first.moves_clock(0), second.moves_clock(0))
            await asyncio.gather(first.settled(), second.settled())
        assert len(await taken(first)) == 12
        sent = await spoken_to(first) + await spoken_to(second)

    assert sent == dict.fromkeys(people, 1)


async def test_a_firing_that_is_stopped_takes_nobody_more(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % (", rate: 1/s", ""), budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        await world.passes(HOUR)
        await world.firings.stop("vips", "Lan")
        await goes_on(world, 3)

        firing = await newest(world)
        assert (firing.state, firing.stopped_by) == (WorkState.STOPPED, "Lan")
        assert len(await taken(world)) == 1
        with pytest.raises(NotFoundError):
            await world.firings.stop("vips", "Lan")


async def test_a_fire_during_a_firing_begins_no_second_one(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES % (", rate: 1/d", ""), budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        for _ in range(3):
            await world.passes(HOUR)

        assert len(await asyncio.to_thread(world.store.log.firings, "vips")) == 1
        assert len(await taken(world)) == 1


async def test_a_firing_ends_when_its_rule_is_gone(tmp_path: Path) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES % (", rate: 1/s", ""), budgets=PLENTY, clock=clock) as world:
        await knows(world, "1001", "1002")
        await world.passes(HOUR)
    async with a_world(tmp_path, "rules: []\n", budgets=PLENTY, clock=clock) as world:
        await goes_on(world, 2)

        assert (await newest(world)).state is WorkState.STOPPED
        assert len(await taken(world)) == 1


@pytest.mark.parametrize("connection", ["a-page", "z-page"])
async def test_a_firing_ends_when_its_rule_fires_for_another_connection(
    tmp_path: Path, connection: str
) -> None:
    clock, others = ManualClock(), {connection: a_provider("facebook", connection=connection)}
    text = RULES % (", rate: 1/s", "")
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock, others=others) as world:
        await knows(world, "1001", "1002")
        kept, now_ms = Remember(add_tags=("vip",)), clock.now_ms()
        await world.store.contacts.assume(connection, "2001", kept, wrote_at=now_ms)
        await world.passes(HOUR)
    text = text.replace("shop-page", connection)
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock, others=others) as world:
        await goes_on(world, 3)

        firing = await newest(world)
        assert (firing.state, firing.started) == (WorkState.STOPPED, 1)
        # Its next firing begins anew.
        await world.moves_clock(HOUR)
        await goes_on(world, 2)
        assert (await newest(world)).started == 1


async def test_a_firing_goes_on_behind_a_contact_of_one_of_several_accounts(tmp_path: Path) -> None:
    places = ("shops", "shops.7", "shops.8")
    others = {place: a_provider("facebook", connection=place) for place in places}
    text = (RULES % (", rate: 1/s", "")).replace("shop-page", "shops")
    async with a_world(tmp_path, text, budgets=PLENTY, others=others) as world:
        await world.moves_clock(0)
        kept, now_ms = Remember(add_tags=("vip",)), world.clock.now_ms()
        for place in places[1:]:
            for person in ("1001", "1002"):
                await world.store.contacts.assume(place, person, kept, wrote_at=now_ms)
        await world.moves_clock(HOUR)
        await goes_on(world, 4)

        firing = await newest(world)
        assert (firing.state, firing.started) == (WorkState.DONE, 4)
        assert (await spoken_to(world)).total() == 4


async def test_a_firing_waits_for_a_rule_file_that_cannot_be_read_now(tmp_path: Path) -> None:
    clock, tet = ManualClock(), {"tet": TimeInterval(times=("18:00-22:00",))}
    text = RULES % (", rate: 1/s", "") + AT_TET
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock, intervals=tet) as world:
        await knows(world, "1001", "1002", "1003")
        await world.passes(HOUR)
        assert len(await taken(world)) == 1
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock) as world:
        # The interval is missing from automator.yaml, so that the whole file is refused.
        assert world.rulebook.active.rule_set.unread == ("shop.yaml",)
        await goes_on(world, 3)
        assert (await newest(world)).state is WorkState.GOING
        assert len(await taken(world)) == 1
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock, intervals=tet) as world:
        await goes_on(world, 3)
        assert (await newest(world)).state is WorkState.DONE
        assert Counter(row.contact for row in await taken(world)) == {
            f"shop-page:{person}": 1 for person in ("1001", "1002", "1003")
        }


@pytest.mark.parametrize("hours", [-1, 2])
async def test_a_firing_goes_on_when_the_clock_is_set(tmp_path: Path, hours: int) -> None:
    people = [str(number) for number in range(1001, 1008)]
    text = RULES % (", rate: 1/s", "")
    async with a_world(tmp_path, text.replace("every: 1h", "every: 12h"), budgets=PLENTY) as world:
        await knows(world, *people)
        await world.moves_clock(12 * HOUR)
        await goes_on(world, 2)
        assert (await newest(world)).started == 3

        world.clock.set_by(hours * HOUR)
        await goes_on(world, 6)

        assert await spoken_to(world) == dict.fromkeys(people, 1)


async def test_half_of_the_budget_is_left_for_answers(tmp_path: Path) -> None:
    budgets = Budgets.model_validate({"per_connection": 20})
    async with a_world(tmp_path, RULES % (", rate: 20/s", ""), budgets=budgets) as world:
        await knows(world, *(str(number) for number in range(1001, 1021)))
        await world.passes(HOUR)
        for _ in range(59):
            await world.moves_clock(1)

        assert len(await taken(world)) == 10


async def test_nobody_more_is_taken_while_some_wait_for_the_budget(tmp_path: Path) -> None:
    answering = (
        SALE
        + """\
  - id: answers
    trigger: {event: message.received}
    actions: [{reply: "Dạ"}]
"""
    )
    budgets = Budgets.model_validate({"per_connection": 4})
    async with a_world(tmp_path, answering, budgets=budgets) as world:
        await knows(world, "1001", "1002")
        await world.settled()
        await world.moves_clock(HOUR - 1)
        for number in range(4):
            await world.writes(77_000 + number, f"200{number}", "còn không shop")
        await world.settled()
        await world.passes(1)
        await world.passes(31)
        assert len(await taken(world)) == 1

        for _ in range(5):
            await world.passes(30)
        assert len(await taken(world)) == 2
        assert (await newest(world)).state is WorkState.DONE


async def test_a_firing_takes_more_people_as_its_messages_are_decided_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automator.engine.schedule.firings.MOST_WAITING", 2)
    approved = SALE + "        approve: true\n"
    async with a_world(tmp_path, approved, budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        await world.moves_clock(HOUR)
        await goes_on(world, 3)
        waiting = [detail.run for detail in await world.runs() if detail.run.open_proposal]
        assert len(waiting) == 2

        assert await world.store.approvals.decline(waiting[0].id, "message", "Lan")
        assert await world.store.approvals.approve(waiting[1].id, "message", "Lan")
        await goes_on(world, 6)

        assert len(await taken(world)) == 3
        assert sum((await spoken_to(world)).values()) == 1


@pytest.mark.parametrize("broken", ["a-broken-one", "z-broken-one"])
async def test_a_firing_that_fails_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    both = SALE + SALE.partition("rules:\n")[2].replace("id: vips", f"id: {broken}")
    judge = People.judge

    def judge_or_fail(self: People, *about: Any) -> Any:
        if self.facts["rule"] == broken:
            raise RuntimeError
        return judge(self, *about)

    async with a_world(tmp_path, both, budgets=PLENTY) as world:
        await knows(world, "1001", "1002")
        monkeypatch.setattr(People, "judge", judge_or_fail)
        with pytest.raises(RuntimeError):
            await world.moves_clock(HOUR)
        await world.settled()
        assert await spoken_to(world) == {"1001": 1, "1002": 1}

        monkeypatch.undo()
        await goes_on(world, 1)
        assert await spoken_to(world) == {"1001": 2, "1002": 2}


async def test_contacts_are_judged_beside_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, judge = set(), People.judge

    def judge_here(self: People, *about: Any) -> Any:
        threads.add(threading.current_thread())
        return judge(self, *about)

    monkeypatch.setattr(People, "judge", judge_here)
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001")
        await world.moves_clock(HOUR)

        assert threads
        assert threading.current_thread() not in threads


@pytest.mark.parametrize(
    ("missed", "hours", "sent"),
    [
        # It goes on where it was, as a time that was missed would be made up for.
        ("run_once", 2, {"1001": 1, "1002": 1}),
        ("skip", 2, {"1001": 1}),
        # The next time has come meanwhile, and is for everybody.
        ("run_once", 12, {"1001": 2, "1002": 1}),
        ("skip", 12, {"1001": 1}),
    ],
)
async def test_a_firing_that_no_server_has_carried_on_ends_when_it_comes_too_late(
    tmp_path: Path, missed: str, hours: int, sent: Mapping[str, int]
) -> None:
    text = RULES.replace("every: 1h", f"every: 12h, missed: {missed}") % (", rate: 1/s", "")
    clock = ManualClock()
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock) as world:
        await knows(world)
        at = clock.now_ms() + 12 * HOUR * 1000
        kept = Remember(values={}, add_tags=("vip",), remove_tags=())
        for person in ("1001", "1002"):
            await world.store.contacts.assume(CONNECTION, person, kept, wrote_at=at)
        await world.passes(12 * HOUR)
        spoken = await spoken_to(world)
    clock.advance(hours * HOUR + 90)
    async with a_world(tmp_path, text, budgets=PLENTY, clock=clock) as world:
        await goes_on(world, 4)
        assert spoken + await spoken_to(world) == sent
