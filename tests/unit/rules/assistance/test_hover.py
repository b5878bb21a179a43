"""Explanations of the word at the sign ‸."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.rules.assistance.completion import About, explain
from tests.unit.rules.assistance.test_completion import KNOWN, RULE, at


def about(text: str) -> About | None:
    return explain(*at(text), KNOWN)


@pytest.mark.parametrize(
    ("text", "title", "says"),
    [
        ("rules:\n  - id: a\n    trig‸ger: {event: x}\n", "trigger", "Which events"),
        ("rules:\n  - id: a\n    trigger: {ev‸ent: x}\n", "event", "Names of events"),
        ("rules:\n  - id: a\n    mo‸de: live\n", "mode", "shadow"),
        ("rules:\n  - id: a\n    mode: li‸ve\n", "mode", "shadow"),
        (f"{RULE}    actions:\n      - re‸ply: x\n", "reply", "Answers in the same place"),
        (f"{RULE}    conditions:\n      - keyw‸ords(event.text, ['a'])\n", "keywords(", "words"),
        (f"{RULE}    conditions:\n      - ev‸ent.text != null\n", "event.text", ""),
        (f'{RULE}    actions:\n      - reply: "{{{{ 5 | mon‸ey }}}}"\n', "money", "250000"),
        (f'{RULE}    actions:\n      - reply: "{{{{ no‸w }}}}"\n', "now", "The time"),
    ],
)
def test_a_word_is_explained(text: str, title: str, says: str) -> None:
    found = about(text)

    assert found is not None
    assert found.title.startswith(title)
    assert says in " ".join(found.info)


def test_a_path_shows_values_that_were_seen_and_a_key_its_values() -> None:
    path = about(f"{RULE}    conditions:\n      - event.te‸xt != null\n")
    key = about("rules:\n  - id: a\n    mo‸de: live\n")

    assert path is not None
    assert key is not None
    assert path.examples == ('"Giá bao nhiêu vậy shop?"',)
    assert key.examples == ("live", "shadow")


def test_a_connection_says_its_provider() -> None:
    found = about("rules:\n  - id: a\n    trigger: {event: x, connection: shop‸-page}\n")

    assert found is not None
    assert found.examples == ("facebook",)


@pytest.mark.parametrize(
    "text", ["‸", "# a comm‸ent\n", f"{RULE}    actions:\n      - reply: Chà‸o\n"]
)
def test_where_there_is_nothing_to_say_nothing_is_said(text: str) -> None:
    assert about(text) is None


@given(st.text(alphabet="rules: -\n{}[]'\"|.idevnta", max_size=120), st.integers(0, 120))
def test_no_text_breaks_it(text: str, position: int) -> None:
    found = explain(text, position, KNOWN)

    assert found is None or 0 <= found.start <= found.end <= len(text)
