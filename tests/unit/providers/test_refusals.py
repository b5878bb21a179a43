"""What no provider believes, and what none of them stumbles over."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from automator.http.json_body import dump_json
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import Provider
from automator.providers import BUILTIN
from automator.reasons.deliveries import MISSING_PROOFS, STALE_PROOFS, WRONG_PROOFS
from tests.support.providers import (
    ALL_PROVIDERS,
    BY_HEADER,
    ED25519_PUBLIC_KEY,
    NOW_MS,
    OF_STRICT_FORM,
    OF_XML,
    OTHER_ED25519_PUBLIC_KEY,
    OTHER_SECRET,
    SECRET_OPTION,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    UNNEEDED_HEADERS,
    UNSIGNED_BODIES,
    a_provider,
    a_request,
    headers_for,
    signed_request,
)
from tests.support.refusals import STRANGE_TIMES, UNREADABLE, bad_signatures

BODY = json.dumps({"event": "order.created", "note": "Chào shop", "timestamp": NOW_MS}).encode()

each_provider = pytest.mark.parametrize("name", ALL_PROVIDERS)
each_by_header = pytest.mark.parametrize("name", BY_HEADER)
#: Those whose proof needs nothing of the body but its bytes; Zalo's needs the time in it.
each_that_signs_any_bytes = pytest.mark.parametrize(
    "name", [name for name in ALL_PROVIDERS if name != "zalo"]
)


def refusal(provider: Provider, headers: Any, body: bytes = BODY) -> RejectedDelivery:
    with pytest.raises(RejectedDelivery) as caught:
        provider.verify(a_request(headers, body))
    # A hub is to be told that all is well; the others learn that it is not.
    assert provider.options.on_invalid == (200 if provider.name == "websub" else 401)
    return caught.value


def test_every_builtin_provider_is_tested_here() -> None:
    assert set(BUILTIN) == set(ALL_PROVIDERS)
    assert list(BUILTIN) == [provider.name for provider in BUILTIN.values()]


@each_provider
def test_a_rightly_signed_request_is_believed(name: str) -> None:
    provider = a_provider(name)

    provider.verify(signed_request(provider, BODY))


@each_by_header
@pytest.mark.parametrize("kind", list(bad_signatures("sha256=" + "0a" * 32)))
def test_a_malformed_or_wrong_signature_is_refused(name: str, kind: str) -> None:
    provider = a_provider(name)
    headers = headers_for(provider, BODY)
    signature = SIGNATURE_HEADER[name]
    wrong = bad_signatures(headers[signature]).get(kind)
    if wrong is None:
        pytest.skip("it is right that way")
    headers[signature] = wrong

    assert refusal(provider, headers).status == 401


@each_provider
@pytest.mark.parametrize("mark", [b"url_verification", b"endpoint.url_validation", b"1"])
def test_a_stranger_has_nothing_read_but_a_short_question(name: str, mark: bytes) -> None:
    """A provider verifies the bytes first; see `may_be_question` for what it may look at."""
    provider = a_provider(name)
    body = b'{"type":1,"timestamp":"1","note":"%b","list":[%b]}' % (
        mark,
        b'{"a":1,"a":2},' * 99_000,
    )
    given = {
        **headers_for(a_provider(name), b'{"timestamp":"1"}'),
        **({SIGNATURE_HEADER[name]: "mac=" + "0" * 64} if name in SIGNATURE_HEADER else {}),
    }

    for headers in ({}, given):
        request = a_request(headers, body)
        assert provider.handshake(request) is None
        with pytest.raises(RejectedDelivery):
            provider.verify(request)
        provider.resembles(request)
        assert not request.documents


@each_by_header
def test_a_missing_header_is_refused_whichever_it_is(name: str) -> None:
    provider = a_provider(name)
    complete = headers_for(provider, BODY)

    for missing in set(complete) - UNNEEDED_HEADERS:
        rest = {key: value for key, value in complete.items() if key != missing}
        assert refusal(provider, rest).code in MISSING_PROOFS


@each_by_header
def test_a_doubled_signature_is_refused_even_if_both_are_right(name: str) -> None:
    provider = a_provider(name)
    headers = tuple(headers_for(provider, BODY).items())
    signature = next(pair for pair in headers if pair[0] == SIGNATURE_HEADER[name])

    assert refusal(provider, (*headers, signature)).code == "doubled"


@pytest.mark.parametrize("name", [name for name in BY_HEADER if name not in UNSIGNED_BODIES])
@pytest.mark.parametrize(
    "changed",
    [
        BODY + b"\n",
        BODY.replace(b"shop", b"Shop"),
        b"",
        json.dumps(json.loads(BODY), ensure_ascii=False).encode(),
    ],
)
def test_an_altered_body_is_refused(name: str, changed: bytes) -> None:
    provider = a_provider(name)

    assert refusal(provider, headers_for(provider, BODY), changed).code in WRONG_PROOFS


@each_by_header
def test_another_secret_is_refused_and_a_second_one_of_the_list_believed(name: str) -> None:
    key = SECRET_OPTION.get(name, "secret")
    changes: dict[str, Any] = {key: OTHER_SECRET}
    both: dict[str, Any] = {key: [OTHER_SECRET, "0123456789abcdef-secret"]}
    if name == "generic":
        check = {
            "hmac": "sha256",
            "header": "x-signature",
            "prefix": "sha256=",
            "timestamp_header": "x-time",
        }
        changes, both = {"verify": {**check, **changes}}, {"verify": {**check, **both}}
    if name == "discord":
        others = {"public_key": OTHER_ED25519_PUBLIC_KEY, "simulator_key": None}
        keys = [OTHER_ED25519_PUBLIC_KEY, ED25519_PUBLIC_KEY]
        changes, both = others, {**others, "public_key": keys}
    headers = headers_for(a_provider(name), BODY)

    assert refusal(a_provider(name, **changes), headers).code in WRONG_PROOFS
    a_provider(name, **both).verify(a_request(headers, BODY))


@pytest.mark.parametrize("name", list(TIMESTAMP_HEADER))
@pytest.mark.parametrize("text", STRANGE_TIMES)
def test_a_strange_timestamp_is_stale(name: str, text: str) -> None:
    provider = a_provider(name)
    headers = {**headers_for(provider, BODY), TIMESTAMP_HEADER[name]: text}

    assert refusal(provider, headers).code in STALE_PROOFS


@pytest.mark.parametrize("name", list(TIMESTAMP_HEADER))
@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_recorded_request_is_stale_after_five_minutes(name: str, seconds: int) -> None:
    provider = a_provider(name)

    late = headers_for(provider, BODY, now_ms=NOW_MS + seconds * 1000)
    assert refusal(provider, late).code in STALE_PROOFS


@pytest.mark.parametrize("name", list(TIMESTAMP_HEADER))
@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_clocks_may_differ_by_less_than_five_minutes(name: str, seconds: int) -> None:
    provider = a_provider(name)

    provider.verify(a_request(headers_for(provider, BODY, now_ms=NOW_MS + seconds * 1000), BODY))


def test_two_senders_of_one_scheme_are_told_apart_by_their_secrets() -> None:
    github, facebook = a_provider("github"), a_provider("facebook", app_secret=OTHER_SECRET)

    assert refusal(facebook, headers_for(github, BODY)).code in WRONG_PROOFS


@pytest.mark.parametrize("name", [name for name in OF_STRICT_FORM if name != "zalo"])
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_a_believed_body_that_cannot_be_read_is_unparsable(name: str, body: bytes) -> None:
    provider = a_provider(name)
    request = signed_request(provider, body)

    provider.verify(request)
    with pytest.raises(UnparsableDelivery):
        provider.parse(request)


@pytest.mark.parametrize("name", [name for name in ALL_PROVIDERS if name not in OF_XML])
def test_numbers_beyond_two_to_the_53_stay_exact(name: str) -> None:
    provider = a_provider(name)
    number = 2**70 + 1
    body = dump_json(
        {
            **dict.fromkeys(("specversion", "id", "source", "type"), "1.0"),
            "entry": [{"id": "1", "changes": [{"field": "new", "value": number}]}],
            "events": [{"value": number}],
            "n": number,
        }
    )

    (event,) = provider.parse(signed_request(provider, body))

    assert str(number).encode() in dump_json(event.body["data"])


def check_event(event: ParsedEvent, provider: Provider) -> None:
    assert 0 < len(event.dedupe_key) <= 200
    assert event.type == event.type.strip().lower() != ""
    assert event.lane is None or event.lane.startswith(f"{provider.connection}:")
    assert event.actor_id is None or 0 < len(event.actor_id) <= 200
    assert event.occurred_at is None or 0 < event.occurred_at < 2**53
    assert {"text", "actor", "data", "headers", "query"} <= set(event.body)
    assert json.loads(dump_json(event.body))


LOOSE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
WORDS = [
    "from",
    "id",
    "name",
    "item",
    "verb",
    "comment_id",
    "post_id",
    "parent_id",
    "post",
    "message",
    "created_time",
    "mid",
    "text",
    "attachments",
    "payload",
    "type",
    "sender",
    "recipient",
    "timestamp",
    "is_echo",
    "is_deleted",
    "app_id",
    "metadata",
    "quick_reply",
    "reply_to",
    "postback",
    "reaction",
    "read",
    "delivery",
    "watermark",
    "message_edit",
    "title",
    "action",
    "url",
    "sticker_id",
    "photos",
    "reviewer_id",
    "open_graph_story_id",
    "leadgen_id",
    "user_id",
    "issue",
    "comment",
    "number",
    "repository",
    "full_name",
    "body",
    "head_commit",
    "updated_at",
    "event",
    "note",
    "time",
    "customer",
    "channel",
    "user",
    "ts",
    "thread_ts",
    "files",
    "subtype",
    "actions",
    "events",
    "source",
    "postback",
    "unsend",
    "deliveryContext",
    "update_id",
    "callback_query",
    "tweet_create_events",
    "direct_message_events",
    "follow_events",
    "message_create",
    "for_user_id",
    "application_id",
    "custom_id",
    "components",
    "options",
    "values",
    "resolved",
    "member",
    "edited_message",
    "message_reaction",
    "my_chat_member",
    "chat",
    "photo",
    "entities",
    "reply_markup",
    "new_reaction",
    "document",
    "authorizations",
    "item",
    "event_ts",
    "payload",
    "command",
]
VALUES = (
    st.sampled_from(
        ["comment", "add", "edited", "remove", "reaction", "post", "like", "2026-11-24", 1795500461]
    )
    | LOOSE
)
OBJECTS = st.recursive(
    st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=8),
    lambda inner: st.dictionaries(st.sampled_from(WORDS), inner | VALUES, max_size=6),
    max_leaves=8,
)
CHANGES = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["feed", "mention", "ratings", "leadgen", "new"]) | LOOSE,
        "value": OBJECTS | LOOSE,
    }
)
ENTRIES = st.fixed_dictionaries(
    {
        "entry": st.lists(
            st.dictionaries(
                st.sampled_from(["id", "time", "changes", "messaging", "standby"]),
                st.lists(CHANGES | OBJECTS | LOOSE, max_size=3) | LOOSE,
                max_size=5,
            )
            | LOOSE,
            max_size=3,
        )
    }
)


@each_that_signs_any_bytes
@given(value=OBJECTS | ENTRIES | LOOSE)
def test_any_signed_json_gives_events_or_is_unparsable(name: str, value: Any) -> None:
    provider = a_provider(name)
    request = signed_request(provider, dump_json(value))

    provider.verify(request)
    try:
        events = provider.parse(request)
    except UnparsableDelivery:
        return

    for event in events:
        check_event(event, provider)


HEADER_NAMES = st.sampled_from(
    [
        "x-hub-signature-256",
        "x-github-event",
        "x-github-delivery",
        "x-telegram-bot-api-secret-token",
        "x-line-signature",
        "x-signature-ed25519",
        "x-twitter-webhooks-signature",
        "x-signature-timestamp",
        "x-slack-signature",
        "x-slack-request-timestamp",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "svix-id",
        "svix-timestamp",
        "svix-signature",
        "x-signature",
        "x-time",
        "content-type",
    ]
)
HEADER_VALUES = st.text(max_size=40) | st.sampled_from(
    [
        "sha256=00",
        "v1,AAAA",
        "1795478400",
        "application/xml",
        "application/x-www-form-urlencoded",
        "text/xml; charset=utf-7",
    ]
)


@each_provider
@pytest.mark.parametrize(
    ("remote", "is_allowed"),
    [
        ("203.0.113.7", True),
        ("203.0.114.7", False),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("", False),
        ("sandbox page", False),
    ],
)
def test_only_the_listed_addresses_may_send(name: str, remote: str, is_allowed: bool) -> None:
    provider = a_provider(name, allow_from=["203.0.113.0/24", "2001:db8::/32"])
    request = replace(signed_request(provider, BODY), remote=remote)

    if is_allowed:
        provider.authenticate(request)
        return
    with pytest.raises(RejectedDelivery) as caught:
        provider.authenticate(request)
    code = "foreign_address" if remote else "unknown_address"
    assert (caught.value.code, caught.value.status) == (code, 403)


def test_a_network_with_host_bits_is_no_network() -> None:
    with pytest.raises(ValidationError):
        a_provider("github", allow_from=["203.0.113.7/24"])


@each_provider
@given(
    headers=st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES)),
    body=st.binary(),
    query=st.text(max_size=30),
)
def test_any_bytes_and_headers_are_refused_in_words(
    name: str, headers: list[tuple[str, str]], body: bytes, query: str
) -> None:
    provider = a_provider(name)
    request = a_request(tuple(headers), body, query=query)

    with pytest.raises(RejectedDelivery):
        provider.verify(request)
    try:
        events = provider.parse(request)
    except UnparsableDelivery:
        return
    for event in events:
        check_event(event, provider)
