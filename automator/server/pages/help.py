"""The help page, which explains each page of the navigation."""

from starlette.responses import Response

from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_help(context: RequestContext) -> Response:
    """The whole help on one page; the help link of each page leads to a section."""
    return render(context, "help.html")
