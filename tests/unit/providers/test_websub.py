"""Feeds in the forms that hubs and blogs write them."""

import pytest

from automator.model import ParsedEvent
from tests.support.providers import a_provider, a_request

ITEM_TIME_MS = 1_795_474_861_000


def rss_item(published: str) -> ParsedEvent:
    body = f"""<?xml version="1.0" encoding="ISO-8859-1"?><rss><channel><item>
      <title>Café mới</title><guid>post-1</guid><pubDate>{published}</pubDate>
    </item></channel></rss>"""
    request = a_request({}, body.encode("iso-8859-1", "xmlcharrefreplace"))
    (event,) = a_provider("websub").parse(request)
    return event


@pytest.mark.parametrize(
    "published",
    [
        "Tue, 24 Nov 2026 06:01:01 +0700",
        "Mon, 23 Nov 2026 23:01:01 GMT",
        "23 Nov 2026 23:01:01 -0000",
        "2026-11-23T23:01:01Z",
    ],
)
def test_an_rss_item_happened_at_its_pub_date_in_any_character_set(published: str) -> None:
    event = rss_item(published)

    assert event.occurred_at == ITEM_TIME_MS
    assert event.body["post"]["published_at"] == published
    assert event.body["text"] == "Café mới"


@pytest.mark.parametrize(
    "published",
    ["", "soon", "Tue, 99 Nov 2026 06:01:01 GMT", "1 Jan 99999999999999999999 1:1:1 GMT", "1" * 99],
)
def test_a_pub_date_that_is_no_time_leaves_the_time_open(published: str) -> None:
    assert rss_item(published).occurred_at is None
