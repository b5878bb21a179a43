from hypothesis import given
from hypothesis import strategies as st

from automator.engine.outbound.rate_limiter import RateLimiter


def test_what_may_happen_twice_a_second_happens_every_half_second():
    rate_limiter, taken = RateLimiter(2), []
    for tenth in range(21):
        if rate_limiter.wait_s(tenth / 10) <= 0:
            rate_limiter.take(tenth / 10)
            taken.append(tenth)

    assert taken == [0, 5, 10, 15, 20]


@given(
    st.floats(0.01, 1000),
    st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_it_never_happens_more_often_than_a_tenth_of_a_second_over_the_rate(
    per_second: float, pauses: list[float]
):
    rate_limiter, now, taken = RateLimiter(per_second), 0.0, []
    for pause in pauses:
        now += pause
        while rate_limiter.wait_s(now) <= 0:
            rate_limiter.take(now)
            taken.append(now)

    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], 1):
            assert last <= (end - start + 0.1) * per_second + 1 + 1e-6


@given(st.floats(0.5, 500), st.integers(0, 20))
def test_it_says_how_many_may_happen_soon(per_second: float, before: int):
    rate_limiter = RateLimiter(per_second)
    for _ in range(before):
        rate_limiter.take(0.0)
    said, happened, now = rate_limiter.within(1.0, 0.0), 0, 0.0
    while (wait := rate_limiter.wait_s(now)) + now <= 1.0:
        now += wait
        rate_limiter.take(now)
        happened += 1

    assert abs(said - happened) <= 0.1 * per_second + 1
