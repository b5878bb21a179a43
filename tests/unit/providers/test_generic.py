import base64
import contextlib
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from automator.engine.doctor.signature_schemes import with_header
from automator.http.json_body import dump_json
from automator.http.types import MAX_RECODED_BYTES, InboundRequest
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.plugins import Provider
from automator.providers.shared import signed
from automator.providers.shared.bodies import (
    MAX_UNPROVED_BYTES,
    read_body,
    read_form,
)
from automator.providers.shared.xml_documents import MAX_XML_BYTES, read_xml
from tests.support.providers import NOW_MS, OTHER_SECRET, SECRET, a_provider, a_request
from tests.support.words import advice_on

PLAIN = {"verify": {"none": True}, "signed": "{body}", "event": {}}


def parsed(body: Any, sent: dict[str, str] | None = None, **options: Any) -> list[ParsedEvent]:
    provider = a_provider("generic", **{**PLAIN, **options})
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(provider.parse(a_request(sent or {}, raw, query="shop=1&shop=2")))


def hmac_options(**changes: Any) -> dict[str, Any]:
    return {"hmac": "sha256", "header": "x-signature", "secret": SECRET, **changes}


# --- How it is verified ---


def test_observe_in_the_place_of_the_check_is_told_where_it_belongs() -> None:
    with pytest.raises(ValidationError) as caught:
        a_provider("generic", **{**PLAIN, "verify": "observe"})

    wrong = caught.value.errors()[0]["ctx"]["error"]
    assert "mode: observe" in advice_on(wrong.reason)


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("signed", ["{body}", "{timestamp}.{body}", "v0:{timestamp}:{body}:end"])
def test_what_it_signs_is_believed_and_any_other_body_is_not(
    algorithm: str, encoding: str, signed: str
) -> None:
    timed = {"timestamp_header": "x-time"} if "{timestamp}" in signed else {}
    check = hmac_options(hmac=algorithm, encoding=encoding, prefix="v0=", **timed)
    provider = a_provider("generic", verify=check, signed=signed)
    headers = provider.sign(b"{}", now_ms=NOW_MS, delivery_key="")

    provider.verify(a_request(headers, b"{}"))
    with pytest.raises(RejectedDelivery):
        provider.verify(a_request(headers, b"{ }"))


URL = "https://shop.example/hooks/orders"
COMPOSED_BODY = '{"order": {"id": 7, "paid": true, "lines": ["A", "B"]}}'
#: Senders that sign more than a body, with what each signs of the request below.
COMPOSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "id and time": (
        {"id_header": "x-id", "timestamp_header": "x-time"},
        "{id}.{timestamp}.{body}",
        f"D-7.{NOW_MS // 1000}.{COMPOSED_BODY}",
    ),
    "one header": (
        {"format": "ts={timestamp};h1={signature}"},
        "{timestamp}:{body}",
        f"{NOW_MS // 1000}:{COMPOSED_BODY}",
    ),
    "method and address": (
        {"encoding": "base64", "timestamp_header": "x-time"},
        "{method}{url}{body}{timestamp}",
        f"POST{URL}?data.id=9&x=1{COMPOSED_BODY}{NOW_MS // 1000}",
    ),
    "query and header": (
        {"format": "ts={timestamp},v1={signature}"},
        "id:{query.data.id};request-id:{headers.x-request-id};ts:{timestamp};{body}",
        f"id:9;request-id:R-1;ts:{NOW_MS // 1000};{COMPOSED_BODY}",
    ),
    "parts of the body": (
        {},
        "id={body.order.id}&paid={body.order.paid}&of={body.order.lines.1}&no={body.no}",
        "id=7&paid=true&of=B&no=",
    ),
}


def composed(kind: str) -> tuple[Provider, InboundRequest]:
    """A sender that signs more than its body, and what it sends, signed without our help."""
    check, signed, message = COMPOSED[kind]
    provider = a_provider("generic", verify=hmac_options(**check), signed=signed, url=URL)
    digest = hmac.digest(SECRET.encode(), message.encode(), "sha256")
    signature = (
        base64.b64encode(digest).decode() if check.get("encoding") == "base64" else digest.hex()
    )
    time_text = str(NOW_MS // 1000)
    form = check.get("format", "{signature}").replace("{timestamp}", time_text)
    headers = {
        "x-signature": form.replace("{signature}", signature),
        "x-id": "D-7",
        "x-time": time_text,
        "x-request-id": "R-1",
    }
    return provider, a_request(headers, COMPOSED_BODY.encode(), query="data.id=9&x=1")


@pytest.mark.parametrize("kind", COMPOSED)
def test_what_a_sender_signs_is_put_together_as_it_is_described(kind: str) -> None:
    provider, request = composed(kind)
    signed = COMPOSED[kind][1]

    provider.verify(request)

    changes: dict[str, InboundRequest] = {
        "{id}": with_header(request, "x-id", "D-8"),
        "headers.x-request-id": with_header(request, "x-request-id", "R-2"),
        "{method}": replace(request, method="PUT"),
        "{url}": with_header(request, ":path", "eu"),
        "query.data.id": replace(request, query="data.id=8&x=1"),
        "{body}": replace(request, body=request.body + b" "),
        "body.order.id": replace(request, body=request.body.replace(b"7", b"8")),
        "body.order.lines.1": replace(request, body=request.body.replace(b"B", b"C")),
    }
    for part, changed in changes.items():
        if part in signed:
            with pytest.raises(RejectedDelivery):
                provider.verify(changed)
        else:
            with contextlib.suppress(RejectedDelivery):
                provider.verify(changed)


@pytest.mark.parametrize("kind", COMPOSED)
def test_a_sender_that_signs_more_than_a_body_is_simulated(kind: str) -> None:
    provider, request = composed(kind)
    headers = provider.sign(request.body, now_ms=NOW_MS, delivery_key="K-1")
    query = provider.sign_query(request.body, now_ms=NOW_MS, delivery_key="K-1")

    provider.verify(a_request(headers, request.body, query=query))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("t={time},v1={good}", None),
        ("t={time}, v0=x, v1=bad, v1={good}", None),
        ("v1={good},t={time}", None),
        ("t={time},v0={good}", "malformed_signature"),
        ("v1={good}", "malformed_signature"),
        ("t=,v1={good}", "malformed_signature"),
        ("t={time},t={time},v1={good}", "malformed_signature"),
        ("{good}", "malformed_signature"),
        ("t={old},v1={good}", "stale"),
        ("t={time},v1=" + "0" * 64, "no_signature_matches"),
        ("t={time},v1={good}é", "no_signature_matches"),
        ("t={time},v1={good}" + ",v1=0" * 8, "too_many_signatures"),
        ("t={time},v1={good}" + ",x=0" * 40, "too_many_signatures"),
    ],
)
def test_a_header_with_a_time_and_signatures_is_read_strictly(
    header: str, code: str | None
) -> None:
    check = hmac_options(format="t={timestamp},v1={signature}", secret=[OTHER_SECRET, SECRET])
    provider = a_provider("generic", verify=check, signed="{timestamp}.{body}")
    now = NOW_MS // 1000
    good = hmac.digest(SECRET.encode(), f"{now}.{{}}".encode(), "sha256").hex()
    given = header.format(time=now, old=now - 301, good=good)
    request = a_request({"x-signature": given}, b"{}")

    if code is None:
        provider.verify(request)
        return
    with pytest.raises(RejectedDelivery) as caught:
        provider.verify(request)
    assert caught.value.code == code


#: The example that Adyen publishes, with its signature: the key in hex, the values of the body
#: that are signed, and the signature in the body itself.
ADYEN_KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
ADYEN = {
    "pspReference": "7914073381342284",
    "merchantAccountCode": "TestMerchant",
    "merchantReference": "TestPayment-1407325143704",
    "amount": {"value": 1130, "currency": "EUR"},
    "eventCode": "AUTHORISATION",
    "success": "true",
}
ADYEN_SIGNED = ":".join(
    f"{{body.items.0.{name}}}"
    for name in (
        *("pspReference", "originalReference", "merchantAccountCode", "merchantReference"),
        *("amount.value", "amount.currency", "eventCode", "success"),
    )
)


def test_values_of_the_body_are_proved_by_a_signature_in_the_body() -> None:
    check = {
        "hmac": "sha256",
        "field": "items.0.additionalData.hmacSignature",
        "encoding": "base64",
        "secret": ADYEN_KEY,
        "secret_as": "hex",
    }
    provider = a_provider("generic", verify=check, signed=ADYEN_SIGNED)

    def sent(signature: str | None, **changes: Any) -> InboundRequest:
        item = {**ADYEN, **changes, "additionalData": {"hmacSignature": signature}}
        return a_request({}, json.dumps({"items": [item]}).encode())

    good = "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="
    provider.verify(sent(good))
    for wrong, code in (
        (sent(good, success="false"), "bad_signature"),
        (sent(good.lower()), "bad_signature"),
        (sent(None), "missing_field"),
        (a_request({}, b"not json"), "unreadable_body"),
        (a_request({}, b"[]"), "missing_field"),
    ):
        with pytest.raises(RejectedDelivery) as caught:
            provider.verify(wrong)
        assert (caught.value.code, caught.value.status) == (code, 401)


def test_little_is_read_of_a_body_before_its_sender_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anybody can send a body, so the values in it that are signed are found in one reading."""
    names = ("a", "b", "c", "a", "b", "c")
    provider = a_provider(
        "generic", verify=hmac_options(), signed=":".join(f"{{body.{name}}}" for name in names)
    )
    read: list[bytes] = []

    def reading(body: bytes, charset: str) -> dict[str, Any]:
        read.append(body)
        return read_form(body, charset)

    monkeypatch.setattr(signed, "read_form", reading)
    digest = hmac.digest(SECRET.encode(), b"1:2::1:2:", "sha256").hex()
    provider.verify(a_request({"x-signature": digest, "content-type": FORM}, b"a=1&b=2"))

    assert read == [b"a=1&b=2"]
    for kind, body, code, status in (
        ("text/xml", b"<a/>", "unreadable_body", 401),
        (FORM, b"a=" + b"1" * MAX_UNPROVED_BYTES, "form_too_large", 413),
        ("application/json", b" " * MAX_UNPROVED_BYTES + b"{}", "form_too_large", 413),
    ):
        with pytest.raises(RejectedDelivery) as caught:
            provider.verify(a_request({"x-signature": digest, "content-type": kind}, body))
        assert (caught.value.code, caught.value.status) == (code, status)
    assert len(read) == 1


@pytest.mark.parametrize("field", ["mac", "data.mac"])
def test_a_sender_that_signs_in_its_body_is_simulated(field: str) -> None:
    check = {"hmac": "sha256", "field": field, "secret": SECRET}
    provider = a_provider("generic", verify=check, signed="{body.id}")

    written = provider.encrypted(b'{"id": 7, "data": {"amount": 1}}')

    provider.verify(a_request({}, written))
    assert provider.encrypted(b"a=1") == b"a=1"


def test_a_signed_time_may_be_in_milliseconds() -> None:
    provider = a_provider("generic")
    headers = dict(provider.sign(b"{}", now_ms=NOW_MS * 1000, delivery_key=""))

    assert headers["x-time"] == str(NOW_MS)
    provider.verify(a_request(headers, b"{}"))


@pytest.mark.parametrize(
    ("late_s", "form", "believed"),
    [
        (0, "%Y-%m-%dT%H:%M:%SZ", True),
        (299, "%Y-%m-%dT%H:%M:%S.000Z", True),
        (301, "%Y-%m-%dT%H:%M:%SZ", False),
        (0, "at-%H:%M", False),
        (0, "%Y-%m-%dT%H:%M:%SZ" + "0" * 1_000, False),
    ],
)
def test_a_signed_time_may_be_in_iso_8601(late_s: int, form: str, believed: bool) -> None:
    check = hmac_options(timestamp_header="x-time")
    provider = a_provider("generic", verify=check, signed="{timestamp}.{body}")
    written = time.strftime(form, time.gmtime(NOW_MS // 1000 - late_s))
    signature = hmac.digest(SECRET.encode(), f"{written}.{{}}".encode(), "sha256").hex()
    request = a_request({"x-signature": signature, "x-time": written}, b"{}")

    with contextlib.nullcontext() if believed else pytest.raises(RejectedDelivery):
        provider.verify(request)


def test_the_tolerance_is_a_setting() -> None:
    check = hmac_options(timestamp_header="x-time", tolerance="1h")
    provider = a_provider("generic", verify=check)
    headers = provider.sign(b"{}", now_ms=NOW_MS - 3_000_000, delivery_key="")

    provider.verify(a_request(headers, b"{}"))


@pytest.mark.parametrize(
    ("header", "value", "believed"),
    [
        ("authorization", f"Bearer {SECRET}", True),
        ("authorization", f"bearer {SECRET}", True),
        ("authorization", SECRET, True),
        ("authorization", f"Basic {SECRET}", False),
        ("authorization", "Bearer", False),
        ("x-token", SECRET, True),
        ("x-token", f"Bearer {SECRET}", False),
        ("x-token", OTHER_SECRET, False),
        ("x-token", "đ\ud83d", False),
        ("x-token", "", False),
    ],
)
def test_a_token_is_compared_as_a_whole(header: str, value: str, believed: bool) -> None:
    provider = a_provider("generic", verify={"token": SECRET, "header": header}, signed="{body}")
    request = a_request({header: value}, b"{}")

    if believed:
        provider.verify(request)
    else:
        with pytest.raises(RejectedDelivery):
            provider.verify(request)


def test_its_own_token_is_believed() -> None:
    provider = a_provider("generic", verify={"token": SECRET}, signed="{body}")

    provider.verify(a_request(provider.sign(b"", now_ms=NOW_MS, delivery_key="")))


def test_without_a_check_anything_is_believed_and_observing_is_a_choice() -> None:
    nothing = a_provider("generic", verify={"none": True}, signed="{body}")
    observed = a_provider("generic", verify=hmac_options(mode="observe"), signed="{body}")

    nothing.verify(a_request())
    assert (nothing.observes, observed.observes) == (False, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"verify": None},
        {"verify": "none"},
        {"verify": {}},
        {"verify": {"none": False}},
        {"verify": hmac_options(secret="short")},
        {"verify": hmac_options(hmac="md5")},
        {"verify": hmac_options(header="not a header")},
        {"verify": hmac_options(surprise=1)},
        {"verify": hmac_options(), "signed": "{timestamp}.{body}"},
        {"verify": hmac_options(timestamp_header="x-time"), "signed": "{body}"},
        {"verify": hmac_options(), "signed": "constant"},
        {"verify": hmac_options(), "signed": "{body}{body}"},
        {"verify": hmac_options(), "signed": "{uri}{body}"},
        {"verify": hmac_options(), "signed": "{body.}"},
        {"verify": hmac_options(), "signed": "{body}{body.id}"},
        {"verify": hmac_options(), "signed": "{headers.x-shop}"},
        {"verify": hmac_options(), "signed": "{id}.{body}"},
        {"verify": hmac_options(id_header="x-id")},
        {"verify": hmac_options(format="t={timestamp},v1={signature}"), "signed": "{body}"},
        {"verify": hmac_options(format="v1={signature}", prefix="v1=")},
        {"verify": hmac_options(format="{signature}")},
        {"verify": hmac_options(format="v1={signature},v2={signature}")},
        {"verify": hmac_options(format="t={time},v1={signature}")},
        {"verify": hmac_options(field="mac")},
        {"verify": hmac_options(header=None)},
        {"verify": hmac_options(), "url": "hooks.example.com"},
        {"event": {"type": "body.("}},
        {"split": "body..items"},
        {"split": "body.items", "parent": "boddy.id"},
        {"parent": "body.id"},
        {"headers": ["not a header"]},
        {"request": ["cookies"]},
    ],
)
def test_a_description_that_proves_nothing_or_cannot_be_read_is_refused(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(ValidationError):
        a_provider("generic", **changes)


# --- What it says ---


def test_the_parts_of_an_event_stand_where_the_options_say() -> None:
    (event,) = parsed(
        {"kind": "Order.Paid", "ref": 12, "note": "giao gấp", "at": "2026-11-24T06:01:01+07:00"},
        {"x-customer": "KH-1", "authorization": "Bearer x", "x-request-id": "r1"},
        event={
            "type": "body.kind",
            "id": "body.ref",
            "text": "body.note",
            "occurred_at": "body.at",
            "actor_id": 'headers."x-customer"',
            "actor_name": "headers.authorization",
            "conversation_id": "query.shop",
        },
        headers=["X-Request-Id"],
    )

    assert (event.type, event.dedupe_key) == ("order.paid", "order.paid:12")
    assert (event.lane, event.actor_id) == ("shop:1", "KH-1")
    assert event.occurred_at == 1795474861000
    assert event.body["actor"] == {"id": "KH-1", "name": None, "is_self": False}
    assert event.body["headers"] == {"x-request-id": "r1"}
    assert event.body["query"] == {"shop": "1"}


def test_without_an_id_the_body_is_the_key() -> None:
    (one,) = parsed({"a": 1})
    (same,) = parsed({"a": 1})
    (other,) = parsed({"a": 2})

    assert one.dedupe_key == same.dedupe_key != other.dedupe_key
    assert one.type == "generic.received"


def test_what_happens_to_one_thing_is_several_events_when_its_type_differs() -> None:
    fields = {"type": "body.event", "id": "body.id"}
    kinds = ("order.created", "order.paid", "order.paid")
    created, paid, again = (
        parsed({"event": kind, "id": 12, "try": number}, event=fields)[0].dedupe_key
        for number, kind in enumerate(kinds)
    )

    assert created != paid
    assert paid == again


@pytest.mark.parametrize("value", [None, [], {}, True, 1.5, "", "x" * 201, "a\nb"])
def test_an_id_that_cannot_be_one_gives_way_to_the_body(value: Any) -> None:
    (event,) = parsed({"id": value}, event={"id": "body.id"})

    assert len(event.dedupe_key) == 64


def test_each_item_of_a_list_is_an_event_of_its_own() -> None:
    body = {"id": "D1", "items": [{"sku": "A"}, {"sku": "B"}]}

    by_index = parsed(body, split="body.items", event={"id": "body.id"})
    by_item = parsed(body, split="body.items", event={"id": "item.sku", "text": "body.id"})

    assert [event.dedupe_key for event in by_index] == ["D1:0", "D1:1"]
    assert [event.dedupe_key for event in by_item] == ["A", "B"]
    assert [event.body["data"] for event in by_item] == body["items"]
    assert by_item[1].body["text"] == "D1"


def test_the_items_of_a_list_share_what_the_options_name() -> None:
    body = {"id": "D1", "shop": "A7", "items": [{"sku": "A"}, {"sku": "B"}]}
    shared = {"split": "body.items", "parent": "body.{order: id, shop: shop}"}

    events = parsed(body, **shared, event={"id": "item.sku"})
    without = parsed(body, split="body.items", event={"id": "item.sku"})

    parent = {"order": "D1", "shop": "A7"}
    assert [event.body["parent"] for event in events] == [parent, parent]
    assert [event.dedupe_key for event in events] == [event.dedupe_key for event in without]
    assert "parent" not in without[0].body


def test_what_the_items_share_is_bounded_in_all_copies_together() -> None:
    """A body of 10 kB must not become events of 100 MB."""
    body = {"note": "x" * 9_000, "items": [{}] * 500}
    with pytest.raises(UnparsableDelivery) as caught:
        parsed(body, split="body.items", parent="body")

    assert caught.value.reason.code == "parent_too_large"
    assert len(parsed({**body, "items": [{}] * 50}, split="body.items", parent="body")) == 50


def test_an_address_that_is_only_opened_has_everything_in_its_query() -> None:
    fields = {"type": "query.kind", "id": "query.id", "actor_id": "request.path"}
    provider = a_provider("generic", **{**PLAIN, "event": fields, "request": ["method", "path"]})

    def opened(query: str) -> ParsedEvent:
        request = replace(a_request({":path": "eu/7"}, b"", query=query), method="GET")
        return provider.parse(request)[0]

    sms = opened("kind=sms.received&id=1")
    assert (sms.type, sms.dedupe_key, sms.actor_id) == ("sms.received", "sms.received:1", "eu/7")
    assert sms.body["data"] is None
    assert sms.body["request"] == {"method": "GET", "path": "eu/7"}
    keys = [opened(query).dedupe_key for query in ("a=1", "a=1", "a=2")]
    assert keys[0] == keys[1] != keys[2]


def test_a_signature_of_the_body_does_not_prove_the_query_of_an_opened_address() -> None:
    provider = a_provider("generic", verify=hmac_options(), signed="{body}")

    with pytest.raises(UnparsableDelivery):
        provider.parse(replace(a_request({}, b"", query="amount=1"), method="GET"))


@pytest.mark.parametrize("body", [{}, {"items": None}, []])
def test_a_split_that_finds_nothing_in_json_is_unparsable(body: Any) -> None:
    with pytest.raises(UnparsableDelivery):
        parsed(body, split="body.items")


@pytest.mark.parametrize("split", ["body.o.item", "body.o.item[]", "body.o.item[*]"])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_list_is_split_into_as_many_events_as_it_has_items(split: str, count: int) -> None:
    """XML and forms write a list of one as its item alone, and one of none not at all."""
    skus = [f"A{number}" for number in range(count)]
    items = [{"sku": sku} for sku in skus]
    xml = f"<o>{''.join(f'<item><sku>{sku}</sku></item>' for sku in skus)}</o>".encode()

    from_json = parsed({"o": {"item": items}}, split=split)
    from_xml = parsed(xml, {"content-type": "text/xml"}, split=split)
    from_form = parsed(
        "&".join(f"item={sku}" for sku in skus).encode(),
        {"content-type": FORM},
        split=split.replace(".o", ""),
    )

    for events in (from_json, from_xml):
        assert [event.body["data"] for event in events] == items
    assert [event.body["data"] for event in from_form] == skus
    assert len({event.dedupe_key for event in from_xml}) == count


def test_an_object_that_split_names_is_its_one_item() -> None:
    (event,) = parsed({"order": {"sku": "A"}}, split="body.order")

    assert event.body["data"] == {"sku": "A"}


def test_an_item_that_is_null_is_no_event() -> None:
    empty = parsed(b"<o/>", {"content-type": "text/xml"}, split="[body.o.item][]")
    (second,) = parsed({"items": [None, {"sku": "B"}]}, split="body.items", event={"id": "'D'"})

    assert (empty, second.dedupe_key) == ([], "D:1")


@pytest.mark.parametrize("value", [{"a": 1}, [1], "text", 5, None])
def test_any_json_value_is_a_body(value: Any) -> None:
    (event,) = parsed(value, event={"type": "body.type", "id": "length(body)"})

    assert event.body["data"] == value


# --- Forms and XML ---

FORM = "application/x-www-form-urlencoded"


def test_a_form_gives_texts_and_lists_of_the_repeated() -> None:
    request = a_request({"content-type": f"{FORM}; x=y"}, b"a=1&b=gi%C3%A1&a=2&c=")

    form = read_body(request)

    assert form == {"a": ["1", "2"], "b": "giá", "c": ""}


@pytest.mark.parametrize("body", [b"a=%FF", b"\xff", b"&".join([b"a=1"] * 1001)])
def test_a_form_that_cannot_be_read_is_unparsable(body: bytes) -> None:
    with pytest.raises(UnparsableDelivery):
        read_body(a_request({"content-type": FORM}, body))


def test_xml_becomes_plain_data() -> None:
    document = """<?xml version="1.0" encoding="UTF-8"?>
      <s:order xmlns:s="urn:shop" id="7"><note>giao  gấp</note><line>A</line><line q="2">B</line>
      <none/></s:order>"""

    assert read_xml(document.encode()) == {
        "order": {
            "@id": "7",
            "note": "giao  gấp",
            "line": ["A", {"@q": "2", "#text": "B"}],
            "none": "",
        }
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a/><b/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>',
        b'<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>',
        b"<a>" * 65 + b"</a>" * 65,
        b"<a>" * 80_000,
        b"<a>" + b"<b/>" * 60_000 + b"</a>",
        b"<a>" + b" " * MAX_XML_BYTES + b"</a>",
        b'<?xml version="1.0" encoding="UTF-8"?><a>\xe9</a>',
        b"\xff\xfe<",
        "<a/>".encode("utf-32"),
    ],
    ids=lambda body: body[:20].decode("latin-1"),
)
def test_xml_that_may_do_harm_is_unparsable(body: bytes) -> None:
    with pytest.raises(UnparsableDelivery):
        read_xml(body)


def test_the_encoding_that_xml_declares_is_not_believed() -> None:
    body = b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b+AD4-</a>'

    assert read_xml(body) == {"a": "+ADw-b+AD4-"}


@pytest.mark.parametrize(
    ("declared", "content_type", "used"),
    [
        ("ISO-8859-1", "", "iso-8859-1"),
        ("windows-1258", "text/xml", "windows-1258"),
        ("GB18030", "application/rss+xml", "gb18030"),
        ("utf-8", "text/xml; charset=ISO-8859-1", "iso-8859-1"),
        ("iso-8859-1", 'text/xml; charset="UTF-8"', "utf-8"),
        ("iso-8859-1", "", "utf-8-sig"),
        ("UTF-16", "", "utf-16"),
        ("UTF-16", "text/xml; charset=utf-8", "utf-16-be"),
        ("utf-16", "text/xml; charset=utf-16", "utf-16-le"),
        # Some senders write a document as text in memory, which they take for UTF-16.
        ("utf-16", "", "utf-8"),
    ],
)
def test_xml_is_read_in_the_character_set_that_its_sender_names(
    declared: str, content_type: str, used: str
) -> None:
    document = f'<?xml version="1.0" encoding="{declared}"?><a b="é">é</a>'

    assert read_xml(document.encode(used), content_type) == {"a": {"@b": "é", "#text": "é"}}


@pytest.mark.parametrize(
    ("declared", "used"),
    [
        ("", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("iso-8859-1", "utf-8-sig"),
        ("", "utf-16"),
        ("utf-16", "utf-16-le"),
        ("", "utf-16-be"),
        ("ISO-8859-1", "iso-8859-1"),
        ("ISO-8859-1", "utf-8"),
        ('"windows-1258"', "windows-1258"),
        ("x-unknown", "utf-8"),
    ],
)
def test_json_and_forms_are_read_in_the_character_set_that_their_sender_declares(
    declared: str, used: str
) -> None:
    """The signature covers the bytes as they were sent."""
    provider = a_provider(
        "generic", verify=hmac_options(), signed="{body}", event={"text": "body.note"}
    )
    bodies = {
        "application/json": '{"note": "café"}',
        FORM: "note=café",
    }
    for kind, text in bodies.items():
        raw = text.encode(used)
        named = f"{kind}; charset={declared}" if declared else kind
        signed = provider.sign(raw, now_ms=NOW_MS, delivery_key="")
        request = a_request({**signed, "content-type": named}, raw)

        provider.verify(request)
        (event,) = provider.parse(request)

        assert event.body["text"] == "café", kind


def test_the_escapes_of_a_form_are_in_its_character_set() -> None:
    latin = a_request({"content-type": f"{FORM}; charset=iso-8859-1"}, b"note=caf%E9+caf\xe9")
    wide = a_request({"content-type": FORM}, "note=caf%C3%A9".encode("utf-16"))

    assert (read_body(latin), read_body(wide)) == ({"note": "café café"}, {"note": "café"})


@pytest.mark.parametrize("kind", ["application/json", FORM, "text/xml"])
@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-16", b"\xff\xfe\x3d\xd8"),
        ("utf-8", b"\xef\xbb\xbf\xff"),
        ("us-ascii", b"\xe9"),
        ("iso-8859-1", b"1" * (MAX_RECODED_BYTES + 1)),
    ],
    ids=["half", "mark", "ascii", "large"],
)
def test_a_body_that_is_no_text_in_its_character_set_or_too_large_is_unparsable(
    kind: str, charset: str, body: bytes
) -> None:
    request = a_request({"content-type": f"{kind}; charset={charset}"}, body)

    with pytest.raises(UnparsableDelivery):
        read_body(request)


def test_prefixes_and_declarations_of_namespaces_are_left_out() -> None:
    body = b'<a xmlns="urn:a" xmlns:b="urn:b"><b:c xml:lang="vi" b:d="1">x</b:c></a>'

    assert read_xml(body) == {"a": {"c": {"@lang": "vi", "@d": "1", "#text": "x"}}}


def test_reading_xml_with_a_long_namespace_takes_work_in_proportion_to_the_body() -> None:
    """Eight times as much takes 64 times as long where each name carries its namespace."""

    def seconds(size: int) -> float:
        elements = b"<x:b/>" * (size // 12)
        body = b'<x:a xmlns:x="%b">%b</x:a>' % (b"u" * (size // 2), elements)
        times = []
        for _ in range(3):
            began = time.thread_time()
            read_xml(body)
            times.append(time.thread_time() - began)
        return min(times)

    assert seconds(240_000) < 30 * seconds(30_000)


@given(st.binary(max_size=200), st.sampled_from(["", "text/xml; charset=iso-8859-1", "charset=x"]))
def test_any_bytes_are_read_as_xml_or_refused(body: bytes, content_type: str) -> None:
    for document in (body, b"<a>%b</a>" % body, b'<?xml encoding="big5"?>%b' % body):
        with contextlib.suppress(UnparsableDelivery):
            assert dump_json(read_xml(document, content_type))


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


BASIC = {"basic": "shop", "password": [OTHER_SECRET, SECRET]}


def test_a_name_and_a_password_are_believed_and_no_rule_sees_them() -> None:
    provider = a_provider("generic", verify=BASIC, signed="{body}", headers=["authorization"])
    headers = basic(f"shop:{SECRET}")

    provider.verify(a_request(headers))
    provider.verify(a_request(provider.sign(b"{}", now_ms=0, delivery_key="")))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(f"shop:{SECRET}x"),
        basic(f"Shop:{SECRET}"),
        basic(f"shop{SECRET}"),
        {"authorization": f"Bearer shop:{SECRET}"},
        {"authorization": f"shop:{SECRET}"},
        {"authorization": "Basic \xe9"},
    ],
)
def test_another_name_or_password_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(RejectedDelivery):
        a_provider("generic", verify=BASIC, signed="{body}").verify(a_request(headers))
