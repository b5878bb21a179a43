"""Makes a rule from an event in the log: from its connection, its type, and words of its text."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from automator.conditions import INTENTS, fold, wanted_in
from automator.files.editing import put
from automator.model import N_, shortened
from automator.rules.editing.expressions import Asks, Words, cleaned

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
