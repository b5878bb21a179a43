"""Sentences apart from what fills them."""

from automator.model.sentence import MORE, Sentence, joined, plain, said


def test_a_sentence_says_its_values_as_they_are() -> None:
    assert str(Sentence("{what} is {value}", {"what": "event.{x}", "value": "'{}'"})) == (
        "event.{x} is '{}'"
    )


def test_what_is_said_twice_is_joined_once_and_a_long_list_is_counted() -> None:
    many = [Sentence("{n} is missing", {"n": str(number % 6)}) for number in range(12)]

    found = joined(many)

    assert len(found) == 5
    assert found[-1] == Sentence(MORE, {"count": "2"})
    assert said(found).endswith("3 is missing; and 2 more")


def test_plain_words_are_not_read_for_places() -> None:
    assert said(plain("no {place} here")) == "no {place} here"
