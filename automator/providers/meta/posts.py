"""The texts of posts, which the events of comments and reactions do not carry.

They name the post alone. Its text is the field `message` of a post of a Page
(https://developers.facebook.com/docs/graph-api/reference/post) and the `caption` of an Instagram
media (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from automator.http.types import Http
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.reading import as_text, id_in


def has_post(event: Mapping[str, Any]) -> bool:
    """Whether an event names a post."""
    return id_in(event, "post") is not None


async def text_of_object(
    event: Mapping[str, Any], http: Http, account: GraphAccount, field: str
) -> str | None:
    """The text in this field of the event's post; None where it has none.

    Raises:
        StepError: the Graph API does not give the post, for example without a permission, or once
            it is deleted (error 100).
    """
    post = quote(id_in(event, "post") or "", safe="")
    found = await call_graph(http, account, f"{post}?fields={field}", method="GET")
    return as_text(found.get(field))
