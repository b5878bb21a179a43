"""Rules that act when two events have both come: the wait, its end, and what steps read."""

import asyncio
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.engine.explanation.why import explain_event
from automator.engine.replay.filter_syntax import run_filter
from automator.model import RunState, format_id
from tests.integration.engine.test_absences import MINUTE, comes, runs, states
from tests.support.words import said, told
from tests.support.world import World, a_world, two_worlds

RULES = """\
rules:
  - id: ship
    trigger:
      both: {of: [order.paid, order.packed], within: 10m, key: event.data.id}
    actions:
      - if: events[0].data.total > `100`
        log: "{{ events[0].type }} {{ events[0].data.total }}, {{ events[1].type }}"
"""


async def lines(world: World) -> list[str]:
    """What the rule has written into the log, in the order of the events that began the runs."""
    return [said(one.summary) for detail in await world.runs() for one in detail.attempts]


@pytest.mark.parametrize("kinds", [("order.paid", "order.packed"), ("order.packed", "order.paid")])
async def test_the_second_event_lets_the_rule_act_at_once_in_whatever_order_they_come(
    tmp_path: Path, kinds: tuple[str, str]
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, kinds[0])
        await world.passes(9 * MINUTE)
        assert await states(world) == ["queued"]

        await comes(world, kinds[1])
        await world.passes(0)

        assert await states(world) == ["done", "suppressed"]
        # `events` has the order of `of`.
        assert await lines(world) == ["order.paid 500, order.packed"]


async def test_conditions_of_steps_read_both_events(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.packed", total=500)
        await comes(world, "order.paid", total=5)
        await world.passes(0)

        (detail, _) = await world.runs()
        assert [one.status.value for one in detail.attempts] == ["skipped"]


async def test_a_half_without_the_other_one_ends_without_acting_and_says_which_is_missing(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid")
        await world.passes(10 * MINUTE)
        await comes(world, "order.packed")
        await world.passes(10 * MINUTE)

        first, second = await runs(world)
        assert [first.state, second.state] == [RunState.CANCELLED] * 2
        assert said(first.reason) == "both: order.packed did not come within 10 min"
        assert said(second.reason) == "both: order.paid did not come within 10 min"


async def test_two_of_the_same_kind_or_of_two_keys_are_no_pair(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", order=1)
        await comes(world, "order.paid", order=1)
        await comes(world, "order.packed", order=2)
        await comes(world, "order.packed", order="1")
        await world.passes(10 * MINUTE)

        assert await states(world) == ["cancelled"] * 4
        assert await lines(world) == []


async def test_the_newest_of_a_kind_waits_so_that_the_two_are_never_too_far_apart(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", total=200)
        await world.passes(9 * MINUTE)
        await comes(world, "order.paid", total=300)
        await world.passes(9 * MINUTE)
        await comes(world, "order.packed")
        await world.passes(0)

        replaced, done, _ = await runs(world)
        assert said(replaced.reason).startswith("both: the same event came again; its run ")
        assert [replaced.state, done.state] == [RunState.CANCELLED, RunState.DONE]
        assert await lines(world) == ["order.paid 300, order.packed"]


async def test_each_event_is_in_one_pair_only(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", "order.packed", "order.packed", "order.paid")
        await world.passes(0)
        assert await states(world) == ["done", "suppressed", "done", "suppressed"]

        await comes(world, "order.paid")
        assert (await states(world))[-1] == "queued"


async def test_repeats_within_one_batch_leave_one_that_waits(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", "order.paid", "order.paid")
        assert await states(world) == ["cancelled", "cancelled", "queued"]

        await comes(world, "order.packed")
        await world.passes(0)
        assert await states(world) == ["cancelled", "cancelled", "done", "suppressed"]


async def test_an_event_without_the_key_does_nothing_and_says_why(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await comes(world, "order.paid", "order.packed", order=None)
        await world.passes(0)

        for run in await runs(world):
            assert run.state is RunState.SUPPRESSED
            assert "its key event.data.id" in said(run.reason)


async def test_a_wait_outlives_a_restart_and_the_server_may_be_down_when_it_ends(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.paid", "order.paid", order=1)
        await comes(world, "order.paid", order=2)
    clock.advance(9 * MINUTE)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.packed", order=1)
        await world.passes(0)
        assert await states(world) == ["cancelled", "done", "queued", "suppressed"]
    clock.advance(60 * MINUTE)
    async with a_world(tmp_path, RULES, clock=clock) as world:
        # Too late, although nobody has looked at the wait yet.
        await comes(world, "order.packed", order=2)
        await world.passes(0)
        assert (await states(world))[-1] == "queued"
        assert len(await lines(world)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        "rules: []\n",
        RULES.replace("- id: ship", "- id: ship\n    enabled: false"),
        RULES.replace("order.packed]", "order.p*d]").replace("[order.paid", "[order.settled"),
    ],
    ids=["removed", "switched off", "other events"],
)
async def test_a_wait_of_a_rule_that_was_changed_ends_without_acting(
    tmp_path: Path, changed: str
) -> None:
    clock = ManualClock()
    async with a_world(tmp_path, RULES, clock=clock) as world:
        await comes(world, "order.paid")
    clock.advance(1)
    async with a_world(tmp_path, changed, clock=clock) as world:
        await comes(world, "order.packed")
        await world.passes(10 * MINUTE)

        assert "done" not in await states(world)
        assert await lines(world) == []


async def test_why_says_which_half_is_awaited_and_which_run_an_event_has_joined(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, RULES) as world:
        (paid,) = await comes(world, "order.paid")
        log, revisions = world.store.log, world.rulebook.revisions
        text = told(await explain_event(log, revisions, paid))
        assert "both: acts once order.packed with 17 comes within 10 min" in text

        (packed,) = await comes(world, "order.packed")
        first, _ = await runs(world)
        text = told(await explain_event(log, revisions, packed))
        assert f"both: came second with 17; run {format_id(first.id)} of the first acts at" in text


async def test_waits_in_vain_do_not_drown_the_log_and_keys_can_be_reset(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for order in range(3):
            await comes(world, "order.paid", order=order)
        (key, *_) = world.store.log.counted_by_limits("ship", [])
        assert (key.name, key.rule, key.count) == ("both", "ship", 1)
        await world.passes(10 * MINUTE)

        def shown(**words: str) -> int:
            return len(world.store.log.runs(run_filter(words, world.clock.now_ms()), limit=50))

        assert shown() == 0
        assert shown(state="cancelled") == 3


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_two_nodes_that_take_one_half_each_make_one_pair(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    clock = ManualClock()
    async with two_worlds(tmp_path, postgresql_store_url, RULES, clock) as (first, second):
        for order in range(20):
            paid = comes(first, "order.paid", order=order)
            await asyncio.gather(paid, comes(second, "order.packed", order=order))
        await first.passes(0)

        assert sorted(await states(first)) == ["done"] * 20 + ["suppressed"] * 20
