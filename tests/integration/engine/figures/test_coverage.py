"""Coverage by stored events: how often each condition held, and the events that no rule takes."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.figures import coverage as module
from automator.engine.figures.coverage import MOST_SECONDS, cover
from automator.engine.figures.coverage_result import Coverage, PathPresence
from tests.support.words import said
from tests.support.world import World, a_world

RULES = """\
rules:
  - id: price
    trigger: {event: comment.created}
    stop: true
    conditions:
      - event.text != null
      - {name: asks for the price, expr: "keywords(event.text, ['giá'])"}
    actions: [log: giá]
  - id: hidden
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['giá', 'ship'])"]
    actions: [log: ship]
  - id: behind
    trigger: {event: comment.created}
    conditions: ["`false`", event.actor.id != null]
    actions: [log: never]
  - id: elsewhere
    trigger: {event: order.created}
    actions: [log: order]
  - id: "off"
    enabled: false
    trigger: {event: comment.created}
    actions: [log: x]
"""


async def covered(world: World, most: int = 1_000, seconds: float = MOST_SECONDS) -> Coverage:
    await world.settled()
    active = world.rulebook.active
    return cover(world.store.log, active.rule_set, active.revision, most, seconds)


async def test_each_rule_and_condition_says_how_often_it_was_met(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number, text in enumerate(["giá?"] * 2 + ["ship?", "chào"], 1):
            await world.handles_comment(number, str(number), text)
            await world.passes(60)
        found = await covered(world)
        matched = [detail.run.rule for detail in await world.runs()]

    price, hidden, behind, elsewhere, off = found.rules
    assert found.events == 4
    assert [(rule.listened, rule.matched) for rule in found.rules[:3]] == [(4, 2), (4, 1), (4, 0)]
    assert [(item.held, item.failed) for item in price.conditions] == [(4, 0), (2, 2)]
    assert price.conditions[1].last_true < price.conditions[1].last_false
    assert price.conditions[0].last_false is None
    assert hidden.hidden == {"price": 2}
    assert [(item.held, item.failed) for item in behind.conditions] == [(0, 2), (0, 0)]
    assert (elsewhere.listened, off.is_on) == (0, False)
    assert [group.count for group in found.untaken] == [1]
    assert found.untaken[0].text == "chào"
    # What was counted is what the engine has decided.
    assert sorted(matched) == ["hidden", "price", "price"]


async def test_what_is_worth_a_look_is_said(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number in range(1, 22):
            await world.comments(number, "1", "giá?")
        found = await covered(world)

    findings = {
        rule.rule: [said(finding) for finding in rule.findings(found.events)]
        for rule in found.rules
    }
    assert findings == {
        "price": [
            "shop.yaml:6: event.text != null: held for all 21 events that came to it",
            "shop.yaml:7: asks for the price: held for all 21 events that came to it",
        ],
        "hidden": ["price stands above it with stop: true and took all 21 events for itself"],
        "behind": ["price stands above it with stop: true and took all 21 events for itself"],
        "elsewhere": ["its trigger fits none of the 21 events"],
        "off": [],
    }


async def test_a_condition_behind_one_that_never_holds_is_told(tmp_path: Path) -> None:
    text = RULES.replace("stop: true", "stop: false")
    async with a_world(tmp_path, text) as world:
        for number in range(1, 22):
            await world.comments(number, "1", "chào")
        found = await covered(world)

    assert [said(finding) for finding in found.rules[2].findings(found.events)] == [
        "none of the 21 events that it listens to met its conditions",
        "shop.yaml:15: `false`: held for none of 21 events",
        (
            "shop.yaml:15: event.actor.id != null: never looked at, because one before it did not"
            " hold each time"
        ),
    ]


async def test_no_more_events_are_looked_at_than_asked_for_or_than_there_is_time(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number in range(1, 6):
            await world.comments(number, "1", "giá?")
        few = await covered(world, most=2)
        every = await covered(world, most=5)
        late = await covered(world, seconds=-1)

    assert [(one.events, one.is_cut) for one in (few, every, late)] == [
        (2, True),
        (5, False),
        (1, True),
    ]


async def test_kinds_of_events_that_no_rule_takes_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_GROUPS", 1)
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "1", "chào")
        await world.writes(2, "1", "chào")
        await world.writes(3, "1", "chào")
        found = await covered(world)

    assert ([group.count for group in found.untaken], found.more_untaken) == ([2], 1)


def test_a_path_that_begins_to_be_missing_is_a_change_of_the_sender() -> None:
    presence = PathPresence()
    for at in range(5):
        presence.note(100 - at, is_there=False)
    for at in range(20):
        assert not presence.has_gone
        presence.note(50 - at, is_there=True)

    assert (presence.has_gone, presence.since, presence.present) == (True, 96, 20)


@given(st.lists(st.booleans(), min_size=21, max_size=200))
def test_a_path_that_is_there_now_or_was_never_usual_has_not_gone(seen: list[bool]) -> None:
    presence = PathPresence()
    for at, is_there in enumerate(seen):
        presence.note(-at, is_there=is_there)
    rest = seen[presence.absent_in_a_row :]

    assert presence.absent_in_a_row + presence.present + presence.absent == len(seen)
    if True in seen[:5] or sum(rest) < 0.95 * len(rest):
        assert not presence.has_gone
