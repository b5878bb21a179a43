"""The API of help while a rule file is written: completion, and explanations of words."""

from functools import partial
from typing import Any

from starlette.responses import Response

from automator.files import MAX_BYTES
from automator.model import N_, UsageError
from automator.rules.assistance.completion import complete
from automator.rules.assistance.hover import explain
from automator.rules.assistance.knowledge import Knowledge
from automator.server.assistance.answers import about_as_data, completion_as_data
from automator.server.shared.json_values import JsonAnswer
from automator.server.web.request_context import RequestContext, read_json


async def post_complete(context: RequestContext) -> Response:
    """The completion at the offset `position` of `text`, in characters."""
    text, position = await _place(context)
    work = partial(complete, text, position, await _known(context))
    completion = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(completion_as_data(completion, context.translator))


async def post_hover(context: RequestContext) -> Response:
    """The explanation of the word at the offset `position` of `text`."""
    text, position = await _place(context)
    work = partial(explain, text, position, await _known(context))
    about = await context.services.assistance.run(work, of=context.actor.name)
    return JsonAnswer(about_as_data(about, context.translator))


async def _known(context: RequestContext) -> Knowledge:
    active = context.services.rulebook.active.rule_set.rules
    return await context.services.knowledge.now([rule.spec.id for rule in active])


async def _place(context: RequestContext) -> tuple[str, int]:
    body: dict[str, Any] = await read_json(context.request, ("text", "position"))
    text, position = body.get("text"), body.get("position")
    if not isinstance(text, str) or not isinstance(position, int):
        raise UsageError(
            N_("text and position are needed"), fix=N_('Send {"text": "rules: …", "position": 7}.')
        )
    if len(text) > MAX_BYTES:
        raise UsageError(
            N_("the text has more than {most} characters"),
            fix=N_("Send less."),
            most=MAX_BYTES,
        )
    return text, min(max(position, 0), len(text))
