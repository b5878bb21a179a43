"""The API of tries: the actions of rules on an event, without any effect."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from automator.engine.rulesets.rules_refused import RulesRefusedError
from automator.language import problem_as_data
from automator.server.shared.json_values import JsonAnswer
from automator.server.tryout.rules import try_with
from automator.server.tryout.trial_text import trial_text
from automator.server.web.request_context import RequestContext, read_json
from automator.server.web.security import error_json


async def post_try(context: RequestContext) -> Response:
    """A try of an event with the rules in force, or with those of the request.

    Anybody who may read events and rules may ask: nothing is sent and nothing is kept.
    """
    body = await read_json(context.request)
    as_text = body.pop("as", None) == "text"
    try:
        trial = await try_with(context, body)
    except RulesRefusedError as refused:
        return JsonAnswer(refusal_json(context, refused), 422)
    if as_text:
        rule = body.get("rule")
        only = rule if isinstance(rule, str) else None
        return JsonAnswer({"text": trial_text(trial, context.translator, only)})
    return JsonAnswer(trial.as_json())


def refusal_json(context: RequestContext, refused: RulesRefusedError) -> Mapping[str, Any]:
    """The problems for which rules cannot be tried."""
    problems = [problem_as_data(item, context.translator) for item in refused.problems]
    return {**error_json(refused, context.translator), "problems": problems}
