"""Adds a mention of the comment's author to an answer under a comment.

A Page can mention a person who has commented, by the page-scoped id in the event. The app needs the
feature *Page Mentioning*, which Meta reviews:
https://developers.facebook.com/documentation/pages-api/comments-mentions, as of April 2026. The
form `@[id]` is known only from other programs. On Instagram, a mention is an @ and the user name.
"""

import re
from collections.abc import Mapping
from typing import Any

from automator.plugins import Outgoing
from automator.providers.meta.account_provider import GRAPH_IDS
from automator.providers.shared.payloads import as_dict, as_id, as_text

_MENTION = re.compile(r"@\[([^\]]*)\]?")


def text_on_facebook(outgoing: Outgoing) -> str:
    """Returns the text; with `mentions`, it begins with a mention of the event's person, if known.

    Nobody else is mentioned: a text that repeats a person's words must not notify others.
    """
    person = as_id(_author(outgoing).get("id")) or ""
    text = _MENTION.sub(lambda found: found[0] if found[1] == person else "", outgoing.text)
    is_known = GRAPH_IDS.fullmatch(person) is not None
    return f"@[{person}] {text}".rstrip() if outgoing.mentions and is_known else text


def text_on_instagram(outgoing: Outgoing) -> str:
    """Returns the text; with `mentions`, it begins with the person's user name, if known."""
    name = as_text(_author(outgoing).get("name"))
    return f"@{name} {outgoing.text}".rstrip() if outgoing.mentions and name else outgoing.text


def _author(outgoing: Outgoing) -> Mapping[str, Any]:
    """Returns the event's actor; empty if the account itself is the actor."""
    actor = as_dict(outgoing.event.get("actor"))
    return {} if actor.get("is_self") else actor
