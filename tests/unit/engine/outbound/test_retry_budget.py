from hypothesis import given
from hypothesis import strategies as st

from automator.engine.outbound.destination import FLOOR, SAVED_S, SHARE, WINDOW_S, RetryBudget


def sent(budget: RetryBudget, requests: int, now_s: float = 1000.0) -> None:
    for number in range(requests):
        budget.note_request(now_s - WINDOW_S + 1 + number * (WINDOW_S - 1) / requests)


def test_without_a_failure_retries_are_requests_like_all_others():
    budget = RetryBudget()

    assert [budget.take(1000.0) for _ in range(500)] == [0.0] * 500


def test_while_it_fails_a_fifth_of_what_is_sent_may_be_retries():
    budget = RetryBudget()
    sent(budget, 6000)
    budget.note_failure(1000.0)

    waits = [budget.take(1000.0) for _ in range(3000)]

    within_a_minute = sum(wait <= WINDOW_S for wait in waits)
    assert abs(within_a_minute - SHARE * 6000) <= 1
    assert waits == sorted(waits)


def test_a_quiet_destination_gets_some_retries_and_nodes_share_them():
    alone, one_of_three = RetryBudget(), RetryBudget()
    for budget in (alone, one_of_three):
        budget.note_failure(1000.0)

    def granted(budget: RetryBudget, nodes: int) -> int:
        return sum(budget.take(1000.0, nodes) <= WINDOW_S for _ in range(100))

    assert abs(granted(alone, 1) - FLOOR) <= 1
    assert abs(granted(one_of_three, 3) - FLOOR / 3) <= 1


def waits_at(budget: RetryBudget, per_second: int, seconds: int, start_s: int) -> list[float]:
    """The waits of retries while every tenth request fails and is retried after a second."""
    waits: list[float] = []
    failures = 0
    for second in range(start_s, start_s + seconds):
        begun, retried = len(waits), failures
        waits += [budget.take(float(second)) for _ in range(retried)]
        sent_now = per_second + len(waits) - begun
        for number in range(sent_now):
            budget.note_request(second + number / sent_now)
        failures = round(sent_now / 10)
        if failures:
            budget.note_failure(second + 0.99)
    return waits


def test_a_destination_that_is_new_gets_its_retries_at_the_rate_of_its_requests():
    waits = waits_at(RetryBudget(), per_second=60, seconds=300, start_s=1000)

    assert len(waits) > 1500
    assert max(waits) < 2.0


def test_retries_that_were_put_off_at_a_low_rate_do_not_hold_up_those_of_a_high_one():
    budget = RetryBudget()
    waits_at(budget, per_second=1, seconds=300, start_s=1000)

    waits = waits_at(budget, per_second=60, seconds=300, start_s=1300)

    assert len(waits) > 1500
    assert max(waits) < 30.0
    assert set(waits[-1000:]) == {0.0}


def test_a_burst_is_not_taken_for_the_rate_of_a_minute():
    budget = RetryBudget()
    for _ in range(600):
        budget.note_request(1000.0)
    budget.note_failure(1000.0)

    waits = [budget.take(1000.0) for _ in range(600)]

    ten_seconds = SHARE * 600 * WINDOW_S / (WINDOW_S + SAVED_S)
    assert abs(sum(wait <= SAVED_S for wait in waits) - 2 * ten_seconds) <= 1


def test_a_minute_after_the_last_failure_nothing_is_held_back_any_more():
    budget = RetryBudget()
    budget.note_failure(1000.0)
    for _ in range(200):
        budget.take(1000.0)
    assert budget.held_for_s(1000.0) > WINDOW_S

    assert budget.take(1000.0 + WINDOW_S + 1) == 0.0
    assert budget.held_for_s(1000.0 + WINDOW_S + 1) == 0.0


def test_it_counts_the_last_minute():
    budget = RetryBudget()
    for second in range(100):
        budget.note_request(float(second))
        if second % 10 == 0:
            budget.note_retry(float(second))

    assert budget.counted(99.0) == (60, 6)
    assert budget.counted(300.0) == (0, 0)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=300))
def test_turns_are_never_closer_than_the_budget_allows(pauses: list[float]):
    budget, now, turns = RetryBudget(), 1000.0, []
    for pause in pauses:
        now += pause
        budget.note_failure(now)
        turns.append(now + budget.take(now))

    turns.sort()
    per_second = FLOOR / (WINDOW_S + SAVED_S)
    for first, start in enumerate(turns):
        for count, end in enumerate(turns[first:], 1):
            assert count <= (end - start + SAVED_S) * per_second + 1 + 1e-6
