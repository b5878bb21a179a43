import hashlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from automator.http.types import InboundRequest
from automator.model import ParsedEvent, RejectedDelivery, WrongValue
from automator.providers.shared.bodies import MAX_UNPROVED_BYTES
from automator.reasons import problem_code
from tests.support.errors import raises_code
from tests.support.providers import OPTIONS, SECRET, a_provider, a_request, headers_for

URL = "https://hooks.example.com/hooks/shop"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"MessageSid": "SM1", "SmsStatus": "received", "Body": "Áo + 50%", "From": "+84", "To": ""}


def form_request(fields: Any, signature: str, *, query: str = "", **more: str) -> InboundRequest:
    headers = {"content-type": FORM, "x-twilio-signature": signature, **more}
    return a_request(headers, urlencode(fields).encode(), query=query)


def parsed(fields: dict[str, str], *, query: str = "", method: str = "POST") -> ParsedEvent:
    body = urlencode(fields).encode() if method == "POST" else b""
    request = a_request({"content-type": FORM}, body, query=query, method=method)
    (event,) = a_provider("twilio").parse(request)
    return event


def test_what_we_sign_twilios_own_library_believes() -> None:
    headers = headers_for(a_provider("twilio"), urlencode(FIELDS).encode())

    assert RequestValidator(SECRET).validate(URL, FIELDS, headers["x-twilio-signature"])


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("query", ["", "x=1&y=%20"])
def test_what_twilios_own_library_signs_is_believed_with_and_without_the_port(
    port: str, slash: str, query: str
) -> None:
    url = URL.replace(".com", f".com{port}") + slash + (f"?{query}" if query else "")
    signature = RequestValidator(SECRET).compute_signature(url, FIELDS)

    a_provider("twilio").verify(form_request(FIELDS, signature, query=query))
    a_provider("twilio", url=URL.replace(".com", ".com:443")).verify(
        form_request(FIELDS, signature, query=query)
    )


def test_another_address_or_query_is_refused_whatever_host_says() -> None:
    signature = RequestValidator(SECRET).compute_signature(
        "https://evil.example/hooks/shop", FIELDS
    )

    for request in (
        form_request(FIELDS, signature, host="evil.example"),
        form_request(FIELDS, RequestValidator(SECRET).compute_signature(URL, FIELDS), query="a=1"),
    ):
        with raises_code(RejectedDelivery, "address_mismatch"):
            a_provider("twilio").verify(request)


def test_repeated_fields_are_signed_sorted_and_once() -> None:
    class Many(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    signature = RequestValidator(SECRET).compute_signature(URL, Many(a=["2", "1", "2"], B=["x"]))
    body = b"a=2&B=x&a=1&a=2"
    headers = {"content-type": FORM, "x-twilio-signature": signature}

    a_provider("twilio").verify(a_request(headers, body))


def test_a_json_body_is_covered_by_its_digest_in_the_query() -> None:
    body = json.dumps([{"id": "EZ1", "type": "com.twilio.x", "note": "à"}])
    query = f"bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = RequestValidator(SECRET).compute_signature(f"{URL}?{query}", {})
    headers = {"content-type": "application/json", "x-twilio-signature": signature}
    provider = a_provider("twilio")
    assert RequestValidator(SECRET).validate(f"{URL}?{query}", body, signature)

    provider.verify(a_request(headers, body.encode(), query=query))
    (event,) = provider.parse(a_request(headers, body.encode(), query=query))
    assert (event.type, event.dedupe_key) == ("com.twilio.x", "EZ1")

    for changed, address in ((body.encode() + b" ", query), (body.encode(), "")):
        with pytest.raises(RejectedDelivery):
            provider.verify(a_request(headers, changed, query=address))


def test_a_signed_form_cannot_be_passed_off_as_something_else() -> None:
    signature = RequestValidator(SECRET).compute_signature(URL, {})
    headers = {"content-type": "application/json", "x-twilio-signature": signature}

    with pytest.raises(RejectedDelivery):
        a_provider("twilio").verify(a_request(headers, b'{"a":1}'))


def test_the_newer_signature_needs_the_shared_key() -> None:
    signature = RequestValidator(SECRET).compute_signature(URL, FIELDS, "HMAC_SHA256")
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    request = form_request(FIELDS, signature, **{"x-twilio-webhooks-signature-settings": settings})

    a_provider("twilio", auth_token=None, shared_key=SECRET).verify(request)
    with pytest.raises(RejectedDelivery):
        a_provider("twilio").verify(request)


@pytest.mark.parametrize("algorithm", ["HMAC_MD5", "none", "HMAC_SHA256,algorithm=HMAC_SHA1"])
def test_an_unknown_algorithm_is_refused(algorithm: str) -> None:
    signature = RequestValidator(SECRET).compute_signature(URL, FIELDS)
    settings = {"x-twilio-webhooks-signature-settings": f"key=k,algorithm={algorithm}"}

    with pytest.raises(RejectedDelivery):
        a_provider("twilio").verify(form_request(FIELDS, signature, **settings))


def test_the_address_is_the_servers_unless_it_is_written_down() -> None:
    model = type(a_provider("twilio").options)
    options = model.model_validate({"provider": "twilio", "auth_token": SECRET})

    assert options.reached_at(URL).model_dump()["url"] == URL
    assert options.reached_at("https://a.example/x").reached_at(URL) != options.reached_at(URL)
    with pytest.raises(WrongValue) as caught:
        options.reached_at("")
    assert problem_code(caught.value.reason) == "no-address"


@pytest.mark.parametrize("changes", [{"auth_token": None}, {"url": "hooks"}, {"url": f"{URL}?a"}])
def test_options_that_cannot_verify_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_provider("twilio", **changes)


def test_the_answer_is_an_empty_document_of_instructions() -> None:
    answer = a_provider("twilio").acknowledge(a_request())

    assert answer is not None
    assert (answer.body, answer.content_type) == ("<Response/>", "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    ("fields", "kind", "person"),
    [
        (
            {"MessageSid": "SM1", "MessageStatus": "read", "To": "a", "From": "b"},
            "message.read",
            "a",
        ),
        ({"MessageSid": "SM1", "MessageStatus": "sent", "To": "a"}, "twilio.message.sent", "a"),
        (
            {"CallSid": "CA1", "CallStatus": "in-progress", "From": "a"},
            "twilio.call.in-progress",
            "a",
        ),
        (
            {"CallSid": "CA1", "CallStatus": "busy", "Direction": "outbound-api", "To": "a"},
            "twilio.call.busy",
            "a",
        ),
        ({"EventType": "onMessageAdded"}, "twilio.onmessageadded", None),
        ({"x": "y"}, "twilio.event", None),
    ],
)
def test_a_state_is_about_the_person_at_the_other_end(
    fields: dict[str, str], kind: str, person: str | None
) -> None:
    event = parsed(fields)

    assert (event.type, event.actor_id, event.body["text"]) == (kind, person, None)


def test_each_state_of_a_message_is_an_event_and_a_retry_is_none() -> None:
    states = [parsed({"MessageSid": "SM1", "MessageStatus": name}) for name in ("sent", "read")]

    assert states[0].dedupe_key != states[1].dedupe_key
    assert parsed({"MessageSid": "SM1", "MessageStatus": "sent"}).dedupe_key == states[0].dedupe_key


def test_a_get_has_its_fields_in_the_query() -> None:
    assert parsed({}, query="CallSid=CA1&CallStatus=ringing", method="GET").type == (
        "twilio.call.ringing"
    )


def test_the_options_of_the_tests_name_an_address() -> None:
    assert OPTIONS["twilio"]["url"] == URL


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_a_message_that_does_not_arrive_has_failed_and_says_why(status: str) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": status, "To": "+84", "From": "+1"}

    event = parsed({**fields, "ErrorCode": "30003", "ErrorMessage": "Unreachable"})
    bare = parsed(fields)

    assert event.type == bare.type == "message.failed"
    assert event.body["error"] == {"code": "30003", "text": "Unreachable"}
    assert bare.body["error"] == {"code": None, "text": None}
    assert "error" not in parsed({**fields, "MessageStatus": "sent"}).body


def test_a_form_that_is_larger_than_any_of_twilios_is_not_read() -> None:
    provider = a_provider("twilio")
    body = b"Body=" + b"%41" * (MAX_UNPROVED_BYTES // 3)

    with pytest.raises(RejectedDelivery) as caught:
        provider.verify(a_request(headers_for(provider, body), body))

    assert (caught.value.code, caught.value.status) == ("form_too_large", 413)
