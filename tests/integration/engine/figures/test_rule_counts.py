"""The counts of each rule: events that it was shown, and how late its runs begin."""

from pathlib import Path

from automator.http.types import HttpReply
from automator.server.shared.rule_list import rules_page
from tests.support.http import SentRequest, a_reply
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: price
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'giá')"]
    limits: {once: {key: event.actor.id}}
    actions: [reply: "Dạ 100k ạ"]
  - id: size
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'size')"]
    actions: [log: size]
  - id: regular
    trigger: {event: comment.created}
    conditions: ["contact.state.n > `0`"]
    actions: [log: regular]
  - id: counter
    trigger: {event: comment.created}
    conditions: ["contains(event.text, 'giá')"]
    actions: [remember: {n: 1}]
  - id: rest
    fallback: true
    trigger: {event: comment.created}
    actions: [reply: "Dạ shop nghe ạ"]
  - id: other
    trigger: {event: message.received}
    actions: [forward: {to: "https://crm.example/in"}, forward: {to: "https://erp.example/in"}]
"""


async def counts_of(world: World, rule: str) -> dict[str, int]:
    """The counts of a rule that are not 0."""
    rule_set, totals = world.rulebook.active.rule_set, world.store.totals()
    page = rules_page(world.store.log, rule_set, cursor="", limit=200, totals=totals)
    (found,) = [one for one in page["rules"] if one["id"] == rule]
    return {name: count for name, count in found["counts"].items() if count}


async def test_each_event_that_the_index_shows_to_a_rule_is_counted_once_by_its_result(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "lan", "giá bao nhiêu ạ")
        await world.handles_comment(2, "lan", "giá rẻ nhất ạ")
        await world.handles_comment(3, "mai", "đẹp quá")
        await world.handles_comment(3, "mai", "đẹp quá")

        assert await counts_of(world, "price") == {
            "considered": 3, "unmet": 1, "matched": 2, "held_back": 1,
        }  # fmt: skip
        assert await counts_of(world, "size") == {"considered": 3, "unmet": 3}
        # Decided in the turn of the event, by what earlier runs have remembered.
        assert await counts_of(world, "regular") == {"considered": 3, "unmet": 2, "matched": 1}
        assert await counts_of(world, "rest") == {"considered": 3, "hidden": 2, "matched": 1}
        assert await counts_of(world, "other") == {}


async def test_a_lag_lasts_from_the_event_to_the_first_attempt_and_not_to_the_next_ones(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.gate.pause("*", by="a test")
        await world.writes(1, "lan", "đẹp quá")
        await world.passes(3)
        assert (await counts_of(world, "other")).get("lag_ms") is None

        async def after_seconds(_request: SentRequest) -> HttpReply:
            world.clock.advance(5)
            return a_reply(200)

        world.http.answer = after_seconds
        await world.gate.resume("*", by="a test")
        await world.settled()

        (detail,) = await world.runs()
        assert len(detail.attempts) == 2
        assert (await counts_of(world, "other"))["lag_ms"] == 3_000
