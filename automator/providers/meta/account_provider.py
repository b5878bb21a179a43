"""The base class of the providers for Pages and Instagram accounts: names, posts and profiles.

Events have only the id of a post. Its text is the field `message` of a Page's post
(https://developers.facebook.com/docs/graph-api/reference/post), or the `caption` of an Instagram
media (https://developers.facebook.com/docs/instagram-platform/reference/instagram-media).
Messages have only an id. The User Profile API gives the name of a person who has written to the
account: https://developers.facebook.com/docs/messenger-platform/identity/user-profile. It does not
know people who have only commented: comments have ids of another kind.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from pydantic import Field, model_validator

from automator.http.types import Http
from automator.model import DAY_MS, N_, POST, EventPart, MessagingPolicy, ParsedEvent
from automator.model.event import PART_KEYS
from automator.plugins import AccountKeys, Press
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.graph import GraphAccount, call_graph
from automator.providers.meta.messages import Writers, read_conversations
from automator.providers.meta.profile import presses_of
from automator.providers.meta.several_accounts import check_accounts
from automator.providers.meta.webhook import MetaProvider, MetaWebhookOptions
from automator.providers.shared.payloads import as_dict, as_id, as_list, as_text, content_key, id_in

#: The reader of the value, by the field of a change.
Fields = Mapping[str, Callable[[AccountEntry, dict[str, Any]], ParsedEvent]]
#: For how many milliseconds a colleague may answer with Meta's tag HUMAN_AGENT.
BY_HAND_MS = 7 * DAY_MS
#: People's ids are numbers that never begin with 0, unlike telephone numbers.
GRAPH_IDS = re.compile("[1-9][0-9]*")

AppId = Annotated[
    str | None,
    Field(description=N_("The app's id: tells our own messages from those of people.")),
]


class AccountOptions(MetaWebhookOptions):
    """The options of an app with several accounts, each with its own token."""

    account_keys: ClassVar[AccountKeys]

    human_agent: bool = Field(
        default=False,
        description=N_(
            "Whether Meta has granted the app the feature Human Agent: a person may then answer"
            " somebody by hand for up to 7 days after their last message, and not only for 24"
            " hours. Rules never may."
        ),
    )

    @model_validator(mode="after")
    def _knows_whose_tokens_they_are(self) -> "AccountOptions":
        check_accounts(self, self.account_keys)
        return self


class AccountProvider(MetaProvider):
    """An app of Meta with accounts that people write to and whose posts they comment on."""

    #: The sandbox sends no echoes, so the demo does not wait for one.
    demo_options: ClassVar[Mapping[str, Any]] = {"echo_within": "0s"}
    answer_when_sent: ClassVar[Mapping[str, Any]] = {"id": "0", "message_id": "0"}
    receivers = GRAPH_IDS
    account_keys: ClassVar[AccountKeys]
    policy: ClassVar[MessagingPolicy]
    options: AccountOptions
    #: The reader for each field of a change.
    fields: ClassVar[Fields]
    finds: ClassVar[frozenset[EventPart]] = frozenset({POST})
    #: For a look-up of a person's name: the permissions, and two fields, the preferred one first.
    names_by: ClassVar[tuple[str, str, str]]
    #: For a look-up of a post's text: the permissions, and the field.
    posts_by: ClassVar[tuple[str, str]]
    _writers: Writers

    def read_entry(self, entry: AccountEntry, raw: Any) -> Sequence[ParsedEvent]:
        """Reads the changes and the messages of one account."""
        return read_account(entry, raw, self.fields, self._writers)

    def can_name(self, event: Mapping[str, Any]) -> bool:
        """Whether the Graph API can be asked for a name: the person caused the event in a
        conversation, as by a message or a tap.
        """
        actor = as_dict(event.get("actor"))
        is_person = as_id(actor.get("id")) is not None and not actor.get("is_self")
        wrote = is_person and id_in(event, "conversation") is not None and not event.get("comment")
        return wrote and self._may_look_up("look_up_names")

    async def name_of(self, event: Mapping[str, Any], http: Http, now_ms: int) -> str | None:  # noqa: ARG002 - as Provider says.
        """Asks the Graph API for the first of the two names that the person's profile has.

        Raises:
            StepError: the Graph API refuses or fails, for example without the person's consent
                (error 230).
        """
        permissions, *fields = self.names_by
        path = f"{as_id(as_dict(event.get('actor')).get('id'))}?fields={','.join(fields)}"
        profile = await call_graph(http, self._asked(permissions), path, method="GET")
        return next((name for field in fields if (name := as_text(profile.get(field)))), None)

    def can_find(self, part: EventPart, event: Mapping[str, Any]) -> bool:
        """Whether the Graph API may be asked for the post of an event."""
        is_known = part == POST and id_in(event, "post") is not None
        return is_known and self._may_look_up("look_up_posts")

    async def find(
        self,
        part: EventPart,  # noqa: ARG002 - it is a post.
        event: Mapping[str, Any],
        http: Http,
    ) -> Mapping[str, Any]:
        """Asks the Graph API for the event's post; returns its text as `message`, null without a
        text.

        Raises:
            StepError: the Graph API refuses or fails: it lacks a permission, or the post is deleted
                (error 100).
        """
        permissions, field = self.posts_by
        post = quote(id_in(event, "post") or "", safe="")
        account = self._asked(permissions)
        found = await call_graph(http, account, f"{post}?fields={field}", method="GET")
        return {PART_KEYS[POST]: as_text(found.get(field))}

    @property
    def policy_by_hand(self) -> MessagingPolicy:
        """Returns the policy of rules; with `human_agent`, colleagues have more time to answer."""
        if not self.options.human_agent:
            return self.policy
        return replace(self.policy, message_ms=self.policy.by_hand_ms)

    @property
    def presses(self) -> Sequence[Press]:
        """Returns the buttons of the profile that the settings describe."""
        return presses_of(getattr(self.options, "profile", None))

    def _may_look_up(self, option: str) -> bool:
        options = self.options
        return getattr(options, option) and getattr(options, self.account_keys.token) is not None

    def _asked(self, permissions: str) -> GraphAccount:
        return self.account(self.policy.platform, self.account_keys.token, permissions)


# --- The entry of a Page or an Instagram account: its changes and its messages ---


def read_account(
    entry: AccountEntry, raw: Any, fields: Fields, writers: Writers
) -> list[ParsedEvent]:
    """Reads the events of one entry."""
    values = as_dict(raw)
    events = [_read_change(entry, item, fields) for item in as_list(values.get("changes"))]
    if "messaging" in values or "standby" in values:
        events += read_conversations(entry, values, writers)
    # Some entries themselves have a field and a value. Any other entry is stored unread.
    return events or [_read_change(entry, raw, fields)]


def _read_change(entry: AccountEntry, item: Any, fields: Fields) -> ParsedEvent:
    """Reads the event of one change; an unknown field gives an event such as `facebook.<field>`."""
    change = as_dict(item)
    field = as_text(change.get("field")) or "unknown"
    value = change.get("value")
    reader = fields.get(field)
    if reader and isinstance(value, dict):
        return reader(entry, value)
    data = item if value is None else value
    key = content_key(entry.account_id, field, entry.time, value=data)
    return entry.event(entry.type(field), key, data, {})
