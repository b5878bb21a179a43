"""The API of previews: the effects that a rule file in the editor would have on the latest
events.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, StrictInt

from automator.language import problem_as_data
from automator.server.access.bodies import Body
from automator.server.shared.responses import JsonAnswer
from automator.server.tryout.previews import DEFAULT_EVENTS, Previewed, Previews
from automator.server.tryout.recent_events import MOST_EVENTS
from automator.server.web.request_context import RequestContext

if TYPE_CHECKING:
    from automator.server.answers.decisions import PreviewedJson


class PreviewBody(Body):
    """A text as a rule file, and how many of the latest events it is previewed on."""

    example: ClassVar[Mapping[str, Any]] = {
        "file": "prices.yaml",
        "text": "rules: …",
        "limit": DEFAULT_EVENTS,
    }
    file: str
    text: str
    limit: StrictInt = Field(default=DEFAULT_EVENTS, ge=1, le=MOST_EVENTS)


async def post_preview(
    previews: Previews, context: RequestContext, body: PreviewBody
) -> "JsonAnswer[PreviewedJson]":
    """Previews a rule file on the latest events: matches, messages, differences to saved rules.

    Viewers may call it too, because it sends and stores nothing.
    """
    found = await previews.of(context, body.file, body.text, body.limit)
    return JsonAnswer(_as_json(context, found))


def _as_json(context: RequestContext, found: Previewed) -> dict[str, Any]:
    return {
        "ok": found.preview is not None,
        "samples": found.are_samples,
        "problems": [problem_as_data(item, context.translator) for item in found.problems],
        "preview": None if found.preview is None else found.preview.as_json(),
    }
