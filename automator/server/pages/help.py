"""The help page, which explains each page of the navigation, and the documentation."""

import asyncio
import gzip
from pathlib import PurePosixPath

from starlette.exceptions import HTTPException

from automator.resources import document, explained_codes
from automator.server.pages import RequestContext, Response, render, see_other

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


async def show_help(context: RequestContext) -> Response:
    """The whole help on one page; the help link of each page leads to a section."""
    return render(context, "help.html")


async def send_document(context: RequestContext) -> Response:
    """Sends a file of the documentation, which tells nothing about this server."""
    name = context.path("name") or "README.html"
    content = document(name)
    if content is None:
        raise HTTPException(404)
    headers = {
        "vary": "accept-encoding",
        "cache-control": "max-age=300",
        # Search engines find the documentation of one server, not of every shop.
        "x-robots-tag": "noindex",
    }
    if context.takes_gzip:
        headers["content-encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    kind = _TYPES.get(PurePosixPath(name).suffix, "text/plain")
    return Response(content, media_type=kind, headers=headers)


async def explain_code(context: RequestContext) -> Response:
    """Leads to the row about the code of a message; a plugin's code is in no row."""
    code = context.path("code")
    page, anchor = "reference/problems", ""
    # The first call reads all tables of codes.
    if found := (await asyncio.to_thread(explained_codes)).get(code):
        page, anchor = found[0][0], f"#{code}"
    return see_other(f"/help/{page}.html{anchor}")
