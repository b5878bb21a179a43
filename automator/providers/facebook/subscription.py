"""The subscription of a Page: does it send changes and messages to the app? And making it.

A Page sends only what it is subscribed to itself, beside what the app asks for in its settings:
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from collections.abc import Callable, Mapping, Sequence

from automator.http.types import Http
from automator.model import Reason, record
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.reading import as_dict, as_id, as_list
from automator.reasons.connections import PAGE_FIELDS_MISSING, PAGE_UNSUBSCRIBED

_PATH = "me/subscribed_apps"
#: Fields that every Page sends which is subscribed here: most first rules need them.
_ALWAYS = ("feed", "messages")
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
    fields = await _subscribed_fields(account, app_id, http)
    if fields is None:
        return None
    if not fields.apps:
        return PAGE_UNSUBSCRIBED()
    missing = [field for field in _wanted_fields(is_wanted) if field not in fields.names]
    return PAGE_FIELDS_MISSING(names=missing) if missing else None


async def subscribe_page(
    account: GraphAccount, app_id: str | None, http: Http, is_wanted: Callable[[str], bool]
) -> None:
    """Makes the Page of the token send this app comments, messages, and what rules want besides.

    What it sends already, it goes on to send.

    Raises:
        StepError: the Page could not be subscribed.
    """
    there = await _subscribed_fields(account, app_id, http)
    fields = dict.fromkeys([*_ALWAYS, *_wanted_fields(is_wanted), *(there.names if there else ())])
    await call_graph(http, account, _PATH, {"subscribed_fields": ",".join(fields)})


@record(kw_only=False)
class _Subscription:
    """What a Page sends: to how many apps that may be ours, and which fields."""

    apps: int
    names: Sequence[str]


async def _subscribed_fields(
    account: GraphAccount, app_id: str | None, http: Http
) -> _Subscription | None:
    """None where the answer has no list of apps, and so proves nothing."""
    answer = await call_graph(http, account, _PATH, method="GET")
    data = answer.get("data")
    if not isinstance(data, list):
        return None
    apps = [as_dict(item) for item in data]
    ours = [app for app in apps if app_id is None or as_id(app.get("id")) == app_id]
    names = [str(field) for app in ours for field in as_list(app.get("subscribed_fields"))]
    return _Subscription(len(ours), names)


def _wanted_fields(is_wanted: Callable[[str], bool]) -> list[str]:
    return [field for field, types in FIELDS.items() if any(map(is_wanted, types))]
