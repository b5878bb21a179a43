"""The paths and values that people mean by names that do not exist at the top of a scope."""

from typing import Final

_OF_EVENT: Final = (
    "text type provider actor comment post message conversation parent attachments data headers"
    " query received_at occurred_at"
)
_OF_CONTACT: Final = (
    "state tags opted_out blocked first_seen last_inbound_at window_opened_at human_reply_at"
)
#: The name of the person as ManyChat and others write it.
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
    """The path that ends in this name: `event.text` for `text`."""
    return _MEANT.get(name)


def meant_in_expression(name: str) -> str | None:
    """The same path, or the value in backticks: `` `null` `` for `None`."""
    return _MEANT.get(name) or _VALUES.get(name)
