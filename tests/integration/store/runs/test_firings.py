"""A firing goes on behind the contact that it has looked at last, whoever carries it on."""

from automator.clock import ManualClock
from automator.reasons.limits import contact_blocked, contact_opted_out
from automator.store import EventPlan, Fire, Firing, Store, WorkState
from automator.store.runs.firings import Portion
from tests.support.store import Shop


async def begun(store: Store, shop: Shop, clock: ManualClock) -> Firing:
    """A firing that has taken nobody yet."""
    now_ms = clock.now_ms()
    await store.schedules.follow(1, {"sale": "every"}, now_ms - 2)
    await fired(store, shop, now_ms - 1)
    (firing,) = store.log.firings("sale")
    return firing


async def fired(store: Store, shop: Shop, at: int) -> None:
    """The schedule fires for this time."""
    delivery = shop.delivery()
    plan = EventPlan(shop.event(delivery, key=f"{at}"), (), 1)
    await store.ingest(delivery, [plan], Fire("sale", "every", at, True))


def portion(firing: Firing, last: str, *, reason: str = "", is_last: bool = False) -> Portion:
    return Portion(
        firing=firing,
        last=last,
        seen=2,
        started=1,
        skipped={reason: 1} if reason else {},
        is_last=is_last,
        next_at=firing.next_at + 1_000,
    )


async def take(store: Store, shop: Shop, taken: Portion) -> bool:
    """Whether a portion with one event was stored."""
    delivery = shop.delivery()
    event = shop.event(delivery, key=f"{shop.ids.next()}")
    return bool(await store.ingest(delivery, [EventPlan(event, (), 1)], taken))


async def test_a_portion_is_stored_once(store: Store, shop: Shop, clock: ManualClock) -> None:
    firing = await begun(store, shop, clock)

    assert await take(store, shop, portion(firing, "shop-page:2"))
    # Another node has read the firing before, and comes to another contact.
    assert not await take(store, shop, portion(firing, "shop-page:1"))
    assert not await store.firings.advance(portion(firing, "shop-page:3"))

    (now,) = store.log.firings("sale")
    assert (now.cursor, now.seen, now.started) == ("shop-page:2", 2, 1)
    assert len(store.log.events()) == 2


async def test_reasons_add_up_over_portions(store: Store, shop: Shop, clock: ManualClock) -> None:
    firing = await begun(store, shop, clock)
    blocked, opted_out = contact_blocked().key, contact_opted_out().key
    await take(store, shop, portion(firing, "shop-page:2", reason=blocked))
    (firing,) = store.log.firings("sale")
    await store.firings.advance(portion(firing, "shop-page:4", reason=blocked))
    (firing,) = store.log.firings("sale")
    await store.firings.advance(portion(firing, "shop-page:6", reason=opted_out, is_last=True))

    (now,) = store.log.firings("sale")
    assert now.state is WorkState.DONE
    assert now.left_out == [(contact_blocked(), 2), (contact_opted_out(), 1)]
    assert store.log.firings_going() == []


async def test_nothing_is_taken_behind_a_stop(store: Store, shop: Shop, clock: ManualClock) -> None:
    firing = await begun(store, shop, clock)

    assert await store.firings.stop(firing.id, "Lan")
    assert not await take(store, shop, portion(firing, "shop-page:2"))
    assert not await store.firings.stop(firing.id, "Minh")
    assert store.log.firings("sale")[0].stopped_by == "Lan"


async def test_a_fire_begins_no_firing_while_one_is_going(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    firing = await begun(store, shop, clock)
    await fired(store, shop, clock.now_ms())
    assert [one.id for one in store.log.firings("sale")] == [firing.id]

    await store.firings.advance(portion(firing, "shop-page:2", is_last=True))
    await fired(store, shop, clock.now_ms() + 1)
    assert len(store.log.firings("sale")) == 2


async def test_the_newest_hundred_firings_of_a_rule_are_kept(
    store: Store, shop: Shop, clock: ManualClock
) -> None:
    firing = await begun(store, shop, clock)
    for number in range(1, 103):
        await store.firings.advance(portion(firing, f"shop-page:{number}", is_last=True))
        await fired(store, shop, clock.now_ms() + number)
        firing = store.log.firings("sale")[0]

    assert len(store.log.firings("sale", 1_000)) == 100
