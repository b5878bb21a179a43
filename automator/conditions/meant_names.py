"""Finds the path or value that people mean by a top-level name that does not exist."""

from typing import Final

_OF_EVENT: Final = (
    "text type provider actor comment post message conversation parent attachments data headers"
    " query received_at occurred_at"
)
_OF_CONTACT: Final = (
    "state tags opted_out blocked first_seen last_inbound_at window_opened_at human_reply_at"
)
#: The names that ManyChat and other programs have for a person's name.
_NAMES: Final = (
    "first_name last_name full_name user_name username user_first_name customer_name sender_name"
    " ten ten_khach ten_khach_hang"
)
_VALUES: Final = {
    "true": "`true`",
    "True": "`true`",
    "TRUE": "`true`",
    "false": "`false`",
    "False": "`false`",
    "FALSE": "`false`",
    **dict.fromkeys(("None", "none", "NULL", "Null", "nil", "undefined"), "`null`"),
}
_MEANT: Final = {
    **{name: f"event.{name}" for name in _OF_EVENT.split()},
    **{name: f"contact.{name}" for name in _OF_CONTACT.split()},
    **dict.fromkeys(_NAMES.split(), "event.actor.name"),
    **dict.fromkeys(("user_id", "sender_id", "customer_id", "psid"), "event.actor.id"),
    **dict.fromkeys(("user", "customer", "sender", "khach", "khach_hang"), "event.actor"),
    **dict.fromkeys(("payload", "body", "json", "github"), "event.data"),
    "trigger": "event",
    **{f"{of}_id": f"event.{of}.id" for of in ("post", "comment", "parent", "message")},
}


def meant_path(name: str) -> str | None:
    """The path that a name means: `event.text` for `text`; None if unknown."""
    return _MEANT.get(name)


def meant_in_expression(name: str) -> str | None:
    """The path that a name means, or the value in backticks: `` `null` `` for `None`; or None."""
    return _MEANT.get(name) or _VALUES.get(name)
