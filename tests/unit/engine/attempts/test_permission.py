"""What keeps something from being said, in words."""

import pytest

from automator.engine.attempts.next_step import EarlierAttempts
from automator.engine.attempts.performer import refusal
from automator.model import RescheduledStep, SkippedStep
from automator.model.speech import Permission, Speech
from tests.support.words import said

NOW_MS = 1_795_478_400_000  # Tuesday 2026-11-24, 00:00 UTC
SPEECH = Speech(
    connection="shop-page",
    contact="shop-page:11",
    is_private=True,
    per_contact=5,
    per_connection=60,
)


def test_nothing_is_against_it() -> None:
    assert refusal(SPEECH, Permission(), NOW_MS) is None


@pytest.mark.parametrize(
    ("permission", "code", "message"),
    [
        (
            Permission(opted_out_at=NOW_MS - 60_000),
            "opted_out",
            "the contact opted out on 2026-11-23 23:59:00 UTC",
        ),
        (
            Permission(contact_is_full=True),
            "contact_budget",
            "the contact got 5 messages within a minute; further ones would be a mistake",
        ),
        (
            Permission(slot_at=NOW_MS + 3_600_001),
            "connection_budget",
            (
                "shop-page sends at most 60 messages a minute, "
                "and the messages of more than 1 h are waiting"
            ),
        ),
    ],
)
def test_what_is_not_said_is_skipped_with_its_reason(
    permission: Permission, code: str, message: str
) -> None:
    refused = refusal(SPEECH, permission, NOW_MS)

    assert isinstance(refused, SkippedStep)
    assert refused.code == code
    assert said(refused.reason).partition(" (budgets.")[0] == message


def test_what_is_too_much_for_the_connection_waits_for_its_turn() -> None:
    refused = refusal(SPEECH, Permission(slot_at=NOW_MS + 120_000), NOW_MS)

    assert isinstance(refused, RescheduledStep)
    assert refused.until_ms == NOW_MS + 120_000
    assert said(refused.reason) == (
        "put off until 2026-11-24 00:02:00 UTC: shop-page sends at most 60 messages a minute "
        "(budgets.per_connection)"
    )


@pytest.mark.parametrize(
    ("at", "held"),
    [(None, False), (NOW_MS + 1, False), (NOW_MS, True), (NOW_MS - 59_999, True),
     (NOW_MS - 60_000, False)],
)  # fmt: skip
def test_a_reservation_is_good_for_a_minute(at: int | None, held: bool) -> None:
    assert EarlierAttempts(reserved_at=at).has_reservation(NOW_MS) is held
