"""Names of the people who write to an Official Account.

Events carry an id alone. `GET /v3.0/oa/user/detail` gives the profile of a person who has dealt
with the account: https://developers.zalo.me/docs/official-account/quan-ly/quan-ly-thong-tin-nguoi-dung
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from automator.http.json_body import dump_json
from automator.http.types import Http
from automator.providers.shared.reading import as_dict, as_id, as_text
from automator.providers.zalo.api import ZaloApi


def names_user(event: Mapping[str, Any]) -> bool:
    """Whether the actor of an event is a user, and not us or an anonymous visitor."""
    actor, conversation = as_dict(event.get("actor")), as_dict(event.get("conversation"))
    is_person = as_id(actor.get("id")) is not None and not actor.get("is_self")
    return is_person and conversation.get("kind") != "anonymous"


async def name_in_profile(
    event: Mapping[str, Any], http: Http, api: ZaloApi, now_ms: int
) -> str | None:
    """The name in the profile of the event's person.

    Raises:
        StepError: Zalo does not give it.
    """
    person = as_dict(event.get("actor")).get("id")
    data = quote(dump_json({"user_id": person}).decode(), safe="")
    profile = await api.get(http, f"{api.api_url}/v3.0/oa/user/detail?data={data}", now_ms)
    return as_text(profile.get("display_name")) or as_text(profile.get("user_alias"))
