"""The provider of Facebook Pages and Messenger: options, messages, bans and the subscription."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import quote

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.types import Http
from automator.model import (
    DAY_MS,
    LEAD,
    N_,
    POST,
    Echo,
    EventPart,
    MessagingPolicy,
    PermanentError,
    Reason,
    record,
    shortened,
)
from automator.plugins import (
    AccountKeys,
    AccountProfile,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Sent,
)
from automator.providers.facebook.feed import FIELDS
from automator.providers.facebook.leads import LEAD_PERMISSIONS, check_receiver, has_lead, read_lead
from automator.providers.meta.account_provider import (
    BY_HAND_MS,
    AccountOptions,
    AccountProvider,
    AppId,
)
from automator.providers.meta.buttons import META_BUTTONS
from automator.providers.meta.echo import EchoWithin, echo_of
from automator.providers.meta.graph import call_graph
from automator.providers.meta.graph_account import GraphAccount
from automator.providers.meta.mentions import text_on_facebook
from automator.providers.meta.messages import Writers
from automator.providers.meta.moderate import MODERATIONS, moderate_through_graph
from automator.providers.meta.profile.graph_profile import GraphProfile
from automator.providers.meta.profile.options import FacebookProfileOptions
from automator.providers.meta.send import (
    MAX_QUICK_REPLIES,
    MAX_QUICK_REPLY_TITLE,
    Surface,
    is_utility,
    send_through_graph,
)
from automator.providers.meta.several_accounts import AccountId, NamedAccount
from automator.providers.meta.templates import APPROVED, NAME
from automator.providers.shared.options import ApiUrl, LookUpNames, LookUpPosts
from automator.providers.shared.payloads import as_dict, as_id, as_list, as_text, id_in
from automator.providers.shared.step_errors import not_possible
from automator.reasons.attempts.providers import person_banned, person_unbanned
from automator.reasons.attempts.sending import ban_refused, no_person_to_ban
from automator.reasons.connections import page_fields_missing, page_unsubscribed, token_of_another

# --- Bans of people from a Page, and their removal; both may be repeated ---
#
# `/{page-id}/blocked`: see the Graph API's reference, and `create_blocked` and `delete_blocked` of
# Meta's Business SDK, whose answer maps the id to true. Other programs show that the API accepts
# the ids in events; Meta's documentation does not say so.


BANS: frozenset[OutgoingKind] = frozenset({"ban", "unban"})
_DONE: Final = {"ban": person_banned, "unban": person_unbanned}


async def ban_through_graph(outgoing: Outgoing, http: Http, account: GraphAccount) -> Sent:
    """Bans or unbans the event's person; the Page itself is never banned.

    Raises:
        StepError: the event names no person, or the platform refused.
    """
    actor = outgoing.event.get("actor") or {}
    person = None if actor.get("is_self") is True else id_in(outgoing.event, "actor")
    if person is None:
        raise not_possible(no_person_to_ban(action=outgoing.kind))
    page = id_in(outgoing.event, "page") or "me"
    path, key = f"{quote(page, safe='')}/blocked", outgoing.idempotency_key
    if outgoing.kind == "ban":
        body = {"uid": person}
        answer = await call_graph(http, account, path, body, key=key, repeatable=True)
    else:
        query = {"uid": person}
        answer = await call_graph(http, account, path, key=key, method="DELETE", query=query)
    if answer.get(person, True) is False:
        raise PermanentError(ban_refused(action=outgoing.kind, person=person))
    return Sent(summary=_DONE[outgoing.kind](person=person), output={"id": person})


_TOKEN = "page_access_token"  # noqa: S105 - the name of an option.
_KEYS = AccountKeys(
    several="pages",
    token=_TOKEN,
    id="page_id",
    name="page_name",
    in_samples=("104200000000017", "102935128491047"),
)
_SURFACE = Surface(
    reply_edge="comments",
    sender=None,
    messaging_type="RESPONSE",
    has_utility=True,
    public_text=text_on_facebook,
)


class FacebookOptions(AccountOptions):
    """The options of a Facebook connection."""

    account_keys = _KEYS

    page_access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the Page's long-lived access token.")
    )
    page_id: AccountId | None = Field(
        default=None,
        description=N_(
            "The id of the Page of page_access_token; needed if `pages` has other Pages."
        ),
    )
    page_name: str = Field(
        default="", description=N_("The Page's name for people; rules see it as event.page.name.")
    )
    pages: dict[AccountId, NamedAccount] = Field(
        default_factory=dict,
        description=N_(
            "Further Pages of the app by their ids, each with `name` and `access_token`. Each is a"
            " connection of its own, called as this one with a dot and the id, as in"
            " `shop-page.5647382910`: for its contacts, rules and log. A rule for this "
            "connection applies to all of them."
        ),
    )
    app_id: AppId = None
    inbox_app_ids: tuple[str, ...] = Field(
        default=("263902037430900",),
        description=N_("Apps through which people answer by hand, by their ids; the Page inbox."),
    )
    echo_within: EchoWithin = 60.0
    look_up_names: LookUpNames = True
    look_up_posts: LookUpPosts = True
    profile: FacebookProfileOptions | None = Field(
        default=None,
        description=N_(
            "The `greeting`, `get_started`, `menu` and `ice_breakers` that Messenger shows to "
            "people who write to the Page. It is set when it changes, for each of `pages` as well."
        ),
    )
    graph_url: ApiUrl = Field(
        default="https://graph.facebook.com/v26.0",
        description="The Graph API with its version.",
    )


class FacebookProvider(AccountProvider):
    """One Facebook app with its Pages."""

    name = "facebook"
    title = N_("Facebook Page")
    webhook_object = "page"
    options_model = FacebookOptions
    #: No sample has a new follower.
    event_names: ClassVar[Mapping[str, str]] = {"feed.follow": "contact.followed"}
    can_send: ClassVar[frozenset[OutgoingKind]] = (
        MODERATIONS
        | BANS
        | {
            "reply",
            "private_reply",
            "message",
        }
    )
    account_keys = _KEYS
    fields = FIELDS
    names_by = ("pages_messaging", "name", "first_name")
    posts_by = ("pages_read_engagement, pages_read_user_content", "message")
    finds: ClassVar[frozenset[EventPart]] = frozenset({POST, LEAD})
    policy = MessagingPolicy(
        platform="Facebook",
        message_ms=DAY_MS,
        by_hand_ms=BY_HAND_MS,
        templates_anytime=True,
        approved_has=NAME,
        template_keys=APPROVED,
        private_reply_ms=7 * DAY_MS,
        one_private_reply=True,
        quick_replies=MAX_QUICK_REPLIES,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        comment_parts={"attachments": 1},
        mentions=True,
        buttons=META_BUTTONS,
        message_length=2000,
        comment_length=8000,
    )
    options: FacebookOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._writers = Writers(self.options.app_id, frozenset(self.options.inbox_app_ids))

    def echo_of(self, outgoing: Outgoing) -> Echo | None:
        """Returns the expected echo: a message is recognised by its metadata, a comment by its
        thread and words.
        """
        return echo_of(outgoing, self.options.echo_within, is_tagged=True)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Replies, sends a private reply or a message, moderates a comment, or bans a person."""
        self.check_account(outgoing)
        check_receiver(outgoing)
        if outgoing.kind in BANS:
            account = self.account("Facebook", _TOKEN, "pages_manage_engagement")
            return await ban_through_graph(outgoing, http, account)
        if outgoing.template is not None and is_utility(outgoing.template):
            account = self.account("Facebook", _TOKEN, "page_utility_messaging")
            return await send_through_graph(outgoing, http, account, _SURFACE)
        account = self.account("Facebook", _TOKEN, "pages_messaging, pages_manage_engagement")
        if outgoing.kind in MODERATIONS:
            return await moderate_through_graph(outgoing, http, account)
        return await send_through_graph(outgoing, http, account, _SURFACE)

    def can_find(self, part: EventPart, event: Mapping[str, Any]) -> bool:
        """Whether the Graph API may be asked for the post or the lead of an event."""
        if part == LEAD:
            return self.options.page_access_token is not None and has_lead(event)
        return super().can_find(part, event)

    async def find(
        self, part: EventPart, event: Mapping[str, Any], http: Http
    ) -> Mapping[str, Any]:
        """Asks the Graph API for the `message` of the post, or the answers of the lead.

        Raises:
            StepError: the Graph API refuses or fails.
        """
        if part == LEAD:
            return await read_lead(event, http, self.account("Facebook", _TOKEN, LEAD_PERMISSIONS))
        return await super().find(part, event, http)

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the Page's address at m.me, if its id is known."""
        page = self.account_id
        return ChatAddress(f"https://m.me/{page}", "?ref=", 250, "+/=.:_-") if page else None

    @property
    def profile(self) -> AccountProfile | None:
        """Returns the profile that Messenger shows to people; None without the Page's token."""
        if self.options.page_access_token is None:
            return None
        account = self.account("Facebook", _TOKEN, "pages_messaging")
        page = PageOfToken(account, self.account_id, self.options.app_id)
        return GraphProfile(
            self.options.profile,
            account,
            other_owner=partial(other_page, page),
        )

    @property
    def can_check_subscription(self) -> bool:
        """Whether the Graph API can be asked: the connection has the Page's token."""
        return self.options.page_access_token is not None

    async def check_subscription(
        self, http: Http, is_wanted: Callable[[str], bool]
    ) -> Reason | None:
        """Checks that the app is still installed on the Page, and gets the events that rules need.

        Raises:
            StepError: the Graph API does not answer now.
        """
        account = self.account("Facebook", _TOKEN, "pages_manage_metadata")
        page = PageOfToken(account, self.account_id, self.options.app_id)
        return await subscription_problem(page, http, is_wanted)

    async def subscribe(self, http: Http, is_wanted: Callable[[str], bool]) -> None:
        """Subscribes the Page to comments, messages and the other events that rules need.

        Raises:
            StepError: the Graph API refuses it, or does not answer.
        """
        account = self.account("Facebook", _TOKEN, "pages_manage_metadata")
        page = PageOfToken(account, self.account_id, self.options.app_id)
        await subscribe_page(page, http, is_wanted)


# --- The subscription by which a Page sends changes and messages to the app ---
#
# An app gets a field only if the Page and the settings of the app both subscribe to it:
# https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps


_PATH = "me/subscribed_apps"
#: How many characters of a Page's name messages show.
_LONGEST_NAME = 200
#: Fields that `subscribe` always includes, because most first rules need them.
_ALWAYS = ("feed", "messages")
#: The fields of a Page, each with the events that it brings; several fields bring reactions.
SUBSCRIBED_FIELDS: Mapping[str, tuple[str, ...]] = {
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
    """The Page of a token, as far as the settings name it, and the app that the Page sends to.

    If no app is named, any app counts that has the fields of the wanted events.
    """

    account: GraphAccount
    page_id: str | None
    app_id: str | None


async def subscription_problem(
    page: PageOfToken, http: Http, is_wanted: Callable[[str], bool]
) -> Reason | None:
    """Asks which apps are installed on the token's Page; returns the reason if something is wrong.

    Raises:
        StepError: the Graph API does not answer now.
    """
    other = await other_page(page, http)
    if other is not None:
        return other
    fields = await _subscribed_fields(page, http)
    if fields is None:
        return None
    if not fields.apps:
        return page_unsubscribed()
    missing = [field for field in _wanted_fields(is_wanted) if field not in fields.names]
    return page_fields_missing(names=missing) if missing else None


async def subscribe_page(page: PageOfToken, http: Http, is_wanted: Callable[[str], bool]) -> None:
    """Subscribes this app to the Page's comments, messages, and the other fields that rules need.

    Fields that are already subscribed stay so.

    Raises:
        StepError: the Page could not be subscribed, or the token belongs to another Page.
    """
    other = await other_page(page, http)
    if other is not None:
        raise PermanentError(other)
    there = await _subscribed_fields(page, http)
    fields = dict.fromkeys([*_ALWAYS, *_wanted_fields(is_wanted), *(there.names if there else ())])
    wanted = {"subscribed_fields": ",".join(fields)}
    await call_graph(http, page.account, _PATH, wanted, repeatable=True)


async def other_page(page: PageOfToken, http: Http) -> Reason | None:
    """Returns the reason if the token is for another Page than the settings name; else None."""
    if page.page_id is None:
        return None
    answer = await call_graph(http, page.account, "me", method="GET")
    owner = as_id(answer.get("id"))
    if owner is None or owner == page.page_id:
        return None
    name = shortened(as_text(answer.get("name")) or "", _LONGEST_NAME)
    return token_of_another(account=page.page_id, other=f"{owner} ({name})" if name else owner)


@record(kw_only=False)
class _Subscription:
    """The subscription of a Page: how many installed apps may be this one, and their fields."""

    apps: int
    names: Sequence[str]


async def _subscribed_fields(page: PageOfToken, http: Http) -> _Subscription | None:
    """Reads the subscription; None if the answer lists no apps at all, and so proves nothing."""
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
    return [field for field, types in SUBSCRIBED_FIELDS.items() if any(map(is_wanted, types))]
