"""The provider of Instagram: options, comments and mentions of professional accounts, sending."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from automator.configuration.values import SecretOne
from automator.http.types import Http
from automator.model import DAY_MS, N_, Echo, MessagingPolicy, ParsedEvent
from automator.plugins import (
    AccountKeys,
    AccountProfile,
    ChatAddress,
    ConnectionOptions,
    Outgoing,
    OutgoingKind,
    Sent,
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
from automator.providers.meta.mentions import text_on_instagram
from automator.providers.meta.messages import Writers
from automator.providers.meta.profile import GraphProfile, InstagramProfileOptions
from automator.providers.meta.send import (
    MAX_QUICK_REPLIES,
    MAX_QUICK_REPLY_TITLE,
    Surface,
    moderate_through_graph,
    send_through_graph,
)
from automator.providers.meta.several_accounts import AccountId, NamedAccount
from automator.providers.meta.webhook import Permissions
from automator.providers.shared.envelope import actor_of, part
from automator.providers.shared.options import ApiUrl, LookUpNames, LookUpPosts, SigningSecrets
from automator.providers.shared.payloads import as_dict, as_id, as_text, content_key, join_key

Value = dict[str, Any]
#: A user name in a comment; comments have no ids of mentioned people. A name has up to 30 letters,
#: digits, dots and underscores, and does not end with a dot.
_NAMED: Final = re.compile(
    r"(?<![\w@.])@([A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])?)(?![\w@])"
)


def _read_comment(entry: AccountEntry, value: Value, *, is_live: bool = False) -> ParsedEvent:
    comment = as_id(value.get("id")) or as_id(value.get("comment_id"))
    media = as_dict(value.get("media"))
    parent = as_id(value.get("parent_id"))
    sender = as_dict(value.get("from"))
    person, name = as_id(sender.get("id")), as_text(sender.get("username"))
    is_self = person is not None and person == entry.account_id
    text = as_text(value.get("text"))
    post = _media(media)
    post_id = as_id(media.get("id"))
    parts: dict[str, Any] = {
        # Instagram names the parent of an answer to a comment, except in comments on a live video.
        "comment": part(comment, is_reply=parent is not None),
        "post": post,
        "parent": part(parent),
    }
    if is_live:
        parts["live"] = True
    if text and "@" in text:
        parts["tagged"] = _tagged(text)
    return entry.event(
        "comment.created",
        join_key(entry.account_id, "comment", comment)
        if comment
        else content_key(entry.account_id, "comment", entry.time, value=value),
        value,
        parts,
        text=text,
        actor=actor_of(person, name, is_self=is_self),
        # Comments by the account itself get the lane of their post: otherwise all would share one
        # lane.
        lane_id=person if person and not is_self else post_id,
        echo=echo_in_comment(parts, text, is_self=is_self),
    )


def _tagged(text: str) -> list[dict[str, Any]]:
    """Finds the people whom a comment mentions, each once, by user name; ids are unknown."""
    names = dict.fromkeys(name.lower() for name in _NAMED.findall(text))
    return [{"id": None, "name": name, "type": "user"} for name in names]


def _read_live_comment(entry: AccountEntry, value: Value) -> ParsedEvent:
    return _read_comment(entry, value, is_live=True)


def _read_mention(entry: AccountEntry, value: Value) -> ParsedEvent:
    """Reads a mention of the account; Instagram tells neither its author nor its text."""
    media, comment = as_id(value.get("media_id")), as_id(value.get("comment_id"))
    key = (
        join_key(entry.account_id, "mention", media, comment)
        if media or comment
        else content_key(entry.account_id, "mention", entry.time, value=value)
    )
    parts = {"post": part(media), "comment": part(comment)}
    return entry.event("mention.created", key, value, parts, lane_id=media)


def _media(media: Mapping[str, Any]) -> dict[str, Any] | None:
    ad_id = as_id(media.get("ad_id"))
    found = part(
        as_id(media.get("id")),
        kind=as_text(media.get("media_product_type")),
        ad_id=ad_id,
        ad_title=as_text(media.get("ad_title")),
        is_ad=ad_id is not None,
        # An ad that was made from a post has its own id.
        original_id=as_id(media.get("original_media_id")),
    )
    if found and "caption" in media:
        # Instagram rarely sends the caption; nearly always it has to be looked up.
        found["message"] = as_text(media["caption"])
    return found


FIELDS: Fields = {
    "comments": _read_comment,
    "live_comments": _read_live_comment,
    "mentions": _read_mention,
}


_MODERATIONS: frozenset[OutgoingKind] = frozenset({"hide", "unhide", "delete"})
_KEYS = AccountKeys(
    several="accounts",
    token="access_token",  # noqa: S106 - the name of an option.
    id="account_id",
    name="account_name",
    in_samples=("17841405793187218",),
)
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9._]{1,30}$")]


class NamedInstagramAccount(NamedAccount):
    """One of several accounts of a connection."""

    username: Username | None = Field(
        default=None,
        description=N_(
            "Its user name, without @: for the link that opens a conversation with this account."
        ),
    )


class InstagramOptions(AccountOptions):
    """The options of an Instagram connection."""

    account_keys = _KEYS

    app_secret: SigningSecrets = Field(
        description=N_(
            "The Instagram app secret, under Instagram → API setup with Instagram login, "
            "or the app's own secret with Facebook login; a list takes both, that of the token "
            "first."
        )
    )
    access_token: SecretOne | None = Field(
        default=None, description=N_("Needed to answer: the account's long-lived access token.")
    )
    account_id: AccountId | None = Field(
        default=None,
        description=N_("The id of the account of access_token; needed if `accounts` has others."),
    )
    account_name: str = Field(
        default="",
        description=N_("The account's name for people; rules see it as event.page.name."),
    )
    username: Username | None = Field(
        default=None,
        description=N_(
            "The user name of the connection's own account, without @: for the link that opens a "
            "conversation."
        ),
    )
    accounts: dict[AccountId, NamedInstagramAccount] = Field(
        default_factory=dict,
        description=N_(
            "Further accounts of the app by their ids, each with `name`, `access_token` and"
            " `username`. Each is a connection of its own, called as this one with a dot and the"
            " id, as in `shop-instagram.17841400000000001`: for its contacts, rules and log. A rule"
            " for this connection applies to all of them."
        ),
    )
    app_id: AppId = None
    echo_without_app: Literal["app", "human"] = Field(
        default="app",
        description=N_(
            "The author of a message of the account that names no app: `human` lets pause_on see"
            " answers by hand, if Instagram marks the messages of this server."
        ),
    )
    tag_messages: bool = Field(
        default=True,
        description=N_("Send our key along as metadata of a message, to know its echo again."),
    )
    appsecret_proof: bool = Field(
        default=True, description=N_("Prove each call with the first app_secret.")
    )
    echo_within: EchoWithin = 60.0
    look_up_names: LookUpNames = True
    look_up_posts: LookUpPosts = True
    profile: InstagramProfileOptions | None = Field(
        default=None,
        description=N_(
            "The `menu` and the `ice_breakers` that Instagram shows to people who write to "
            "the account. It is"
            " set when it changes, for each of `accounts` as well."
        ),
    )
    graph_url: ApiUrl = Field(
        default="https://graph.instagram.com/v26.0",
        description="The API with its version; with Facebook login https://graph.facebook.com/v26.0.",
    )


PERMISSIONS: Permissions = {
    "instagram_business_basic": [("comment.created",), ("message.received",)],
    "instagram_business_manage_comments": [("comment.created",), ("mention.created",)],
    "instagram_business_manage_messages": [
        ("message.received",),
        ("comment.created", "private_reply", "ask"),
    ],
}


class InstagramProvider(AccountProvider):
    """One app with its Instagram accounts."""

    name = "instagram"
    title = "Instagram"
    customers_write = True
    webhook_object = "instagram"
    options_model = InstagramOptions
    can_send: ClassVar[frozenset[OutgoingKind]] = _MODERATIONS | {
        "reply",
        "private_reply",
        "message",
    }
    account_keys = _KEYS
    fields = FIELDS
    names_by = ("instagram_business_manage_messages", "name", "username")
    posts_by = ("instagram_business_basic", "caption")
    permissions = PERMISSIONS
    sent_headers: ClassVar[Mapping[str, str]] = {
        "content-type": "application/json",
        "user-agent": "Webhooks/1.0",
    }
    policy = MessagingPolicy(
        platform="Instagram",
        message_ms=DAY_MS,
        by_hand_ms=BY_HAND_MS,
        private_reply_ms=7 * DAY_MS,
        one_private_reply=True,
        quick_replies=MAX_QUICK_REPLIES,
        quick_reply_title=MAX_QUICK_REPLY_TITLE,
        comment_parts={},
        mentions=True,
        buttons=META_BUTTONS,
        unit="bytes",
        message_length=1000,
    )
    options: InstagramOptions

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._writers = Writers(self.options.app_id, frozenset(), self.options.echo_without_app)
        if "//graph.facebook.com/" in self.options.graph_url:
            # With Facebook login the same permissions have names without `business`.
            self.permissions = {
                name.replace("_business", ""): uses for name, uses in self.permissions.items()
            }
        self._surface = Surface(
            reply_edge="replies",
            # The token is for the account or for its Page: in both APIs the account is `me`.
            sender="me",
            messaging_type=None,
            is_tagged=self.options.tag_messages,
            public_text=text_on_instagram,
            replies_carry_attachments=False,
        )

    @property
    def chat_address(self) -> ChatAddress | None:
        """Returns the account's address at ig.me, if its user name is known."""
        name = self.options.username
        return ChatAddress(f"https://ig.me/m/{name}", "?ref=", 250, "-_=") if name else None

    def echo_of(self, outgoing: Outgoing) -> Echo | None:
        """Returns the expected echo: a message is recognised by its metadata, a comment by its
        thread and words.
        """
        return echo_of(outgoing, self.options.echo_within, is_tagged=self.options.tag_messages)

    async def send(self, outgoing: Outgoing, http: Http) -> Sent:
        """Replies, sends a private reply or a message, or moderates a comment."""
        if outgoing.kind not in self.can_send:
            return await super().send(outgoing, http)
        self.check_account(outgoing)
        permissions = "instagram_business_manage_messages, instagram_business_manage_comments"
        account = self.account("Instagram", "access_token", permissions)
        if outgoing.kind in _MODERATIONS:
            return await moderate_through_graph(outgoing, http, account, hide_field="hide")
        return await send_through_graph(outgoing, http, account, self._surface)

    @property
    def profile(self) -> AccountProfile | None:
        """Returns the profile that Instagram shows to people; None without the account's token."""
        if self.options.access_token is None:
            return None
        account = self.account("Instagram", "access_token", "instagram_business_manage_messages")
        return GraphProfile(self.options.profile, account, platform="instagram")
