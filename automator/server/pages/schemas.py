"""The JSON Schemas of the files that people write, for their editors; they hold nothing private."""

from functools import cache
from typing import Any

from starlette.responses import Response

from automator.files import settings_schema
from automator.providers import BUILTIN
from automator.rules.assistance.schema import rule_file_schema
from automator.server.shared.json_values import JsonAnswer
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
