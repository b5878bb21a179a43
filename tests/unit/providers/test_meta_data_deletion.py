"""Meta's requests to delete somebody's data: signed forms at the address of the connection."""

import json

import pytest

from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, UnparsableDelivery
from automator.plugins import data_deletion_key
from tests.support.deletion import FORM, PERSON, deletion_form
from tests.support.providers import NOW_MS, OTHER_SECRET, SECRET, a_provider


def a_request(secret: str = SECRET, payload: str | None = None) -> InboundRequest:
    headers = (*FORM.items(), ("host", "evil.example"))
    return InboundRequest("POST", "", headers, deletion_form(secret, payload), NOW_MS)


@pytest.mark.parametrize("name", ["facebook", "instagram", "whatsapp"])
def test_a_signed_request_is_an_event_about_nobody_with_a_code(name: str) -> None:
    provider = a_provider(name)

    assert provider.verify(a_request()) is None
    (event,) = provider.parse(a_request())

    asked = event.body["data_deletion"]
    assert (event.type, event.actor_id) == (f"{name}.data_deletion", None)
    assert event.body["data"] == PERSON
    assert event.dedupe_key == data_deletion_key(asked["code"])


@pytest.mark.parametrize("name", ["facebook", "instagram", "whatsapp"])
def test_the_answer_has_the_page_and_the_code_of_the_event(name: str) -> None:
    made = a_provider(name)
    reached = made.options.reached_at(f"https://shop.example/hooks/{made.connection}")
    provider = type(made)(made.connection, reached)

    answer = provider.acknowledge(a_request())

    assert answer is not None
    asked = provider.parse(a_request())[0].body["data_deletion"]
    assert json.loads(answer.body) == {"url": asked["page"], "confirmation_code": asked["code"]}
    page = f"https://shop.example/erasures/{provider.connection}/{asked['code']}"
    assert asked["page"] == page
    assert "218471" not in answer.body


def test_without_a_public_address_the_page_is_a_path_whatever_host_was_asked() -> None:
    provider = a_provider("facebook")

    answer = provider.acknowledge(a_request())

    assert answer is not None
    assert json.loads(answer.body)["url"].startswith(f"/erasures/{provider.connection}/")


@pytest.mark.parametrize(
    "request_",
    [
        a_request(OTHER_SECRET),
        InboundRequest("POST", "", a_request().raw_headers, b"signed_request=", NOW_MS),
        InboundRequest("POST", "", a_request().raw_headers, b"signed_request=x.%FF", NOW_MS),
        InboundRequest("POST", "", a_request().raw_headers, b"signed_request=.e30", NOW_MS),
    ],
)
def test_a_request_that_the_app_has_not_signed_is_refused(request_: InboundRequest) -> None:
    with pytest.raises(RejectedDelivery, match="signed_request"):
        a_provider("facebook").verify(request_)


def test_another_form_needs_the_signature_of_a_delivery() -> None:
    form = InboundRequest("POST", "", a_request().raw_headers, b"user_id=218471", NOW_MS)

    with pytest.raises(RejectedDelivery, match="x-hub-signature-256"):
        a_provider("facebook").verify(form)


@pytest.mark.parametrize("payload", ["", "e30x%25", "W10", "_w"])
def test_a_signed_text_that_is_no_request_is_unparsable(payload: str) -> None:
    with pytest.raises(UnparsableDelivery, match="not_a_signed_request"):
        a_provider("facebook").parse(a_request(payload=payload))
