import asyncio
import itertools

from automator.clock import ManualClock
from automator.engine.outbound.shared_rate_limiter import PORTION_S, SharedRateLimiter
from automator.model import StoreUnavailableError
from automator.model.target import RatePortion


class Row:
    """The common row of a rate: gives turns away, or refuses."""

    def __init__(self, clock: ManualClock, per_second: float) -> None:
        self.asked: list[int] = []
        self.is_down = False
        self.free_at = 0.0
        self._clock = clock
        self._interval_ms = 1000 / per_second

    async def take(self, count: int) -> RatePortion:
        if self.is_down:
            raise StoreUnavailableError("the database is away")
        self.asked.append(count)
        now_ms = self._clock.now_ms()
        first_at = max(self.free_at, now_ms - max(0, 100 - self._interval_ms))
        if first_at > now_ms + 1000:
            return RatePortion(0, first_at)
        self.free_at = first_at + count * self._interval_ms
        return RatePortion(count, first_at)


class Node:
    """One node that always has somebody waiting, and when it sent."""

    def __init__(self, clock: ManualClock, row: Row, per_second: float) -> None:
        self.sent: list[float] = []
        self._clock = clock
        self.rate_limiter = SharedRateLimiter(per_second, row.take, clock)

    async def passes(self, seconds: float, *, waiting: int = 64) -> None:
        """Sends whatever it may, looking each millisecond."""
        for _ in range(round(seconds * 1000)):
            await self.looks(waiting)
            self._clock.advance(0.001)

    async def looks(self, waiting: int = 64) -> None:
        now = self._clock.monotonic()
        while self.rate_limiter.wait_s(now) <= 0:
            self.rate_limiter.take(now)
            self.sent.append(now)
        self.rate_limiter.next_in_s(waiting, now)
        await asyncio.sleep(0)


async def test_a_busy_node_asks_four_times_a_second_and_keeps_the_rate():
    clock = ManualClock()
    row = Row(clock, 200)
    node = Node(clock, row, 200)

    await node.passes(5)

    assert abs(len(node.sent) - 1000) <= 0.1 * 200 + 1
    assert len(row.asked) <= 5 / PORTION_S + 10


async def test_two_nodes_that_share_a_rate_send_no_more_than_one_would():
    clock = ManualClock()
    row = Row(clock, 50)
    one, two = Node(clock, row, 50), Node(clock, row, 50)

    for _ in range(4000):
        await one.looks()
        await two.looks()
        clock.advance(0.001)
    sent = sorted(one.sent + two.sent)

    assert 0.95 * 200 <= len(sent) <= 200 + 0.1 * 50 + 1
    assert min(len(one.sent), len(two.sent)) > 0.3 * 200
    for first, start in enumerate(sent):
        for count, end in enumerate(sent[first:], 1):
            assert count <= (end - start + 0.1) * 50 + 1 + 1e-6


async def test_a_node_with_little_to_send_leaves_the_rate_to_the_others():
    clock = ManualClock()
    row = Row(clock, 100)
    quiet, busy = Node(clock, row, 100), Node(clock, row, 100)

    for tick in range(3000):
        if tick % 500 == 0:
            await quiet.looks(1)
        await busy.looks()
        clock.advance(0.001)

    assert len(busy.sent) >= 0.9 * 300


async def test_turns_that_are_not_used_in_time_are_lost():
    clock = ManualClock()
    node = Node(clock, Row(clock, 20), 20)
    await node.looks()
    clock.advance(60)

    await node.passes(0.04)

    assert len(node.sent) <= 2 + 1


async def test_what_was_sent_without_a_turn_is_paid_for_with_the_next_ones():
    clock = ManualClock()
    row = Row(clock, 10)
    node = Node(clock, row, 10)

    node.rate_limiter.take(clock.monotonic())
    node.rate_limiter.take(clock.monotonic())
    await node.passes(1.0)

    assert len(node.sent) <= 10 - 2 + 1


async def test_a_rate_of_few_an_hour_is_asked_for_only_shortly_before_its_turn():
    clock = ManualClock()
    row = Row(clock, 1 / 60)
    one, two = Node(clock, row, 1 / 60), Node(clock, row, 1 / 60)
    for _ in range(4 * 600):
        await one.looks(1)
        await two.looks(1)
        clock.advance(0.1)

    sent = sorted(one.sent + two.sent)
    assert len(sent) == 4
    assert all(later - earlier >= 59 for earlier, later in itertools.pairwise(sent))


async def test_while_the_database_is_away_nothing_goes_and_it_is_asked_again():
    clock = ManualClock()
    row = Row(clock, 20)
    row.is_down = True
    node = Node(clock, row, 20)

    await node.passes(1)
    assert node.sent == []

    row.is_down = False
    await node.passes(1)
    assert len(node.sent) >= 8
