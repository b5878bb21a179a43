"""The first rule file for a connection: a text without errors that fits its provider."""

from collections.abc import Mapping

from automator.plugins import Provider
from automator.server.shared.sample_paths import sample_types

_COMMENTS = """\
# Answers questions about the price under a post.
rules:
  - id: {connection}-price-question
    name: Answer price questions
    trigger: {{event: comment.created, connection: {connection}}}
    conditions:
      - keywords(event.text, ['giá', 'bao nhiêu', 'price'])
    actions:
      - reply: "Chào {{{{ event.actor.name | default('bạn') }}}}, bạn nhắn tin cho shop nhé."
"""
_MESSAGES = """\
# Answers who says hello, once a day each.
rules:
  - id: {connection}-greeting
    name: Greet who says hello
    trigger: {{event: message.received, connection: {connection}}}
    conditions:
      - keywords(event.text, ['chào', 'xin chào', 'hello', 'hi', 'alo'])
    limits:
      once: {{key: event.actor.id, period: 1d}}
    actions:
      - reply: "Chào bạn, cảm ơn bạn đã nhắn tin. Shop giúp gì được ạ?"
"""
_OTHERS = """\
# Writes into the log what comes in. Look there at an event, and write a rule for it.
rules:
  - id: {connection}-log
    name: Write down what comes in
    trigger: {{{event}connection: {connection}}}
    actions:
      - log: "{{{{ event.type }}}}: {{{{ event.text | default('no text') | truncate(80) }}}}"
"""


def starter(connection: str, provider: Provider) -> str:
    """The text of a rule file for this connection."""
    types = sample_types(provider)
    if "reply" in provider.can_send:
        for event, text in (("comment.created", _COMMENTS), ("message.received", _MESSAGES)):
            if event in types:
                return text.format(connection=connection)
    event = f"event: {types[0]}, " if types else ""
    return _OTHERS.format(connection=connection, event=event)


def starter_for(name: str, connections: Mapping[str, Provider]) -> str:
    """The starter for the connection that a person chose, or for the first that there is."""
    chosen = name if name in connections else next(iter(connections), "")
    if chosen:
        return starter(chosen, connections[chosen])
    return "# There is no connection yet: add one to automator.yaml first.\nrules: []\n"
