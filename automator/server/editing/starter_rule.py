"""Makes the text of a rule file: a first one that fits the provider of a connection, or a rule from
an event in the log.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from automator.conditions import INTENTS, fold, wanted_in
from automator.files.editing import put
from automator.language import Translator
from automator.model import N_, shortened
from automator.plugins import Provider
from automator.rules.editing.edits import rules_in
from automator.rules.editing.expressions import Asks, Words, cleaned
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


# --- A rule from an event: from its connection, its type, and words of its text ---


_MOST_WORDS = 6
_MOST_FACTS = 24
_LONGEST_FACT = 160
_LONGEST_NAME = 60
_WORD = re.compile(r"[^\W_]+")
#: Frequent words that show no wish of a person, folded.
_EMPTY = frozenset(
    (
        *("a", "an", "and", "are", "for", "hello", "hi", "i", "is", "it", "me", "my", "of", "on"),
        *("please", "the", "this", "to", "was", "we", "what", "with", "you", "your"),
        *("a", "ad", "anh", "ban", "cai", "chi", "cho", "co", "cua", "cung", "da", "dang", "do"),
        *("duoc", "em", "hay", "khi", "la", "ma", "minh", "nao", "nay", "ne", "nha", "nhe", "o"),
        *("oi", "ra", "roi", "shop", "thi", "thoi", "toi", "u", "va", "vang", "vao", "vay", "voi"),
    )
)
_ANSWERED = ("comment.created", "message.received", "mention.created", "button.clicked")
_HELLO = N_("Hello {{ event.actor.name | default('there') }}, thank you for writing.")


def telling_words(text: str) -> tuple[str, ...]:
    """The words of a text that a rule could look for: uncommon words."""
    words = (word for word in _WORD.findall(text) if len(word) > 1 and not word.isdigit())
    return cleaned(word.lower() for word in words if fold(word) not in _EMPTY)[:_MOST_WORDS]


def rule_from_event(
    event: Mapping[str, Any],
    connection: str,
    *,
    can_send: Collection[str],
    rule_id: str,
    say: Callable[..., str],
) -> str:
    """The text of a rule file that would act on this event."""
    text, kind = event.get("text"), str(event.get("type", ""))
    # A greeting says little about what somebody wants beside it.
    wanted = sorted(wanted_in(text) if isinstance(text, str) else (), key="greeting".__eq__)
    words = telling_words(text) if isinstance(text, str) and not wanted else ()
    # The name contains the words, to tell several such rules apart in the log.
    about = [say(INTENTS[intent].about) for intent in wanted[:1]] or words
    named = shortened(", ".join(about), _LONGEST_NAME)
    name = say(N_("Answer: {words}"), words=named) if about else say(N_("My rule"))
    rule: dict[str, Any] = {
        "id": rule_id,
        "name": name,
        "trigger": {"event": kind, "connection": connection},
    }
    if about:
        rule["conditions"] = [str(Asks((wanted[0],)) if wanted else Words(words))]
    if kind in _ANSWERED and "reply" in can_send:
        rule["actions"] = [{"reply": say(_HELLO)}]
    else:
        rule["actions"] = [{"log": "{{ event.type }}: {{ event.text | default('') }}"}]
    return put("", ("rules",), [rule])


def facts_of(event: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of an event with the paths by which conditions and templates read them."""
    parts = {name: value for name, value in event.items() if name not in ("data", "headers")}
    found = []
    for path, value in _leaves(parts, "event"):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        found.append((path, text if len(text) <= _LONGEST_FACT else f"{text[:_LONGEST_FACT]}…"))
        if len(found) == _MOST_FACTS:
            break
    return found


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif value is not None and not isinstance(value, list):
        yield path, value
