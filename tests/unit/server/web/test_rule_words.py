"""Types of events and conditions in words, for people who read no rule files."""

import pytest

from automator.actions import BUILTIN
from automator.engine.figures.coverage_result import ConditionCoverage
from automator.language import Translator
from automator.model import Condition, Expression, Place
from automator.model.rule import Group
from automator.reasons.attempts.steps import condition_unmet, opted_out, value_is_empty
from automator.reasons.explanations import always_false, hidden_by_stop
from automator.server.shared.sample_paths import shapes_of
from automator.server.web.rule_words import (
    action_words,
    condition_words,
    event_words,
    finding_in_words,
    step_words,
    whole_condition_words,
)
from tests.support.providers import a_provider

say = Translator("en")
#: A condition that no form shows.
UNSAYABLE = "contact.tags[0] == 'vip'"


def an_expression(text: str, line: int) -> Expression:
    return Expression(text=text, place=Place("a.yaml", line, 1))


def a_group(kind: str, *items: Condition) -> Group:
    return Group(kind=kind, items=items, place=Place("a.yaml", 3, 1))


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
        ("contains(contact.tags, 'vip')", "the person has the tag “vip”"),
        ("event.actor.id != null", "the person is known"),
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
    phones, other = an_expression("phones(event.text)", 4), an_expression(UNSAYABLE, 5)
    group = a_group("not", phones, an_expression("links(event.text)", 6))
    covered = [ConditionCoverage(condition=one) for one in (group, phones, other)]
    always = [always_false(place=str(one.place), condition=one.text, count=20) for one in covered]
    hidden = hidden_by_stop(rule="first", count=20)

    about = [say.say(finding_in_words(one, covered, say)) for one in always]
    assert "none of these: the text has a phone number; the text has a link" in about[0]
    assert "the text has a phone number" in about[1]
    assert UNSAYABLE in about[2]
    # The page has the condition beside it: nobody there needs its file and line.
    assert about[0].startswith("condition 1: none of these")
    assert ".yaml" not in "".join(about)
    assert finding_in_words(hidden, covered, say) == hidden


def test_a_group_is_said_in_words_if_all_of_it_can_be() -> None:
    phones, other = an_expression("phones(event.text)", 4), an_expression(UNSAYABLE, 5)
    named = Expression(text=UNSAYABLE, place=Place("a.yaml", 6, 1), name="a friend")

    said = whole_condition_words(a_group("any", phones, a_group("all", named)), say)
    assert said == "one of these: the text has a phone number; all of these: a friend"
    assert whole_condition_words(a_group("any", phones, other), say) == ""


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


def test_every_action_that_a_rule_can_use_says_in_words_what_it_does() -> None:
    assert [action.name for action in BUILTIN if not action_words(action.name)] == []
    assert action_words("reply") == "answers"
    assert action_words("nothing") == ""


def test_a_type_that_its_sender_names_stands_for_itself() -> None:
    assert event_words("order.paid") is None


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("event.actor.id != null", "left out: only if the person is known"),
        (
            "event.actor.id != null && contains(contact.tags, 'vip')",
            "left out: only if the person is known and the person has the tag “vip”",
        ),
        (UNSAYABLE, f"if: {UNSAYABLE} does not hold: it is empty (null)"),
        (
            f"event.actor.id != null && {UNSAYABLE}",
            f"if: event.actor.id != null && {UNSAYABLE} does not hold: it is empty (null)",
        ),
    ],
)
def test_a_step_that_was_left_out_says_its_condition_in_words(condition: str, words: str) -> None:
    unmet = condition_unmet(condition=condition, because=value_is_empty())

    assert step_words(unmet, say) == words


def test_the_result_of_another_step_is_said_as_it_is() -> None:
    result = opted_out(since=0)

    assert step_words(result, say) == say.say(result)
