"""The messages about bodies of calls that cannot be read: each is a text of the catalogue."""

import json

import pytest

from automator.language import Translator
from automator.model import UsageError
from automator.server.access.bodies import Body, read_body_as
from automator.server.access.guard import Guarded
from automator.server.bootstrap.site import admin_routes

#: Values that hardly any field takes.
WRONG = (
    *(None, True, -5, 1.5, 10**30, float("nan")),
    *("", "x" * 300_000, "\ud800"),
    *([], [None], ["\ud800"], ["x"] * 1_200, [{"run": 1}]),
    *({}, {"a": 1}, {"add": ["x"] * 500}, dict.fromkeys(map(str, range(1_200)), "")),
)
#: Words of Pydantic, which are English.
ITS_OWN = ("Input", "should", "Extra", "Field", "required", " or ")


def the_bodies() -> list[type[Body]]:
    endpoints = [route.endpoint for route in admin_routes()]
    return [one.body for one in endpoints if isinstance(one, Guarded) and one.body is not None]


def refusals(body: type[Body]) -> list[UsageError]:
    """The errors of the example of a body after each field was given each wrong value."""
    found = []
    for name in (*body.names(), "no_such_field"):
        for value in WRONG:
            try:
                read_body_as(body, {**body.example, name: value})
            except UsageError as error:
                found.append(error)
    return found


@pytest.mark.parametrize("body", the_bodies(), ids=lambda body: body.__name__)
def test_whatever_is_wrong_with_a_body_is_said_in_the_language_of_the_reader(
    body: type[Body],
) -> None:
    say = Translator("vi")
    said = {say.error(error)[0] for error in refusals(body)}

    assert said
    assert [one for one in said if any(word in one for word in ITS_OWN)] == []
    assert [one for one in said if one.startswith("không đọc được")] == []


def test_a_field_that_a_call_does_not_have_is_named() -> None:
    body = the_bodies()[0]
    with pytest.raises(UsageError) as refused:
        read_body_as(body, {**body.example, "colour": "red"})

    message, fix = Translator("en").error(refused.value)
    assert message == "colour is no field of this call"
    assert json.dumps(body.example, ensure_ascii=False) in fix
