"""What is written down of refused requests is bounded, a connection and a minute."""

from automator.clock import ManualClock
from automator.engine.intake.quota import Quota


def test_a_key_gets_its_quota_and_no_more() -> None:
    quota = Quota(3, ManualClock())

    assert [quota.take("shop") for _ in range(5)] == [True, True, True, False, False]


def test_one_key_does_not_use_up_another_ones_quota() -> None:
    quota = Quota(1, ManualClock())
    quota.take("noisy")
    quota.take("noisy")

    assert quota.take("quiet")


def test_the_next_minute_begins_anew() -> None:
    clock = ManualClock()
    quota = Quota(1, clock)
    quota.take("shop")

    clock.advance(60)

    assert quota.take("shop")
