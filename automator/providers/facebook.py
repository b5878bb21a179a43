"""The provider of Facebook Pages and Messenger: options, feed, leads, messages and subscription."""

from collections.abc import Mapping, Sequence
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
    ParsedEvent,
    PermanentError,
    Reason,
    SkippedStep,
    record,
    shortened,
)
from automator.model.event import PART_KEYS, lead_name
from automator.model.messaging_policy import Asking
from automator.plugins import (
    AccountKeys,
    AccountProfile,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Sent,
    Wanted,
)
from automator.providers.meta.account_provider import (
    BY_HAND_MS,
    AccountOptions,
    AccountProvider,
    AppId,
    Fields,
)
from automator.providers.meta.buttons import META_BUTTONS
from automator.providers.meta.echo import EchoWithin, echo_in_comment, echo_of
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.meta.mentions import text_on_facebook
from automator.providers.meta.messages import Writers
from automator.providers.meta.profile import FacebookProfileOptions, GraphProfile
from automator.providers.meta.send import (
    MAX_QUICK_REPLIES,
    MAX_QUICK_REPLY_TITLE,
    MODERATIONS,
    Surface,
    is_utility,
    moderate_through_graph,
    send_through_graph,
)
from automator.providers.meta.several_accounts import AccountId, NamedAccount
from automator.providers.meta.templates import APPROVED, NAME
from automator.providers.meta.webhook import Permissions
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.options import ApiUrl, LookUpNames, LookUpPosts
from automator.providers.shared.payloads import (
    as_dict,
    as_id,
    as_list,
    as_milliseconds,
    as_text,
    content_key,
    id_in,
    join_key,
)
from automator.providers.shared.step_errors import not_possible, unreadable_look_up
from automator.reasons import connections
from automator.reasons.attempts.look_ups import lead_has_no_chat, lead_refused
from automator.reasons.attempts.providers import person_banned, person_unbanned
from automator.reasons.attempts.sending import ban_refused, no_person_to_ban

# --- Reading: the changes of a Page's feed ---

Value = dict[str, Any]


def feed_event(
    page: AccountEntry, type_: str, key: str, value: Value, parts: Mapping[str, Any]
) -> ParsedEvent:
    """Makes the event of a change, with its person, its lane and its parts."""
    person, name = person_of(value)
    is_self = person is not None and person == page.account_id
    post = parts.get("post")
    text = value.get("message")
    if text is None:
        text = value.get("review_text")
    return page.event(
        type_,
        key,
        value,
        parts,
        text=as_text(text),
        actor=actor_of(person, name, is_self=is_self),
        # Events by the Page itself get the lane of their post: otherwise all would share one lane.
        lane_id=person if person and not is_self else post and post.get("id"),
        occurred_at=as_milliseconds(value.get("created_time")),
        echo=echo_in_comment(parts, as_text(text), is_self=is_self)
        if type_ == "comment.created"
        else None,
    )


def person_of(value: Value) -> tuple[str | None, str | None]:
    """Returns the id and the name of the person who acted, if the app may know them."""
    sender = value.get("from")
    if isinstance(sender, dict):
        return as_id(sender.get("id")), as_text(sender.get("name"))
    # Old API versions, likes of the Page, and ratings name the person in other fields.
    for prefix in ("sender", "user", "reviewer"):
        person = as_id(value.get(f"{prefix}_id"))
        if person:
            return person, as_text(value.get(f"{prefix}_name"))
    lead = as_id(value.get("leadgen_id"))
    if lead is None:
        return None, None
    return f"{_PERSON}{lead}", lead_name(answers_in(value.get("field_data")))


def post_of(value: Value, post_id: str | None) -> dict[str, Any] | None:
    """Reads the post that a change is about; None if the change names no post."""
    post = value.get("post")
    if not isinstance(post, dict):
        return part(post_id)
    is_published, promotion = post.get("is_published"), as_text(post.get("promotion_status"))
    known = part(
        post_id,
        url=as_text(post.get("permalink_url")),
        # `added_photos`, `added_video`, `mobile_status_update` …
        kind=as_text(post.get("status_type")),
        is_published=is_published,
        promotion_status=promotion,
        # A post that exists only as an ad is not published. A published post with an ad is
        # `active`.
        is_ad=is_published is False or promotion == "active",
    )
    if known and "message" in post:
        # Facebook rarely sends the text; nearly always it has to be looked up.
        known["message"] = as_text(post["message"])
    return known


def media_of(value: Value) -> list[dict[str, Any]]:
    """Reads the pictures and the video of a comment or a post, as attachments."""
    media = []
    for kind in ("photo", "video"):
        url = as_text(value.get(kind))
        if url:
            media.append({"type": "image" if kind == "photo" else kind, "url": url})
    photos = value.get("photos")
    if isinstance(photos, list):
        media += [{"type": "image", "url": url} for url in photos if isinstance(url, str)]
    return media


def people_tagged(page: AccountEntry, tags: Any) -> list[dict[str, Any]]:
    """Reads the people and other Pages that a comment mentions.

    Facebook also lists groups, events and hashtags there.
    """
    people: dict[str, dict[str, Any]] = {}
    for item in as_list(tags):
        tag = as_dict(item)
        person, kind = as_id(tag.get("id")), as_text(tag.get("type")) or "user"
        name = as_text(tag.get("name")) or ""
        is_person = kind in ("user", "page") and not name.startswith("#")
        if person and is_person and person != page.account_id:
            people[person] = {"id": person, "name": name or None, "type": kind}
    return list(people.values())


_COMMENT_VERBS = {
    "add": "comment.created",
    "edit": "comment.edited",
    "edited": "comment.edited",
    "remove": "comment.deleted",
    "delete": "comment.deleted",
    "hide": "comment.hidden",
    "unhide": "comment.unhidden",
}
_POST_ITEMS = frozenset(
    {"post", "status", "photo", "video", "share", "link", "album", "photo-album", "note", "story"}
)
_POST_VERBS = {
    "add": "post.created",
    "edit": "post.edited",
    "edited": "post.edited",
    "update": "post.edited",
    "remove": "post.deleted",
    "delete": "post.deleted",
}
_REACTION_VERBS = {
    "add": "reaction.added",
    "edit": "reaction.added",
    "edited": "reaction.added",
    "remove": "reaction.removed",
    "delete": "reaction.removed",
}
#: Types of events that happen only once to a comment; all others may happen again.
_ONCE = frozenset({"comment.created", "comment.deleted"})


def _read_feed(page: AccountEntry, value: Value) -> ParsedEvent:
    kind = value.get("item")
    verb = value.get("verb")
    if not isinstance(kind, str) or not isinstance(verb, str):
        return _read_other(page, value)
    if kind == "comment" and verb in _COMMENT_VERBS:
        return _read_comment(page, value, _COMMENT_VERBS[verb])
    if kind in _POST_ITEMS and verb in _POST_VERBS:
        return _read_post(page, value, _POST_VERBS[verb])
    if verb == "follow":
        key = content_key(page.account_id, "feed", page.time, value=value)
        return feed_event(page, "contact.followed", key, value, {})
    # A like that names neither a post nor a comment is a like of the Page.
    names_something = as_id(value.get("post_id")) or as_id(value.get("comment_id"))
    is_reaction = kind == "reaction" or (kind == "like" and names_something)
    if is_reaction and verb in _REACTION_VERBS:
        return _read_reaction(page, value, _REACTION_VERBS[verb])
    return _read_other(page, value)


def _read_comment(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    comment = as_id(value.get("comment_id"))
    if comment is None:
        return _read_other(page, value)
    post_id = as_id(value.get("post_id"))
    parent = as_id(value.get("parent_id"))
    is_reply = _is_reply(parent, comment)
    verb = value["verb"]
    tags = value.get("message_tags")
    key = (
        join_key(page.account_id, comment, verb)
        if type_ in _ONCE
        else join_key(page.account_id, comment, verb, page.time)
    )
    return feed_event(
        page,
        type_,
        key,
        value,
        {
            "comment": {"id": comment, "is_reply": is_reply},
            "post": post_of(value, post_id),
            "parent": part(parent) if is_reply else None,
            "attachments": media_of(value),
            **({"tagged": people_tagged(page, tags)} if tags else {}),
        },
    )


def _is_reply(parent: str | None, comment: str) -> bool:
    """Whether a comment's parent is another comment, not the post itself.

    The parent's id may differ from `post_id` although the parent is the post: for an album, or for
    one of several photos in a post. But the ids of all comments on a post begin with the same id of
    the post, and no id of a post begins like this.
    """
    if parent is None or "_" not in comment:
        return False
    return parent.rpartition("_")[0] == comment.rpartition("_")[0]


def _read_post(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    key = (
        join_key(page.account_id, post_id, value["item"], value["verb"], page.time)
        if post_id
        else content_key(page.account_id, "feed", page.time, value=value)
    )
    post = post_of(value, post_id) or {}
    post["message"] = as_text(value.get("message"))
    return feed_event(page, type_, key, value, {"post": post, "attachments": media_of(value)})


def _read_reaction(page: AccountEntry, value: Value, type_: str) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    comment = as_id(value.get("comment_id"))
    kind = as_text(value.get("reaction_type")) or "like"
    person, _ = person_of(value)
    key = join_key(
        page.account_id,
        "reaction",
        post_id,
        comment,
        person,
        value["verb"],
        kind,
        as_milliseconds(value.get("created_time")) or page.time,
    )
    parts = {
        "reaction": {"type": kind},
        "post": post_of(value, post_id),
        "comment": part(comment),
    }
    return feed_event(page, type_, key, value, parts)


def _read_other(page: AccountEntry, value: Value) -> ParsedEvent:
    type_ = page.type("feed", value.get("item"), value.get("verb"))
    key = content_key(page.account_id, "feed", page.time, value=value)
    return feed_event(
        page, type_, key, value, {"post": post_of(value, as_id(value.get("post_id")))}
    )


def _read_mention(page: AccountEntry, value: Value) -> ParsedEvent:
    post_id = as_id(value.get("post_id"))
    comment = as_id(value.get("comment_id"))
    verb = as_text(value.get("verb")) or "add"
    type_ = "mention.created" if verb == "add" else page.type("mention", verb)
    key = (
        join_key(page.account_id, "mention", comment or post_id, verb)
        if comment or post_id
        else content_key(page.account_id, "mention", page.time, value=value)
    )
    parts = {
        "post": post_of(value, post_id),
        "comment": part(comment),
    }
    return feed_event(page, type_, key, value, parts)


def _read_rating(page: AccountEntry, value: Value) -> ParsedEvent:
    story = as_id(value.get("open_graph_story_id"))
    kind = (as_text(value.get("item")), as_text(value.get("verb")))
    if kind == ("rating", "add"):
        type_ = "review.created"
    else:
        type_ = page.type("ratings", value.get("item"), value.get("verb"))
    key = content_key(page.account_id, "ratings", story, value=value)
    recommends = as_text(value.get("recommendation_type"))
    review = {"id": story, "recommends": recommends == "POSITIVE" if recommends else None}
    return feed_event(page, type_, key, value, {"review": review})


def _read_lead(page: AccountEntry, value: Value) -> ParsedEvent:
    lead = as_id(value.get("leadgen_id"))
    key = (
        join_key(page.account_id, "lead", lead)
        if lead
        else content_key(page.account_id, "lead", page.time, value=value)
    )
    form: dict[str, Any] = {
        "id": lead,
        "form_id": as_id(value.get("form_id")),
        "ad_id": as_id(value.get("ad_id")),
    }
    if "field_data" in value:
        # The webhook never has answers; tests of rules write them here.
        answers = answers_in(value["field_data"])
        form = {**answers, **form, PART_KEYS[LEAD]: answers}
    return feed_event(page, "lead.created", key, value, {LEAD: form})


FIELDS: Fields = {
    "feed": _read_feed,
    "mention": _read_mention,
    "ratings": _read_rating,
    "leadgen": _read_lead,
}


# --- Reading: the answers of leads ---

LEAD_PERMISSIONS: Final = "leads_retrieval, pages_read_engagement, pages_manage_ads"
_FIELDS: Final = "field_data,is_organic,platform"
#: The beginning of a lead's person id: Facebook does not say which Messenger person it is.
_PERSON: Final = "lead:"
#: Limits: answers of one form, and characters of a question's name and of an answer.
_MOST_ANSWERS: Final = 100
_LONGEST_NAME: Final = 200
_LONGEST_ANSWER: Final = 1_000


def answers_in(field_data: Any) -> dict[str, str]:
    """Returns the answers by the names of their questions, all answers to one
    question as one text.
    """
    found: dict[str, str] = {}
    for one in map(as_dict, as_list(field_data)[:_MOST_ANSWERS]):
        name = as_text(one.get("name"))
        if name:
            values = (str(value) for value in as_list(one.get("values")) if value is not None)
            found[name[:_LONGEST_NAME]] = shortened(", ".join(values), _LONGEST_ANSWER)
    return found


async def read_lead(
    event: Mapping[str, Any], http: Http, account: GraphAccount
) -> Mapping[str, Any]:
    """Reads from the Graph API the answers of the event's lead, whether the lead came without an
    advertisement, and its platform: `fb` or `ig`.

    Raises:
        StepError: the Graph API refuses, for want of a permission or of the lead (error 100).
    """
    lead = id_in(event, LEAD) or ""
    path = f"{quote(lead, safe='')}?fields={_FIELDS}"
    try:
        found = await call_graph(http, account, path, method="GET")
    except (PermanentError, SkippedStep) as error:
        reason = lead_refused(lead=lead, because=error.reason, needed=LEAD_PERMISSIONS)
        raise PermanentError(reason) from error
    if not isinstance(found.get("field_data"), list):
        # An answer without answers of a lead comes from a proxy, or is an error with a success
        # status.
        raise unreadable_look_up(account.product)
    platform = as_text(found.get("platform"))
    return {
        PART_KEYS[LEAD]: answers_in(found["field_data"]),
        "is_organic": found.get("is_organic") is True,
        "platform": platform and shortened(platform, _LONGEST_NAME),
    }


# --- The provider ---

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


PERMISSIONS: Permissions = {
    "pages_read_engagement": [("comment.created",)],
    "pages_read_user_content": [("comment.created",)],
    "pages_manage_engagement": [("comment.created", "reply", "moderate")],
    "pages_messaging": [("message.received",), ("comment.created", "private_reply", "ask")],
    "leads_retrieval": [("lead.created",)],
}


class FacebookProvider(AccountProvider):
    """One Facebook app with its Pages."""

    name = "facebook"
    title = N_("Facebook Page")
    customers_write = True
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
    permissions = PERMISSIONS
    policy = MessagingPolicy(
        platform="Facebook",
        message_ms=DAY_MS,
        by_hand_ms=BY_HAND_MS,
        templates_anytime=True,
        approved_has=NAME,
        template_keys=APPROVED,
        asking={
            "notification_messages": Asking(
                N_("asks whether it may send news and offers"),
                N_(
                    "Facebook shows the question, within 24 hours of the person's last message. The"
                    " answer comes as the event facebook.optin, and a rule for it can remember it."
                    " Marketing messages themselves are not sent by this server."
                ),
                {
                    "template_type": "notification_messages",
                    "title": N_("News and offers"),
                    "payload": "NEWS",
                },
            )
        },
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
        if (outgoing.receiver or "").startswith(_PERSON):
            raise PermanentError(lead_has_no_chat(platform="Facebook"))
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
            return self.options.page_access_token is not None and id_in(event, LEAD) is not None
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
        page = self._page("pages_messaging")
        return GraphProfile(
            self.options.profile,
            page.account,
            other_owner=partial(other_page, page),
        )

    @property
    def can_subscribe(self) -> bool:
        """Whether the Page can be subscribed: the connection has its token."""
        return self.can_check_subscription

    async def check_subscription(self, http: Http, is_wanted: Wanted) -> Reason | None:
        """Checks that the app is still installed on the Page, gets the events that rules need, and
        has the permissions for what they do.

        Raises:
            StepError: the Graph API does not answer now.
        """
        page = self._page("pages_manage_metadata")
        problem = await subscription_problem(page, http, is_wanted)
        return problem or await super().check_subscription(http, is_wanted)

    async def subscribe(self, http: Http, is_wanted: Wanted) -> None:
        """Subscribes the Page to comments, messages and the other events that rules need. Fields
        that are already subscribed stay so.

        Raises:
            StepError: the Graph API refuses it, or does not answer, or the token belongs to another
                Page.
        """
        page = self._page("pages_manage_metadata")
        other = await other_page(page, http)
        if other is not None:
            raise PermanentError(other)
        there = await _subscribed_fields(page, http)
        names = [*_ALWAYS, *_wanted_fields(is_wanted), *(there.names if there else ())]
        wanted = {"subscribed_fields": ",".join(dict.fromkeys(names))}
        await call_graph(http, page.account, _PATH, wanted, repeatable=True)

    def _page(self, permissions: str) -> "PageOfToken":
        account = self.account("Facebook", _TOKEN, permissions)
        return PageOfToken(account, self.account_id, self.options.app_id)


# --- The subscription by which a Page sends changes and messages to the app ---
#
# An app gets a field only if the Page and the settings of the app both subscribe to it:
# https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps


_PATH = "me/subscribed_apps"
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


async def subscription_problem(page: PageOfToken, http: Http, is_wanted: Wanted) -> Reason | None:
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
        return connections.page_unsubscribed()
    missing = [field for field in _wanted_fields(is_wanted) if field not in fields.names]
    return connections.page_fields_missing(names=missing) if missing else None


async def other_page(page: PageOfToken, http: Http) -> Reason | None:
    """Returns the reason if the token is for another Page than the settings name; else None."""
    if page.page_id is None:
        return None
    answer = await call_graph(http, page.account, "me", method="GET")
    owner = as_id(answer.get("id"))
    if owner is None or owner == page.page_id:
        return None
    name = shortened(as_text(answer.get("name")) or "", _LONGEST_NAME)
    return connections.token_of_another(
        account=page.page_id, other=f"{owner} ({name})" if name else owner
    )


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


def _wanted_fields(is_wanted: Wanted) -> list[str]:
    return [field for field, types in SUBSCRIBED_FIELDS.items() if any(map(is_wanted, types))]
