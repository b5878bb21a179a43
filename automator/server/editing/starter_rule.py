"""Makes the text of a first rule file for a connection, which fits its provider."""

from collections.abc import Mapping
from typing import Any

from automator.language import Translator
from automator.model import N_
from automator.plugins import Provider
from automator.rules.editing.edits import rules_in
from automator.rules.editing.event_rule import facts_of, rule_from_event
from automator.server.editing.free_ids import free_name, free_rule_id, start_of_ids
from automator.server.shared.events import event_detail
from automator.server.shared.rule_files import rule_files
from automator.server.shared.sample_paths import sample_types
from automator.server.web.services import Services

_COMMENTS = """\
# {about}
rules:
  - id: {start}-price-question
    name: {name}
    trigger: {{event: comment.created, connection: {connection}}}
    conditions:
      - asks(event.text, 'price')
    actions:
      - reply: "Chào {{{{ event.actor.name | default('bạn') }}}}, bạn nhắn tin cho shop nhé."
"""
_MESSAGES = """\
# {about}
rules:
  - id: {start}-greeting
    name: {name}
    trigger: {{event: message.received, connection: {connection}}}
    conditions:
      - asks(event.text, 'greeting')
    limits:
      once: {{key: event.actor.id, period: 1d}}
    actions:
      - reply: "Chào bạn, cảm ơn bạn đã nhắn tin. Shop giúp gì được ạ?"
"""
_OTHERS = """\
# {about}
rules:
  - id: {start}-log
    name: {name}
    trigger: {{{event}connection: {connection}}}
    actions:
      - log: "{{{{ event.type }}}}: {{{{ event.text | default('no text') | truncate(80) }}}}"
"""

_NO_CONNECTION = N_("There is no connection yet: add one first.")
#: Each starter: the text of the file, a sentence about it, and the name of its rule.
_PRICES = (
    _COMMENTS,
    N_("Answers questions about the price under a post."),
    N_("Answer price questions"),
)
_GREETING = (
    _MESSAGES,
    N_("Answers people who say hello, once a day each."),
    N_("Greet people who say hello"),
)
_LOG = (
    _OTHERS,
    N_("Writes each event into the log. Look there at one, and write a rule for it."),
    N_("Write down what comes in"),
)


def starter(connection: str, provider: Provider, say: Translator) -> str:
    """The text of a rule file for this connection, in a person's language."""
    types = sample_types(provider)
    chosen = _LOG
    if "reply" in provider.can_send:
        both = ("comment.created", _PRICES), ("message.received", _GREETING)
        chosen = next((found for event, found in both if event in types), _LOG)
    text, about, name = chosen
    event = f"event: {types[0]}, " if types else ""
    start = start_of_ids(connection)
    return text.format(
        start=start, connection=connection, event=event, about=say(about), name=say(name)
    )


def starter_for(name: str, connections: Mapping[str, Provider], say: Translator) -> str:
    """The starter for the connection that a person chose, or for the first connection."""
    chosen = name if name in connections else next(iter(connections), "")
    if chosen:
        return starter(chosen, connections[chosen], say)
    return f"# {say(_NO_CONNECTION)}\nrules: []\n"


async def starter_file(services: Services, name: str, say: Translator) -> str:
    """The starter with an id that no other rule has."""
    text = starter_for(name, services.connections, say)
    for rule in rules_in(text):
        free = await free_rule_id(services, rule["id"])
        text = text.replace(f"id: {rule['id']}\n", f"id: {free}\n", 1)
    return text


# --- The rule file for a stored event ---


async def file_from_event(
    services: Services, event_id: int, translator: Translator
) -> tuple[str, str, list[tuple[str, str]]]:
    """The name and text of a new rule file, and the event's paths with their values.

    Raises:
        NotFoundError: there is no such event.
    """
    event = (await event_detail(services, event_id)).event
    body: dict[str, Any] = {**event.body, "type": event.type}
    provider = services.connections.get(event.connection)
    wanted = f"{start_of_ids(event.connection)}-rule"
    text = rule_from_event(
        body,
        event.connection,
        can_send=provider.can_send if provider else (),
        rule_id=await free_rule_id(services, wanted),
        say=translator,
    )
    return free_name(wanted, await rule_files(services), ".yaml"), text, facts_of(body)
