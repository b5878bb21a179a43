"""The address `/mcp`, at which agents use the API as tools over streamable HTTP.

Each request is answered with JSON by itself: no session outlives it, and any node can answer. The
caller is identified by an API token, never by a session of a browser.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automator.model import N_
from automator.server.access.guard import bearer
from automator.server.http.body import BodyMemory
from automator.server.web.request_context import MAX_TEXT_FORM, RESERVATION, Actor, read_body
from automator.server.web.security import AGENTS, CrossSite, SignInNeeded, is_same_origin
from automator.server.web.services import Services

if TYPE_CHECKING:
    from automator.server.agents import AgentTool


def agent_routes(site: ASGIApp, routes: Sequence[Route]) -> list[Route]:
    """The route of agents, whose tools call `site`; none if the extra `mcp` is not installed."""
    if find_spec("mcp") is None:
        return []
    return [Route(AGENTS, AgentEndpoint(site, routes), methods=["POST"])]


class AgentEndpoint:
    """Answers the requests of agents."""

    def __init__(self, site: ASGIApp, routes: Sequence[Route]) -> None:
        self._site, self._routes = site, routes
        self._making = asyncio.Lock()

    @cached_property
    def _tools(self) -> "dict[str, AgentTool]":
        from automator.server.agents import tools_of  # noqa: PLC0415 - An extra, and slow to load.

        logging.getLogger("mcp").setLevel(logging.WARNING)
        return tools_of(self._routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        services: Services = request.app.state.services
        actor = await self._permitted(request, services)
        bodies: BodyMemory = request.app.state.bodies
        with closing(bodies.reserve()) as scope[RESERVATION]:
            body = await read_body(request, MAX_TEXT_FORM)
        async with self._making:
            tools = await asyncio.to_thread(lambda: self._tools)
        await self._answer(tools, actor, body, scope, receive, send)

    async def _permitted(self, request: Request, services: Services) -> Actor:
        """The owner of the request's API token.

        Raises:
            CrossSite: another site's page in a browser sent the request.
            SignInNeeded: there is no token, or it is not valid.
        """
        if {"origin", "sec-fetch-site"} & {*request.headers} and not is_same_origin(
            request, services.settings.public_url
        ):
            raise CrossSite
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise SignInNeeded(N_("An agent needs an API token."))
        return await bearer(services, authorization)

    async def _answer(
        self,
        tools: "Mapping[str, AgentTool]",
        actor: Actor,
        body: bytes,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # noqa: PLC0415 - An extra.

        from automator.server.agents import agent_server  # noqa: PLC0415 - Needs the extra.

        async def call(
            method: str, address: str, given: Mapping[str, Any] | None
        ) -> tuple[bool, Any]:
            return await call_inside(self._site, scope, method, address, given)

        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return messages.pop() if messages else await receive()

        manager = StreamableHTTPSessionManager(
            agent_server(tools, call, actor), json_response=True, stateless=True
        )
        async with manager.run():
            await manager.handle_request(scope, receive_again, send)


#: The headers of an agent's request that its calls have too.
_KEPT = (b"host", b"authorization", b"accept-language")


async def call_inside(
    site: ASGIApp, scope: Scope, method: str, address: str, given: Mapping[str, Any] | None
) -> tuple[bool, Any]:
    """Makes a call of the API inside the process, for the caller of the request in `scope`."""
    path, _, query = address.partition("?")
    body = b"" if given is None else orjson.dumps(given)
    headers = [(name, value) for name, value in scope["headers"] if name in _KEPT]
    headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    kept = ("type", "asgi", "http_version", "scheme", "server", "client", "app", "state")
    inner: Scope = {
        **{name: scope[name] for name in kept if name in scope},
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
    }
    status, answer = 500, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            answer.extend(message.get("body", b""))

    await site(inner, receive, send)
    return status < 400, orjson.loads(bytes(answer))
