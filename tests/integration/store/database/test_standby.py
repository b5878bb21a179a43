"""A database server with a standby: both are in the address, and only one of them takes writes."""

from automator.clock import ManualClock
from tests.integration.store.database.test_wake_up import heard, hint, listening
from tests.support.postgresql import both, name_of, running_postgresql, standby_of
from tests.support.process import wait_until
from tests.support.store import Shop, opened


async def test_what_was_stored_is_read_though_the_standby_is_named_first_and_behind(
    clock: ManualClock, shop: Shop
) -> None:
    with running_postgresql() as primary, standby_of(primary) as standby:
        url = primary.new_database()
        standby_first = both(standby.url(name_of(url)), primary)
        standby.execute("SELECT pg_wal_replay_pause()")
        wait_until(
            lambda: standby.execute("SELECT pg_get_wal_replay_pause_state()") == [("paused",)],
            "the standby to fall behind",
        )

        async with opened(standby_first, clock) as store:
            event, _ = await shop.receive(store)

            assert [found.id for found in store.log.events()] == [event.id]


async def test_a_node_hears_the_others_though_the_standby_is_named_first(
    clock: ManualClock,
) -> None:
    with running_postgresql() as primary, standby_of(primary) as standby:
        url = primary.new_database()
        standby_first = both(standby.url(name_of(url)), primary)

        async with listening(standby_first, clock, "free") as told:
            await hint(url, "busy")

            await heard(told)
