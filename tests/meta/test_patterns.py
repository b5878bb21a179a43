"""Every regular expression of the program reads a short text in a moment, whatever it is.

Those of people are run by another engine; ours are run by `re`, which can try the ways to divide a
text one after another and stalls the whole process meanwhile.
"""

import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator

import pytest

import automator

#: A pattern that divides each unit in two ways would take hours for so many.
_REPEATED = 32
#: A pattern that divides so many signs in three parts in every way would take minutes.
_LONG = 6_000
#: Signs in the units of the texts: those that the pattern names, and these.
_SIGNS = " a0,._"
_MOST_SIGNS = 12
#: The signs with which a pattern begins.
_BEGINNING = re.compile(r"(?:\\\W|[^\\.^$*+?{}\[\]|()])+")


def _patterns() -> Iterator[re.Pattern[str]]:
    """The patterns of texts that modules keep under names."""
    for module in pkgutil.walk_packages(automator.__path__, "automator."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield value


def _texts(pattern: re.Pattern[str]) -> Iterator[str]:
    """Texts of repeated units with an end that hardly any pattern has."""
    named = re.sub(r"\\.|\w", "", pattern.pattern)
    signs = list(dict.fromkeys(_SIGNS + named))[:_MOST_SIGNS]
    begins = _BEGINNING.match(pattern.pattern)
    for sign in signs if begins else ():
        yield begins[0].replace("\\", "") + sign * _LONG + "\0"
    for length in (1, 2, 3):
        for unit in itertools.product(signs, repeat=length):
            yield "".join(unit) * _REPEATED + "\0"


@pytest.mark.timeout(120)
def test_no_pattern_divides_a_text_in_endless_ways() -> None:
    patterns = set(_patterns())
    assert len(patterns) > 200

    for pattern in patterns:
        for text in _texts(pattern):
            pattern.match(text)
            pattern.fullmatch(text)
