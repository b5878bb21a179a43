import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.http.json_body import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_NAMED_KEYS,
    MAX_NAMED_LENGTH,
    dump_json,
    parse_document,
    parse_json,
)
from automator.model import UnparsableDelivery
from tests.support.errors import raises_code

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**30), max_value=10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='":\\ abc'), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"NaN", "not_json"),
        (b"[-Infinity]", "not_json"),
        (b"1e999", "not_json"),
        (b"[1e999, 12345678901234567890]", "not_json"),
        (b"9" * 5000, "not_json"),
        (b'{"a":"\xe9"}', "not_json"),
        (b'["\xe9", 12345678901234567890]', "not_json"),
        (b"\xef\xbb\xbf{}", "not_json"),
        ('{"a":1}'.encode("utf-16"), "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too_deep"),
        (b"[" * 100_000 + b"1" * 20 + b"]" * 100_000, "too_deep"),
        (b"[" + b"0," * MAX_ELEMENTS + b"0]", "too_many_values"),
    ],
)
def test_what_cannot_be_read_exactly_is_refused_with_its_reason(body: bytes, code: str) -> None:
    with raises_code(UnparsableDelivery, code):
        parse_json(body)


@pytest.mark.parametrize(
    "text",
    [
        "12345678901234567890",
        "18446744073709551616",
        "-9223372036854775809",
        "9007199254740993",
        '{"id":123456789012345678901234567890}',
        "9" * 4300,
    ],
)
def test_integers_stay_exact_whatever_their_size(text: str) -> None:
    value = parse_json(text.encode())

    assert value == json.loads(text)
    assert dump_json(value).decode() == text


def test_half_an_emoji_becomes_a_replacement_character() -> None:
    assert parse_json(b'{"text":"ok \\ud83d"}') == {"text": "ok �"}
    assert parse_json(b'["\\ud83d\\ude00", 12345678901234567890]') == ["😀", 12345678901234567890]


def test_the_deepest_allowed_nesting_is_read() -> None:
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert dump_json(parse_json(body)) == body


@given(JSON)
def test_every_value_is_read_as_the_standard_library_reads_it(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, indent=1, ensure_ascii=False).encode()) == value
    assert json.loads(dump_json(value)) == value


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse_json(body)
    except UnparsableDelivery:
        return

    assert json.loads(dump_json(value)) == value


@given(
    st.lists(
        st.tuples(st.sampled_from(['"a"', '"b:"', '"\\""']), st.sampled_from(["", " ", "\n"])),
        max_size=4,
    )
)
def test_a_doubled_key_is_noticed_however_it_is_written(keys: list[tuple[str, str]]) -> None:
    body = "{" + ",".join(f'{key}{space}:"x\\":"' for key, space in keys) + "}"
    names = [key for key, _ in keys]

    document = parse_document(body.encode())

    assert document.value == json.loads(body)
    assert set(document.repeated_keys) == {
        json.loads(name) for name in names if names.count(name) > 1
    }


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"type":"a","type":"b"}', {"type": "b"}),
        (b'{"type":"a","type" :"b"}', {"type": "b"}),
        (b'{"type":"a","type"\n:"b"}', {"type": "b"}),
        (b'{"type":"a","type" \t:"b"}', {"type": "b"}),
        (b'{"type":1,"\\u0074ype":2}', {"type": 2}),
        (b'{"type":"\\u0022:","type":"\\u0022:"}', {"type": '":'}),
        (b'{"type":"\\"\\u003a","type":"\\"\\u003A"}', {"type": '":'}),
        (
            b'[{"x":{"type":1,"type":12345678901234567890}}]',
            [{"x": {"type": 12345678901234567890}}],
        ),
    ],
)
def test_of_a_key_that_occurs_twice_the_last_value_counts_and_the_key_is_named(
    body: bytes, value: Any
) -> None:
    document = parse_document(body)

    assert document.value == value
    assert document.repeated_keys == ("type",)


def test_of_many_repeated_keys_only_the_first_few_are_named() -> None:
    keys = [f'"{number:03}{"x" * 100}":0' for number in range(100)] * 2
    document = parse_document(("{" + ",".join(keys) + "}").encode())

    assert len(document.value) == 100
    assert len(document.repeated_keys) == MAX_NAMED_KEYS
    assert {len(name) for name in document.repeated_keys} == {MAX_NAMED_LENGTH}


def test_the_name_of_a_repeated_key_can_be_stored_whatever_its_letters() -> None:
    document = parse_document(b'{"\\ud83d":1,"\\ud83d":2}')

    assert document.repeated_keys == ("\ufffd",)


@pytest.mark.parametrize(
    "shape",
    [
        # The doubled key comes last, behind many that occur once.
        lambda count: [*(f"k{number}" for number in range(count)), "k", "k"],
        # Every key is doubled.
        lambda count: [f"k{number}" for number in range(count // 2)] * 2,
        lambda count: ["k"] * count,
    ],
)
def test_reading_doubled_keys_takes_work_in_proportion_to_the_body(
    shape: Callable[[int], list[str]],
) -> None:
    """Ten times as much takes 100 times as long where the work is quadratic."""

    def seconds(count: int) -> float:
        body = ("{" + ",".join(f'"{key}":0' for key in shape(count)) + "}").encode()
        return min(_seconds_for(body) for _ in range(3))

    assert seconds(30_000) < 40 * max(seconds(3_000), 0.000_5)


def _seconds_for(body: bytes) -> float:
    began = time.thread_time()
    parse_json(body)
    return time.thread_time() - began


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"1397729799727878254","n":1397729799727878254}',
        '{"id":"1397729799727878254"}',
        '{"n":13977297997278782541397}',
        '{"n":-9223372036854775809}',
        '["1397729799727878254",13977297997278782541397]',
        '{"text":"no. 13977297997278782541397"}',
    ],
)
def test_a_long_number_is_exact_whether_it_is_a_number_or_an_id_in_a_text(text: str) -> None:
    assert parse_json(text.encode()) == json.loads(text)
