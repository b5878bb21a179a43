"""The mention of the person who commented, at the beginning of an answer below the comment.

A Page can mention a person who has commented, by the page-scoped id that the event has; the app
needs the feature *Page Mentioning*, which Meta reviews:
https://developers.facebook.com/documentation/pages-api/comments-mentions, as of April 2026. The
form `@[id]` was seen in other programs alone. On Instagram it is the user name behind an @.
"""

from collections.abc import Mapping
from typing import Any

from automator.providers.meta.people import GRAPH_IDS
from automator.providers.shared.reading import as_dict, as_id, as_text


def mention_by_id(event: Mapping[str, Any]) -> str:
    """The mention of the event's person on Facebook; "" where nobody may know who it is."""
    actor = as_dict(event.get("actor"))
    person = as_id(actor.get("id")) or ""
    return "" if actor.get("is_self") or not GRAPH_IDS.fullmatch(person) else f"@[{person}] "


def mention_by_name(event: Mapping[str, Any]) -> str:
    """The mention of the event's person on Instagram; "" where the name is not known."""
    actor = as_dict(event.get("actor"))
    name = as_text(actor.get("name"))
    return "" if actor.get("is_self") or not name else f"@{name} "
