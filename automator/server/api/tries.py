"""The API of tries: the actions of rules on an event, without any effect."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from automator.server.shared.responses import JsonAnswer
from automator.server.tryout.requests import TryRequest
from automator.server.tryout.rules import MOST_FILES, try_with
from automator.server.tryout.trial_text import trial_text
from automator.server.web.request_context import RequestContext

if TYPE_CHECKING:
    from automator.server.answers.decisions import TrialJson
    from automator.server.answers.values import TextJson


class TryBody(TryRequest):
    """The request for a try, with the rules that are tried in place of those in force."""

    #: One file with its text, or all files.
    file: str | None = None
    text: str | None = None
    files: dict[str, str] | None = Field(default=None, max_length=MOST_FILES)
    #: The answer is in words.
    answer_as: Literal["text"] | None = Field(default=None, alias="as")


async def post_try(context: RequestContext, body: TryBody) -> "JsonAnswer[TrialJson | TextJson]":
    """A try of an event with the rules in force, or with those of the request.

    Anybody who may read events and rules may ask: nothing is sent and nothing is kept.
    """
    wanted = body.model_dump(by_alias=True, exclude_unset=True)
    as_text = wanted.pop("as", None) == "text"
    trial = await try_with(context, wanted)
    if as_text:
        return JsonAnswer({"text": trial_text(trial, context.translator, body.rule)})
    return JsonAnswer(trial.as_json())
