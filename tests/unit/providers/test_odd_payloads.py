"""Senders change what they send: a part of another kind than ever before harms nobody."""

import json
from collections.abc import Iterator
from copy import copy
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from automator.model import ParsedEvent, UnparsableDelivery
from automator.model.text_helpers import LAST_MS
from automator.plugins import Provider
from automator.providers.simulator import build_sample, sample_names, signed_request
from automator.store.schema.encoding import dump_json, load_json
from tests.support.providers import ALL_PROVIDERS, NOW_MS, OF_XML, a_provider, a_request

#: What stands in the place of each part in turn.
ODD: tuple[Any, ...] = (
    *(None, [], {}, [None], {"\0": [1]}, 7, -1, 1.5, True, 10**30, 1e17, 2**63, LAST_MS),
    *("", "a\0b", "x" * 5000, "²", "9" * 4300, "9999-12-31T23:59:59-14:00", "\ud83d"),
)
#: The longest text that is a key or a part of one; databases index texts of such a length.
LONGEST = 300
#: WeChat and WebSub send XML, and Twilio plain forms, whose parts are all texts.
OF_JSON = tuple(name for name in ALL_PROVIDERS if name not in OF_XML | {"twilio"})
_FORM = b"payload="

Path = tuple[str | int, ...]


def paths_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """The way to every part of a payload."""
    if path:
        yield path
    keys = range(len(value)) if isinstance(value, list) else value
    for key in keys if isinstance(value, dict | list) else ():
        yield from paths_in(value[key], (*path, key))


def with_odd(payload: Any, path: Path, odd: Any) -> Any:
    """The payload with something else at the end of the path; the rest is shared with it."""
    if not path:
        return odd
    changed = copy(payload)
    changed[path[0]] = with_odd(payload[path[0]], path[1:], odd)
    return changed


def payloads(kind: str) -> Iterator[tuple[str, bool, dict[str, str], Any]]:
    """Each sample that is JSON: its name, whether it stands in a form, its headers and payload."""
    for name in sample_names(kind):
        sample = build_sample(name, serial=0, now_ms=NOW_MS)
        headers, _ = signed_request(a_provider(kind), sample, NOW_MS, "delivery-0")
        in_form = sample.body.startswith(_FORM)
        text = parse_qs(sample.body.decode())["payload"][0] if in_form else sample.body
        try:
            yield name, in_form, headers, json.loads(text)
        except ValueError:
            continue


def keys_of(event: ParsedEvent) -> list[str]:
    """All texts by which an event and what it starts are found."""
    keys = (event.type, event.lane, event.actor_id, event.echo, *event.same_person)
    return [key for key in keys if key is not None]


def read(provider: Provider, headers: dict[str, str], body: bytes) -> list[ParsedEvent]:
    try:
        return list(provider.parse(a_request(headers, body)))
    except UnparsableDelivery:
        return []


@pytest.mark.parametrize("kind", OF_JSON)
def test_a_sample_with_an_odd_part_is_an_event_or_unparsable(kind: str) -> None:
    provider = a_provider(kind)
    found = 0
    for name, in_form, headers, payload in payloads(kind):
        for path in paths_in(payload):
            for odd in ODD:
                text = json.dumps(with_odd(payload, path, odd))
                body = urlencode({"payload": text}).encode() if in_form else text.encode()
                where = f"{name}: {odd!r} at {path}"
                for event in read(provider, headers, body):
                    found += 1
                    actor = event.body["actor"]
                    assert 0 < len(event.dedupe_key) <= 200, where
                    assert (actor["id"], actor["is_self"]) == (event.actor_id, event.is_self), where
                    assert 0 < (event.occurred_at or 1) <= LAST_MS, where
                    assert all(len(key) <= LONGEST for key in keys_of(event)), where
                    load_json(dump_json(event.body))

    assert found > 0
