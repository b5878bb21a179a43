"""A tracked link in a message says who has opened it, and a rule goes on from there."""

import json
from pathlib import Path

from automator.engine.links.link_tokens import Link
from automator.model import Event, RunState
from automator.model.log_filters import EventFilter
from automator.model.speech import APPROVALS
from tests.support import words
from tests.support.http import a_reply
from tests.support.page_events import comment, delivery
from tests.support.world import CONNECTION, LINKS, World, a_world

SHOP = "https://shop.example/ao-thun"
RULES = """\
rules:
  - id: price
    trigger: {event: message.received, connection: shop-page}
    conditions: ["keywords(event.text, ['giá'])"]
    actions:
      - id: told
        message: "Giá ở đây ạ: {{ 'https://shop.example/ao-thun' | tracked }}"
      - follow_up:
          after: 1d
          cancel_on:
            event: link.clicked
            conditions: ["event.link.rule == 'price'"]
          actions:
            - message: "Bạn chưa xem giá ạ?"
  - id: looked
    trigger: {event: link.clicked}
    conditions: ["event.link.url == 'https://shop.example/ao-thun'"]
    actions:
      - remember: {tags: {add: [looked]}}
"""
SENT = a_reply(200, b'{"recipient_id":"501","message_id":"m-1"}')
HOUR_S = 3_600


def sent_texts(world: World) -> list[str]:
    return [json.loads(one.body)["message"]["text"] for one in world.http.requests]


def sent_link(world: World, number: int = 0) -> Link:
    """The tracked link of a message that was sent."""
    token = sent_texts(world)[number].split("https://bot.example/l/")[1]
    link = LINKS.link_of(token)
    assert link is not None
    return link


async def asks(world: World, number: int = 1, person: str = "501") -> None:
    world.http.script = [SENT] * 3
    await world.handles_message(number, person, "giá bao nhiêu")


async def clicks(world: World, link: Link) -> None:
    await world.clicks.take(link)
    await world.settled()


def clicked(world: World) -> list[Event]:
    log, found = world.store.log, []
    for row in log.events(EventFilter(type="link.clicked"), limit=50):
        detail = log.event(row.id)
        assert detail is not None
        found.append(detail.event)
    return found


async def test_a_click_is_an_event_of_the_person_who_got_the_link(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asks(world)
        await clicks(world, sent_link(world))

        (event,) = clicked(world)
        runs = await world.runs()
        contact = world.store.log.contact(f"{CONNECTION}:501")
        assert event.contact == f"{CONNECTION}:501"
        assert event.body["actor"]["id"] == "501"
        assert event.body["link"] == {
            "url": SHOP,
            "rule": "price",
            "step": "told",
            "run": event.body["link"]["run"],
        }
        assert [run.run.rule for run in runs if run.run.event_id == event.id] == ["looked"]
        assert contact["tags"] == ["looked"]


async def test_a_click_ends_the_wait_for_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asks(world)
        await clicks(world, sent_link(world))
        await world.passes(25 * HOUR_S)

        (later,) = [run.run for run in await world.runs() if run.run.path]
        assert later.state is RunState.CANCELLED
        assert len(sent_texts(world)) == 1


async def test_who_has_not_clicked_is_asked(tmp_path: Path) -> None:
    rules = RULES.replace("after: 1d", "after: 20h")
    async with a_world(tmp_path, rules) as world:
        await asks(world)
        await world.passes(21 * HOUR_S)

        assert sent_texts(world)[1:] == ["Bạn chưa xem giá ạ?"]


async def test_clicks_within_an_hour_are_one(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asks(world)
        link = sent_link(world)
        for _ in range(3):
            await clicks(world, link)
            await world.passes(600)
        within_the_hour = len(clicked(world))
        await world.passes(HOUR_S)
        await clicks(world, link)

        assert within_the_hour == 1
        assert len(clicked(world)) == 2


async def test_another_process_knows_the_click_by_its_key(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asks(world)
        link = sent_link(world)
        await clicks(world, link)
        clock = world.clock
    async with a_world(tmp_path, RULES, clock=clock, node=2) as world:
        await clicks(world, link)

        assert len(clicked(world)) == 1


async def test_a_click_opens_no_time_for_messages(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await asks(world)
        wrote_at = world.store.log.contact(f"{CONNECTION}:501")["last_inbound_at"]
        await world.passes(HOUR_S)
        await clicks(world, sent_link(world))

        assert world.store.log.contact(f"{CONNECTION}:501")["last_inbound_at"] == wrote_at


async def test_a_link_whose_run_is_gone_stores_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await clicks(world, Link(12345, "told", SHOP))

        assert clicked(world) == []


async def test_a_named_receiver_is_who_clicks(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: tell-other
    trigger: {event: message.received, connection: shop-page}
    actions:
      - message:
          to: "{{ vars.other }}"
          text: "Xem: {{ 'https://shop.example/don' | tracked }}"
"""
    async with a_world(tmp_path, rules, variables={"other": "24601"}) as world:
        world.http.script = [SENT]
        await world.handles_message(1, "24601", "chào")
        world.http.script = [SENT]
        await world.handles_message(2, "501", "giá")
        await clicks(world, sent_link(world, 1))

        (event,) = clicked(world)
        assert event.contact == f"{CONNECTION}:24601"


async def test_where_the_receiver_comes_out_empty_nothing_is_sent(tmp_path: Path) -> None:
    named = 'message: {to: "{{ vars.other }}", text: "Giá'
    rules = RULES.replace('message: "Giá', named).replace('tracked }}"\n', 'tracked }}"}\n')
    async with a_world(tmp_path, rules, variables={"other": None}) as world:
        await asks(world)

        attempts = [one for run in await world.runs() for one in run.attempts]
        assert [(one.step, one.status.value) for one in attempts if one.step == "told"] == [
            ("told", "skipped")
        ]


async def test_where_nobody_knows_the_person_the_message_has_the_address_itself(
    tmp_path: Path,
) -> None:
    rules = """\
rules:
  - id: price
    trigger: {event: comment.created, connection: shop-page}
    actions:
      - private_reply: "Xem {{ 'https://shop.example/gia' | tracked }}"
"""
    async with a_world(tmp_path, rules) as world:
        world.http.script = [SENT]
        hidden = comment(1, "501", "giá?", at=world.clock.now_ms())
        del hidden["value"]["from"]
        await world.receives(delivery(changes=[hidden]))
        await world.settled()

        assert sent_texts(world) == ["Xem https://shop.example/gia"]


async def test_a_shadow_makes_no_link_that_works(tmp_path: Path) -> None:
    rules = RULES.replace("  - id: price\n", "  - id: price\n    mode: shadow\n")
    async with a_world(tmp_path, rules) as world:
        await asks(world)

        said = [
            words.said(attempt.summary)
            for run in await world.runs()
            for attempt in run.attempts
            if attempt.step == "told"
        ]
        assert world.http.requests == []
        shown = "https://bot.example/l/?https://shop.example/ao-thun"
        assert said == [f"shadow: would have sent (message): Giá ở đây ạ: {shown}"]
        assert LINKS.link_of("") is None


async def test_the_link_that_a_person_approves_is_the_one_that_is_sent(tmp_path: Path) -> None:
    rules = RULES.replace("      - id: told\n", "      - id: told\n        approve: {within: 1h}\n")
    async with a_world(tmp_path, rules) as world:
        await asks(world)

        (run,) = [run.run for run in await world.runs()]
        token = run.data[APPROVALS]["told"]["shown"]["text"].split("/l/")[1]
        assert LINKS.link_of(token) == Link(run.id, "told", SHOP)


async def test_a_step_that_sends_nothing_makes_no_link(tmp_path: Path) -> None:
    rules = """\
rules:
  - id: price
    trigger: {event: message.received, connection: shop-page}
    actions:
      - reply: "Xem {{ ('https://shop.example/?t=' ~ event.text) | tracked }}"
"""
    async with a_world(tmp_path, rules) as world:
        world.http.script = [SENT]
        await world.handles_message(1, "501", "x" * 600)

        (run,) = await world.runs()
        assert run.run.state is RunState.DEAD
        assert "more than 500 characters" in words.said(run.attempts[0].summary)
