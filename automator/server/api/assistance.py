"""The API of help while a rule file is written: completion, and explanations of words."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, StrictInt

from automator.files import MAX_BYTES
from automator.rules.assistance.completion import complete
from automator.rules.assistance.hover import explain
from automator.rules.assistance.knowledge import Knowledge
from automator.server.access.bodies import Body
from automator.server.answers.rules import AboutJson, CompletionJson
from automator.server.assistance.answers import about_as_data, completion_as_data
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


class Place(Body):
    """A place in the text of a rule file."""

    example: ClassVar[Mapping[str, Any]] = {"text": "rules: …", "position": 7}
    text: str = Field(max_length=MAX_BYTES)
    #: Its offset in characters; one outside of the text is that of an end.
    position: StrictInt


async def post_complete(context: RequestContext, body: Place) -> JsonAnswer[CompletionJson]:
    """The completion at the offset `position` of `text`, in characters."""
    work = partial(complete, body.text, _offset(body), await _known(context))
    completion = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(completion_as_data(completion, context.translator))


async def post_hover(context: RequestContext, body: Place) -> JsonAnswer[AboutJson]:
    """The explanation of the word at the offset `position` of `text`."""
    work = partial(explain, body.text, _offset(body), await _known(context))
    about = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(about_as_data(about, context.translator))


async def _known(context: RequestContext) -> Knowledge:
    active = context.services.rulebook.active.rule_set.rules
    return await context.services.knowledge.now([rule.spec.id for rule in active])


def _offset(place: Place) -> int:
    return min(max(place.position, 0), len(place.text))
