import ast
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http import signing
from automator.http.signing import (
    encoded_hmac,
    equals_any,
    hmac_matches,
    is_recent,
    parse_timestamp,
    sign_standard,
    standard_key,
    standard_matches,
)

NOW_MS = 1_795_478_400_000
NOW_S = NOW_MS // 1000


@pytest.mark.parametrize("text", ["0", "1700000000", "1700000000000"])
def test_a_timestamp_is_one_to_thirteen_digits(text: str) -> None:
    assert parse_timestamp(text) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nan",
        "inf",
        "1e999",
        "１７００００００００",
        "1_700_000_000",
        " 1700000000",
        "1700000000\n",
        "-1",
        "+1700000000",
        "1" * 5000,
        "17000000000000",
        "1700000000.5",
        "²",
    ],
)
def test_anything_else_is_no_timestamp(text: str) -> None:
    assert parse_timestamp(text) is None


@pytest.mark.parametrize(
    ("offset", "recent"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_a_time_counts_as_recent_within_the_window_to_both_sides(offset: int, recent: bool) -> None:
    assert is_recent(NOW_S + offset, NOW_MS) is recent


def test_no_time_is_ever_read_as_a_float() -> None:
    tree = ast.parse(inspect.getsource(signing))

    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert "float" not in called


def test_only_the_canonical_spelling_of_a_digest_matches() -> None:
    digest = encoded_hmac(b"key", b"body").decode()

    spellings = [digest, digest.upper(), f" {digest}", digest[:-1], f"{digest}0", ""]

    assert [hmac_matches([b"key"], b"body", text) for text in spellings] == [True] + [False] * 5


def test_any_of_several_keys_may_match() -> None:
    digest = encoded_hmac(b"new", b"body").decode()

    assert hmac_matches([b"old", b"new"], b"body", digest)
    assert not hmac_matches([], b"body", digest)


@given(st.text(), st.binary())
def test_no_text_makes_the_comparison_crash(text: str, body: bytes) -> None:
    assert not hmac_matches([b"key"], body, text)
    assert not equals_any([b"a secret that is not generated"], text)


@given(st.text(min_size=16, alphabet=st.characters(codec="utf-8")), st.binary())
def test_what_is_signed_matches_and_any_other_body_does_not(secret: str, body: bytes) -> None:
    headers = sign_standard(secret, "msg_1", NOW_S, body)
    key = standard_key(secret)

    def matches(message_id: str, timestamp: str, sent: bytes) -> bool:
        return standard_matches([key], message_id, timestamp, headers["webhook-signature"], sent)

    assert matches("msg_1", str(NOW_S), body)
    assert not matches("msg_1", str(NOW_S), body + b" ")
    assert not matches("msg_1", str(NOW_S + 1), body)
    assert not matches("msg_2", str(NOW_S), body)


def test_a_secret_means_the_same_key_with_and_without_its_prefix() -> None:
    assert standard_key("whsec_c2VjcmV0LWtleQ==") == b"secret-key"
    assert standard_key("c2VjcmV0LWtleQ==") == b"secret-key"
    assert standard_key("not base64!") == b"not base64!"


def test_the_right_signature_counts_among_others_of_the_list() -> None:
    good = sign_standard("c2VjcmV0", "m", NOW_S, b"{}")["webhook-signature"]

    def matches(signatures: str) -> bool:
        return standard_matches([b"secret"], "m", str(NOW_S), signatures, b"{}")

    assert matches(f"v1,AAAA {good}")
    assert matches(f"{good} v1a,AAAA")
    assert not matches(good.replace("v1,", "v1a,"))
    assert not matches(good.replace("v1,", "v0,"))
    assert not matches(" ".join(["v1,AAAA"] * 8 + [good]))
