"""The breaker opens, tries, closes and gives up when it says so, and never by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.circuit_breaker import Window
from automator.model import TargetHealth, TargetState
from automator.reasons.targets import answered_gone
from tests.support.words import said

NOW = 1_795_478_400_000
DAY_MS = 86_400_000
FRESH = TargetHealth(name="crm")


def failed(times: int, health: TargetHealth = FRESH, now_ms: int = NOW) -> TargetHealth:
    for _ in range(times):
        health = breaker.after_failure(health, now_ms, "it answered 503")
    return health


def test_it_opens_after_failures_in_a_row_and_a_success_between_starts_anew():
    almost = failed(breaker.OPENS_AFTER - 1)
    assert almost.state is TargetState.CLOSED

    assert failed(1, almost).state is TargetState.OPEN
    assert failed(1, breaker.after_success(almost, NOW)).state is TargetState.CLOSED


def full_window(failures: int) -> Window:
    """As many outcomes as a window holds, the first of them failures."""
    window = Window()
    for number in range(breaker.WINDOW_OUTCOMES):
        window.add(NOW, is_failure=number < failures)
    return window


def test_it_opens_when_half_of_the_latest_outcomes_are_failures():
    half = breaker.WINDOW_OUTCOMES // 2
    window = full_window(half)

    assert window.is_bad(NOW)
    assert not full_window(half - 1).is_bad(NOW)
    assert not window.is_bad(NOW + breaker.WINDOW_MS)
    opened = breaker.after_failure(FRESH, NOW, "it answered 503", is_window_bad=True)
    assert opened.state is TargetState.OPEN


def test_failures_alone_do_not_open_it_before_the_window_is_full_nor_after_it_is_cleared():
    window = Window()
    for _ in range(breaker.WINDOW_OUTCOMES - 1):
        window.add(NOW, is_failure=True)
    assert not window.is_bad(NOW)

    window.add(NOW, is_failure=True)
    assert window.is_bad(NOW)

    window.clear()
    window.add(NOW, is_failure=True)
    assert not window.is_bad(NOW)


def test_each_time_it_opens_it_waits_twice_as_long_up_to_a_limit():
    health, waits = failed(breaker.OPENS_AFTER), []
    for _ in range(9):
        assert health.retry_at is not None
        waits.append((health.retry_at - health.since) // 1000)
        health = failed(1, breaker.half_open(health, health.retry_at), health.retry_at)

    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_it_may_be_tried_when_its_wait_is_over_and_again_when_the_try_is_lost():
    opened = failed(breaker.OPENS_AFTER)
    assert opened.retry_at is not None
    assert not breaker.may_be_tried(opened, opened.retry_at - 1)
    assert breaker.may_be_tried(opened, opened.retry_at)

    trying = breaker.half_open(opened, opened.retry_at)

    assert not breaker.may_be_tried(trying, opened.retry_at + breaker.PROBE_MS - 1)
    assert breaker.may_be_tried(trying, opened.retry_at + breaker.PROBE_MS)
    assert breaker.after_success(trying, NOW) == replace(FRESH, since=NOW)


def test_a_late_success_does_not_close_what_is_open():
    opened = failed(breaker.OPENS_AFTER)

    assert breaker.after_success(opened, NOW) == opened


@pytest.mark.parametrize(
    ("failures", "days", "is_disabled"), [(20, 5, True), (19, 5, False), (20, 4, False)]
)
def test_it_is_disabled_after_days_and_many_failures_only(
    failures: int, days: int, is_disabled: bool
):
    health = replace(FRESH, failures=failures - 1, failing_since=NOW)

    health = failed(1, health, NOW + days * DAY_MS)

    assert (health.state is TargetState.DISABLED) == is_disabled
    assert not is_disabled or said(health.reason) == "20 failures in 5 days: it answered 503"


def test_what_says_that_it_is_gone_is_disabled_until_it_is_resumed():
    gone = breaker.after_gone(FRESH, NOW)

    assert (gone.state, gone.reason) == (TargetState.DISABLED, answered_gone())
    assert breaker.after_success(gone, NOW) == gone
    assert not breaker.may_be_tried(gone, NOW + 100 * DAY_MS)
    assert breaker.resumed(gone, NOW, "hoa") == replace(FRESH, since=NOW, by="hoa")


def tried(health: TargetHealth, now_ms: int) -> TargetHealth:
    may = breaker.may_be_tried(health, now_ms)
    return breaker.half_open(health, now_ms) if may else health


CHANGES: dict[str, Callable[[TargetHealth, int], TargetHealth]] = {
    "success": breaker.after_success,
    "failure": lambda health, now_ms: breaker.after_failure(health, now_ms, "no connection"),
    "gone": breaker.after_gone,
    "try": tried,
    "pause": lambda health, now_ms: breaker.paused(health, now_ms, "hoa"),
    "resume": lambda health, now_ms: breaker.resumed(health, now_ms, "hoa"),
}
HELD = (TargetState.PAUSED, TargetState.DISABLED)
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(CHANGES)), st.integers(0, 3 * DAY_MS)), max_size=60
)


@given(STEPS)
def test_only_a_person_ends_a_pause_and_every_other_state_ends_by_itself(
    steps: list[tuple[str, int]],
):
    health, now_ms = FRESH, NOW
    for what, passes in steps:
        now_ms += passes
        before, health = health, CHANGES[what](health, now_ms)

        if before.state in HELD and what not in ("pause", "resume"):
            assert health.state is before.state
        if before.state is TargetState.OPEN and health.state is TargetState.CLOSED:
            assert what == "resume"
        if health.state is TargetState.OPEN:
            assert 0 < (health.retry_at or 0) - health.since <= breaker.LONGEST_WAIT_MS
        waits = health.state in (TargetState.OPEN, TargetState.HALF_OPEN)
        assert (health.retry_at is not None) == waits
        assert (health.failing_since is not None) == (health.failures > 0)


STEPS = st.sampled_from([0, -7_200_000, 7_200_000, -30 * DAY_MS, 30 * DAY_MS])


@given(
    openings=st.integers(0, 12),
    is_tried=st.booleans(),
    steps=st.lists(st.tuples(st.integers(0, 1_000_000), STEPS), max_size=6),
)
def test_no_wait_outlives_a_clock_that_was_ahead(
    openings: int, is_tried: bool, steps: list[tuple[int, int]]
) -> None:
    health, now_ms = failed(breaker.OPENS_AFTER), NOW
    for _ in range(openings):
        health = failed(1, breaker.half_open(health, now_ms), now_ms)
    longest_ms = breaker.PROBE_MS if is_tried else breaker.wait_ms(health.openings - 1)
    health = breaker.half_open(health, now_ms) if is_tried else health
    for passed_ms, step_ms in steps:
        now_ms += passed_ms + step_ms

    assert any(breaker.may_be_tried(health, now_ms + wait_ms) for wait_ms in (0, longest_ms))


def test_a_window_forgets_what_failed_by_a_clock_that_was_ahead():
    window = Window()
    for _ in range(breaker.WINDOW_OUTCOMES):
        window.add(NOW + 30 * DAY_MS, is_failure=True)

    assert not window.is_bad(NOW)
