"""The view in which a rule file opens."""

import pytest

from automator.server.web.rule_view import COOKIE, view_of


@pytest.mark.parametrize(
    ("query", "chosen", "view"),
    [
        ({}, "", None),
        ({"screen": "narrow"}, "", "form"),
        ({"screen": "narrow"}, "text", "text"),
        ({}, "form", "form"),
        ({"view": "text"}, "form", "text"),
        ({"view": "form"}, "text", "form"),
        ({"view": "nothing"}, "nothing", None),
        ({"line": "7"}, "form", "text"),
        ({"line": "7", "screen": "narrow"}, "", "text"),
        ({"saved": "1"}, "form", "text"),
        ({"saved": "1", "view": "form"}, "text", "form"),
        ({"brought": "1"}, "form", "form"),
    ],
)
def test_the_address_goes_before_the_choice_and_that_before_the_width(
    query: dict[str, str], chosen: str, view: str | None
) -> None:
    assert view_of(query, {COOKIE: chosen} if chosen else {}) == view
