"""The check of a Page's subscription: does it still send changes and messages to the app?"""

from collections.abc import Callable, Collection, Mapping

from automator.http.types import Http
from automator.model import Reason
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.reading import as_dict, as_id, as_list
from automator.reasons.connections import PAGE_FIELDS_MISSING, PAGE_UNSUBSCRIBED

#: The fields of a Page, each with the events that it brings. Reactions come with several of them.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "feed": (
        "comment.created",
        "comment.edited",
        "comment.deleted",
        "comment.hidden",
        "comment.unhidden",
        "post.created",
        "post.edited",
        "post.deleted",
    ),
    "messages": ("message.received",),
    "messaging_postbacks": ("button.clicked",),
    "message_echoes": ("message.sent",),
    "mention": ("mention.created",),
    "ratings": ("review.created",),
    "leadgen": ("lead.created",),
}


async def subscription_problem(
    account: GraphAccount, app_id: str | None, http: Http, is_wanted: Callable[[str], bool]
) -> Reason | None:
    """Asks which apps the Page of the token has installed; gives the reason if anything is wrong.

    `app_id` is the connection's app; without it any app will do that has the fields whose events
    are wanted.

    Raises:
        StepError: the Graph API does not answer that now.
    """
    answer = await call_graph(http, account, "me/subscribed_apps", method="GET")
    data = answer.get("data")
    if not isinstance(data, list):
        # An answer without a list of apps proves nothing.
        return None
    apps = [as_dict(item) for item in data]
    ours = [app for app in apps if app_id is None or as_id(app.get("id")) == app_id]
    if not ours:
        return PAGE_UNSUBSCRIBED()
    return _missing_fields({field for app in ours for field in _fields(app)}, is_wanted)


def _fields(app: dict[str, object]) -> list[str]:
    return [str(field) for field in as_list(app.get("subscribed_fields"))]


def _missing_fields(fields: Collection[str], is_wanted: Callable[[str], bool]) -> Reason | None:
    missing = [
        field
        for field, types in FIELDS.items()
        if field not in fields and any(map(is_wanted, types))
    ]
    return PAGE_FIELDS_MISSING(names=missing) if missing else None
