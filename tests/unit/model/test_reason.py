"""Reasons are kept as JSON, with those inside them, and counted by one form of it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from automator.model import PermanentError, Reason, quoted

CODES = st.sampled_from(["once", "throttled", "wrong_kind"])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20)
REASONS = st.recursive(
    st.builds(Reason, CODES, st.dictionaries(st.text(max_size=5), VALUES, max_size=3)),
    lambda inner: st.builds(
        Reason,
        CODES,
        st.dictionaries(
            st.text(max_size=5), VALUES | inner | st.lists(VALUES | inner, max_size=3), max_size=3
        ),
    ),
    max_leaves=8,
)


@given(REASONS)
def test_a_reason_comes_back_from_its_json_and_from_its_key(reason: Reason) -> None:
    assert Reason.from_json(json.loads(json.dumps(reason.to_json()))) == reason
    assert Reason.from_key(reason.key) == reason


def test_equal_reasons_have_one_key_however_their_values_are_ordered() -> None:
    first = Reason("once", {"key": "1", "words": ("a", "b")})
    second = Reason("once", {"words": ["a", "b"], "key": "1"})

    assert first.key == second.key
    assert first.key != Reason("once", {"key": "2", "words": ["a", "b"]}).key


def test_a_log_file_shows_the_code_and_the_values() -> None:
    inner = Reason("kind_text", {})

    assert str(Reason("wrong_kind", {"what": "a", "wanted": [inner, inner]})) == (
        "wrong_kind what=a wanted=[kind_text, kind_text]"
    )


def test_an_error_in_plain_words_is_a_quotation_with_its_fix() -> None:
    bare, advised = PermanentError("Acme is closed"), PermanentError("Acme is closed", fix="Wait.")

    assert (bare.reason, bare.code) == (quoted("Acme is closed"), "permanent")
    assert advised.reason == Reason("quoted_with_fix", {"text": "Acme is closed", "fix": "Wait."})
    assert (advised.message, advised.fix) == ("Acme is closed", "Wait.")


def test_an_error_with_a_reason_has_its_code_unless_another_is_given() -> None:
    reason = Reason("acme_closed", {"until": 7})

    assert PermanentError(reason).code == "acme_closed"
    assert PermanentError(reason, code="gone").code == "gone"
    assert PermanentError(reason).message == "acme_closed until=7"
