"""Calls of the API are declared above the functions that answer them."""

import pytest

from automator.engine.operations.run_review import CHOICES, DECISIONS
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls, Guarded
from automator.server.api.routes import api_routes
from automator.server.shared.contacts import CHANGES
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role


class Wish(Body):
    """A body of a call."""

    text: str


def test_the_body_of_a_call_is_the_type_of_its_parameter() -> None:
    calls = Calls()

    @calls.declare("POST /api/wishes", Role.EDITOR, group="wishes")
    async def post_wish(context: RequestContext, body: Wish) -> JsonAnswer[dict[str, str]]:
        """Makes a wish."""
        return JsonAnswer({"text": body.text, "by": context.actor.name})

    (route,) = calls.routes
    assert isinstance(route.endpoint, Guarded)
    assert route.endpoint.body is Wish
    assert (route.path, route.methods) == ("/api/wishes", {"POST"})


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/api/runs/{id}/", DECISIONS),
        ("/api/approvals/", CHOICES),
        ("/api/contacts/{connection}/{id:path}/", CHANGES),
    ],
)
def test_each_decision_that_a_person_can_make_is_a_call(
    address: str, words: tuple[str, ...]
) -> None:
    paths = {route.path for route in api_routes() if "POST" in (route.methods or ())}

    assert {f"{address}{word}" for word in words} <= paths


def test_every_call_says_its_group() -> None:
    calls = [route.endpoint for route in api_routes()]

    assert [call for call in calls if isinstance(call, Guarded) and not call.group] == []
