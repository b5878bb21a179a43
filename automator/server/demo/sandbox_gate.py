"""Keeps other sites away from the sandbox: checks host and origin, and limits the body.

The sandbox trusts everybody who reaches it. A page of another site must not reach it through a
person's browser, neither with a form nor with a host name that leads to this machine.
"""

from collections.abc import Callable, Collection

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automator.language import Translator
from automator.model import record
from automator.server.web.language import language_of
from automator.server.web.request_context import read_body
from automator.server.web.security import (
    CrossSite,
    RequestError,
    check_host,
    error_json,
    is_foreign,
)

#: Bytes of a body; enough for a step that forwards the largest event.
MAX_BODY = 4_194_304


@record(kw_only=False)
class SandboxGate:
    """Admits programs on this machine and our own pages to the sandbox; an ASGI application."""

    sandbox: ASGIApp
    #: Returns the host names by which the server may be addressed.
    hosts: Callable[[Scope], Collection[str]]
    public_url: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.sandbox(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            body = await self._admit(request)
        except RequestError as error:
            await JSONResponse(error_json(error, Translator(language_of(request))), error.status)(
                scope, receive, send
            )
            return
        is_read = False

        async def receive_read() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.sandbox(scope, receive_read, send)

    async def _admit(self, request: Request) -> bytes:
        check_host(request.scope["headers"], frozenset(self.hosts(request.scope)))
        if is_foreign(request, self.public_url):
            raise CrossSite
        return await read_body(request, MAX_BODY)
