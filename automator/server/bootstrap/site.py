"""The site of a server: health checks, pages, the API, and the demo's sandbox."""

from collections.abc import Sequence
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.model import InstallationChangedError
from automator.server.bootstrap.error_middleware import ErrorMiddleware, hosts_of
from automator.server.bootstrap.late_application import LateApplication
from automator.server.web.services import Services


def create_site(services: Services) -> Starlette:
    """Everything but the hooks as one ASGI application."""
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
    routes.append(Mount("/", LateApplication(partial(make_pages, demo_pages))))
    site = Starlette(routes=routes)
    site.state.services = services
    return site


def make_pages(demo_pages: Sequence[Route] | None) -> ASGIApp:
    """The pages and the API, without which a server is smaller."""
    try:
        from automator.server.bootstrap.routes import admin_routes
    except InstallationChangedError as error:
        return ErrorMiddleware([Mount("/", partial(_refuse, error))])
    return ErrorMiddleware(admin_routes(demo_pages))


async def _refuse(error: Exception, _scope: Scope, _receive: Receive, _send: Send) -> None:
    raise error


async def _healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok\n")


async def _ready_to_accept(request: Request) -> PlainTextResponse:
    services: Services = request.app.state.services
    trouble = services.runner.trouble if services.store.is_accepting else "the store cannot commit"
    if not trouble:
        return PlainTextResponse("ready\n")
    return PlainTextResponse(f"{trouble}\n", 503, {"retry-after": "30"})
