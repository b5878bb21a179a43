"""Checks and makes the subscription by which a Page sends changes and messages to the app.

A Page sends only the fields to which the Page itself is subscribed, beside those of the app's
settings:
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from collections.abc import Callable, Mapping, Sequence

from automator.http.types import Http
from automator.model import PermanentError, Reason, record, shortened
from automator.providers.meta.account import GraphAccount
from automator.providers.meta.graph import call_graph
from automator.providers.shared.reading import as_dict, as_id, as_list, as_text
from automator.reasons.connections import PAGE_FIELDS_MISSING, PAGE_UNSUBSCRIBED, TOKEN_OF_ANOTHER

_PATH = "me/subscribed_apps"
#: Characters of the name of a Page that are told.
_LONGEST_NAME = 200
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
    "messaging_optins": ("facebook.optin",),
    "messaging_referrals": ("facebook.referral",),
    "message_echoes": ("message.sent",),
    "mention": ("mention.created",),
    "ratings": ("review.created",),
    "leadgen": ("lead.created",),
}


@record(kw_only=False)
class PageOfToken:
    """The Page that a token is of, as far as the settings say which, and the app that it sends to.

    If no app is named, any app counts that has the fields of the wanted events.
    """

    account: GraphAccount
    page_id: str | None
    app_id: str | None


async def subscription_problem(
    page: PageOfToken, http: Http, is_wanted: Callable[[str], bool]
) -> Reason | None:
    """Asks which apps the Page of the token has installed; gives the reason if anything is wrong.

    Raises:
        StepError: the Graph API does not answer that now.
    """
    other = await other_page(page, http)
    if other is not None:
        return other
    fields = await _subscribed_fields(page, http)
    if fields is None:
        return None
    if not fields.apps:
        return PAGE_UNSUBSCRIBED()
    missing = [field for field in _wanted_fields(is_wanted) if field not in fields.names]
    return PAGE_FIELDS_MISSING(names=missing) if missing else None


async def subscribe_page(page: PageOfToken, http: Http, is_wanted: Callable[[str], bool]) -> None:
    """Subscribes this app to the Page's comments, messages, and the other fields that rules need.

    Fields that it sends already stay subscribed.

    Raises:
        StepError: the Page could not be subscribed, or the token is that of another.
    """
    other = await other_page(page, http)
    if other is not None:
        raise PermanentError(other)
    there = await _subscribed_fields(page, http)
    fields = dict.fromkeys([*_ALWAYS, *_wanted_fields(is_wanted), *(there.names if there else ())])
    wanted = {"subscribed_fields": ",".join(fields)}
    await call_graph(http, page.account, _PATH, wanted, repeatable=True)


async def other_page(page: PageOfToken, http: Http) -> Reason | None:
    """The reason why the token would act for another Page than the one that the settings name."""
    if page.page_id is None:
        return None
    answer = await call_graph(http, page.account, "me", method="GET")
    owner = as_id(answer.get("id"))
    if owner is None or owner == page.page_id:
        return None
    name = shortened(as_text(answer.get("name")) or "", _LONGEST_NAME)
    return TOKEN_OF_ANOTHER(account=page.page_id, other=f"{owner} ({name})" if name else owner)


@record(kw_only=False)
class _Subscription:
    """The state of a Page's subscription: the number of apps that may be ours, and their fields."""

    apps: int
    names: Sequence[str]


async def _subscribed_fields(page: PageOfToken, http: Http) -> _Subscription | None:
    """The state in the answer; None where it has no list of apps, and so proves nothing."""
    app_id = page.app_id
    answer = await call_graph(http, page.account, _PATH, method="GET")
    data = answer.get("data")
    if not isinstance(data, list):
        return None
    apps = [as_dict(item) for item in data]
    ours = [app for app in apps if app_id is None or as_id(app.get("id")) == app_id]
    names = [str(field) for app in ours for field in as_list(app.get("subscribed_fields"))]
    return _Subscription(len(ours), names)


def _wanted_fields(is_wanted: Callable[[str], bool]) -> list[str]:
    return [field for field, types in FIELDS.items() if any(map(is_wanted, types))]
