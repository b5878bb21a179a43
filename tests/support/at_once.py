"""Requests that come at once, as the listener gives them to the hook route."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.server.http.body import SOCKET
from automator.server.http.hook_endpoint import HookEndpoint


class Connection:
    """A connection that is told, once, how its request is answered."""

    def __init__(self) -> None:
        self.told: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()

    def acknowledge(self, body: bytes) -> bool:
        """Writes the answer to a delivery, as `HttpProtocol` does."""
        if not self.told.done():
            headers = {"x-content-type-options": "nosniff"}
            self.told.set_result(Response(body, 200, headers, "application/json"))
        return True

    def answer_with(self, app: ASGIApp) -> None:
        """Has an application answer."""
        self.told.set_result(app)


def at_once(endpoint: HookEndpoint) -> ASGIApp:
    """The endpoint as an application whose requests all come whole."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        message: Any = await receive()
        connection = Connection()
        app = endpoint.take({**scope, SOCKET: connection}, message.get("body", b""))
        app = app or await connection.told

        async def again() -> Any:
            return message

        await app(scope, again, send)

    return application
