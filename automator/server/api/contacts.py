"""The API of contacts: what is known of a person, and whether they want private messages."""

from starlette.responses import Response
from starlette.routing import Route

from automator.model import OptOut
from automator.server.access.guard import call
from automator.server.shared.contact_changes import change_opt_out, change_pause, known_contact
from automator.server.shared.json_values import JsonAnswer
from automator.server.web.request_context import Visit
from automator.server.web.security import Role


async def get_contact(visit: Visit) -> Response:
    """What is known of a person."""
    connection, external_id = visit.path("connection"), visit.path("id")
    return JsonAnswer(await known_contact(visit.services.store, connection, external_id))


async def post_opt_out(visit: Visit) -> Response:
    """Ends private messages to a person."""
    return await _change(visit, opted_out=True)


async def post_opt_in(visit: Visit) -> Response:
    """Takes an opt-out back."""
    return await _change(visit, opted_out=False)


async def post_pause(visit: Visit) -> Response:
    """Pauses rules for a person."""
    return await _change_pause(visit, paused=True)


async def post_resume(visit: Visit) -> Response:
    """Lets rules speak to a person again."""
    return await _change_pause(visit, paused=False)


async def _change_pause(visit: Visit, *, paused: bool) -> Response:
    connection, person = visit.path("connection"), visit.path("id")
    store, who = visit.services.store, visit.actor.name
    return JsonAnswer(await change_pause(store, connection, person, paused=paused, who=who))


async def _change(visit: Visit, *, opted_out: bool) -> Response:
    connection = visit.path("connection")
    # Else a slip of the pen would note the opt-out of nobody.
    visit.services.intake.connection(connection)
    effect = OptOut(opted_out=opted_out, by=visit.actor.name)
    store = visit.services.store
    return JsonAnswer(await change_opt_out(store, connection, visit.path("id"), effect))


def contact_routes() -> list[Route]:
    """The calls with the role that each needs."""
    one = "/api/contacts/{connection}/{id}"
    post = ("POST",)
    return [
        call(one, get_contact, Role.VIEWER),
        call(f"{one}/opt-out", post_opt_out, Role.EDITOR, methods=post),
        call(f"{one}/pause", post_pause, Role.EDITOR, methods=post),
        call(f"{one}/resume", post_resume, Role.EDITOR, methods=post),
        call(f"{one}/opt-in", post_opt_in, Role.EDITOR, methods=post),
    ]
