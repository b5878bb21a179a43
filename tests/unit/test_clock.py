"""Noticing that a wall clock is set: it and the monotonic clock part; and times as texts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from automator.clock import DRIFT_MS, ManualClock, SteppedClock, iso_time, moment_ms
from automator.model.text_helpers import LAST_MS

Passed = st.floats(0, 86_400, allow_nan=False)
Steps = st.one_of(st.just(0.0), st.floats(-1e7, 1e7, allow_nan=False))


@given(st.lists(st.tuples(Passed, Steps), max_size=20))
def test_a_step_is_noticed_in_either_direction_however_much_time_goes_by(
    moves: list[tuple[float, float]],
) -> None:
    clock, stepped = ManualClock(), SteppedClock()
    assert stepped.step_ms(clock.now_ms(), clock.monotonic()) == 0
    for passed, step in moves:
        clock.advance(passed)
        clock.set_by(step)

        seen = stepped.step_ms(clock.now_ms(), clock.monotonic())

        step_ms = round(step * 1000)
        # A float of seconds is a millisecond off at most.
        assert (
            abs(seen - step_ms) <= 1 if abs(step_ms) > DRIFT_MS + 1 else abs(seen) <= DRIFT_MS + 1
        )


def test_a_clock_that_is_slewed_is_not_taken_for_one_that_is_set() -> None:
    clock, stepped = ManualClock(), SteppedClock()
    for _ in range(1000):
        clock.advance(1)
        clock.set_by(-0.0005)
        assert stepped.step_ms(clock.now_ms(), clock.monotonic()) == 0


@given(st.integers(0, LAST_MS))
def test_a_time_is_written_to_the_millisecond(ms: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)

    assert iso_time(ms) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_written_moment_is_in_the_given_zone_unless_it_names_its_own() -> None:
    hanoi = ZoneInfo("Asia/Ho_Chi_Minh")

    assert moment_ms("2026-11-24T21:50", hanoi) == moment_ms("2026-11-24T14:50Z", hanoi)
    assert moment_ms("2026-11-24T21:50") is None
    assert moment_ms("tomorrow", hanoi) is None
