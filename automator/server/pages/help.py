"""The help page: the purpose of each page of the navigation."""

from starlette.responses import Response

from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_help(context: RequestContext) -> Response:
    """All of it on one page; the link of each page leads to its part."""
    return render(context, "help.html")
