"""Types of events in words, for people who read no rule files."""

import pytest

from automator.server.shared.sample_paths import shapes_of
from automator.server.web.event_words import event_words
from tests.support.providers import a_provider


@pytest.mark.parametrize(
    "product",
    ["facebook", "instagram", "whatsapp", "zalo", "telegram", "line", "wechat", "x"],
)
def test_every_event_that_a_page_or_messenger_sends_has_words(product: str) -> None:
    types = shapes_of(a_provider(product)).types

    assert [name for name in types if event_words(name) is None] == []


def test_a_change_of_a_page_that_facebook_names_anew_has_words_of_its_field() -> None:
    assert event_words("facebook.feed.event.add") == "something else happens on the Page"
    assert event_words("facebook.feed.like.add") == "somebody likes the Page"


def test_a_type_that_its_sender_names_stands_for_itself() -> None:
    assert event_words("order.paid") is None
