"""A path of `redact` names one place in a body or a query, and what it names is gone."""

import pytest
from pydantic import ValidationError

from automator.http.redaction import MOST_PATHS, is_path, redacted
from tests.support.providers import a_provider, a_request


@pytest.mark.parametrize(
    "path", ["body.card", "body[].card", "body.messages[].phone", 'body."card number"', "query.q"]
)
def test_a_path_leads_to_a_value(path: str) -> None:
    assert is_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "card",
        "body",
        "body.",
        "body..card",
        "body.*",
        "query.a.b",
        "headers.x",
        "body." + "x" * 200,
    ],
)
def test_what_leads_nowhere_is_refused_when_the_settings_are_read(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(ValidationError):
        a_provider("stripe", redact=[path])


def test_a_connection_has_a_bounded_number_of_paths() -> None:
    with pytest.raises(ValidationError):
        a_provider("stripe", redact=[f"body.x{number}" for number in range(MOST_PATHS + 1)])


def test_a_connection_that_verifies_nothing_has_no_secret_for_redact() -> None:
    with pytest.raises(ValidationError):
        a_provider("generic", verify={"none": True}, signed="{body}", redact=["body.card"])


def test_the_shorter_of_two_paths_counts_in_any_order() -> None:
    request = a_request({"content-type": "application/json"}, b'{"card":{"number":1,"cvv":2}}')
    for paths in (["body.card", "body.card.cvv"], ["body.card.cvv", "body.card"]):
        assert redacted(request, paths).body == b'{"card":null}'


def test_text_in_another_character_set_is_still_read_as_it_says() -> None:
    request = a_request(
        {"content-type": "application/json; charset=gbk"}, '{"card":1,"name":"陈"}'.encode("gbk")
    )
    assert redacted(request, ["body.card"]).json() == {"card": None, "name": "陈"}
