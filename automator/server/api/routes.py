"""Lists the routes of all API calls, and describes them as OpenAPI.

Programs authenticate with a bearer token, our own pages with their session.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from automator.http.json_body import dump_json
from automator.server.access.guard import Calls
from automator.server.api import access, activity, contacts, replays, rules, setup
from automator.server.reports.declarations import AUDIT, PROMOTION, REPORTS
from automator.server.reports.routes import route_of
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role


def api_routes() -> list[Route]:
    """The routes of all calls, in the order in which they are tried."""
    routes = [
        *activity.calls.routes,
        *replays.calls.routes,
        *contacts.calls.routes,
        *map(route_of, (*REPORTS, PROMOTION, AUDIT)),
        *setup.calls.routes,
        *rules.calls.routes,
        *access.calls.routes,
    ]
    itself, description = Calls(), Description(routes)
    declare = itself.declare("GET /api/openapi.json", Role.VIEWER, group="status")
    declare(description.get_description)
    routes += itself.routes
    return routes


class Description:
    """Makes the API's description in OpenAPI 3.1 when it is first asked for, and keeps it."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._made = b""
        self._making = asyncio.Lock()

    async def get_description(self, _context: RequestContext) -> JsonAnswer[dict[str, Any]]:
        """The description of this API in OpenAPI 3.1."""
        from automator.server.openapi import describe  # noqa: PLC0415 - 3 MB, for one route.

        async with self._making:
            if not self._made:
                self._made = dump_json(await asyncio.to_thread(describe, self._routes))
        return JsonAnswer(self._made)
