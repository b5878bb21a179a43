"""The help page: the purpose of each page of the navigation."""

from starlette.responses import Response

from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_help(context: RequestContext) -> Response:
    """The whole help on one page; the link of each page leads to its section."""
    return render(context, "help.html")
