"""The site of a server: the pages, the API, and the demo's sandbox."""

from starlette.applications import Starlette

from automator.server.access.requests_at_once import RequestsAtOnce
from automator.server.bootstrap.error_middleware import ErrorMiddleware, hosts_of
from automator.server.bootstrap.routes import admin_routes
from automator.server.http.body_memory import BodyMemory
from automator.server.web.services import Services

#: Bytes of all large bodies that pages and calls of the API work on at a time: one of the largest,
#: or two usual bundles. What is read from one takes several times as much.
_LARGE_BODIES = 12_000_000


def create_site(services: Services) -> Starlette:
    """Everything but the hooks and the health checks as one ASGI application."""
    sandbox = None
    if services.demo:
        # Only a demo needs the simulated providers: other servers do not load them.
        from automator.server.demo.sandbox import DemoSandbox

        sandbox = DemoSandbox(services, lambda scope: hosts_of(services, scope))
    pages = ErrorMiddleware(admin_routes(sandbox.pages() if sandbox else None))
    site = Starlette(routes=[sandbox.mount()] if sandbox else [])
    # Not a mount at "/", which no path with a line break matches.
    site.router.default = pages
    site.state.services = services
    site.state.requests_at_once = RequestsAtOnce()
    site.state.bodies = BodyMemory(large=_LARGE_BODIES)
    return site
