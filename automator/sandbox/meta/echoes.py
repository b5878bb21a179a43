"""Makes the echo that Meta would send to the webhook for a recorded message.

The body is not signed, because only the code that posts it has the secret.
"""

import re
from collections.abc import Mapping
from typing import Any

from automator.sandbox.context import name_of
from automator.sandbox.recorder import Record

#: The app that every Page of the sandbox has installed.
APP_ID = "431000000000000071"
#: A mention at the beginning of a comment; people see a name there.
_MENTION = re.compile(r"^@\[(\d+)\]")


def echo_of(record: Record, account: str) -> dict[str, Any] | None:
    """Returns the delivery that echoes a record to `account`; None if Meta would send no echo."""
    if record.status != 200 or "/facebook/" not in record.path:
        return None
    answer = record.answer if isinstance(record.answer, Mapping) else {}
    entry: dict[str, Any] = {"id": account, "time": record.at // 1000}
    if record.kind == "public_reply":
        entry["changes"] = [{"field": "feed", "value": _comment(record, answer, account)}]
    elif record.kind in ("message", "private_reply") and "message_id" in answer:
        entry["messaging"] = [_message(record, answer, account)]
    else:
        return None
    return {"object": "page", "entry": [entry]}


def _comment(record: Record, answer: Mapping[str, Any], account: str) -> dict[str, Any]:
    post = f"{account}_{record.to.partition('_')[0]}"
    mentioned = _MENTION.match(record.text)
    name = name_of(mentioned[1]) if mentioned else ""
    tag = {"id": mentioned and mentioned[1], "name": name, "type": "user", "offset": 0}
    return {
        "from": {"id": account, "name": "The Page"},
        "message": _MENTION.sub(name, record.text),
        **({"message_tags": [{**tag, "length": len(name)}]} if mentioned else {}),
        "post_id": post,
        "comment_id": answer["id"],
        "parent_id": record.to,
        "created_time": record.at // 1000,
        "item": "comment",
        "verb": "add",
    }


def _message(record: Record, answer: Mapping[str, Any], account: str) -> dict[str, Any]:
    said = record.body.get("message", {}) if isinstance(record.body, Mapping) else {}
    message = {
        "mid": answer["message_id"],
        "is_echo": True,
        "app_id": int(APP_ID),
        **{name: said[name] for name in ("text", "metadata") if name in said},
    }
    return {
        "sender": {"id": account},
        "recipient": {"id": answer["recipient_id"]},
        "timestamp": record.at,
        "message": message,
    }
