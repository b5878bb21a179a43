"""The files that prove the ownership of a domain, shown without signing in."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from automator.server.web.request_context import RequestContext


async def send_verification_file(context: RequestContext) -> Response:
    """The file of this name that automator.yaml writes."""
    name = context.request.scope["path"].removeprefix("/")
    content = context.services.settings.site_verification.files.get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="text/html" if name.endswith(".html") else "text/plain")
