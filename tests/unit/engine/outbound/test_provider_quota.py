import pytest

from automator.clock import ManualClock
from automator.engine.outbound.admission import Hold
from automator.engine.outbound.destination import (
    HOLD_S,
    KNOWN_S,
    LONGEST_HOLD_S,
    AccountQuota,
    Destination,
)
from automator.http.types import QuotaReport
from automator.model import RescheduledStep

MINE = {"authorization": "Bearer mine"}
OTHERS = {"authorization": "Bearer other"}


def braked(percent: int, regain_s: float = 0.0) -> AccountQuota:
    account = AccountQuota()
    account.note(QuotaReport(percent, regain_s), 1000.0)
    return account


def test_below_four_fifths_nothing_waits():
    account = braked(79)

    assert [account.take(1000.0) for _ in range(100)] == [0.0] * 100


def test_from_four_fifths_on_requests_are_spread_and_the_more_is_used_the_wider():
    at_80, at_90 = braked(80), braked(90)

    assert [at_80.take(1000.0) for _ in range(3)] == [0.0, 1.0, 2.0]
    assert [at_90.take(1000.0) for _ in range(3)] == [0.0, 7.0, 14.0]


def test_shortly_before_the_limit_nothing_is_sent_for_as_long_as_the_provider_says():
    assert braked(95).take(1000.0) == HOLD_S
    assert braked(100, 1800.0).take(1000.0) == 1800.0
    assert braked(100, 1800.0).take(2790.0) == 10.0


def test_what_was_said_long_ago_holds_nothing_back():
    account = braked(94)

    assert account.take(1001.0 + KNOWN_S) == 0.0
    assert account.take(1001.0 + KNOWN_S) == 0.0


def a_destination(name: str, clock: ManualClock) -> Destination:
    return Destination(
        name,
        concurrency=2,
        rate_limiter=None,
        clock=clock,
        read_quota=lambda headers: QuotaReport(int(headers["used"])),
    )


def test_an_account_is_held_back_and_the_others_are_not():
    clock = ManualClock()
    graph, elsewhere = a_destination("graph:443", clock), a_destination("elsewhere:443", clock)
    graph.note_answer(MINE, {"used": "97"})

    assert graph.ask(OTHERS).may_go
    assert elsewhere.ask(MINE).may_go
    refused = graph.ask(MINE)
    assert (refused.may_go, refused.hold) == (False, Hold.PROVIDER_QUOTA)
    assert refused.again_at == clock.now_ms() + HOLD_S * 1000
    with pytest.raises(RescheduledStep, match="percent=97"):
        raise refused.error
    now_s = clock.monotonic()
    assert (graph.quota.percent(now_s), elsewhere.quota.percent(now_s)) == (97, 0)

    graph.note_answer(MINE, {"used": "20"})
    assert graph.ask(MINE).may_go


def test_no_provider_stops_sending_for_longer_than_a_day():
    assert braked(100, 5e20).take(1000.0) == LONGEST_HOLD_S
