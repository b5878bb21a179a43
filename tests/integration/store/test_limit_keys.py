"""What keys have counted is listed, and forgotten when somebody resets one."""

from automator.clock import ManualClock
from automator.model import KeyedLimit
from automator.model.rule import Debounce, Once, Throttle
from automator.model.speech import Speech
from automator.store import Store
from automator.store.limits.limit_log import BUDGET
from tests.support.store import Shop

LAN = KeyedLimit(Once(key="event.actor.id"), '"lan"')
MINH = KeyedLimit(Throttle(key="event.actor.id", limit=2, period_ms=60_000), '["minh","post-1"]')
GATHERED = KeyedLimit(Debounce(key="event.actor.id", quiet_ms=60_000, max_wait_ms=600_000), '"hoa"')


async def receives(store: Store, shop: Shop, limit: KeyedLimit) -> str:
    await shop.receive(store, run={"limits": (limit,)})
    return store.log.runs()[0].run.state.label


async def test_keys_are_listed_with_what_they_counted_and_until_when(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    for limit in (LAN, MINH, MINH, GATHERED, GATHERED):
        await receives(store, shop, limit)

    found = {item.name: item for item in store.log.counted_by_limits(None, [])}
    assert {name: (item.key, item.count, item.until) for name, item in found.items()} == {
        "once": ('"lan"', 1, None),
        "throttle": ('["minh","post-1"]', 2, clock.now_ms() + 60_000),
        "debounce": ('"hoa"', 2, found["debounce"].until),
    }
    assert store.log.counted_by_limits(None, ['"minh"']) == [found["throttle"]]
    assert store.log.counted_by_limits("nobody", []) == []
    assert store.log.counted_by_limits(None, ["%"]) == []


async def test_after_a_reset_the_next_event_is_let_through(store: Store, shop: Shop) -> None:
    assert [await receives(store, shop, LAN) for _ in range(2)] == ["queued", "suppressed"]
    (key,) = store.log.counted_by_limits(None, ['"lan"'])

    assert await store.limits.reset(key.id) == key
    assert store.log.counted_by_limits(None, []) == []
    assert await store.limits.reset(key.id) is None
    assert await receives(store, shop, LAN) == "queued"


async def test_a_gathering_that_is_reset_acts_as_it_was_and_another_one_begins(
    store: Store, shop: Shop
) -> None:
    assert await receives(store, shop, GATHERED) == "queued"
    (key,) = store.log.counted_by_limits(None, [])

    await store.limits.reset(key.id)

    assert await receives(store, shop, GATHERED) == "queued"
    assert [row.run.state.label for row in store.log.runs()] == ["queued", "queued"]


async def test_a_budget_is_a_key_like_the_others(store: Store, clock: ManualClock) -> None:
    speech = Speech(
        connection="shop",
        contact="shop:lan",
        is_private=True,
        per_contact=1,
        per_connection=0,
        is_counted=False,
    )
    await store.ask_to_speak(speech)
    assert (await store.ask_to_speak(speech)).contact_is_full
    (key,) = store.log.counted_by_budgets(["shop:lan"])
    assert (key.name, key.key, key.count) == (BUDGET, "contact shop:lan", 1)
    assert key.until == clock.now_ms() + 60_000

    await store.limits.reset(key.id)

    assert not (await store.ask_to_speak(speech)).contact_is_full
