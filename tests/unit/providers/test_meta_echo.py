"""By what the echo of something said is known, and that it reads back as the same key."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from automator.model import Echo
from automator.plugins import Outgoing, OutgoingKind, Provider
from tests.support.http import ScriptedHttp, a_reply
from tests.support.page_events import PAGE, comment, delivery, echo
from tests.support.providers import NOW_MS, a_provider, a_request

CHAT: Mapping[str, Any] = {"page": {"id": PAGE}, "conversation": {"id": "11"}}
COMMENT: Mapping[str, Any] = {"page": {"id": PAGE}, "comment": {"id": "700_1"}}
ANSWER: Mapping[str, Any] = {**COMMENT, "comment": {"id": "700_2"}, "parent": {"id": "700_1"}}


def saying(kind: OutgoingKind, event: Mapping[str, Any], **more: Any) -> Outgoing:
    said = {"text": "Dạ còn ạ", "idempotency_key": "run-1-x", **more}
    return Outgoing(kind=kind, event=event, **said)


def key_of(provider: Provider, outgoing: Outgoing) -> str | None:
    found = provider.echo_of(outgoing)
    return None if found is None else found.key


@pytest.mark.parametrize(
    ("kind", "event"), [("message", CHAT), ("reply", CHAT), ("private_reply", COMMENT)]
)
async def test_a_message_is_known_by_the_metadata_that_its_echo_repeats(
    kind: OutgoingKind, event: Mapping[str, Any]
) -> None:
    provider = a_provider("facebook")
    http = ScriptedHttp([a_reply(200, b'{"message_id":"m-1"}')])
    outgoing = saying(kind, event)
    await provider.send(outgoing, http)

    returned = echo(1, "11", "Dạ còn ạ", at=NOW_MS)
    returned["message"]["metadata"] = metadata_of(http)
    (event_read,) = provider.parse(a_request(body=delivery(messaging=[returned])))

    assert provider.echo_of(outgoing) == Echo(key="run-1-x", wait_ms=60_000)
    assert event_read.echo == "run-1-x"


async def test_only_the_last_of_several_messages_proves_them() -> None:
    provider = a_provider("facebook")
    http = ScriptedHttp([a_reply(200, b'{"message_id":"m-1"}')] * 2)
    picture = {"type": "image", "url": "https://cdn.example/1.jpg"}
    await provider.send(saying("message", CHAT, attachments=(picture,)), http)

    metadata = [metadata_of(http, number) for number in range(2)]
    returned = [echo(number, "11", "x", at=NOW_MS) for number in range(2)]
    for item, text in zip(returned, metadata, strict=True):
        item["message"]["metadata"] = text
    events = provider.parse(a_request(body=delivery(messaging=returned)))

    assert [event.echo for event in events] == [None, "run-1-x"]
    assert {event.body["message"]["sent_by"] for event in events} == {"us"}


@pytest.mark.parametrize("event", [COMMENT, ANSWER])
def test_an_answer_under_a_comment_is_known_by_its_thread_and_its_words(
    event: Mapping[str, Any],
) -> None:
    """What answers an answer is put under the comment that both belong to."""
    provider = a_provider("facebook")
    own, others = (
        comment(3, PAGE, "Dạ  còn ạ\n", at=NOW_MS),
        comment(4, "11", "Dạ còn ạ", at=NOW_MS),
    )
    own["value"]["parent_id"] = others["value"]["parent_id"] = "700_1"
    read = provider.parse(a_request(body=delivery(changes=[own, others])))

    assert [item.echo for item in read] == [key_of(provider, saying("reply", event)), None]
    assert read[0].echo != key_of(provider, saying("reply", event, text="Dạ hết ạ"))


def test_what_sends_no_echo_is_not_waited_for() -> None:
    deaf = a_provider("facebook", echo_within=0)
    untagged = a_provider("instagram", tag_messages=False)

    assert deaf.echo_of(saying("message", CHAT)) is None
    assert untagged.echo_of(saying("message", CHAT)) is None
    assert a_provider("facebook").echo_of(saying("hide", COMMENT)) is None
    assert key_of(untagged, saying("reply", COMMENT)) is not None


def metadata_of(http: ScriptedHttp, number: int = -1) -> str:
    said: str = json.loads(http.requests[number].body)["message"]["metadata"]
    return said
