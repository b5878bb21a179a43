"""Deliveries of Facebook that hold many events."""

import json

from automator.providers.simulator import SampleRequest, build_sample


def facebook_batch(
    name: str, count: int, *, serial: int, now_ms: int, text: str | None = None
) -> SampleRequest:
    """`count` events of a sample in one delivery, each by a person of their own.

    Serials from `serial` on are used up, one an event.
    """
    entries = []
    for number in range(serial, serial + count):
        person = str(7_000_000_000_000_000 + number)
        sample = build_sample(name, serial=number, now_ms=now_ms, text=text, actor=person)
        entries += json.loads(sample.body)["entry"]
    return SampleRequest(name=name, body=json.dumps({"object": "page", "entry": entries}).encode())
