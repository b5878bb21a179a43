"""One private reply for each comment, whatever rules, replays and crashes do."""

import json
from pathlib import Path

from automator.engine.attempts.next_step import NextStep
from automator.engine.replay.replays import Replays
from automator.engine.replay.request import read_request
from automator.model import IdSource, RunState, UnknownOutcome, format_id
from automator.store import RunDetail
from automator.store.runs.recovery import REST_MS
from tests.support import words
from tests.support.http import a_reply
from tests.support.replaying import finished
from tests.support.world import LEASE_S, World, a_world

TWO = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - id: private
        private_reply: Giá 250k ạ
        on_unknown: hold
  - id: sale
    trigger: {event: comment.created}
    actions:
      - private_reply: Hôm nay giảm 10%
      - log: "{{ steps.private_reply.status }}"
"""
SENT = a_reply(200, b'{"recipient_id":"p-1","message_id":"m-1"}')
REFUSED = a_reply(400, b'{"error":{"message":"(#10902) not repliable","code":10902}}')
LOST = UnknownOutcome("the answer was lost", code="disconnected")


def said(detail: RunDetail) -> list[tuple[str, str]]:
    return [(attempt.status.value, attempt.error_code) for attempt in detail.attempts]


async def test_of_two_rules_one_sends_it_and_the_other_says_which_run_has_it(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, TWO) as world:
        world.http.script = [SENT]
        await world.handles_comment(1, "11", "giá?")

        price, sale = await world.runs()
        assert len(world.http.requests) == 1
        assert sale.run.state is RunState.DONE
        assert said(sale) == [("skipped", "private_reply_taken"), ("ok", "")]
        assert words.ENGLISH_WORDS.advice(sale.attempts[0].summary) == (
            f"The rule price has it: run {format_id(price.run.id)}, step private, comment 700_1."
        )


async def test_a_card_with_buttons_is_the_one_message_of_a_comment(tmp_path: Path) -> None:
    card = """\
      - private_reply:
          text: "Chào {{ event.actor.name }}, giá 250k ạ"
          attachments: [{url: "https://shop.example/ao.jpg"}]
          buttons: [{text: Đặt hàng, payload: "order:{{ event.comment.id }}"}]
"""
    head = "rules:\n  - id: price\n    trigger: {event: comment.created}\n    actions:\n"
    async with a_world(tmp_path, head + card) as world:
        world.http.script = [SENT]
        await world.handles_comment(1, "11", "giá?")

        (price,) = await world.runs()
        (request,) = world.http.requests
        assert price.run.state is RunState.DONE
        message = json.loads(request.body)["message"]
        (element,) = message["attachment"]["payload"]["elements"]
        assert element["image_url"] == "https://shop.example/ao.jpg"
        assert element["buttons"] == [
            {"type": "postback", "title": "Đặt hàng", "payload": "order:700_1"}
        ]


async def test_buttons_that_became_too_long_are_not_sent(tmp_path: Path) -> None:
    rule = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - private_reply: {text: Chọn, buttons: [{text: "{{ event.text }}", payload: order}]}
"""
    async with a_world(tmp_path, rule) as world:
        await world.handles_comment(1, "11", "giá bao nhiêu vậy shop ơi?")

        (price,) = await world.runs()
        assert world.http.requests == []
        assert said(price) == [("failed", "too_much")]
        assert "has more than the 20 characters that Facebook takes" in words.said(
            price.attempts[0].summary
        )


async def test_values_in_the_addresses_of_buttons_change_nothing_else_of_them(
    tmp_path: Path,
) -> None:
    rule = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - private_reply:
          text: Chọn
          attachments: [{url: "https://shop.example/{{ event.text }}.jpg"}]
          buttons: [{text: Xem, url: "https://shop.example/dat?ten={{ event.text }}&ma=1"}]
"""
    async with a_world(tmp_path, rule) as world:
        world.http.script = [SENT]
        await world.handles_comment(1, "11", "Lan&ma=2 #é")

        (request,) = world.http.requests
        (element,) = json.loads(request.body)["message"]["attachment"]["payload"]["elements"]
        assert element["image_url"] == "https://shop.example/Lan%26ma%3D2%20%23%C3%A9.jpg"
        url = "https://shop.example/dat?ten=Lan%26ma%3D2%20%23%C3%A9&ma=1"
        assert element["buttons"] == [{"type": "web_url", "title": "Xem", "url": url}]


async def test_an_address_from_a_value_is_one_of_the_web(tmp_path: Path) -> None:
    rule = """\
rules:
  - id: price
    trigger: {event: comment.created}
    actions:
      - private_reply: {text: Chọn, buttons: [{text: Xem, url: "{{ event.text }}"}]}
"""
    async with a_world(tmp_path, rule) as world:
        world.http.script = [SENT]
        await world.comments(1, "11", "javascript:alert(1)")
        await world.handles_comment(2, "11", "https://shop.example/ma?a=1&b=2")

        refused, sent = await world.runs()
        assert "'javascript:alert(1)' is no address" in words.said(refused.attempts[0].summary)
        assert sent.run.state is RunState.DONE
        (request,) = world.http.requests
        assert b"https://shop.example/ma?a=1&b=2" in request.body


async def test_what_was_refused_for_certain_is_left_to_the_next_rule(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        world.http.script = [REFUSED, SENT]
        await world.handles_comment(1, "11", "giá?")

        price, sale = await world.runs()
        assert price.run.state is RunState.DEAD
        assert said(sale) == [("ok", ""), ("ok", "")]
        assert len(world.http.requests) == 2


async def test_what_may_have_been_sent_is_not_sent_by_another_run(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        world.http.script = [LOST]
        await world.handles_comment(1, "11", "giá?")
        await world.passes(3600)

        price, sale = await world.runs()
        assert price.run.state is RunState.UNKNOWN
        assert said(sale)[0] == ("skipped", "private_reply_taken")
        assert len(world.http.requests) == 1


async def test_a_refusal_after_a_lost_answer_gives_nothing_up(tmp_path: Path) -> None:
    rules = TWO.replace("on_unknown: hold", "retry: {max_attempts: 2}")
    async with a_world(tmp_path, rules) as world:
        world.http.script = [LOST, REFUSED]
        await world.handles_comment(1, "11", "giá?")
        await world.passes(3600)

        price, sale = await world.runs()
        assert [status for status, _ in said(price)] == ["unknown", "failed"]
        assert said(sale)[0] == ("skipped", "private_reply_taken")


async def test_a_replay_does_not_send_a_second_one(tmp_path: Path) -> None:
    async with a_world(tmp_path, TWO) as world:
        world.http.script = [SENT]
        await world.handles_comment(1, "11", "giá?")
        world.clock.advance(1)
        await replay_everything(world)

        again = [run for run in await world.runs() if run.run.replay]
        assert {said(run)[0] for run in again} == {("skipped", "private_reply_taken")}
        assert len(world.http.requests) == 1


async def replay_everything(world: World) -> None:
    replays = Replays(
        world.store, world.rulebook.revisions, IdSource(world.clock.now_ms, 7), world.clock
    )
    wanted = {"over": "runs", "from": "start", "filters": {"state": "done"}, "rate": 500}
    revision = world.rulebook.active.revision
    request = read_request(wanted, now_ms=world.clock.now_ms(), revision=revision)
    replay, _ = await replays.confirm(request, "hoa")
    await finished(replays, replay.id)
    await world.settled()
    await replays.close()


async def test_after_a_crash_the_run_that_has_it_goes_on_and_no_other(tmp_path: Path) -> None:
    """The process died between the claim and the call, as the row says that it had it."""
    rules = TWO.replace("        on_unknown: hold\n", "")
    async with a_world(tmp_path, rules) as world:
        await world.runner.stop()
        await world.comments(1, "11", "giá?")
        (price, *_) = await world.store.claim(8)
        rule_set = await world.rulebook.revisions.of(price.run.revision)
        rule = rule_set.rule(price.run.rule)
        assert rule is not None
        ask = world.performer.permissions.of(NextStep(price, rule, rule.steps["private"], {}))
        await ask("11", is_private=True, only_reply_to="700_1")
        clock = world.clock

    clock.advance(LEASE_S + 1)
    async with a_world(tmp_path, rules, clock=clock, node=2) as again:
        again.http.script = [SENT]
        await again.passes(REST_MS[0] / 1000)
        await again.passes(3600)

        first, second = await again.runs()
        assert [status for status, _ in said(first)] == ["unknown", "ok"]
        assert said(second)[0] == ("skipped", "private_reply_taken")
        assert len(again.http.requests) == 1
