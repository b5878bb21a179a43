"""The ids by which an event is found, as they stand in its JSON."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.store.schema.encoding import dump_json
from automator.store.search.index_documents import ids_in

KEYS = st.sampled_from(["id", "post_id", "userId", "mid", "text", "grid", 'a"id', "_id", ",", "\\"])
TEXTS = st.text(st.sampled_from('ab1,:{}"\\é\n'), max_size=6) | st.just('{"id":"1"}')
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | TEXTS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
)


def ids_by_walking(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from ids_by_walking(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if type(item) in {str, int} and (key in {"id", "mid"} or key.endswith(("_id", "Id"))):
                yield str(item)
            yield from ids_by_walking(item)


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_the_ids_in_stored_json_are_those_of_its_values(value: dict[str, Any]) -> None:
    walked = list(ids_by_walking(value))[:16]
    assert ids_in(dump_json(value)) == "\n".join(dict.fromkeys(walked))


def test_an_event_is_found_by_sixteen_ids_and_by_128_letters_of_one() -> None:
    many = orjson.dumps([{"id": number} for number in range(20)])
    assert ids_in(many) == "\n".join(str(number) for number in range(16))
    assert ids_in(orjson.dumps({"id": "7" * 200})) == "7" * 128


@pytest.mark.parametrize(
    ("damaged", "ids"),
    [
        (b'{"id":"1","text":"\xff', "1"),
        (b'{"id":"\xff"}', "\ufffd"),
        (b'{"id":"\\q"}', ""),
        (b"", ""),
    ],
)
def test_damaged_json_has_the_ids_that_can_be_read(damaged: bytes, ids: str) -> None:
    assert ids_in(damaged) == ids
