"""The JSON of people: contacts, their notes and messages, accounts and tokens."""

from typing import Annotated, Any, Literal

from typing_extensions import TypedDict

from automator.server.answer_types.common import Count, Id, Time, one_of
from automator.server.web.security import Role, Scope

RoleWord = Annotated[str, one_of(role.label for role in Role)]


class ContactFactsJson(TypedDict):
    """A person as rules see them."""

    id: str
    name: str | None
    state: dict[str, Any]
    tags: list[str]
    first_seen: Time
    last_inbound_at: Time | None
    window_opened_at: Time | None
    opted_out: bool
    opted_out_at: Time | None
    opted_out_by: str | None
    blocked: bool
    blocked_at: Time | None
    blocked_by: str | None
    human_reply_at: Time | None


class ContactRowJson(ContactFactsJson):
    """A person in a list."""

    connection: str


class StaffNoteJson(TypedDict):
    """A note of a colleague about a person."""

    id: str
    at: Time
    by: str
    text: str
    corrected_at: Time | None
    handed_to: str | None


class ContactJson(ContactFactsJson):
    """A person with the notes of the staff, the newest first."""

    staff_notes: list[StaffNoteJson]


class WrittenJson(TypedDict):
    """A message by hand: its event, and the run that sends it.

    `new` is false if a message with the same key was stored before.
    """

    event: Id
    run: Id | None
    new: bool


#: Whether a line of the inbox is a conversation or the comments in a thread.
LineKind = Literal["messages", "comments"]
#: What a colleague notes about a line of the inbox.
MarkWord = Literal["open", "waiting", "done"]


class InboxLineJson(TypedDict):
    """A line of the inbox: a private conversation (`messages`), or the `comments` in one thread.

    `text` and `event` are the person's newest unanswered message that shows a wish to buy, or else
    their newest. `rule` is the rule that has answered last, and null if a colleague has.
    """

    kind: LineKind
    connection: str
    id: str
    contact: str | None
    name: str | None
    text: str | None
    event: Id
    newest: Id
    at: Time
    state: Literal["unanswered", "planned", "answered", "waiting", "done", "blocked"]
    buyer: bool
    rule: str | None
    answered_at: Time | None
    assignee: str | None
    marked_by: str | None
    why: str | None


class ReadyAnswerJson(TypedDict):
    """A ready answer for the answer box; without a picture, `picture` is empty."""

    title: str
    text: str
    picture: str


class ImportJson(TypedDict):
    """The number of people whom an import changes or leaves as they are."""

    changed: Count
    new: Count
    unchanged: Count
    opted_out: Count


class AccountFieldsJson(TypedDict):
    """The fields of an account that are copied from the stored record."""

    name: str
    role: RoleWord
    created_at: Time


class AccountJson(AccountFieldsJson):
    """An account, the number of its sessions, and when it last used a session.

    With `invited_until`, somebody is invited and has not come, and the link ends then.
    """

    sessions: Count
    last_seen_at: Time | None
    invited_until: Time | None


class AccountRoleJson(TypedDict):
    """An account and its role."""

    name: str
    role: RoleWord


class LinkJson(TypedDict):
    """A sign-in link, and the same link as a browser on the server's machine opens it."""

    url: str
    local_url: str


class TokenJson(TypedDict):
    """An API token, without its secret."""

    id: str
    name: str
    role: RoleWord
    account: str
    created_at: Time
    expires_at: Time
    last_used_at: Time | None
    scopes: list[Scope]
    connections: list[str]


class MadeTokenJson(TokenJson):
    """A new API token with its secret, which no later answer contains."""

    token: str


class ErasedJson(TypedDict):
    """The number of erased things of each kind."""

    contacts: Count
    notes: Count
    events: Count
    deliveries: Count
    cancelled: Count
    runs: Count
    attempts: Count
    limits: Count


class ErasureJson(TypedDict):
    """An erasure, without the person. If it is not `complete`, another call continues it."""

    code: str
    at: Time
    by: str
    connection: str
    complete: bool
    erased: ErasedJson
