"""How many turns there are within a minute."""

from hypothesis import given
from hypothesis import strategies as st

from automator.model.speech import SPAN_MS
from automator.store.limits.budgets import _Counter, room_at


@given(
    limit=st.integers(1, 5),
    gaps=st.lists(st.one_of(st.integers(0, 200), st.integers(0, 2 * SPAN_MS)), max_size=60),
)
def test_no_minute_has_more_turns_than_the_limit_and_none_comes_too_early_or_needlessly_late(
    limit: int, gaps: list[int]
) -> None:
    counter = _Counter([])
    now_ms = 1_000_000
    turns: list[int] = []
    for gap in gaps:
        now_ms += gap
        slot_at = room_at(counter.times, limit, now_ms)
        counter.count(slot_at, limit)

        earlier = [at for at in turns if at > slot_at - SPAN_MS]
        assert slot_at >= now_ms
        assert len(earlier) < limit
        # A moment before, either it had not been asked for, or the minute was full.
        full = [at for at in turns if slot_at - 1 - SPAN_MS < at <= slot_at - 1]
        assert slot_at == now_ms or len(full) >= limit or slot_at == turns[-1]
        turns.append(slot_at)

    assert len(counter.times) <= limit
    assert turns == sorted(turns)
