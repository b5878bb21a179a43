from hypothesis import given
from hypothesis import strategies as st

from automator.engine.outbound.rate_limiter import Pace


def test_what_may_happen_twice_a_second_happens_every_half_second():
    pace, taken = Pace(2), []
    for tenth in range(21):
        if pace.wait_s(tenth / 10) <= 0:
            pace.take(tenth / 10)
            taken.append(tenth)

    assert taken == [0, 5, 10, 15, 20]


@given(
    st.floats(0.01, 1000),
    st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_it_never_happens_more_often_than_a_tenth_of_a_second_over_the_rate(
    per_second: float, pauses: list[float]
):
    pace, now, taken = Pace(per_second), 0.0, []
    for pause in pauses:
        now += pause
        while pace.wait_s(now) <= 0:
            pace.take(now)
            taken.append(now)

    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], 1):
            assert last <= (end - start + 0.1) * per_second + 1 + 1e-6


@given(st.floats(0.5, 500), st.integers(0, 20))
def test_it_says_how_many_may_happen_soon(per_second: float, before: int):
    pace = Pace(per_second)
    for _ in range(before):
        pace.take(0.0)
    said, happened, now = pace.within(1.0, 0.0), 0, 0.0
    while (wait := pace.wait_s(now)) + now <= 1.0:
        now += wait
        pace.take(now)
        happened += 1

    assert abs(said - happened) <= 0.1 * per_second + 1
