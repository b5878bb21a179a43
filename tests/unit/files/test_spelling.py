"""The known words that a problem lists."""

import pytest

from automator.files import suggest
from automator.reasons.problems.phrases import word_keys
from tests.support.words import said


def test_all_known_words_are_listed_in_their_order() -> None:
    assert said(suggest("x", ["beta", "alpha"], word_keys)) == "the keys are: alpha, beta."


@pytest.mark.parametrize("name", ["word_{}", "word_{}" + "x" * 500], ids=["short", "long"])
def test_of_very_many_known_words_the_first_are_listed(name: str) -> None:
    known = [name.format(number) for number in range(4_000)]

    listed = said(suggest("nothing", known, word_keys))

    assert len(listed) < 5_000
    assert listed.startswith(f"the keys are: {name.format(0)}, ")
    assert listed.endswith(", ….")
