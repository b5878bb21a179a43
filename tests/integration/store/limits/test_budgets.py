"""Opt-outs and budgets, asked at the moment of sending: counted once over all nodes."""

import asyncio
from collections import Counter
from dataclasses import replace

from automator.clock import ManualClock
from automator.model import LinkContact, OptOut
from automator.model.speech import Permission, Speech
from automator.store import Store
from automator.store.limits.budgets import KEPT_MS
from tests.support.store import UNLIMITED, Shop, opened

OUT = OptOut(opted_out=True, by="somebody")
SPEECH = replace(UNLIMITED, per_contact=2, per_connection=4)


def to(who: str, **changes: object) -> Speech:
    return replace(SPEECH, contact=f"shop-page:{who}", **changes)  # type: ignore[arg-type] # tests


async def test_a_person_is_told_so_much_within_a_minute_and_then_again(
    store: Store, clock: ManualClock
) -> None:
    first = await store.ask_to_speak(SPEECH)
    clock.advance(30)
    answers = [await store.ask_to_speak(SPEECH) for _ in range(2)]
    clock.advance(30)
    later = await store.ask_to_speak(SPEECH)

    full = Permission(contact_is_full=True)
    assert [first, *answers, later] == [Permission(), Permission(), full, Permission()]


async def test_a_connection_gives_turns_to_what_is_too_much(
    store: Store, clock: ManualClock
) -> None:
    now_ms = clock.now_ms()

    answers = await asyncio.gather(*(store.ask_to_speak(to(str(n))) for n in range(10)))

    assert Counter(answer.slot_at for answer in answers) == {
        None: 4,
        now_ms + 60_000: 4,
        now_ms + 120_000: 2,
    }


async def test_a_turn_that_was_given_is_not_counted_again(store: Store, clock: ManualClock) -> None:
    answers = [await store.ask_to_speak(to(str(n))) for n in range(5)]
    clock.advance(60)

    with_turn = await store.ask_to_speak(to("4", is_counted=True))
    others = [await store.ask_to_speak(to(str(n))) for n in range(5, 9)]

    assert answers[-1].slot_at == clock.now_ms()
    assert [with_turn, *others[:3]] == [Permission()] * 4
    assert others[-1].slot_at == clock.now_ms() + 60_000


async def test_what_would_wait_too_long_takes_no_turn(store: Store, clock: ManualClock) -> None:
    slow = replace(SPEECH, per_contact=0, per_connection=1)

    answers = [await store.ask_to_speak(slow) for _ in range(65)]

    turns = [answer.slot_at for answer in answers]
    assert turns[60] == clock.now_ms() + 3_600_000
    assert set(turns[61:]) == {clock.now_ms() + 3_660_000}


async def test_what_was_said_by_a_clock_days_ahead_is_a_minute_ago_after_a_minute(
    store: Store, clock: ManualClock
) -> None:
    clock.set_by(5 * 86_400)
    ahead = [await store.ask_to_speak(to(str(n))) for n in range(5)]
    turn_ms = ahead[-1].slot_at

    clock.set_by(-5 * 86_400)
    next_turn = await store.ask_to_speak(to("5"))
    clock.advance(60)
    a_minute_later = await store.ask_to_speak(to("6"))

    assert turn_ms is not None
    assert next_turn.slot_at == clock.now_ms()
    assert a_minute_later == Permission()


async def test_what_is_refused_to_a_person_takes_nothing_from_the_connection(
    store: Store,
) -> None:
    told = [await store.ask_to_speak(SPEECH) for _ in range(20)]
    others = [await store.ask_to_speak(to("hoa")) for _ in range(2)]

    assert Counter(told) == {Permission(): 2, Permission(contact_is_full=True): 18}
    assert others == [Permission(), Permission()]


async def test_an_opt_out_counts_under_every_id_and_for_what_is_private(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, who="user-1")
    claimed = (await store.claim(1))[0]
    await store.settle(shop.settlement(claimed, effects=(LinkContact(alias="psid-9"),)))
    clock.advance(1)
    await store.contacts.opt_out("shop-page", "psid-9", OUT)

    private = [await store.ask_to_speak(to(who)) for who in ("user-1", "psid-9")]
    answers = await asyncio.gather(
        *(
            store.ask_to_speak(to("user-1", is_private=is_private))
            for is_private in (True, False) * 2
        )
    )

    refused = Permission(opted_out_at=clock.now_ms())
    assert private == [refused] * 2
    assert answers == [refused, Permission()] * 2


async def test_an_opt_out_keeps_who_was_first_and_can_be_taken_back(
    store: Store, clock: ManualClock
) -> None:
    await store.contacts.opt_out("shop-page", "lan", OUT)
    at = (await store.contacts.find("shop-page", "lan"))["opted_out_at"]
    clock.advance(60)
    await store.contacts.opt_out("shop-page", "lan", OptOut(opted_out=True, by="somebody else"))
    kept = await store.contacts.find("shop-page", "lan")
    await store.contacts.opt_out("shop-page", "lan", OptOut(opted_out=False, by="somebody"))
    back = await store.contacts.find("shop-page", "lan")

    assert (kept["opted_out"], kept["opted_out_at"], kept["opted_out_by"]) == (
        True,
        at,
        "somebody",
    )
    assert (back["opted_out"], back["opted_out_at"]) == (False, None)
    assert await store.ask_to_speak(SPEECH) == Permission()


async def test_who_opted_out_under_one_id_has_opted_out_when_two_become_one(
    store: Store, shop: Shop
) -> None:
    await store.contacts.opt_out("shop-page", "psid-9", OUT)
    await shop.receive(store, who="user-1")
    claimed = (await store.claim(1))[0]

    await store.settle(shop.settlement(claimed, effects=(LinkContact(alias="psid-9"),)))

    assert (await store.contacts.find("shop-page", "user-1"))["opted_out"] is True


async def test_several_nodes_count_together(postgresql_store_url: str, clock: ManualClock) -> None:
    async with (
        opened(postgresql_store_url, clock) as one,
        opened(postgresql_store_url, clock) as two,
    ):
        for n in range(30):
            await one.ask_to_speak(to(f"x{n}", per_connection=0))
        told = [
            await asyncio.gather(
                *(node.ask_to_speak(to(f"x{n}", per_connection=0)) for node in (one, two))
            )
            for n in range(30)
        ]
        turns = await asyncio.gather(
            *(
                node.ask_to_speak(to(f"y{n}", per_contact=0, connection="other-page"))
                for n in range(10)
                for node in (one, two)
            )
        )

    full = Permission(contact_is_full=True)
    assert [sum(answer == full for answer in pair) for pair in told] == [1] * 30
    assert sorted(Counter(answer.slot_at for answer in turns).values()) == [4] * 5


async def test_counters_of_long_ago_are_deleted(store: Store, clock: ManualClock) -> None:
    await store.ask_to_speak(SPEECH)
    clock.advance(KEPT_MS / 1000)
    early = await store.upkeep.prune_budgets()
    clock.advance(1)

    assert (early, await store.upkeep.prune_budgets()) == (0, 2)
    assert await store.upkeep.prune_budgets() == 0
