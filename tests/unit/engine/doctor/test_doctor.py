"""The doctor: it never stumbles, never tells a secret, and does a bounded amount of work."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automator.configuration.secrets import Secret, names_secret
from automator.engine.doctor.connection_secrets import signing_places, with_secret
from automator.engine.doctor.credentials import Credentials, read_description
from automator.engine.doctor.doctor import (
    MAX_BYTES,
    MAX_REWRITTEN,
    MAX_TRIES,
    Finding,
    Search,
    altered_bodies,
    diagnose,
)
from automator.engine.doctor.signature_schemes import scheme_of
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from automator.plugins import Provider
from automator.reasons.doctor import not_all_tried
from tests.support.deliveries import delivery_of
from tests.support.providers import (
    ALL_PROVIDERS,
    NOW_MS,
    OTHER_SECRET,
    SECRET,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    a_provider,
    a_request,
    headers_for,
)
from tests.support.words import ENGLISH_WORDS

CONNECTIONS = {name: a_provider(name, name) for name in ALL_PROVIDERS}
BODY = json.dumps({"event_name": "x", "note": "Chào", "timestamp": NOW_MS}).encode()

#: Those whose sender proves itself with a token.
TOKENS = {name for name, provider in CONNECTIONS.items() if scheme_of(provider).tokens}

each_provider = pytest.mark.parametrize("name", ALL_PROVIDERS)
#: The proof of a few senders stands in the query.
each_that_signs_in_the_query = pytest.mark.parametrize(
    "name", [name for name, provider in CONNECTIONS.items() if scheme_of(provider).query_signatures]
)
each_that_signs_in_headers = pytest.mark.parametrize(
    "name", [name for name, provider in CONNECTIONS.items() if scheme_of(provider).proofs]
)

#: Whoever signs with a key of its own, as Discord does, shares no secret that could be another's.
each_that_shares_a_secret = pytest.mark.parametrize(
    "name",
    [
        name
        for name, provider in CONNECTIONS.items()
        if scheme_of(provider).proofs and signing_places(provider)
    ],
)


def codes(name: str, request: InboundRequest, **more: Provider) -> list[str]:
    connections = {**CONNECTIONS, **more}
    return [
        item.reason.code
        for item in diagnose(delivery_of(name, request, connections), connections).findings
    ]


@each_that_signs_in_headers
def test_the_scheme_of_a_provider_is_learnt_from_how_it_signs(name: str) -> None:
    scheme = scheme_of(CONNECTIONS[name])

    assert scheme.proofs == (SIGNATURE_HEADER[name],)
    assert name not in TIMESTAMP_HEADER or TIMESTAMP_HEADER[name] in scheme.times


@each_that_shares_a_secret
def test_the_secret_that_signs_is_found_and_can_be_another(name: str) -> None:
    provider = CONNECTIONS[name]
    (place,) = signing_places(provider)
    other = with_secret(provider, place, Secret(OTHER_SECRET))

    assert other is not None
    other.verify(a_request(headers_for(other, BODY), BODY))
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request(headers_for(other, BODY), BODY))


@each_that_shares_a_secret
def test_each_provider_is_told_the_secret_of_another_connection(name: str) -> None:
    (place,) = signing_places(CONNECTIONS[name])
    other = with_secret(a_provider(name, "other"), place, Secret(OTHER_SECRET))
    assert other is not None

    found = codes(name, a_request(headers_for(other, BODY), BODY), other=other)

    assert found == ["meant_for" if name not in TOKENS else "wrong_token_known"]


@each_that_shares_a_secret
def test_all_connections_that_share_the_secret_are_named(name: str) -> None:
    if name in TOKENS:
        pytest.skip("what came with a token is described on arrival")
    (place,) = signing_places(CONNECTIONS[name])
    others = {
        one: with_secret(a_provider(name, one), place, Secret(OTHER_SECRET)) for one in ("a", "b")
    }
    known = {one: other for one, other in others.items() if other is not None}
    connections = {name: CONNECTIONS[name], **known}
    request = a_request(headers_for(known["a"], BODY), BODY)

    found = diagnose(delivery_of(name, request, connections), connections).findings

    assert [(item.reason.code, item.reason.params["connection"]) for item in found] == [
        ("meant_for", "a"),
        ("meant_for", "b"),
    ]


def test_a_secret_that_another_connection_shares_is_named_as_ones_own() -> None:
    other = a_provider("facebook", "other")
    mine = with_secret(a_provider("facebook", "mine"), ("verify_token",), Secret(OTHER_SECRET))
    theirs = with_secret(other, ("verify_token",), Secret(OTHER_SECRET))
    signer = with_secret(other, ("app_secret",), Secret(OTHER_SECRET))
    assert mine is not None
    assert theirs is not None
    assert signer is not None
    connections = {"other": theirs, "mine": mine}
    request = a_request(headers_for(signer, BODY), BODY)

    (found,) = diagnose(delivery_of("mine", request, connections), connections).findings

    assert found.reason.code == "other_secret"


@each_that_signs_in_headers
@pytest.mark.parametrize(
    ("sent", "code"),
    [(BODY + b"\n", "body_line_end_added"), (BODY.replace(b": ", b":"), "body_json_escaped")],
)
def test_each_provider_is_told_that_a_body_was_altered(name: str, sent: bytes, code: str) -> None:
    if name in TOKENS:
        pytest.skip("a token proves nothing about the body")
    assert codes(name, a_request(headers_for(CONNECTIONS[name], BODY), sent)) == [code]


@each_that_signs_in_headers
def test_each_provider_is_told_that_its_header_is_missing(name: str) -> None:
    headers = headers_for(CONNECTIONS[name], BODY)
    del headers[SIGNATURE_HEADER[name]]

    assert codes(name, a_request(headers, BODY)) == ["header_missing"]


@each_that_signs_in_the_query
def test_a_proof_in_the_query_is_looked_into_as_well(name: str) -> None:
    mine = CONNECTIONS[name]
    (place,) = signing_places(mine)
    other = with_secret(a_provider(name, "other"), place, Secret(OTHER_SECRET))
    assert other is not None
    query = mine.sign_query(BODY, now_ms=NOW_MS, delivery_key="1")
    (proof,) = scheme_of(mine).query_signatures
    given = dict(parse_qsl(query))[proof]

    def told(query: str) -> list[str]:
        return codes(name, a_request((), BODY, query=query), other=other)

    assert told(other.sign_query(BODY, now_ms=NOW_MS, delivery_key="1")) == ["meant_for"]
    assert told("") == ["parameter_missing"]
    assert told(query.replace(given, given.upper())) == ["hex_capitals"]
    old = mine.sign_query(BODY, now_ms=NOW_MS - 10**6, delivery_key="1")
    assert told(old) == ["time_old", "signature_right"]
    assert told(query.replace(given, "0" * len(given)))[0] == "nothing_fits"


@each_provider
@settings(max_examples=40)
@given(
    headers=st.lists(
        st.tuples(
            st.sampled_from([*SIGNATURE_HEADER.values(), *TIMESTAMP_HEADER.values(), "x-token"]),
            st.text(max_size=80)
            | st.sampled_from([SECRET, "sha256=" + "A" * 64, "t=1,v1=" + "0" * 64]),
        ),
        max_size=5,
    ),
    body=st.binary()
    | st.sampled_from([BODY, b"a=1&b=%", b"[" * 5000, b'{"a":"\\ud83d"}', SECRET.encode()]),
    method=st.sampled_from(["GET", "POST"]),
    query=st.sampled_from(
        ["", f"hub.mode=subscribe&hub.verify_token={SECRET}", "hub.mode=x&hub.mode=x"]
    ),
)
def test_whatever_came_is_told_in_words_without_a_secret(
    name: str, headers: Any, body: bytes, method: str, query: str
) -> None:
    request = a_request(tuple(headers), body, method=method, query=query)

    found = diagnose(delivery_of(name, request, CONNECTIONS), CONNECTIONS)

    assert found.findings
    assert SECRET not in found.render_text(ENGLISH_WORDS)


def test_the_work_is_bounded_by_tries_and_by_bytes() -> None:
    many = {
        f"page-{number}": a_provider("facebook", f"page-{number}", app_secret=f"{number:030}")
        for number in range(1000)
    }
    request = a_request(headers_for(a_provider("facebook", app_secret=OTHER_SECRET), BODY), BODY)
    search = Search(many["page-0"], request, many)

    assert Finding(not_all_tried()) in search.findings()
    assert search.tries <= MAX_TRIES
    assert MAX_BYTES // MAX_REWRITTEN > 100


def test_a_large_body_is_not_written_anew() -> None:
    large = b'{"a":"' + b"x" * MAX_REWRITTEN + b'"}'

    assert {kind.code for kind, _ in altered_bodies(large, "application/json")} < {
        "body_line_end_lost",
        "body_mark",
        "body_empty",
        "body_line_ends",
        "body_trimmed",
    }


TILL = a_provider(
    "generic", "till", verify={"token": SECRET, "header": "x-till-token"}, signed="{body}"
)


@pytest.mark.parametrize(
    ("given", "secret", "almost"),
    [
        (SECRET, "verify.token (written in the file)", False),
        (f"Bearer {SECRET}", "verify.token (written in the file)", False),
        (f' "{SECRET}" ', "verify.token (written in the file)", True),
        (SECRET.upper(), "", False),
        ("", "", False),
        ("\ud83d", "", False),
        (SECRET * 1000, "", False),
    ],
)
def test_a_credential_is_told_by_name_and_length_alone(
    given: str, secret: str, almost: bool
) -> None:
    stored = Credentials({"till": TILL}).described(given)
    told = read_description(stored)

    assert told is not None
    assert (told.secret, told.almost) == (secret, almost)
    assert not given or given not in stored
    assert told.connection == ("till" if secret else "")


def test_only_what_gives_access_is_hidden() -> None:
    assert names_secret("x-gitlab-token")
    assert names_secret("authorization")
    assert not names_secret("x-hub-signature-256")
    assert read_description("<redacted>") is None


def test_a_token_that_was_not_told_about_is_said_to_be_lost() -> None:
    stored = delivery_of("till", a_request({"x-till-token": "wrong"}, BODY), {"till": TILL})
    old = type(stored)(
        **{
            **{name: getattr(stored, name) for name in stored.__dataclass_fields__},
            "headers": (("x-till-token", "<redacted>"),),
        }
    )

    assert [item.reason.code for item in diagnose(old, {"till": TILL}).findings] == [
        "token_not_kept"
    ]


# --- Senders that sign more than their body ---

ADDRESS = "https://shop.example/hooks/hub"
DESCRIBED = {
    "hub": a_provider(
        "generic",
        "hub",
        verify={"hmac": "sha256", "header": "x-hub", "secret": SECRET, "timestamp_header": "x-at"},
        signed="{method}{url}{body}{timestamp}",
        url=ADDRESS,
    ),
    "pay": a_provider(
        "generic",
        "pay",
        verify={
            "hmac": "sha256",
            "header": "x-pay",
            "secret": SECRET,
            "format": "t={timestamp},v1={signature}",
        },
        signed="{headers.x-request-id}.{timestamp}.{body}",
    ),
    "gate": a_provider(
        "generic",
        "gate",
        verify={"hmac": "sha256", "field": "mac", "secret": SECRET},
        signed="{body.event_name}:{body.timestamp}",
    ),
}


def sent_by(described: str, **changes: Any) -> InboundRequest:
    """A request of a described sender, which signs with other options than the connection has."""
    provider = DESCRIBED[described]
    options = provider.options
    if "secret" in changes:
        (place,) = signing_places(provider)
        other = with_secret(provider, place, Secret(changes["secret"]))
        assert other is not None
        options = other.options
    if "url" in changes:
        options = options.model_copy(update={"url": changes["url"]})
    sender = type(provider)("sender", options)
    body = sender.encrypted(BODY)
    signed_at = changes.get("at", NOW_MS)
    return a_request(sender.sign(body, now_ms=signed_at, delivery_key="d-1"), body)


def without(request: InboundRequest, name: str) -> InboundRequest:
    rest = tuple(pair for pair in request.raw_headers if pair[0] != name)
    return replace(request, raw_headers=rest)


@pytest.mark.parametrize("described", DESCRIBED)
def test_the_secret_of_a_described_signature_is_found(described: str) -> None:
    request = sent_by(described, secret=OTHER_SECRET)
    other = a_provider("github", "code", secret=OTHER_SECRET)

    assert codes(described, request, **DESCRIBED, code=other) == ["secret_of"]
    assert codes(described, sent_by(described), **DESCRIBED) == ["accepted"]


@pytest.mark.parametrize(
    ("described", "request_of", "found"),
    [
        ("hub", lambda: sent_by("hub", url=f"{ADDRESS}/"), ["signed_address"]),
        ("hub", lambda: sent_by("hub", url=ADDRESS.replace("https", "http")), ["signed_address"]),
        ("hub", lambda: without(sent_by("hub"), "x-at"), ["header_missing"]),
        ("hub", lambda: sent_by("hub", at=NOW_MS - 600_000), ["time_old", "signature_right"]),
        ("pay", lambda: sent_by("pay", at=NOW_MS - 600_000), ["time_old", "signature_right"]),
        ("pay", lambda: without(sent_by("pay"), "x-request-id"), ["header_missing"]),
        (
            "pay",
            lambda: replace(sent_by("pay"), body=json.dumps(json.loads(BODY), indent=2).encode()),
            ["body_json_escaped"],
        ),
        ("gate", lambda: replace(sent_by("gate"), body=b'{"a": 1}'), ["refused"]),
        ("gate", lambda: replace(sent_by("gate"), body=b"event_name=x"), ["nothing_fits"]),
    ],
)
def test_what_is_wrong_with_a_described_signature_is_found(
    described: str, request_of: Callable[[], InboundRequest], found: list[str]
) -> None:
    assert codes(described, request_of(), **DESCRIBED) == found
