"""The words index gives way to events, and no more than so much waits for it."""

import pytest

from automator.engine.operations.word_indexing import (
    BEHIND,
    MOST_WAITING,
    MUCH_DONE,
    QUIET,
    SOME_DONE,
    STEADY,
    Pace,
    WordIndexing,
    pace_of,
)

#: Seconds that the index takes for an id, twice of what it does on a slow machine.
EACH_S = 60e-6
#: Seconds that any transaction takes.
LEAST_S = 1e-3


class Upkeep:
    """Ids that wait, and a clock that moves as they are indexed."""

    def __init__(self) -> None:
        self.waiting = 0
        self.done = 0
        self.now = 0.0
        self.is_busy = False
        self.taken: list[int] = []
        #: Whether the last portion was taken as of a time in which nothing comes in.
        self.was_quiet = False
        #: Operations of others while one portion is indexed.
        self.others = 0

    async def index_words(self, portion: int, *, quiet: bool) -> int:
        self.was_quiet = quiet
        taken = min(portion, self.waiting)
        self.done += self.others
        self.waiting -= taken
        self.now += LEAST_S + taken * EACH_S
        if taken:
            self.taken.append(taken)
        return taken

    async def words_waiting(self) -> int:
        return self.waiting

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def second(self, indexing: WordIndexing, events: int) -> None:
        """So many events come in, each noted with its run and when that ends, then one pass."""
        self.waiting += 3 * events
        self.done += 2 * events
        self.now += 1.0
        self.taken.clear()
        await indexing.go_on()


@pytest.fixture
def upkeep() -> Upkeep:
    return Upkeep()


@pytest.fixture
def indexing(upkeep: Upkeep) -> WordIndexing:
    return WordIndexing(upkeep, monotonic=lambda: upkeep.now, sleep=upkeep.sleep)


@pytest.mark.parametrize(
    ("done", "waiting", "pace"),
    [
        (0, 0, QUIET),
        (SOME_DONE, MOST_WAITING + 1, QUIET),
        (SOME_DONE + 1, 0, STEADY),
        (MUCH_DONE, MOST_WAITING, STEADY),
        (MUCH_DONE + 1, MOST_WAITING, None),
        (SOME_DONE + 1, MOST_WAITING + 1, BEHIND),
        (MUCH_DONE + 1, MOST_WAITING + 1, BEHIND),
    ],
)
def test_the_pace_is_by_what_comes_in_and_what_waits(
    done: int, waiting: int, pace: Pace | None
) -> None:
    assert pace_of(done, waiting) is pace


async def test_at_a_steady_rate_a_portion_comes_seconds_after_another_and_nothing_is_left(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    portions = 0
    for _ in range(30):
        await upkeep.second(indexing, events=200)
        portions += len(upkeep.taken)
        assert upkeep.waiting < 3 * STEADY.portion

    assert portions < 30


async def test_a_burst_within_a_steady_rate_is_made_up_for(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    upkeep.waiting = 20_000
    for _ in range(60):
        await upkeep.second(indexing, events=200)

    assert upkeep.waiting < 3 * STEADY.portion


async def test_at_saturation_nothing_is_indexed_until_too_much_waits(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    await upkeep.second(indexing, events=1_600)
    first = upkeep.taken.copy()
    most = 0
    for _ in range(600):
        await upkeep.second(indexing, events=2_500)
        most = max(most, upkeep.waiting)

    assert first == []
    assert most < MOST_WAITING + 3 * 2_500


async def test_what_waits_is_indexed_in_large_portions_when_nothing_comes_in(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    upkeep.waiting = 3 * QUIET.portion

    await indexing.go_on()

    assert upkeep.taken == [QUIET.portion] * 3
    assert upkeep.waiting == 0
    assert upkeep.was_quiet


async def test_commits_stay_short_while_events_come_in(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    upkeep.was_quiet = True

    await upkeep.second(indexing, events=200)

    assert upkeep.taken
    assert not upkeep.was_quiet


async def test_large_portions_end_when_something_comes_in(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    upkeep.waiting, upkeep.others = 2 * QUIET.portion, SOME_DONE + 1

    await indexing.go_on()

    assert upkeep.taken == [QUIET.portion]


async def test_a_pass_gives_way_when_the_writer_is_busy_but_not_when_too_much_waits(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    upkeep.is_busy = True
    await upkeep.second(indexing, events=200)
    given_way = len(upkeep.taken)
    upkeep.waiting = MOST_WAITING + 10_000
    await upkeep.second(indexing, events=200)

    assert given_way == 1
    assert len(upkeep.taken) > 1


async def test_what_is_left_at_a_steady_rate_is_indexed_as_soon_as_nothing_comes_in(
    upkeep: Upkeep, indexing: WordIndexing
) -> None:
    await upkeep.second(indexing, events=200)
    await upkeep.second(indexing, events=200)
    assert upkeep.waiting == 600

    await upkeep.second(indexing, events=0)

    assert upkeep.waiting == 0
