"""Types of events and conditions in words, for people who read no rule files."""

import pytest

from automator.language import Translator
from automator.reasons.explanations import ALWAYS_FALSE, HIDDEN
from automator.server.shared.sample_paths import shapes_of
from automator.server.web.rule_words import condition_words, event_words, finding_in_words
from tests.support.providers import a_provider

say = Translator("en")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "keywords(event.text, ['giá', 'how much'])",
            "the text has one of these words: “giá”, “how much”",
        ),
        (
            "keywords(event.text, ['ib'], {mode: 'contains', exclude: ['bib']})",
            "the text has one of these, also inside of words: “ib”, and none of these: “bib”",
        ),
        ("phones(event.text)", "the text has a phone number"),
        ("event.post.id == '12_34'", "it is about one of these posts: “12_34”"),
        ("between(now, '22:00', '06:00')", "it is between 22:00 and 06:00"),
        ("event.parent == null", "the comment stands under the post itself"),
        ("contains(event.text, 'size M')", "the text has exactly these letters: “size M”"),
        ("contains(event.text, 'it\\'s')", ""),
        ("contact.tags[0] == 'vip'", ""),
        ("keywords(event.text, [`1`])", ""),
    ],
)
def test_a_condition_that_the_form_shows_is_said_in_words(expression: str, words: str) -> None:
    assert condition_words(expression, say) == words


def test_of_many_words_the_first_are_said_and_the_others_counted() -> None:
    listed = ", ".join(f"'w{number}'" for number in range(40))

    said = condition_words(f"keywords(event.text, [{listed}])", say)

    assert said.endswith("“w11” and 28 more")


def test_a_finding_about_a_condition_names_it_in_words_where_there_are_any() -> None:
    phones = ALWAYS_FALSE(place="a.yaml:4", condition="phones(event.text)", count=20)
    other = ALWAYS_FALSE(place="a.yaml:4", condition="contact.tags[0] == 'vip'", count=20)
    hidden = HIDDEN(rule="first", count=20)

    assert "the text has a phone number" in say.say(finding_in_words(phones, say))
    assert [finding_in_words(one, say) for one in (other, hidden)] == [other, hidden]


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
