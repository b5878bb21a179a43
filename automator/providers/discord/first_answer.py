"""The first answer to Discord: the delivery is accepted, and the reply comes later.

Discord waits three seconds for it; without one it tells the person that the app did not respond.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from automator.http.types import Answer
from automator.providers.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL
from automator.providers.discord.options import DiscordOptions
from automator.providers.discord.send import EPHEMERAL, mentioned
from automator.providers.discord.webhook_events import is_webhook_event

_JSON = "application/json"
_PONG = 1
_MESSAGE = 4
_MESSAGE_LATER = 5
_UPDATE_LATER = 6
_CHOICES = 8


def _answer(kind: int, data: Mapping[str, Any] | None = None) -> Answer:
    body: dict[str, Any] = {"type": kind}
    if data:
        body["data"] = data
    return Answer(200, orjson.dumps(body).decode(), _JSON)


PONG = _answer(_PONG)
#: Discord wants a content type even where there is no content.
TAKEN = Answer(204, content_type=_JSON)


def first_answer(body: Mapping[str, Any], options: DiscordOptions) -> Answer | None:
    """The answer to a delivery that is stored; None for a kind that nobody knows."""
    if is_webhook_event(body):
        return TAKEN
    kind = body.get("type")
    if kind == COMPONENT:
        return _answer(_UPDATE_LATER)
    if kind == AUTOCOMPLETE:
        return _answer(_CHOICES, {"choices": []})
    return _answer_to_command(options) if kind in (COMMAND, MODAL) else None


def _answer_to_command(options: DiscordOptions) -> Answer:
    """The `instant_reply` of the connection; without one, that a message comes later."""
    flags = {"flags": EPHEMERAL} if options.ephemeral else {}
    text = options.instant_reply
    if text is None:
        return _answer(_MESSAGE_LATER, flags)
    return _answer(_MESSAGE, {"content": text, **mentioned(options.mentions), **flags})
