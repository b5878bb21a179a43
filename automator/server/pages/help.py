"""The help page, which explains each page of the navigation."""

from automator.server.pages import RequestContext, Response, render


async def show_help(context: RequestContext) -> Response:
    """The whole help on one page; the help link of each page leads to a section."""
    return render(context, "help.html")
