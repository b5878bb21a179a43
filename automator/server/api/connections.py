"""The API of connections: what a provider sends here, links to a chat, and profiles of accounts."""

from collections.abc import Sequence

from automator.engine.profiles.profiles import ProfilePlan
from automator.server.answers.setup import ChatLinkJson, ProfilesJson, SubscribedJson
from automator.server.setup.chat_links import chat_link
from automator.server.shared.json_values import reason_with_sentence, record_json
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


async def post_subscribe(context: RequestContext) -> JsonAnswer[SubscribedJson]:
    """Has the provider of a connection send this server the events that its rules need."""
    problem = await context.services.watchdog.subscribe(context.path("name"))
    say = context.translator.say
    return JsonAnswer({"problem": None if problem is None else reason_with_sentence(problem, say)})


async def get_chat_link(context: RequestContext) -> JsonAnswer[ChatLinkJson]:
    """The link that opens a conversation with the account of a connection, and its QR code."""
    provider = context.services.connection_named(context.path("name"))
    return JsonAnswer(chat_link(provider, context.query("ref"), context.query("text")).as_json())


async def get_profile(context: RequestContext) -> JsonAnswer[ProfilesJson]:
    """The changes that setting the profile of a connection would make now."""
    return _plans(await context.services.profiles.plan(context.path("name")))


async def post_profile(context: RequestContext) -> JsonAnswer[ProfilesJson]:
    """Sets the profile of a connection; answers with the changes."""
    return _plans(await context.services.profiles.set_now(context.path("name")))


def _plans(plans: Sequence[ProfilePlan]) -> JsonAnswer[ProfilesJson]:
    return JsonAnswer(
        {
            "accounts": [
                {
                    "connection": plan.connection,
                    "changes": [record_json(change) for change in plan.changes],
                }
                for plan in plans
            ]
        }
    )
