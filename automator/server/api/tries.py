"""The API of tries: what rules would do about one event, or a rule file about the latest events,
without any effect.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictInt

from automator.language import problem_as_data
from automator.server.access.bodies import Body
from automator.server.answers.decisions import PreviewedJson, TrialJson
from automator.server.answers.values import TextJson
from automator.server.shared.responses import JsonAnswer
from automator.server.tryout.previews import DEFAULT_EVENTS, Previewed, Previews
from automator.server.tryout.recent_events import MOST_EVENTS
from automator.server.tryout.requests import TryRequest
from automator.server.tryout.rules import MOST_FILES, try_with
from automator.server.tryout.trial_text import trial_text
from automator.server.web.request_context import RequestContext


class TryBody(TryRequest):
    """The request for a try, with the rules that are tried in place of those in force."""

    #: One file with its text, or all files.
    file: str | None = None
    text: str | None = None
    files: dict[str, str] | None = Field(default=None, max_length=MOST_FILES)
    #: The answer is in words.
    answer_as: Literal["text"] | None = Field(default=None, alias="as")


async def post_try(context: RequestContext, body: TryBody) -> JsonAnswer[TrialJson | TextJson]:
    """A try of an event with the rules in force, or with those of the request.

    Anybody who may read events and rules may ask: nothing is sent and nothing is kept.
    """
    wanted = body.model_dump(by_alias=True, exclude_unset=True)
    as_text = wanted.pop("as", None) == "text"
    trial = await try_with(context, wanted)
    if as_text:
        return JsonAnswer({"text": trial_text(trial, context.translator, body.rule)})
    return JsonAnswer(trial.as_json())


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
) -> JsonAnswer[PreviewedJson]:
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
