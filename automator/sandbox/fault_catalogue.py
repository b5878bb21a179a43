"""The faults that each part of the sandbox can return on demand, and their meanings."""

from collections.abc import Mapping

from automator.model import N_
from automator.sandbox import discord, github, line, model, slack, target, telegram, zalo
from automator.sandbox.meta import graph

_GRAPH = dict.fromkeys(graph.GRAPH_PROVIDERS, tuple(graph.ERRORS))
#: The faults of each provider and of targets, by the first part of the path in the sandbox.
FAULTS: Mapping[str, tuple[str, ...]] = {
    **_GRAPH,
    "whatsapp": tuple(graph.WHATSAPP_ERRORS),
    "zalo": tuple(zalo.ERRORS),
    "telegram": tuple(telegram.ERRORS),
    "line": tuple(line.ERRORS),
    "slack": tuple(slack.ERRORS),
    "discord": tuple(discord.ERRORS),
    "github": tuple(github.ERRORS),
    "target": tuple(target.ERRORS),
    "notify": tuple(target.ERRORS),
    "model": tuple(model.ERRORS),
}
#: The meaning of each fault, for the reference.
MEANINGS: Mapping[str, str] = {
    "rate_limit": N_("Too many requests at once"),
    "token_expired": N_("The access token has ended"),
    "transient": N_("The other side has a fault of its own"),
    "in_doubt": N_("It broke off, and may have been done"),
    "window": N_("Too late: the person has not written for too long"),
    "permission": N_("This access may not do that"),
    "gone": N_("The person, chat or post can no longer be reached"),
    "endpoint_gone": N_("The address is gone for good"),
    "already_replied": N_("This comment has had its private reply"),
    "blocked": N_("The other side takes it for abuse, or the person blocks it"),
    "unavailable": N_("The person cannot be reached now"),
    "restricted": N_("The platform has restricted the Page for a while"),
    "not_repliable": N_("This comment takes no private reply"),
    "unknown_person": N_("There is nobody with this id"),
    "takes_no_messages": N_("The person takes no such messages"),
    "attachment": N_("The picture cannot be fetched or is not taken"),
    "led_by_another": N_("Another app leads the conversation"),
    "messages_shut": N_("The account lets no app read and write its messages"),
    "only_testers": N_("The app may write only to its testers"),
    "said_before": N_("The same text was posted just before"),
    "pair_limit": N_("Too many messages to one person at once"),
    "template": N_("There is no such template"),
    "quota": N_("The quota is used up"),
    "night": N_("Not at night"),
    "moved": N_("The group has another number now"),
    "reply_token": N_("The time to reply without cost is over"),
}


def fault_path(part: str) -> str:
    """Returns a piece of the path that occurs only in requests to this part of the sandbox."""
    return f"/{part}/"
