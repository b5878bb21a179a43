"""Every signature that is published or was computed elsewhere, through the real hook route."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from automator.clock import ManualClock
from automator.engine.intake.intake import Intake
from automator.model import Verdict
from automator.providers import BUILTIN
from automator.providers.shared import options as provider_options
from automator.server.http.hook_endpoint import HookEndpoint
from tests.support.asgi import Caller, Reply
from tests.support.at_once import at_once
from tests.support.site import Site

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "support" / "signature_vectors.json").read_text(encoding="utf-8")
)
#: What a vector computes inside, and no request shows: unit tests have them.
NOT_REQUESTS = frozenset({"meta_appsecret_proof", "zalo_pkce"})
#: What the time is where a vector does not say.
NOW_S = 1_795_500_475
FORM = {"content-type": "application/x-www-form-urlencoded"}
#: What senders write along beside the proof.
ALONG = {
    "github": {"x-github-event": "issues", "x-github-delivery": "d-1"},
    "shopify": {"x-shopify-topic": "orders/create", "x-shopify-webhook-id": "w-1"},
    "twilio": FORM,
    "slack": FORM,
}
NAMES = {"standardwebhooks": "standard_webhooks", "zoom_validation": "zoom", "x_crc": "x"}


def provider_name(vector: Mapping[str, Any]) -> str:
    if vector["provider"] == "meta":
        return str(vector["sample"].partition(".")[0])
    return NAMES.get(vector["provider"], vector["provider"])


def options_of(vector: Mapping[str, Any]) -> dict[str, Any]:
    name, secret = provider_name(vector), vector.get("secret")
    if vector["provider"] == "meta":
        return {"app_secret": secret, "verify_token": "a-token-of-the-tests"}
    special = {
        "zalo": {
            "app_id": vector.get("app_id"),
            "oa_id": _account(vector),
            "oa_secret": vector.get("oa_secret_key"),
        },
        "slack": {"signing_secret": secret},
        "line": {"channel_secret": secret},
        "twilio": {
            "auth_token": vector.get("auth_token"),
            "url": vector.get("url", "").partition("?")[0],
        },
        "x": {"consumer_secret": vector.get("consumer_secret")},
        "wechat": {"token": vector.get("token")},
    }
    return special.get(name, {"secret": secret})


def _account(vector: Mapping[str, Any]) -> str:
    """The Official Account that an event of Zalo is for."""
    body = json.loads(vector["body"]) if vector["provider"] == "zalo" else {}
    return str(body.get("oa_id") or body.get("recipient", {}).get("id"))


def label(vector: Mapping[str, Any]) -> str:
    return f"{vector['provider']}-{vector.get('sample', vector['origin'])}"


def test_no_vector_is_left_out() -> None:
    known = BUILTIN
    missing = {
        vector["provider"]
        for vector in VECTORS
        if vector["provider"] not in NOT_REQUESTS and provider_name(vector) not in known
    }

    assert not missing, f"no provider for the vectors of {sorted(missing)}"


REQUESTS = [vector for vector in VECTORS if vector["provider"] not in NOT_REQUESTS]


#: How the generic provider describes senders that have a provider of their own.
DESCRIBED: Mapping[str, dict[str, Any]] = {
    "github": {"verify": {"header": "x-hub-signature-256", "prefix": "sha256="}},
    "stripe": {
        "verify": {"header": "stripe-signature", "format": "t={timestamp},v1={signature}"},
        "signed": "{timestamp}.{body}",
    },
    "slack": {
        "verify": {
            "header": "x-slack-signature",
            "format": "v0={signature}",
            "timestamp_header": "x-slack-request-timestamp",
        },
        "signed": "v0:{timestamp}:{body}",
    },
    "shopify": {"verify": {"header": "x-shopify-hmac-sha256", "encoding": "base64"}},
    "line": {"verify": {"header": "x-line-signature", "encoding": "base64"}},
    "dropbox": {"verify": {"header": "x-dropbox-signature"}},
    "standardwebhooks": {
        "verify": {
            "header": "webhook-signature",
            "format": "v1,{signature}",
            "encoding": "base64",
            "secret_as": "base64",
            "id_header": "webhook-id",
            "timestamp_header": "webhook-timestamp",
        },
        "signed": "{id}.{timestamp}.{body}",
    },
    "twitch": {
        "verify": {"header": "twitch-eventsub-message-signature", "prefix": "sha256="},
        "signed": "{headers.twitch-eventsub-message-id}"
        "{headers.twitch-eventsub-message-timestamp}{body}",
    },
}


async def send(
    site: Site,
    vector: Mapping[str, Any],
    headers: Mapping[str, str],
    query: str,
    body: bytes,
    described: Mapping[str, Any] | None = None,
) -> Reply:
    name, given = provider_name(vector), options_of(vector)
    if described is not None:
        check = {"hmac": "sha256", "secret": vector["secret"], **described["verify"]}
        name, given = "generic", {**described, "verify": check}
    cls = BUILTIN[name]
    options = cls.options_model.model_validate({"provider": name, **given})
    services = site.services
    intake = Intake(
        connections={"vector": cls("vector", options)},
        rulebook=services.rulebook,
        store=services.store,
        clock=services.clock,
        ids=services.ids,
    )
    clock = ManualClock(vector.get("now", NOW_S) * 1000)
    caller = Caller(at_once(HookEndpoint(intake, clock, 1_000_000)))
    method = "GET" if "echostr" in query or "crc_token" in query else "POST"
    path = f"/hooks/vector?{query}" if query else "/hooks/vector"
    return await caller.request(method, path, body, headers)


def request_of(vector: Mapping[str, Any]) -> tuple[dict[str, str], str, bytes]:
    """Headers, query and body of what the sender sends."""
    if vector["provider"] == "zoom_validation":
        payload = {"plainToken": vector["plainToken"]}
        body = json.dumps({"event": "endpoint.url_validation", "payload": payload}).encode()
        cls = BUILTIN["zoom"]
        options = cls.options_model.model_validate({"provider": "zoom", **options_of(vector)})
        signed = cls("vector", options).sign(body, now_ms=NOW_S * 1000, delivery_key="d")
        return dict(signed), "", body
    headers = {name.lower(): value for name, value in vector.get("headers", {}).items()}
    along = ALONG.get(provider_name(vector), {"content-type": "application/json"})
    if vector.get("sample", "").startswith("slack."):
        along = {"content-type": "application/json"}
    asked = {"crc_token": vector["crc_token"]} if "crc_token" in vector else {}
    query = urlencode(vector.get("query", asked)) or urlsplit(vector.get("url", "")).query
    body = vector.get("body", urlencode(vector.get("params", {}))).encode()
    return {**along, **headers}, query, body


@pytest.mark.parametrize("vector", REQUESTS, ids=label)
async def test_a_vector_is_believed_and_what_differs_by_one_letter_is_not(
    vector: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_options, "MIN_SIGNING_SECRET", 1)
    headers, query, body = request_of(vector)

    reply = await send(site, vector, headers, query, body)

    assert reply.status == 200, reply.text
    if "expected_json" in vector:
        assert reply.json() == vector["expected_json"]
    elif "echostr" in query:
        assert reply.text == vector["query"]["echostr"]
    elif "url_verification" in vector.get("sample", ""):
        assert reply.text == json.loads(vector["body"])["challenge"]
    else:
        (row,) = site.services.store.log.deliveries()
        # What GitHub's documentation signs is believed, though it is no delivery.
        is_greeting = body == b"Hello, World!"
        assert row.verdict is (Verdict.UNPARSABLE if is_greeting else Verdict.ACCEPTED)

    if "crc_token" in vector:
        # X signs no question: another one has another answer, which proves nothing else.
        other = await send(site, vector, headers, query + "d", body)
        assert other.json() != vector["expected_json"]
        query = ""
    changed_query = query.replace("nonce=", "nonce=x") if "echostr" in query else query
    changed_body = body.replace(b"e", b"E", 1) if "url" not in label(vector) else body + b" "
    refused = await send(site, vector, headers, changed_query, changed_body)

    assert refused.status == 401, refused.text
    assert site.services.store.log.deliveries()[0].verdict is Verdict.REJECTED


@pytest.mark.parametrize(
    "vector", [one for one in REQUESTS if one["provider"] in DESCRIBED], ids=label
)
async def test_a_vector_is_believed_by_a_description_of_its_sender(
    vector: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_options, "MIN_SIGNING_SECRET", 1)
    headers, query, body = request_of(vector)
    described = DESCRIBED[vector["provider"]]

    reply = await send(site, vector, headers, query, body, described)
    altered = await send(site, vector, headers, query, body + b" ", described)

    assert (reply.status, altered.status) == (200, 401), reply.text
