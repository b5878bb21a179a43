"""Reads the entry of a Page or an Instagram account: its changes and its messages."""

from collections.abc import Callable, Mapping
from typing import Any

from automator.model import ParsedEvent
from automator.providers.meta.entry import AccountEntry
from automator.providers.meta.messages import Writers, read_conversations
from automator.providers.shared.payloads import as_dict, as_list, as_text, content_key

#: The reader of the value, by the field of a change.
Fields = Mapping[str, Callable[[AccountEntry, dict[str, Any]], ParsedEvent]]


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
