"""Sends files for which nobody has to sign in: JSON Schemas, and proofs of a domain's ownership."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException

from automator.files import settings_schema
from automator.providers import BUILTIN
from automator.rules.assistance.schema import rule_file_schema
from automator.server.pages import RequestContext, Response
from automator.server.shared.responses import JsonAnswer


class Schemas:
    """Sends the JSON Schemas; makes each once, because strangers may ask for them often."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, Any]] = {}

    async def send_rules(self, context: RequestContext) -> Response:
        """The schema of rule files, with the actions of this server."""
        return await self._send("rules", lambda: rule_file_schema(context.services.actions))

    async def send_settings(self, _context: RequestContext) -> Response:
        """The schema of automator.yaml."""
        return await self._send("settings", lambda: settings_schema(BUILTIN.values()))

    async def _send(self, name: str, make: Callable[[], dict[str, Any]]) -> Response:
        if name not in self._made:
            self._made[name] = await asyncio.to_thread(make)
        return JsonAnswer(self._made[name])


async def send_verification_file(context: RequestContext) -> Response:
    """The file with this name under `site_verification.files` in automator.yaml."""
    name = context.request.scope["path"].removeprefix("/")
    content = context.services.settings.site_verification.files.get(name)
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type="text/html" if name.endswith(".html") else "text/plain")
