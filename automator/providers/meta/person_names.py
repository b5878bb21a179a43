"""Looks up the names of people who write to a Page or an Instagram account.

Messages have only an id. The User Profile API gives the name of a person who has written to the
account: https://developers.facebook.com/docs/messenger-platform/identity/user-profile. It does not
know people who have only commented: comments have ids of another kind.
"""

import re
from collections.abc import Mapping
from typing import Any

from automator.http.types import Http
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.shared.payloads import as_dict, as_id, as_text, id_in

#: People's ids are numbers that never begin with 0, unlike telephone numbers.
GRAPH_IDS = re.compile("[1-9][0-9]*")


def wrote_a_message(event: Mapping[str, Any]) -> bool:
    """Whether a person caused the event in a conversation, as by a message or a tap."""
    actor = as_dict(event.get("actor"))
    is_person = as_id(actor.get("id")) is not None and not actor.get("is_self")
    return is_person and id_in(event, "conversation") is not None and not event.get("comment")


async def name_in_profile(
    event: Mapping[str, Any], http: Http, account: GraphAccount, *fields: str
) -> str | None:
    """Returns the first of these fields that the profile of the event's person has; or None.

    Raises:
        StepError: the Graph API refuses or fails, for example without the person's consent (error
            230).
    """
    person = as_id(as_dict(event.get("actor")).get("id"))
    path = f"{person}?fields={','.join(fields)}"
    profile = await call_graph(http, account, path, method="GET")
    return next((name for field in fields if (name := as_text(profile.get(field)))), None)
