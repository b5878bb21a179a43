"""The people who want to buy, by their comments and messages, and were not answered in time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from automator.engine.figures.buying_signs import BuyingSigns
from automator.engine.figures.missed_buyers import MissedBuyers, missed_buyers
from automator.model import Block
from tests.support.page_events import PAGE, comment, delivery
from tests.support.world import CONNECTION, World, a_world

RULES = """\
rules:
  - id: orders
    trigger: {event: [message.received, comment.created]}
    conditions: ["keywords(event.text, ['đơn'])"]
    actions: [reply: "Dạ shop xem ngay ạ."]
"""
MINUTE = 60_000


def looked_at(
    world: World, *, connection: str = "", most: int = 1_000, listed: int = 50, **signs: str
) -> MissedBuyers:
    return missed_buyers(
        world.store.log,
        BuyingSigns(signs),
        world.clock.now_ms(),
        days=7,
        after_ms=30 * MINUTE,
        connection=connection,
        most=most,
        listed=listed,
    )


def page_comment(world: World, number: int, *, below: int) -> bytes:
    """The Page itself answers below a comment."""
    ours: dict[str, Any] = comment(number, PAGE, "Dạ 250k ạ", at=world.clock.now_ms())
    ours["value"]["parent_id"] = f"700_{below}"
    return delivery(changes=[ours])


async def test_who_asks_the_price_and_hears_nothing_is_missed(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "11", "áo này giá sao shop")
        await world.writes(2, "12", "còn hàng không ạ")
        await world.comments(3, "13", "đẹp quá")
        await world.comments(4, "14", "0901 234 567")
        await world.passes(31 * 60)
        await world.writes(5, "15", "ib mình giá")
        found = looked_at(world)

    assert [(one.contact, one.signs) for one in found.buyers] == [
        (f"{CONNECTION}:14", ("phone",)),
        (f"{CONNECTION}:12", ("stock",)),
        (f"{CONNECTION}:11", ("price",)),
    ]
    assert {one.answered_at for one in found.buyers} == {None}
    assert not found.is_cut


async def answered_by_rule(world: World) -> None:
    await world.handles_comment(1, "11", "xem đơn giá bao nhiêu")


async def answered_below_by_hand(world: World) -> None:
    await world.comments(1, "11", "giá bao nhiêu")
    await world.passes(60)
    await world.receives(page_comment(world, 2, below=1))


async def answered_in_messenger_by_hand(world: World) -> None:
    await world.comments(1, "11", "giá bao nhiêu")
    await world.passes(60)
    await world.answers_by_hand(2, "11")


async def message_answered_by_hand(world: World) -> None:
    await world.writes(1, "11", "giá bao nhiêu")
    await world.passes(60)
    await world.answers_by_hand(2, "11")


async def said_to_be_answered(world: World) -> None:
    await world.writes(1, "11", "giá bao nhiêu")
    await world.passes(60)
    await world.store.contacts.pause(CONNECTION, "11", paused=True)


async def blocked(world: World) -> None:
    await world.writes(1, "11", "giá bao nhiêu")
    await world.store.contacts.block(CONNECTION, "11", Block(blocked=True, by="hoa"))


@pytest.mark.parametrize(
    "happens",
    [
        answered_by_rule,
        answered_below_by_hand,
        answered_in_messenger_by_hand,
        message_answered_by_hand,
        said_to_be_answered,
        blocked,
    ],
)
async def test_who_was_answered_in_time_is_not_missed(
    tmp_path: Path, happens: Callable[[World], Any]
) -> None:
    async with a_world(tmp_path, RULES) as world:
        await happens(world)
        await world.passes(3_600)
        found = looked_at(world)

    assert not found.buyers


async def test_an_answer_to_another_thread_or_an_earlier_one_is_none(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.comments(1, "11", "chào shop")
        await world.receives(page_comment(world, 2, below=1))
        await world.answers_by_hand(3, "12")
        await world.passes(60)
        await world.comments(4, "12", "giá bao nhiêu")
        await world.receives(page_comment(world, 5, below=1))
        await world.passes(3_600)
        found = looked_at(world)

    assert [one.contact for one in found.buyers] == [f"{CONNECTION}:12"]


async def test_who_is_answered_too_late_is_listed_with_when(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.writes(1, "11", "giá bao nhiêu")
        await world.passes(600)
        await world.writes(2, "11", "giá vậy shop?")
        await world.passes(7_200)
        await world.answers_by_hand(3, "11")
        found = looked_at(world)

    (one,) = found.buyers
    assert one.text == "giá bao nhiêu"
    assert one.answered_at is not None
    assert one.answered_at - one.at == 130 * MINUTE


async def test_only_so_many_are_listed_and_looked_at_and_it_says_so(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        for number in range(1, 6):
            await world.writes(number, str(number), "giá?")
            await world.passes(1)
        await world.passes(3_600)
        listed = looked_at(world, listed=3)
        cut = looked_at(world, most=2)
        elsewhere = looked_at(world, connection="another")

    assert [one.contact[-1] for one in listed.buyers] == ["5", "4", "3"]
    assert listed.is_cut
    assert (len(cut.buyers), cut.is_cut) == (2, True)
    assert not elsewhere.buyers


async def test_signs_of_the_settings_take_the_place_of_the_built_in_ones(tmp_path: Path) -> None:
    async with a_world(tmp_path, RULES) as world:
        await world.writes(1, "11", "giá bao nhiêu")
        await world.writes(2, "12", "cho mình đặt bàn")
        await world.passes(3_600)
        found = looked_at(world, table="keywords(event.text, ['đặt bàn'])")

    assert [(one.contact[-2:], one.signs) for one in found.buyers] == [("12", ("table",))]
