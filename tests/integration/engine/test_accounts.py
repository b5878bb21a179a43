"""Several Pages of one app in one connection, from the delivery to the answer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automator.clock import ManualClock
from automator.engine.explanation.why import explain_event
from automator.engine.intake.intake import Accepted
from automator.engine.operations.watchdog import Watchdog
from automator.engine.schedule.schedule_connection import ScheduleProvider
from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import NotFoundError, Reason, RunState
from automator.model.log_filters import EventFilter, RunFilter
from automator.plugins import Provider
from automator.reasons.connections import accounts_not_named
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider, headers_for
from tests.support.words import said, told
from tests.support.world import World, a_world

HANOI, SAIGON, STRANGE = "1029384756", "5647382910", "999"
OF_HANOI, OF_SAIGON = f"shops.{HANOI}", f"shops.{SAIGON}"
RULES = f"""\
rules:
  - id: everywhere
    trigger: {{event: comment.created, connection: shops}}
    limits: {{once: {{key: event.actor.id}}}}
    actions:
      - reply: "{{{{ event.page.name }}}} chào bạn"
      - remember: {{asked: true}}
  - id: only-saigon
    trigger: {{event: comment.created, connection: {OF_SAIGON}}}
    conditions:
      - event.page.name == 'Shop Sài Gòn'
    actions: [{{log: Sài Gòn}}]
"""
SENT = a_reply(200, b'{"id":"1_9"}')


def shops(**changes: Any) -> Provider:
    pages = {
        HANOI: {"name": "Shop Hà Nội", "access_token": "token-of-hanoi"},
        SAIGON: {"name": "Shop Sài Gòn", "access_token": "token-of-saigon"},
    }
    options = {"page_access_token": None, "pages": pages, "echo_within": "0s", **changes}
    return a_provider("facebook", "shops", **options)


def connections(front: Provider) -> dict[str, Provider]:
    return {item.connection: item for item in (front, *front.accounts)}


def entry(page: str, person: str, number: int = 5) -> dict[str, Any]:
    value = {
        "from": {"id": person, "name": "Lan"},
        "message": "giá bao nhiêu",
        "post_id": f"{page}_1",
        "comment_id": f"1_{number}",
        "parent_id": f"{page}_1",
        "item": "comment",
        "verb": "add",
    }
    return {"id": page, "time": 1, "changes": [{"field": "feed", "value": value}]}


async def receive(world: World, front: Provider, *entries: dict[str, Any]) -> Accepted:
    body = dump_json({"object": "page", "entry": list(entries)})
    headers = tuple(headers_for(front, body).items())
    request = InboundRequest("POST", "", headers, body, world.clock.now_ms())
    accepted = await world.intake.receive(world.intake.connection("shops"), request)
    assert isinstance(accepted, Accepted)
    return accepted


def tokens(http: ScriptedHttp) -> Iterator[tuple[str, str]]:
    for request in http.requests:
        token = request.headers["authorization"].removeprefix("Bearer ")
        yield token, request.body.decode()


async def test_one_delivery_of_two_pages_is_answered_by_each_with_its_token(
    tmp_path: Path,
) -> None:
    front = shops()
    async with a_world(tmp_path, RULES, others=connections(front)) as world:
        world.http.script = [SENT, SENT]
        await receive(world, front, entry(HANOI, "77"), entry(SAIGON, "77"))
        await world.settled()

        found = sorted(tokens(world.http))
        assert [token for token, _ in found] == ["token-of-hanoi", "token-of-saigon"]
        assert "Shop Hà Nội chào bạn" in found[0][1]
        assert "Shop Sài Gòn chào bạn" in found[1][1]
        rules = [detail.run.rule for detail in await world.runs()]
        assert sorted(rules) == ["everywhere", "everywhere", "only-saigon"]


async def test_people_and_limits_of_two_pages_are_not_mixed_although_ids_are_alike(
    tmp_path: Path,
) -> None:
    front = shops()
    async with a_world(tmp_path, RULES, others=connections(front)) as world:
        world.http.script = [SENT, SENT]
        await receive(world, front, entry(HANOI, "77"))
        await receive(world, front, entry(SAIGON, "77"))
        await receive(world, front, entry(SAIGON, "77", number=6))
        await world.settled()

        of_everywhere = [d.run for d in await world.runs() if d.run.rule == "everywhere"]
        assert {run.contact for run in of_everywhere} == {f"{OF_HANOI}:77", f"{OF_SAIGON}:77"}
        assert [run.state for run in of_everywhere].count(RunState.SUPPRESSED) == 1
        for connection in (OF_HANOI, OF_SAIGON):
            known = await world.store.contacts.find(connection, "77")
            assert known["state"] == {"asked": True}
        assert not await world.store.contacts.find("shops", "77")


async def test_the_log_finds_events_and_runs_by_the_connection_and_by_one_page(
    tmp_path: Path,
) -> None:
    front = shops()
    async with a_world(tmp_path, RULES, others=connections(front)) as world:
        world.http.script = [SENT, SENT]
        await receive(world, front, entry(HANOI, "77"), entry(SAIGON, "78"), entry(STRANGE, "79"))
        await world.settled()

        def events(connection: str, text: str = "") -> list[str]:
            wanted = EventFilter(connection=connection, text=text)
            return sorted(row.connection for row in world.store.log.events(wanted, limit=10))

        def runs(connection: str) -> int:
            return len(world.store.log.runs(RunFilter(connection=connection), limit=10))

        assert await asyncio.to_thread(events, "shops") == ["shops", OF_HANOI, OF_SAIGON]
        assert await asyncio.to_thread(events, "shops", "giá") == [OF_HANOI, OF_SAIGON]
        assert await asyncio.to_thread(events, OF_SAIGON) == [OF_SAIGON]
        assert await asyncio.to_thread(events, "shop") == []
        assert await asyncio.to_thread(runs, "shops") == 3
        assert await asyncio.to_thread(runs, OF_HANOI) == 1


async def test_what_a_page_sends_that_is_not_named_is_stored_explained_and_warned_of(
    tmp_path: Path,
) -> None:
    front = shops()
    rules = RULES + "  - {id: any, trigger: {event: 'comment.*'}, actions: [{reply: Chào}]}\n"
    async with a_world(tmp_path, rules, others=connections(front)) as world:
        accepted = await receive(world, front, entry(STRANGE, "77"))
        await world.settled()

        (receipt,) = accepted.receipts
        assert await world.runs() == []
        assert world.http.requests == []
        account = await explain_event(world.store.log, world.rulebook.revisions, receipt.event_id)
        assert "the connection shops does not name 999" in told(account)
        watchdog = a_watchdog(world, connections(front))
        await watchdog.check_connections()
        (state,) = [one for one in await watchdog.states() if one.connection == "shops"]
        assert state.warnings() == [accounts_not_named(accounts=[STRANGE])]


async def test_a_page_that_is_moved_into_a_longer_list_keeps_the_people_it_knows(
    tmp_path: Path,
) -> None:
    own = {"page_access_token": "token-of-hanoi", "page_name": "Shop"}
    alone = shops(**own, pages={})
    rules, _, _ = RULES.partition("  - id: only-saigon")
    clock = ManualClock()
    async with a_world(tmp_path, rules, others=connections(alone), clock=clock) as world:
        world.http.script = [SENT]
        await receive(world, alone, entry(HANOI, "77"))
        await world.settled()
    both = shops(
        **own,
        page_id=HANOI,
        pages={SAIGON: {"access_token": "token-of-saigon"}},
    )
    clock.advance(60)
    async with a_world(tmp_path, rules, others=connections(both), clock=clock) as world:
        await receive(world, both, entry(HANOI, "77", number=6))
        await world.settled()

        first, second = [d.run for d in await world.runs() if d.run.rule == "everywhere"]
        assert first.contact == second.contact == "shops:77"
        assert second.state is RunState.SUPPRESSED


async def test_the_connection_of_a_page_has_no_address_of_its_own(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES, others=connections(shops())) as world:
        try:
            world.intake.connection(OF_HANOI)
        except NotFoundError:
            return
        raise AssertionError


def a_watchdog(
    world: World, known: dict[str, Provider], http: ScriptedHttp | None = None
) -> Watchdog:
    return Watchdog(
        connections=known,
        own=ScheduleProvider(),
        intake=world.intake,
        rulebook=world.rulebook,
        store=world.store,
        http=http or ScriptedHttp(),
        clock=world.clock,
        say=said,
    )


def _apps() -> list[Any]:
    return [a_reply(200, dump_json({"data": [{"id": "1", "subscribed_fields": ["feed"]}]}))]


async def test_subscribing_the_connection_subscribes_each_of_its_pages(tmp_path: Path) -> None:
    known = connections(shops())
    done = a_reply(200, b'{"success":true}')
    asked = [
        answer
        for page in (HANOI, SAIGON)
        for owner in [a_reply(200, dump_json({"id": page}))]
        for answer in [owner, *_apps(), done, owner, *_apps()]
    ]
    http = ScriptedHttp(script=asked)
    async with a_world(tmp_path, RULES, others=known) as world:
        assert await a_watchdog(world, known, http).subscribe("shops") is None

        posts = [r.headers["authorization"] for r in http.requests if r.method == "POST"]
        assert posts == ["Bearer token-of-hanoi", "Bearer token-of-saigon"]


async def test_a_dead_token_is_told_with_its_page_before_anything_is_to_be_said(
    tmp_path: Path,
) -> None:
    known = connections(shops())
    dead = a_reply(401, dump_json({"error": {"code": 190, "message": "expired"}}))
    owner = a_reply(200, dump_json({"id": SAIGON}))
    http = ScriptedHttp(script=[dead, owner, *_apps()])
    async with a_world(tmp_path, RULES, others=known) as world:
        watchdog = a_watchdog(world, known, http)
        await watchdog.check_connections()

        problems: dict[str, Reason | None] = {
            state.connection: state.problem for state in await watchdog.states()
        }
        assert f"{OF_HANOI} (Shop Hà Nội) is no longer accepted" in said(problems[OF_HANOI])
        assert problems[OF_SAIGON] is None
        assert problems["shops"] is None
