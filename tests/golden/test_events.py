"""What each sample becomes: `make golden-update` writes it anew; review the difference."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from automator.engine.doctor.credentials import Credentials
from automator.providers.simulator import build_sample, sample_names, signed_query, signed_request
from tests.support.providers import NOW_MS, a_provider, a_request

GOLDEN = Path(__file__).parent / "events"


@pytest.mark.parametrize("name", sample_names())
def test_a_sample_becomes_exactly_these_events(name: str) -> None:
    provider = a_provider(name.partition("/")[0])
    sample = build_sample(name, serial=0, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "delivery-0")
    query = signed_query(provider, sample, NOW_MS, "delivery-0")
    request = a_request(headers, body, query=query)
    found = [asdict(event) for event in provider.parse(request)]
    # No sample is read by a connection with several accounts.
    assert all(event.pop("connection") is None for event in found)
    for event in found:
        for rare in ("echo", "same_person"):
            if not event[rare]:
                del event[rare]
    text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    file = GOLDEN / f"{name.replace('/', '.')}.json"
    if os.environ.get("GOLDEN_UPDATE"):
        file.write_text(text, encoding="utf-8")

    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sample_names())
def test_no_event_of_a_sample_needs_what_gives_access(name: str) -> None:
    provider = a_provider(name.partition("/")[0])
    sample = build_sample(name, serial=0, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "delivery-0")
    query = signed_query(provider, sample, NOW_MS, "delivery-0")
    request = a_request(headers, body, query=query)
    kept = Credentials({"shop": provider}).kept("shop", request, describes=False)

    assert provider.parse(kept) == provider.parse(request)


def test_no_golden_file_is_left_over() -> None:
    expected = {f"{name.replace('/', '.')}.json" for name in sample_names()}

    assert {file.name for file in GOLDEN.iterdir()} == expected
