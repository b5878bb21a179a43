import pytest

from automator.clock import ManualClock
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.admission import Hold
from automator.engine.outbound.destination import Destination
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.model import RescheduledStep, TargetHealth, TargetState
from automator.model.errors import TargetUnavailable


def a_destination(clock: ManualClock, rate: float | None = None) -> Destination:
    limiter = None if rate is None else RateLimiter(rate)
    return Destination("crm", concurrency=1, rate_limiter=limiter, clock=clock)


def in_state(state: TargetState, retry_at: int | None = None) -> TargetHealth:
    return TargetHealth(name="crm", state=state, reason="it answered 503", retry_at=retry_at)


@pytest.mark.parametrize(
    ("state", "hold"),
    [
        (TargetState.CLOSED, Hold.NOTHING),
        (TargetState.OPEN, Hold.FAILING),
        (TargetState.HALF_OPEN, Hold.PROBING),
        (TargetState.PAUSED, Hold.PAUSED),
        (TargetState.DISABLED, Hold.DISABLED),
    ],
)
def test_each_state_of_the_circuit_breaker_has_its_own_answer(state: TargetState, hold: Hold):
    destination = a_destination(ManualClock())
    destination.take_over(in_state(state))

    admission = destination.ask()

    assert (admission.hold, admission.may_go) == (hold, hold is Hold.NOTHING)


def test_an_open_circuit_breaker_says_when_it_is_tried_again():
    clock = ManualClock()
    destination = a_destination(clock)
    destination.take_over(in_state(TargetState.OPEN, clock.now_ms() + breaker.FIRST_WAIT_MS))

    admission = destination.ask()

    assert admission.again_at == clock.now_ms() + breaker.FIRST_WAIT_MS
    assert isinstance(admission.error, TargetUnavailable)


def test_a_half_open_circuit_breaker_lets_its_one_try_go():
    destination = a_destination(ManualClock())
    destination.take_over(in_state(TargetState.HALF_OPEN))
    destination.tries = 1

    assert [destination.ask().hold for _ in range(2)] == [Hold.NOTHING, Hold.PROBING]


def test_a_full_destination_is_busy_and_one_at_its_rate_says_when_it_goes_on():
    clock = ManualClock()
    full, limited = a_destination(clock), a_destination(clock, rate=1)
    full.capacity.begin()
    limited.capacity.begin()
    limited.end_request()

    assert (full.ask().hold, full.ask().is_busy) == (Hold.CONCURRENCY, True)
    admission = limited.ask()
    assert (admission.hold, admission.is_busy) == (Hold.RATE, True)
    assert admission.again_at == clock.now_ms() + 1000


def test_a_retry_too_many_has_a_later_moment_reserved_and_goes_with_that_reservation():
    clock = ManualClock()
    destination = a_destination(clock)
    destination.note_result("it answered 503")

    answers = [destination.ask(is_retry=True) for _ in range(50)]

    assert answers[0].may_go
    held = next(answer for answer in answers if not answer.may_go)
    assert held.hold is Hold.RETRY_BUDGET
    assert held.again_at is not None
    assert held.again_at > clock.now_ms()
    assert isinstance(held.error, RescheduledStep)
    assert destination.ask(is_retry=True, has_reservation=True).may_go
    assert destination.ask().may_go
