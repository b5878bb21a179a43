"""The room for a message by hand, by the platform and by the person's last message."""

from typing import Any

import pytest

from automator.clock import iso_time
from automator.engine.intake.written_messages import Room, room_of
from automator.model import DAY_MS, Reason
from automator.model.text_helpers import TextUnit
from tests.support.providers import NOW_MS, a_provider
from tests.support.rules import check


def contact(wrote_ms_ago: int | None, **facts: Any) -> dict[str, Any]:
    wrote = None if wrote_ms_ago is None else iso_time(NOW_MS - wrote_ms_ago)
    return {"blocked": False, "opted_out": False, "window_opened_at": wrote, **facts}


def room(name: str, wrote_ms_ago: int | None, **options: Any) -> Room | Reason:
    return room_of(a_provider(name, **options), contact(wrote_ms_ago), NOW_MS)


@pytest.mark.parametrize(
    ("name", "options", "days", "most"),
    [
        ("facebook", {}, 1, 2000),
        ("facebook", {"human_agent": True}, 7, 2000),
        ("instagram", {}, 1, 1000),
        ("instagram", {"human_agent": True}, 7, 1000),
        ("zalo", {}, 7, 2000),
        ("whatsapp", {}, 1, 2000),
    ],
)
def test_a_platform_takes_a_message_until_its_time_is_over(
    name: str, options: dict[str, Any], days: int, most: int
) -> None:
    at_the_end = room(name, days * DAY_MS, **options)
    too_late = room(name, days * DAY_MS + 1, **options)

    unit: TextUnit = "bytes" if name == "instagram" else "characters"
    is_late = "human_agent" in options
    assert at_the_end == Room(most=most, unit=unit, until_ms=NOW_MS, is_late=is_late)
    assert isinstance(too_late, Reason)


def test_a_platform_without_such_a_time_always_takes_one() -> None:
    assert room("telegram", 100 * DAY_MS) == Room(
        most=2000, unit="utf16", until_ms=None, is_late=False
    )


def test_the_platform_decides_where_nobody_knows_when_the_person_wrote() -> None:
    assert room("facebook", None) == Room(
        most=2000, unit="characters", until_ms=None, is_late=False
    )


def test_a_rule_cannot_use_the_action_of_people() -> None:
    rules = "rules: [{id: r, trigger: {event: message.received}, actions: [{write: hello}]}]\n"

    assert [problem.code for problem in check({"a.yaml": rules}).problems] == ["unknown-action"]
