"""Two versions of a rule file are compared as a person who fills in the form would say it."""

import pytest

from automator.actions import builtin_actions
from automator.rules.editing.changes_in_words import LONGEST_VERSION, changes_in_words
from automator.rules.editing.step_forms import Choices

CHOICES = Choices(
    actions=builtin_actions(),
    events={"page": ["comment.created", "message.received"]},
    can_send={"page": ["reply", "private_reply", "message"]},
    zone="UTC",
)
FILE = """\
rules:
  - id: price
    name: Prices
    trigger: {event: comment.created, connection: page}
    conditions:
      - keywords(event.text, ['giá'])
    limits:
      once: {key: event.actor.id, period: 1d}
    actions:
      - reply: "Hello, this one costs 250,000 today, and we send it to you for free tomorrow."
"""


def said(before: str, after: str) -> list[tuple[str, ...]]:
    """Each change: the rule, its kind, and whatever else it has."""
    return [
        tuple(
            str(one)
            for one in (each.rule, each.kind, each.label, each.value, each.added, each.removed)
            if one
        )
        + tuple(each.steps)
        for each in changes_in_words(before, after, CHOICES)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: Prices", "name: Price", [("Price", "value", "Name", "Price")]),
        ("for free tomorrow", "for free", [("Prices", "words", "Text", "1", "2")]),
        ("['giá']", "['giá', 'ib']", [("Prices", "value", "Has one of these words", "giá, ib")]),
        ("period: 1d", "period: 2d", [("Prices", "value", "Again after", "2d")]),
        (
            "    actions:",
            "    enabled: false\n    actions:",
            [("Prices", "choice", "Whether it acts", "it is switched off")],
        ),
        (
            "    actions:",
            "    actions:\n      - moderate: like",
            [("Prices", "steps", "moderate", "reply")],
        ),
        ("id: price", "id: other", [("Prices", "new"), ("Prices", "deleted")]),
        ("# x", "# y", []),
    ],
)
def test_a_change_is_told_with_the_label_of_its_field(
    old: str, new: str, expected: list[tuple[str, ...]]
) -> None:
    before = f"# x\n{FILE}"

    assert said(before, before.replace(old, new)) == expected


def test_a_file_that_comes_or_goes_is_told_by_its_rules() -> None:
    assert said("", FILE) == [("Prices", "new")]
    assert said(FILE, "") == [("Prices", "deleted")]


def test_only_the_lines_are_compared_of_what_is_no_yaml_or_very_long() -> None:
    assert said(FILE, "rules: [") == []
    assert said(FILE, FILE + "#" * LONGEST_VERSION) == []
