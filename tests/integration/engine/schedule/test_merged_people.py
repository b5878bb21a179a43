"""Ids that turn out to be one person's in the middle of a firing: it takes the person once."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from automator.store import WorkState
from tests.integration.engine.schedule.test_firings import (
    HOUR,
    PLENTY,
    RULES,
    goes_on,
    knows,
    newest,
    spoken_to,
)
from tests.support.store import Shop
from tests.support.world import World, a_world

SALE = RULES % (", rate: 1/s", "")


async def turns_out(world: World, *ids: str) -> None:
    """The platform says that these ids are one person's."""
    shop = Shop(world.clock, node=9)
    await shop.receive(world.store, contact=None, runs=0, key=f"ids {ids}", same_person=ids)


async def fires(world: World) -> None:
    """The time of the schedule comes, and the first second of its firing."""
    await world.passes(HOUR)


async def ends(world: World) -> Counter[str]:
    """The firing goes on to its end; how often each person was written to."""
    await goes_on(world, 6)
    assert (await newest(world)).state is WorkState.DONE
    return await spoken_to(world)


@pytest.mark.parametrize("ids", [("1001", "1009"), ("1009", "1001")])
async def test_nobody_is_spoken_to_again_under_an_id_that_turns_out_to_be_theirs(
    tmp_path: Path, ids: tuple[str, str]
) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001", "1005", "1009")
        await fires(world)
        assert set(await spoken_to(world)) == {"1001"}

        await turns_out(world, *ids)
        sent = await ends(world)

        assert sent == {"1001": 1, "1005": 1}
        firing = await newest(world)
        assert firing.started == 2
        assert [(reason.code, count) for reason, count in firing.left_out] == [("contact_taken", 1)]


@pytest.mark.parametrize("ids", [("1000", "1009"), ("1009", "1000")])
@pytest.mark.parametrize("is_known", [True, False])
async def test_nobody_is_left_out_whose_row_gets_an_id_behind_which_the_firing_is(
    tmp_path: Path, ids: tuple[str, str], is_known: bool
) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001", "1005", "1009")
        if is_known:
            await knows(world, "1000", tag="other")
        await fires(world)

        await turns_out(world, *ids)

        assert await ends(world) == {"1001": 1, "1005": 1, "1009": 1}


async def test_two_ids_of_one_portion_that_turn_out_to_be_one_persons_are_taken_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, RULES % (", rate: 9/s", ""), budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        ingest: Callable[..., Any] = world.store.ingest

        async def after_linking(delivery: Any, plans: Any, fire: Any = None) -> Any:
            if len(plans) == 3:
                monkeypatch.setattr(world.store, "ingest", ingest)
                await turns_out(world, "1001", "1003")
            return await ingest(delivery, plans, fire)

        monkeypatch.setattr(world.store, "ingest", after_linking)
        await fires(world)

        assert await ends(world) == {"1001": 1, "1002": 1}


async def test_a_portion_of_one_who_is_taken_already_stores_nothing_and_goes_on(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, SALE, budgets=PLENTY) as world:
        await knows(world, "1001", "1002", "1003")
        await fires(world)
        await turns_out(world, "1001", "1002")

        assert await ends(world) == {"1001": 1, "1003": 1}
