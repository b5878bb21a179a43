"""What is encoded for a column comes back as it was, and never upsets SQL."""

import json
import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from automator.store.schema.encoding import (
    MAX_KEY_BYTES,
    clean_text,
    dump_json,
    load_json,
    storable_key,
)

#: Every code point, lone surrogates and NUL included.
texts = st.text(st.characters(codec=None), max_size=80)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


@given(values)
def test_json_comes_back_exactly(value: object) -> None:
    stored = dump_json(value)

    assert repr(load_json(stored)) == repr(value)
    assert json.loads(stored) == value


def test_large_integers_and_lone_surrogates_are_exact() -> None:
    for value in (2**64, -(2**63) - 1, "\ud83d", {"\udc00": [10**300]}, [2**64, "a\0b"]):
        assert load_json(dump_json(value)) == value


def test_numbers_that_json_does_not_have_become_null() -> None:
    for value in (float("inf"), float("nan"), [2**64, float("-inf")], ["\ud83d", float("nan")]):
        assert "null" in json.dumps(load_json(dump_json(value)))


def test_a_text_that_says_infinity_stays_a_text() -> None:
    assert load_json(dump_json([2**64, "NaN", "Infinity"])) == [2**64, "NaN", "Infinity"]


@given(texts)
def test_a_cleaned_text_can_be_stored_and_keeps_what_is_plain(text: str) -> None:
    cleaned = clean_text(text)
    connection = sqlite3.connect(":memory:")
    stored = connection.execute("SELECT ?, length(?)", (cleaned, cleaned)).fetchone()
    connection.close()

    assert stored == (cleaned, len(cleaned))
    assert len(cleaned) == len(text) or any("\ud800" <= letter <= "\udfff" for letter in text)
    assert clean_text(cleaned) == cleaned


@given(texts)
def test_a_key_is_short_and_storable(text: str) -> None:
    key = storable_key(text)

    assert len(key.encode()) <= 7 + 64
    assert "\0" not in key
    assert key == text or key.startswith("sha256:")


@given(texts, texts)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (storable_key(one) == storable_key(other)) == (one == other)


def test_a_key_at_the_limit_is_kept_and_one_beyond_is_hashed() -> None:
    assert storable_key("k" * MAX_KEY_BYTES) == "k" * MAX_KEY_BYTES
    assert storable_key("k" * (MAX_KEY_BYTES + 1)).startswith("sha256:")
