"""Where redirects may lead."""

import pytest

from automator.server.web.navigation import GROUPS
from automator.server.web.redirects import safe_next


@pytest.mark.parametrize(
    "target",
    [
        "//evil.com",
        "https:evil.com",
        "https://evil.com/log",
        "/\\evil.com",
        "/%09/evil",
        "/\t/evil",
        "javascript:alert(1)",
        "/@evil",
        "/log\r\nset-cookie: a=b",
        "/log\\@evil",
        "/events//evil.com",
        "",
        "log",
        "/sign-out",
    ],
)
def test_a_foreign_target_after_signing_in_becomes_home(target: str) -> None:
    assert safe_next([target]) == "/"


def test_two_targets_become_home() -> None:
    assert safe_next(["/rules", "/events"]) == "/"


@pytest.mark.parametrize(
    "target", ["/log?state=dead", "/runs/38ge5p086kc02", "/rules/prices.yaml?line=4", "/settings"]
)
def test_our_own_pages_are_kept_as_targets(target: str) -> None:
    assert safe_next([target]) == target


@pytest.mark.parametrize("path", [item.path for group in GROUPS for item in group.items])
def test_every_page_of_the_navigation_is_kept_as_a_target(path: str) -> None:
    assert safe_next([path]) == path
