"""Private replies that are claimed: one for each comment, over runs, nodes and restarts."""

import asyncio
from dataclasses import replace

from automator.clock import ManualClock
from automator.model import OptOut, RunState
from automator.model.settlement import ReleaseReplyClaim
from automator.model.speech import Permission, ReplyClaim, Speech
from automator.store import Store
from automator.store.limits.budgets import REPLIED_KEPT_MS
from tests.support.store import UNLIMITED, Shop, opened

CLAIM = ReplyClaim(connection="shop-page", comment="700_1", run_id=1, rule="price", step="private")
OTHER = replace(CLAIM, run_id=2, rule="sale", step="private_reply")
ALLOWED = Permission()


def saying(claim: ReplyClaim, **changes: object) -> Speech:
    return replace(UNLIMITED, claim=claim, **changes)  # type: ignore[arg-type] # tests


async def given_up(store: Store, shop: Shop, claim: ReplyClaim, *, is_lost: bool = False) -> None:
    """A run ends whose step has not sent what it had claimed."""
    await shop.receive(store, contact=None, who="nobody")
    claimed = (await store.claim(1))[0]
    changes = {"claimed_attempt": 9} if is_lost else {}
    settlement = shop.settlement(
        claimed, RunState.DEAD, effects=(ReleaseReplyClaim(claim=claim),), contact=None, **changes
    )
    assert await store.settle(settlement) is not is_lost


async def test_who_claims_first_has_the_reply_and_may_try_again(store: Store) -> None:
    first = await store.ask_to_speak(saying(CLAIM))
    second = await store.ask_to_speak(saying(OTHER))
    again = await store.ask_to_speak(saying(CLAIM))
    same_run = await store.ask_to_speak(saying(replace(CLAIM, step="private_2")))
    elsewhere = await store.ask_to_speak(saying(replace(OTHER, comment="700_2")))

    assert (first, again, elsewhere) == (ALLOWED, ALLOWED, ALLOWED)
    assert second == same_run == Permission(replied_by=CLAIM)


async def test_of_those_that_ask_in_one_commit_one_gets_it(store: Store) -> None:
    claims = [replace(CLAIM, run_id=number) for number in range(20)]

    answers = await asyncio.gather(*(store.ask_to_speak(saying(claim)) for claim in claims))

    (winner,) = [claim for claim, answer in zip(claims, answers, strict=True) if answer == ALLOWED]
    assert [answer for answer in answers if answer != ALLOWED] == [
        Permission(replied_by=winner)
    ] * 19


async def test_of_two_nodes_that_ask_at_once_one_gets_it(
    postgresql_store_url: str, clock: ManualClock
) -> None:
    async with (
        opened(postgresql_store_url, clock, node="one") as one,
        opened(postgresql_store_url, clock, node="two") as two,
    ):
        comments = [f"700_{number}" for number in range(30)]
        answers = await asyncio.gather(
            *(
                node.ask_to_speak(saying(replace(claim, comment=comment)))
                for comment in comments
                for node, claim in ((one, CLAIM), (two, OTHER))
            )
        )

    pairs = list(zip(answers[::2], answers[1::2], strict=True))
    assert [sorted(pair.count(ALLOWED) for pair in pairs)] == [[1] * 30]


async def test_a_claim_outlives_the_process(store_url: str, clock: ManualClock) -> None:
    async with opened(store_url, clock) as store:
        await store.ask_to_speak(saying(CLAIM))

    async with opened(store_url, clock) as store:
        assert await store.ask_to_speak(saying(OTHER)) == Permission(replied_by=CLAIM)


async def test_what_may_not_be_said_claims_nothing(store: Store, clock: ManualClock) -> None:
    await store.ask_to_speak(replace(UNLIMITED, per_contact=1))
    full = await store.ask_to_speak(saying(CLAIM, per_contact=1))
    await store.contacts.opt_out("shop-page", "lan", OptOut(opted_out=True, by="somebody"))
    opted_out = await store.ask_to_speak(saying(CLAIM))
    later = replace(UNLIMITED, contact="shop-page:hoa", per_connection=1)
    await store.ask_to_speak(later)
    turn = await store.ask_to_speak(replace(later, claim=CLAIM))

    assert full.contact_is_full
    assert opted_out.opted_out_at == clock.now_ms()
    assert turn.slot_at == clock.now_ms() + 60_000
    assert await store.ask_to_speak(saying(OTHER, contact=None)) == ALLOWED


async def test_what_was_refused_for_certain_is_free_for_another_run(
    store: Store, shop: Shop
) -> None:
    await store.ask_to_speak(saying(CLAIM))

    await given_up(store, shop, CLAIM)

    assert await store.ask_to_speak(saying(OTHER)) == ALLOWED
    assert await store.ask_to_speak(saying(CLAIM)) == Permission(replied_by=OTHER)


async def test_nobody_gives_up_what_another_run_has(store: Store, shop: Shop) -> None:
    await store.ask_to_speak(saying(CLAIM))

    await given_up(store, shop, OTHER)

    assert await store.ask_to_speak(saying(OTHER)) == Permission(replied_by=CLAIM)


async def test_who_has_lost_the_run_gives_nothing_up(store: Store, shop: Shop) -> None:
    await store.ask_to_speak(saying(CLAIM))

    await given_up(store, shop, CLAIM, is_lost=True)

    assert await store.ask_to_speak(saying(OTHER)) == Permission(replied_by=CLAIM)


async def test_a_claim_is_kept_for_longer_than_anybody_takes_a_reply(
    store: Store, clock: ManualClock
) -> None:
    await store.ask_to_speak(saying(CLAIM))
    clock.advance(REPLIED_KEPT_MS / 1000 - 1)
    kept = await store.limits.prune()
    clock.advance(1)
    pruned = await store.limits.prune()

    assert (kept, pruned) == (0, 1)
    assert await store.ask_to_speak(saying(OTHER)) == ALLOWED
