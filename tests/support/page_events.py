"""Signed Facebook deliveries, written independently of the product's own simulator.

Everything happens `at` a time in milliseconds, and now if there is none: a real server refuses what
happened too long ago. A test that sets its clock gives the time of that clock.
"""

import hashlib
import hmac
import json
import time
from typing import Any

PAGE = "100200300400"
SECRET = "app-secret-for-tests-0123456789"


def comment(
    number: int, person: str, text: str, *, post: str = "700", at: int | None = None
) -> dict[str, Any]:
    """A change: somebody comments on a post of the Page."""
    return {
        "field": "feed",
        "value": {
            "from": {"id": person, "name": f"Khách {person}"},
            "post": {"id": f"{PAGE}_{post}", "status_type": "added_photos", "is_published": True},
            "message": text,
            "post_id": f"{PAGE}_{post}",
            "comment_id": f"{post}_{number}",
            "created_time": _ms(at) // 1000,
            "item": "comment",
            "parent_id": f"{PAGE}_{post}",
            "verb": "add",
        },
    }


def lead(number: int, *, form: str = "12", at: int | None = None) -> dict[str, Any]:
    """A change: somebody fills in the form of an advertisement."""
    return {
        "field": "leadgen",
        "value": {
            "leadgen_id": str(number),
            "form_id": form,
            "ad_id": "34",
            "page_id": PAGE,
            "created_time": _ms(at) // 1000,
        },
    }


def message(number: int, person: str, text: str, *, at: int | None = None) -> dict[str, Any]:
    """A messaging item: somebody writes to the Page."""
    return {
        "sender": {"id": person},
        "recipient": {"id": PAGE},
        "timestamp": _ms(at),
        "message": {"mid": f"m_{number}", "text": text},
    }


def echo(
    number: int, person: str, text: str, *, at: int, app_id: int | None = None
) -> dict[str, Any]:
    """A messaging item: the Page has written to somebody, through this app or by hand."""
    by_app = {} if app_id is None else {"app_id": app_id}
    return {
        "sender": {"id": PAGE},
        "recipient": {"id": person},
        "timestamp": at,
        "message": {"mid": f"m_{number}", "is_echo": True, "text": text, **by_app},
    }


def delivery(*, changes: list[Any] | None = None, messaging: list[Any] | None = None) -> bytes:
    """The body of one delivery with one entry."""
    entry: dict[str, Any] = {"id": PAGE, "time": _ms(None) // 1000}
    if changes:
        entry["changes"] = changes
    if messaging:
        entry["messaging"] = messaging
    return json.dumps({"object": "page", "entry": [entry]}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers with which Facebook would send the body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


def _ms(at: int | None) -> int:
    return time.time_ns() // 1_000_000 if at is None else at
