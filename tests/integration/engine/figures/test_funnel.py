"""How far people come in a rule: who got which message, and why the others did not."""

import json
from pathlib import Path

from automator.conditions import arm_of, read_arms
from automator.engine.figures.funnel import funnel_of
from automator.engine.figures.funnel_result import Reached, RuleFunnel
from automator.engine.links.link_tokens import Link
from automator.language import Translator
from automator.model import OptOut
from automator.server.reports.funnel import as_text
from tests.support.http import a_reply
from tests.support.world import LINKS, World, a_world

SEQUENCE = """\
rules:
  - id: welcome
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['giá'])"]
    limits:
      once: {key: event.actor.id}
    actions:
      - message: "Dạ 250k ạ."
      - follow_up:
          after: 1h
          cancel_on: {event: message.received}
          actions: [message: "Bạn còn quan tâm không?"]
          next:
            - after: 2h
              actions: [message: "Hôm nay giảm 20 % ạ."]
"""
APPROVED = """\
rules:
  - id: welcome
    trigger: {event: message.received}
    actions:
      - {message: "Dạ 250k ạ.", approve: true}
      - follow_up: {after: 1h, actions: [message: "Bạn còn quan tâm không?"]}
"""
ASKS = """\
rules:
  - id: order
    trigger: {event: message.received}
    conditions: ["keywords(event.text, ['đặt'])"]
    actions:
      - ask: {text: "SĐT của bạn ạ?", expect: phone, retries: 0, within: 30m}
        id: phone
      - message: "Shop gọi ngay ạ."
"""
LINKS_TO = """\
rules:
  - id: price
    trigger: {event: message.received}
    actions:
      - message: "Xem {{ 'https://shop.example/gia' | tracked }}"
      - follow_up:
          after: 1h
          actions: [message: "Hay {{ 'https://shop.example/sale' | tracked }}"]
      - message: "Cảm ơn bạn"
"""
ARMS = """\
rules:
  - id: greet
    trigger: {event: message.received}
    actions:
      - message: "Dạ shop chào bạn ạ."
        if: arm(event.actor.id, 'greeting', ['short', 'long']) == 'short'
      - message: "Dạ shop chào bạn, hôm nay giảm 20 % ạ."
        if: arm(event.actor.id, 'greeting', ['short', 'long']) == 'long'
      - follow_up: {after: 1h, actions: [message: "Bạn chọn size nào ạ?"]}
"""


def looked_at(world: World, rule: str, *, most: int = 100) -> RuleFunnel:
    compiled = world.rulebook.active.rule_set.rule(rule)
    assert compiled is not None
    actions = world.performer.ports.actions
    now_ms = world.clock.now_ms()
    return funnel_of(world.store.log, compiled.spec, actions, now_ms, days=30, most=most)


def told(one: Reached) -> tuple[str, int, int, dict[str, int]]:
    return one.stage.step, one.got, one.waiting, dict(one.left)


async def sequence(folder: Path) -> RuleFunnel:
    """One who gets everything, one who writes again, one who opts out, and one who just came."""
    async with a_world(folder, SEQUENCE) as world:
        for number, person in enumerate(("11", "12", "13"), 1):
            await world.writes(number, person, "giá?")
        await world.settled()
        await world.passes(60)
        await world.writes(4, "12", "giá size M?")
        await world.store.contacts.opt_out("shop-page", "13", OptOut(opted_out=True, by="hoa"))
        await world.passes(3_600)
        await world.passes(7_200)
        await world.handles_message(5, "14", "giá?")
        return looked_at(world, "welcome")


async def test_each_message_says_who_got_it_and_why_the_others_did_not(tmp_path: Path) -> None:
    found = await sequence(tmp_path)

    assert (found.whole.entered, found.people, found.is_cut) == (4, 4, False)
    assert [(reason.code, count) for reason, count in found.turned_away] == [("once", 1)]
    first, second, third = map(told, found.whole.stages)
    assert first == ("message", 4, 0, {})
    assert second[1:] == (1, 1, {"cancelled_by_event": 1, "opted_out": 1})
    # Who has left or waits before is not counted again.
    assert third[1:] == (1, 0, {})
    assert (found.whole.finished, found.whole.wrote_back) == (1, 1)


async def test_a_message_that_waits_for_approval_is_told_from_one_that_waits_for_its_time(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, APPROVED) as world:
        for number, person in enumerate(("11", "12"), 1):
            await world.writes(number, person, "giá?")
        await world.settled()
        found = looked_at(world, "welcome")
        first, later = found.whole.stages
        assert (first.got, first.waiting, first.to_approve) == (0, 0, 2)
        assert "◷ 2 wait for approval" in as_text(found, Translator("en"))
        assert "◷ 2 người: tin đang chờ duyệt" in as_text(found, Translator("vi"))
        assert (later.waiting, later.to_approve) == (0, 0)

        (one, _) = [detail.run for detail in await world.runs()]
        assert await world.store.approvals.approve(one.id, "message", "hoa")
        await world.settled()
        first, later = looked_at(world, "welcome").whole.stages
        assert (first.got, first.waiting, first.to_approve) == (1, 0, 1)
        assert (later.waiting, later.to_approve) == (1, 0)


async def test_a_question_is_counted_when_asked_and_when_answered(tmp_path: Path) -> None:
    async with a_world(tmp_path, ASKS) as world:
        for number, person in enumerate(("11", "12", "13"), 1):
            await world.writes(number, person, "đặt hàng")
        await world.settled()
        await world.handles_message(4, "11", "0901234567")
        await world.passes(1_900)
        await world.handles_message(5, "14", "đặt hàng")
        found = looked_at(world, "order")

    asked, answered, thanked = found.whole.stages
    assert told(asked) == ("phone", 4, 0, {})
    assert answered.stage.is_answer
    assert told(answered) == ("phone", 1, 1, {"question_expired": 2})
    assert told(thanked)[1:] == (1, 0, {})


async def test_the_arms_of_a_split_are_told_apart(tmp_path: Path) -> None:
    people = [str(number) for number in range(11, 19)]
    arms = read_arms(["short", "long"])
    short = sum(arm_of(person, "greeting", arms) == "short" for person in people)
    async with a_world(tmp_path, ARMS) as world:
        for number, person in enumerate(people, 1):
            await world.writes(number, person, "chào")
        await world.settled()
        await world.passes(3_700)
        found = looked_at(world, "greet")

    assert found.split == "greeting"
    assert [(one.arm, one.entered) for one in found.arms] == [("short", short), ("long", 8 - short)]
    assert 0 < short < 8
    first, second, third = found.arms[0].stages
    assert (first.got, first.not_meant) == (short, 0)
    assert (second.got, second.not_meant) == (0, short)
    assert third.got == short
    assert found.whole.stages[0].not_meant == 8 - short


async def test_only_the_newest_runs_are_looked_at(tmp_path: Path) -> None:
    async with a_world(tmp_path, SEQUENCE) as world:
        for number in range(1, 5):
            await world.writes(number, str(number), "giá?")
            await world.passes(10)
        found = looked_at(world, "welcome", most=2)

    assert (found.whole.entered, found.is_cut) == (2, True)
    assert found.until_ms - found.since_ms < 30_000


async def test_a_failed_message_says_with_what(tmp_path: Path) -> None:
    async with a_world(tmp_path, SEQUENCE) as world:
        world.http.script.append(a_reply(400, b'{"error": {"code": 551, "message": "gone"}}'))
        await world.handles_message(1, "11", "giá?")
        found = looked_at(world, "welcome")

    first, second, third = found.whole.stages
    assert first.got == 0
    assert sum(first.left.values()) == 1
    assert not second.left
    assert not third.left


async def test_a_message_with_a_link_says_how_many_have_opened_it(tmp_path: Path) -> None:
    async with a_world(tmp_path, LINKS_TO) as world:
        for number, person in enumerate(("11", "12", "13"), 1):
            await world.writes(number, person, "giá?")
        await world.settled()
        await world.passes(3_600)
        first, *others = tracked_in(world)
        later = [one for one in others if one.target.endswith("sale")]
        for link in (first, first, later[0], later[1]):
            await world.clicks.take(link)
        await world.passes(3_600)
        await world.clicks.take(first)
        await world.committed()

        stages = looked_at(world, "price").whole.stages

    assert [(one.got, one.clicked) for one in stages] == [(3, 1), (3, None), (3, 2)]


def tracked_in(world: World) -> list[Link]:
    """The tracked links of all messages that were sent."""
    bodies = [json.loads(one.body) for one in world.http.requests]
    texts = [body["message"]["text"] for body in bodies if "message" in body]
    tokens = [text.split("/l/")[1] for text in texts if "/l/" in text]
    return [link for token in tokens if (link := LINKS.link_of(token)) is not None]
