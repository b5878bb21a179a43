"""Help with writing takes time in proportion to the text, whatever somebody has put into it."""

import time

import pytest

from automator.rules.assistance.completion import complete, explain
from tests.unit.rules.assistance.test_completion import KNOWN, RULE

SIZE = 120_000
#: Seconds of computing; each of these texts takes many times as many where the work is quadratic.
MOST_S = 1.0
CONDITION = f"{RULE}    conditions:\n      - "
TEXTS = {
    "dashes": ("", "- "),
    "blanks behind a word": ("a", " "),
    "open mappings": ("a: ", "{"),
    "open lists": ("a: ", "["),
    "open mappings with keys": ("a: ", "{b: "),
    "quotes in brackets": ("a: {x", "'"),
    "one long word": (CONDITION, "a"),
    "one long path": (CONDITION, "a."),
    "numbers of a path": (CONDITION, "a[1]"),
    "bars": (f"{RULE}    actions:\n      - reply: '{{{{ ", "|"),
    "blanks in a template": (f"{RULE}    actions:\n      - reply: '{{{{ a", " "),
}


@pytest.mark.parametrize("name", TEXTS)
def test_help_with_a_long_text_takes_little_time(name: str) -> None:
    begin, unit = TEXTS[name]
    text = (begin + unit * (SIZE // len(unit)))[:SIZE]

    for position in (len(begin), SIZE // 2, SIZE):
        started = time.thread_time()
        complete(text, position, KNOWN)
        explain(text, position, KNOWN)
        assert time.thread_time() - started < MOST_S
