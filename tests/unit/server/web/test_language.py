import pytest
from starlette.requests import Request

from automator.server.web.language import language_of


@pytest.mark.parametrize(
    ("cookie", "header", "expected"),
    [
        ("", "", "en"),
        ("vi", "en-US,en;q=0.9", "vi"),
        ("xx", "vi", "vi"),
        ("", "fr,vi-VN;q=0.8,en;q=0.5", "vi"),
        ("", "en;q=0.5, vi;q=0.9", "vi"),
        ("", "en,vi", "en"),
        ("", "vi;q=....., en", "en"),
        ("", ";;;,,,q=", "en"),
    ],
)
def test_the_chosen_language_goes_before_the_browsers(
    cookie: str, header: str, expected: str
) -> None:
    headers = [(b"accept-language", header.encode())]
    if cookie:
        headers.append((b"cookie", f"lang={cookie}".encode()))

    assert language_of(Request({"type": "http", "headers": headers})) == expected
