"""When somebody of ours last answered a person by hand, kept in the commit of the echo."""

from typing import Any

from automator.clock import ManualClock, iso_time
from automator.store import Store
from tests.support.store import Shop


def by_hand(**changes: Any) -> dict[str, Any]:
    """What an echo is of a message that somebody wrote to `lan`."""
    body = {"message": {"id": "m", "sent_by": "human"}, "conversation": {"id": "lan"}}
    return {"who": "page", "type": "message.sent", "is_self": True, "body": body} | changes


async def human_reply_at(store: Store) -> str | None:
    at: str | None = (await store.contacts.find("shop-page", "lan")).get("human_reply_at")
    return at


async def test_the_last_answer_counts_though_echoes_overtake_one_another(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    clock.advance(600)
    now_ms = clock.now_ms()
    await shop.receive(store, runs=0, **by_hand(occurred_at=now_ms - 1_000))
    await shop.receive(store, runs=0, **by_hand(occurred_at=now_ms - 60_000))
    await shop.receive(store, runs=0)

    assert await human_reply_at(store) == iso_time(now_ms - 1_000)


async def test_an_answer_is_never_in_the_future(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    await shop.receive(store, runs=0, **by_hand(occurred_at=clock.now_ms() + 3_600_000))

    assert await human_reply_at(store) == iso_time(clock.now_ms())


async def test_what_a_program_sent_is_no_answer_by_hand(store: Store, shop: Shop) -> None:
    for sender in ("us", "app", None):
        body = {"message": {"id": "m", "sent_by": sender}, "conversation": {"id": "lan"}}
        await shop.receive(store, runs=0, **by_hand(body=body))
    await shop.receive(store, runs=0, **by_hand(is_self=False))

    assert await human_reply_at(store) is None
