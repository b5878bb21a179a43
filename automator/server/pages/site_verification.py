"""The files and meta tags that prove the ownership of a domain, shown without signing in."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from automator.server.web.redirects import see_other
from automator.server.web.request_context import RequestContext
from automator.server.web.security import SignInNeeded
from automator.server.web.templates import render


async def send_verification_file(context: RequestContext) -> Response:
    """The file of this name that automator.yaml writes."""
    name = context.request.scope["path"].removeprefix("/")
    content = context.services.settings.site_verification.files.get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="text/html" if name.endswith(".html") else "text/plain")


async def show_home(context: RequestContext) -> Response:
    """The log for those who are signed in; for others a page with the meta tags, if there are any.

    Raises:
        SignInNeeded: there are none, and nobody is signed in.
    """
    meta = context.services.settings.site_verification.meta
    if context.actor.name:
        return see_other("/log")
    if not meta:
        raise SignInNeeded
    return render(context, "home.html", meta=meta)
