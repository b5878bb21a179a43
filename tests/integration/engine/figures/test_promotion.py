"""A shadow is compared with the live rules over the same events, from what the log has."""

from pathlib import Path

import pytest

from automator.engine.figures import promotion
from automator.engine.figures.promotion import Promotion, compare
from tests.integration.engine.test_rule_keys import planned
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: old
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['giá', 'ship'])"]
    actions:
      - reply: "Giá 250k ạ."
      - follow_up: {after: 1h, actions: [message: "Bạn còn quan tâm không?"]}
  - id: new
    mode: shadow
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['giá', 'size'])"]
    actions:
      - reply: "{{ 'Giá 300k ạ.' if event.text == 'giá mới?' else 'Giá 250k ạ.' }}"
        if: event.text != 'giá thôi'
"""
TEXTS = ("giá?", "giá mới?", "size?", "giá thôi", "ship?", "chào shop", "giá?")


async def compared(world: World, since_ms: int = 0) -> Promotion:
    await world.settled()
    rule = world.rulebook.active.rule_set.rule("new")
    assert rule is not None
    active, actions = world.rulebook.active, world.performer.ports.actions
    now_ms = world.clock.now_ms()
    return compare(world.store.log, rule, active.revision, actions, since_ms, now_ms)


async def test_each_event_is_the_same_another_or_of_one_side_alone(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number, text in enumerate(TEXTS, 1):
            await world.comments(number, str(number % 3), text)
        found = await compared(world)

    assert (found.events, found.sends, found.people) == (5, 4, 3)
    assert found.verdicts == {"same": 2, "other": 1, "only_this": 1, "only_others": 1}
    assert found.others == {"old": 4}
    assert found.missed == {"old": 1}
    other = next(example for example in found.examples if example.verdict == "other")
    assert other.text == "giá mới?"
    assert [send.text for send in (*other.would, *other.did)] == ["Giá 300k ạ.", "Giá 250k ạ."]


@pytest.mark.parametrize(("text", "verdict"), [("Còn hàng ạ.", "same"), ("Hết ạ.", "other")])
async def test_follow_ups_are_compared_when_they_are_due(
    text: str, verdict: str, tmp_path: Path
) -> None:
    rule = """\
  - id: {}
    mode: {}
    trigger: {{event: comment.created}}
    actions: [{{follow_up: {{after: 1h, actions: [message: "{}"]}}}}]
"""
    rules = rule.format("new", "shadow", text) + rule.format("old", "live", "Còn hàng ạ.")
    async with a_world(tmp_path, f"rules:\n{rules}") as world:
        await world.comments(1, "1", "giá?")
        early = (await compared(world)).verdicts
        await world.passes(2 * 3600)
        found = await compared(world)

    assert early == {"neither": 1}
    assert (found.sends, found.verdicts) == (1, {verdict: 1})


async def test_what_was_replayed_counts_once(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        accepted = await world.handles_comment(1, "1", "giá?")
        event_id = accepted.receipts[0].event_id
        _, replays, request = await planned(world, event_id, world.clock.now_ms())
        await replays.confirm(request, "hoa")
        found = await compared(world)
        runs = len(await world.runs())

    assert (runs, found.events, found.sends, found.others) == (6, 1, 1, {"old": 1})


async def test_only_what_came_since_then_is_compared(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.handles_comment(1, "1", "giá?")
        await world.passes(60)
        since = world.clock.now_ms()
        await world.comments(2, "2", "size?")
        found = await compared(world, since)

    assert (found.events, found.verdicts) == (1, {"only_this": 1})


async def test_no_more_than_the_newest_runs_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotion, "MOST_RUNS", 2)
    monkeypatch.setattr(promotion, "_AT_ONCE", 1)
    async with a_world(tmp_path, RULES) as world:
        for number in range(1, 5):
            await world.handles_comment(number, "1", "giá?")
            await world.passes(1)
        found = await compared(world)
        runs = [detail.run for detail in await world.runs() if detail.run.rule == "new"]

    assert (found.events, found.is_cut) == (2, True)
    assert found.since_ms == sorted(run.created_at for run in runs)[-2]


@pytest.mark.parametrize(("more", "verdict"), [("", "same"), ("!", "other")])
async def test_requests_are_compared_by_their_place_and_their_body(
    more: str, verdict: str, tmp_path: Path
) -> None:
    rule = """\
  - id: {}
    mode: {}
    trigger: {{event: comment.created}}
    actions: [forward: {{to: crm, body: {{text: "{{{{ event.text }}}}{}"}}}}]
"""
    rules = rule.format("new", "shadow", more) + rule.format("old", "live", "")
    async with a_world(tmp_path, f"rules:\n{rules}") as world:
        await world.comments(1, "1", "giá?")
        found = await compared(world)

    assert found.verdicts == {verdict: 1}
