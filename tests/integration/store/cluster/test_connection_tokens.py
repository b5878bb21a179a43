"""Tokens that rotate: used once, committed before use, and lost loudly."""

import asyncio
import logging

import pytest

from automator.clock import ManualClock
from automator.engine.operations.token_keeper import LEASE_MS
from automator.model import PermanentError, RescheduledStep, RetryableError, UnknownOutcome
from automator.reasons.connections import access_lost, renewal_interrupted, tokens_changed
from automator.store import Store
from automator.store.cluster.connection_tokens import ConnectionTokens, StoredTokens
from tests.support.errors import raises_code
from tests.support.tokens import (
    LIVES_S,
    Account,
    OpenSealer,
    a_keeper,
    first_pair,
    open_keeper,
    renewal_under_way,
)


class LateReads(ConnectionTokens):
    """The rows of a store whose reads are done at once and arrive late."""

    def __init__(self, rows: ConnectionTokens) -> None:
        self._rows = rows
        self.is_late = False
        self.has_read = asyncio.Event()
        self.may_arrive = asyncio.Event()

    async def load(self, connection: str) -> StoredTokens | None:
        found = await self._rows.load(connection)
        if self.is_late:
            self.has_read.set()
            await self.may_arrive.wait()
        return found

    async def save(self, tokens: StoredTokens) -> StoredTokens | None:
        return await self._rows.save(tokens)


UNSENT = RetryableError("no connection came about")
UNKNOWN = UnknownOutcome("no answer")
REFUSED = PermanentError("Zalo says: no (code -14014)")


async def test_a_refused_token_is_renewed_once_however_many_ask(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = await open_keeper(store, account, clock)
    assert await keeper.access() == "a0"

    got = await asyncio.gather(*(keeper.renewed("a0") for _ in range(20)))

    assert set(got) == {"a1"}
    assert account.used == ["r0"]
    assert await keeper.access() == "a1"
    assert await keeper.renewed("a1") == "a2"


async def test_a_read_that_takes_longer_than_a_renewal_brings_nothing_old_back(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    rows = LateReads(store.tokens)
    keeper = await open_keeper(store, account, clock, rows=rows)
    rows.is_late = True
    late = asyncio.create_task(keeper.renewed("a0"))
    await rows.has_read.wait()

    rows.is_late = False
    assert await keeper.renewed("a0") == "a1"
    rows.may_arrive.set()

    assert await late == "a1"
    assert await keeper.access() == "a1"
    assert account.used == ["r0"]


async def test_a_read_that_takes_longer_than_a_vain_renewal_leads_to_the_next_one(
    store: Store, clock: ManualClock
) -> None:
    account = Account(script=[(UNSENT, True)])
    account.may_answer.clear()
    rows = LateReads(store.tokens)
    keeper = await open_keeper(store, account, clock, rows=rows)
    vain = asyncio.create_task(keeper.renewed("a0"))
    await account.asked.wait()
    account.used.clear()  # It did not arrive.
    rows.is_late = True
    late = asyncio.create_task(keeper.renewed("a0"))
    await rows.has_read.wait()
    account.may_answer.set()
    with pytest.raises(RetryableError):
        await vain
    rows.may_arrive.set()

    assert await late == "a1"


async def test_of_two_nodes_one_renews_and_the_other_comes_again(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    nodes = [await open_keeper(store, account, clock) for _ in range(2)]
    renewing = await renewal_under_way(nodes[0], account)

    with pytest.raises(RescheduledStep) as caught:
        await nodes[1].renewed("a0")
    account.may_answer.set()

    assert await renewing == "a1"
    assert caught.value.code == "token_busy"
    assert caught.value.until_ms == clock.now_ms() + 5_000
    assert await nodes[1].renewed("a0") == "a1"
    assert account.used == ["r0"]


async def test_nodes_that_renew_at_the_same_moment_use_the_token_once(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    nodes = [await open_keeper(store, account, clock) for _ in range(4)]

    got = await asyncio.gather(*(node.renewed("a0") for node in nodes), return_exceptions=True)

    assert account.used == ["r0"]
    assert "a1" in got
    assert all(item == "a1" or isinstance(item, RescheduledStep) for item in got)


async def test_a_caller_that_gives_up_does_not_end_the_renewal(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = await open_keeper(store, account, clock)
    caller = await renewal_under_way(keeper, account)

    caller.cancel()
    account.may_answer.set()
    await keeper.close()

    assert await keeper.renewed("a0") == "a1"
    assert account.used == ["r0"]


async def test_what_was_not_sent_is_tried_again(store: Store, clock: ManualClock) -> None:
    account = Account(script=[(UNSENT, False)])
    keeper = await open_keeper(store, account, clock)

    with pytest.raises(RetryableError):
        await keeper.renewed("a0")

    assert await keeper.renewed("a0") == "a1"
    assert keeper.lost is None


@pytest.mark.parametrize("error", [UNKNOWN, REFUSED])
async def test_a_renewal_that_went_wrong_is_told_and_never_repeated(
    store: Store,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    error: UnknownOutcome | PermanentError,
) -> None:
    account = Account(script=[(error, True)])
    keeper, other = [await open_keeper(store, account, clock) for _ in range(2)]

    with caplog.at_level(logging.ERROR):
        for node in (keeper, other, keeper):
            with pytest.raises(PermanentError) as caught:
                await node.renewed("a0")
            assert caught.value.code == "token_expired"
            assert caught.value.reason == access_lost(connection="shop", because=error.reason)

    assert account.used == ["r0"]
    assert [record.message.split()[0] for record in caplog.records] == ["token.lost"]
    assert keeper.lost == other.lost == error.reason
    # Until it ends by itself, what was issued before goes on.
    assert await keeper.access() == "a0"


async def test_a_renewal_that_died_with_its_process_is_told_and_never_repeated(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    dead, alive = [await open_keeper(store, account, clock) for _ in range(2)]
    renewing = await renewal_under_way(dead, account)

    clock.advance(LEASE_MS / 1000 + 1)
    with pytest.raises(PermanentError) as caught:
        await alive.renewed("a0")
    assert caught.value.reason.params["because"] == renewal_interrupted()
    # The dead one comes back to life: its pair was never committed, so nobody uses it.
    account.may_answer.set()
    with pytest.raises(PermanentError) as caught:
        await renewing
    assert caught.value.reason.params["because"] == tokens_changed()

    assert account.used == ["r0"]
    assert await alive.access() == "a0"


async def test_whoever_is_alone_with_the_database_knows_at_once_that_a_renewal_died(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    dead = await open_keeper(store, account, clock)
    renewing = await renewal_under_way(dead, account)

    other_node, restarted = a_keeper(store, account, clock), a_keeper(store, account, clock)
    await other_node.open()
    await restarted.open(is_alone=True)

    assert other_node.lost is None
    assert restarted.lost == renewal_interrupted()
    account.may_answer.set()
    with pytest.raises(PermanentError):
        await renewing


async def test_a_pair_that_cannot_be_committed_is_not_used(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = await open_keeper(store, account, clock)
    renewing = await renewal_under_way(keeper, account)

    stored = await store.tokens.load("shop")
    assert stored is not None
    await store.tokens.save(stored)
    account.may_answer.set()

    with pytest.raises(PermanentError):
        await renewing
    assert await keeper.access() == "a0"


async def test_a_restart_goes_on_with_what_is_stored_and_new_settings_begin_anew(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = await open_keeper(store, account, clock)
    await keeper.renewed("a0")

    again = await open_keeper(store, account, clock)
    assert await again.access() == "a1"

    anew = await open_keeper(store, account, clock, first=first_pair("from-a-person", "b0"))
    assert await anew.access() == "b0"

    # A node that still has the old settings does not bring the old tokens back.
    late = await open_keeper(store, account, clock)
    assert await late.access() == "b0"


async def test_new_tokens_of_a_person_end_the_loss(store: Store, clock: ManualClock) -> None:
    account = Account(script=[(REFUSED, True)])
    keeper = await open_keeper(store, account, clock)
    with pytest.raises(PermanentError):
        await keeper.renewed("a0")

    anew = await open_keeper(store, account, clock, first=first_pair("from-a-person", "b0"))

    assert (anew.lost, await anew.renewed("b0")) == (None, "a2")


async def test_without_an_access_token_the_first_one_is_asked_for(
    store: Store, clock: ManualClock
) -> None:
    keeper = await open_keeper(store, Account(), clock, first=first_pair(access=""))

    assert await keeper.access() == "a1"


async def test_an_access_token_is_renewed_after_twenty_of_its_twenty_five_hours(
    store: Store, clock: ManualClock
) -> None:
    account = Account()
    keeper = await open_keeper(store, account, clock)

    clock.advance(LIVES_S * 0.8 - 1)
    await keeper.renew_if_due()
    assert account.used == []

    clock.advance(1)
    await keeper.renew_if_due()
    await keeper.renew_if_due()
    assert (account.used, await keeper.access()) == (["r0"], "a1")


async def test_a_renewal_ahead_of_time_that_fails_rests_before_the_next(
    store: Store, clock: ManualClock
) -> None:
    account = Account(script=[(UNSENT, False), (UNSENT, False)])
    keeper = await open_keeper(store, account, clock)
    clock.advance(LIVES_S)

    for _ in range(3):
        await keeper.renew_if_due()
    assert len(account.script) == 1

    clock.advance(301)
    await keeper.renew_if_due()
    assert account.script == []


async def test_tokens_that_were_sealed_with_another_key_are_not_taken_for_others(
    store: Store, clock: ManualClock
) -> None:
    await open_keeper(store, Account(), clock)
    moved = await open_keeper(store, Account(), clock, sealer=OpenSealer("another key"))

    with raises_code(PermanentError, "sealed"):
        await moved.access()


async def test_nothing_of_a_token_is_shown(store: Store, clock: ManualClock) -> None:
    await open_keeper(store, Account(), clock)

    assert "a0" not in repr(await store.tokens.load("shop"))
    assert "r0" not in repr(first_pair())
