"""The API of previews: the effects that a rule file in the editor would have on the latest
events.
"""

from typing import Any

from starlette.responses import Response

from automator.language import problem_as_data
from automator.model import N_, UsageError
from automator.server.shared.json_values import JsonAnswer
from automator.server.tryout.previews import DEFAULT_EVENTS, Previewed, Previews
from automator.server.tryout.recent_events import MOST_EVENTS
from automator.server.web.request_context import RequestContext, read_json


async def post_preview(previews: Previews, context: RequestContext) -> Response:
    """Previews a rule file on the latest events: matches, messages, differences to saved rules.

    Viewers may call it too, because it sends and stores nothing.
    """
    body = await read_json(context.request, ("file", "text", "limit"))
    name, text, limit = body.get("file"), body.get("text"), body.get("limit", DEFAULT_EVENTS)
    if not isinstance(name, str) or not isinstance(text, str):
        raise UsageError(
            N_("file and text are needed"),
            fix=N_("Send it as in {example}."),
            example='{"file": "prices.yaml", "text": "rules: …"}',
        )
    if limit.__class__ is not int or not 1 <= limit <= MOST_EVENTS:
        raise UsageError(
            N_("limit is a whole number from 1 to {most}"),
            fix=N_("Send it as in {example}."),
            most=MOST_EVENTS,
            example='{"limit": 200}',
        )
    return JsonAnswer(_as_json(context, await previews.of(context, name, text, limit)))


def _as_json(context: RequestContext, found: Previewed) -> dict[str, Any]:
    return {
        "ok": found.preview is not None,
        "samples": found.are_samples,
        "problems": [problem_as_data(item, context.translator) for item in found.problems],
        "preview": None if found.preview is None else found.preview.as_json(),
    }
