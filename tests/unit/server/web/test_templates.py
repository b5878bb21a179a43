"""What templates of pages ask of values."""

import pytest

from automator.clock import iso_time
from automator.server.web.templates import is_moment


@pytest.mark.parametrize("text", [iso_time(1_700_000_000_123), "2026-11-27T17:11:12Z"])
def test_times_of_the_program_are_moments(text: str) -> None:
    assert is_moment(text)


@pytest.mark.parametrize(
    "value",
    ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-27", "giá", 5,
     None, ["2026-11-27T17:11:12Z"], "２０２６-11-27T17:11:12Z", "2026-11-27T17:11:12Z\n"],
)  # fmt: skip
def test_other_texts_of_strangers_are_none(value: object) -> None:
    assert not is_moment(value)
