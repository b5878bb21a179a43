import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.actions.http_statuses import check_status
from automator.engine.runs.progress import JITTER, MAX_DELAY_S, base_delay_s, next_attempt_at
from automator.model import RetryableError, StepError, UnknownOutcome
from automator.model.rule import RetryPolicy
from tests.support.http import a_reply

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


#: Milliseconds after the attempt with key 1 for which the schedule plans the next one.
FIRST, SECOND, THIRD = 5_364, 266_057, 1_621_603


@pytest.mark.parametrize(
    ("status", "retry_after", "attempt", "waits_ms"),
    [
        *[(status, "", 1, FIRST) for status in (408, 409, 425, 429, 500, 502, 503, 504)],
        (503, "", 2, SECOND),
        (503, "", 3, THIRD),
        (503, "", 8, None),
        *[(status, "", 1, None) for status in (301, 400, 401, 403, 404, 410, 413, 422, 508)],
        # What is asked for counts when it is longer than the schedule's wait.
        (503, "60", 1, 60_000),
        (429, "2", 1, FIRST),
        (503, "Tue, 24 Nov 2026 00:02:00 GMT", 1, 120_000),
        (503, "Thu, 01 Jan 1970 00:00:00 GMT", 1, FIRST),
        (503, "9999999999", 1, 86_400_000),
        *[(503, text, 1, FIRST) for text in ("-1", "nan", "inf", "soon", "1.5", "")],
        (404, "60", 1, None),
    ],
)
def test_each_answer_has_its_instant(
    status: int, retry_after: str, attempt: int, waits_ms: int | None
):
    reply = a_reply(status, headers={"retry-after": retry_after})
    policy = RetryPolicy()
    again_at = None
    with pytest.raises(StepError) as caught:
        check_status(reply, place="crm", retry=policy, now_ms=NOW_MS)
    if isinstance(caught.value, RetryableError):
        again_at = next_attempt_at(
            policy, attempt=attempt, now_ms=NOW_MS, error=caught.value, key=1
        )

    assert (None if again_at is None else again_at - NOW_MS) == waits_ms
