import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.retry import JITTER, MAX_DELAY_S, base_delay_s, next_attempt_at
from automator.model import RetryableError, RetryPolicy, UnknownOutcome

NOW_MS = 1_795_478_400_000
FAILED = RetryableError("crm answered 503")
POLICIES = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 500),
    interval_s=st.one_of(st.none(), st.floats(0.001, 1e9)),
    strategy=st.sampled_from(["fixed", "exponential"]),
)
ASKED = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def delay_s(policy: RetryPolicy, attempt: int, error: RetryableError = FAILED, key: int = 1):
    at = next_attempt_at(policy, attempt=attempt, now_ms=NOW_MS, error=error, key=key)
    return None if at is None else (at - NOW_MS) / 1000


def test_the_schedule_is_that_of_the_webhook_senders():
    waits = [base_delay_s(RetryPolicy(max_attempts=20), attempt) for attempt in range(1, 10)]

    assert waits == [5, 300, 1800, 7200, 18000, 36000, 36000, 36000, 36000]


@pytest.mark.parametrize(
    ("strategy", "waits"), [("fixed", [10, 10, 10, 10]), ("exponential", [10, 20, 40, 80])]
)
def test_an_interval_repeats_or_doubles(strategy: str, waits: list[float]):
    policy = RetryPolicy(interval_s=10, strategy=strategy)

    assert [base_delay_s(policy, attempt) for attempt in range(1, 5)] == waits


def test_the_last_attempt_is_the_last():
    policy = RetryPolicy(max_attempts=3)

    assert delay_s(policy, 2) is not None
    assert delay_s(policy, 3) is None
    assert delay_s(policy, 4) is None


def test_an_unknown_outcome_waits_like_a_failure():
    lost = UnknownOutcome("no answer")

    at = next_attempt_at(RetryPolicy(), attempt=1, now_ms=NOW_MS, error=lost, key=1)

    assert at == next_attempt_at(RetryPolicy(), attempt=1, now_ms=NOW_MS, error=FAILED, key=1)


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (60.0, 60.0),
        (9_999_999_999.0, MAX_DELAY_S),
        (float("inf"), MAX_DELAY_S),
        (0.0, None),
        (-1.0, None),
        (float("nan"), None),
    ],
)
def test_retry_after_lengthens_the_wait_up_to_a_day(asked: float, waits: float | None):
    error = RetryableError("busy", retry_after_s=asked)

    assert delay_s(RetryPolicy(), 1, error) == (
        delay_s(RetryPolicy(), 1) if waits is None else waits
    )


def test_runs_that_failed_together_come_back_apart():
    waits = {delay_s(RetryPolicy(), 2, key=key) for key in range(1000)}

    assert len(waits) > 900
    assert 240 <= min(filter(None, waits)) < 245
    assert 355 < max(filter(None, waits)) <= 360


@given(POLICIES, st.integers(1, 600), ASKED, st.integers(0, 2**63 - 1))
def test_a_wait_is_bounded_and_never_negative(
    policy: RetryPolicy, attempt: int, asked: float | None, key: int
):
    error = RetryableError("busy", retry_after_s=asked)

    at = next_attempt_at(policy, attempt=attempt, now_ms=NOW_MS, error=error, key=key)

    if attempt >= policy.max_attempts:
        assert at is None
    else:
        assert at is not None
        assert NOW_MS <= at <= NOW_MS + MAX_DELAY_S * (1 + JITTER) * 1000


@given(POLICIES, st.integers(1, 600))
def test_waits_do_not_become_shorter(policy: RetryPolicy, attempt: int):
    assert base_delay_s(policy, attempt) <= base_delay_s(policy, attempt + 1)


@given(POLICIES, st.integers(1, 600), st.integers(0, 2**63 - 1))
def test_every_node_computes_the_same(policy: RetryPolicy, attempt: int, key: int):
    assert delay_s(policy, attempt, key=key) == delay_s(policy, attempt, key=key)
