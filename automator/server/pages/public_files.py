"""Files for everybody: JSON Schemas for editors, and proofs that a domain is ours.

They hold nothing private, so that nobody has to sign in for them.
"""

from functools import cache
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from automator.files import settings_schema
from automator.providers import BUILTIN
from automator.rules.assistance.schema import rule_file_schema
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


async def send_rules_schema(context: RequestContext) -> Response:
    """The schema of rule files, with the actions of this server."""
    return JsonAnswer(rule_file_schema(context.services.actions))


async def send_settings_schema(_context: RequestContext) -> Response:
    """The schema of automator.yaml."""
    return JsonAnswer(_settings_schema())


@cache
def _settings_schema() -> dict[str, Any]:
    return settings_schema(BUILTIN.values())


async def send_verification_file(context: RequestContext) -> Response:
    """The file of this name that automator.yaml writes."""
    name = context.request.scope["path"].removeprefix("/")
    content = context.services.settings.site_verification.files.get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="text/html" if name.endswith(".html") else "text/plain")
