"""The root ASGI application: webhooks, health checks, pages, the API, and the demo's sandbox."""

import asyncio
from collections.abc import Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.model import InstallationChangedError
from automator.server.bootstrap.error_middleware import ErrorMiddleware, hosts_of
from automator.server.http.proxies import TrustedProxies
from automator.server.http.receive import HOOKS, HookEndpoint
from automator.server.web.services import Services


class RootApplication:
    """Sends hooks straight to their endpoint, and every other request through Starlette.

    Starlette's middleware and routing cost about 12 µs a request, which is a tenth of an event.
    """

    def __init__(self, hooks: HookEndpoint, site: Starlette, proxies: TrustedProxies) -> None:
        self._hooks = hooks
        self._site = site
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._proxies:
            self._proxies.resolve(scope)
        if scope["type"] == "http" and scope["path"].startswith(HOOKS):
            await self._hooks(scope, receive, send)
        else:
            await self._site(scope, receive, send)

    def take(self, scope: Scope, body: bytes) -> ASGIApp | None:
        """Takes in a request that came at once; the application that answers it, if any."""
        if not scope["path"].startswith(HOOKS):
            return self
        if self._proxies:
            self._proxies.resolve(scope)
        return self._hooks.take(scope, body)


class LatePages:
    """The pages and the API, which are imported when somebody asks for one of them.

    A server that only takes deliveries in starts sooner without them, and is smaller.
    """

    def __init__(self, demo_pages: Sequence[Route] | None) -> None:
        self._demo_pages = demo_pages
        self._pages: ASGIApp | None = None
        self._importing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pages = self._pages or await self._imported()
        await pages(scope, receive, send)

    async def _imported(self) -> ASGIApp:
        async with self._importing:
            if self._pages is None:
                # In a thread, so that deliveries are taken in meanwhile.
                self._pages = await asyncio.to_thread(self._made)
            return self._pages

    def _made(self) -> ASGIApp:
        try:
            from automator.server.bootstrap.routes import admin_routes
        except InstallationChangedError as error:
            return ErrorMiddleware([Mount("/", partial(_refuse, error))])
        return ErrorMiddleware(admin_routes(self._demo_pages))


async def _refuse(error: Exception, _scope: Scope, _receive: Receive, _send: Send) -> None:
    raise error


def create_app(services: Services) -> RootApplication:
    """The server as one ASGI application."""
    hooks = HookEndpoint(services.intake, services.clock, services.settings.max_body)
    routes: list[Route | Mount] = [
        Route("/healthz", _healthy),
        Route("/readyz", _ready_to_accept),
    ]
    demo_pages = None
    if services.demo:
        # Only a demo needs the simulated providers: other servers do not load them.
        from automator.server.demo.sandbox import DemoSandbox

        sandbox = DemoSandbox(services, lambda scope: hosts_of(services, scope))
        routes.append(sandbox.mount())
        demo_pages = sandbox.pages()
    routes.append(Mount("/", LatePages(demo_pages)))
    site = Starlette(routes=routes)
    site.state.services = services
    return RootApplication(hooks, site, services.proxies)


async def _healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _ready_to_accept(request: Request) -> PlainTextResponse:
    services: Services = request.app.state.services
    trouble = services.runner.trouble if services.store.is_accepting else "the store cannot commit"
    if not trouble:
        return PlainTextResponse("ready\n")
    return PlainTextResponse(f"{trouble}\n", 503, {"retry-after": "30"})
