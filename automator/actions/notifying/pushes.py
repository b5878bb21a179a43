"""Requests to push services and to servers of one's own: ntfy, Gotify, Pushover, JSON, Apprise."""

from typing import Any
from urllib.parse import quote, urlencode

from automator.actions.notifying.address import Call, Notice, ServiceAddress, json_call
from automator.model import shortened

#: ntfy turns a message of more than 4,096 bytes into a file; a character has up to four bytes.
_MOST_NTFY = 1000
_MOST_PUSHOVER = 1024
_MOST_TITLE = 250
_MOST = 10_000
_PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5}


def ntfy(address: ServiceAddress, notice: Notice) -> Call:
    """`ntfys://HOST/TOPIC`, or `ntfy://TOPIC` at ntfy.sh."""
    parts = address.parts(1, 2)
    url = "https://ntfy.sh/" if len(parts) == 1 else address.server()
    data: dict[str, Any] = {"topic": parts[-1], "message": shortened(notice.text, _MOST_NTFY)}
    if notice.title:
        data["title"] = shortened(notice.title, _MOST_TITLE)
    if "priority" in address.query:
        data["priority"] = _PRIORITIES.get(address.query["priority"]) or address.priority(3)
    is_token = address.user.startswith("tk_") and not address.password
    login = {"authorization": f"Bearer {address.user}"} if is_token else address.login()
    return json_call(url, data, login)


def gotify(address: ServiceAddress, notice: Notice) -> Call:
    """`gotifys://HOST/TOKEN`."""
    if not address.path:
        raise address.incomplete
    *above, token = address.path
    data: dict[str, Any] = {
        "message": shortened(notice.text, _MOST),
        "priority": address.priority(5),
    }
    if notice.title:
        data["title"] = shortened(notice.title, _MOST_TITLE)
    url = address.server(*(quote(part, safe="") for part in above), "message")
    return json_call(url, data, {"x-gotify-key": token})


def pushover(address: ServiceAddress, notice: Notice) -> Call:
    """`pover://USER@TOKEN`, with a device behind it or without."""
    token, *device = address.parts(1, 2)
    if not address.user:
        raise address.incomplete
    data = {
        "token": token,
        "user": address.user,
        "message": shortened(notice.text, _MOST_PUSHOVER),
        "priority": str(address.priority(0)),
    }
    if notice.title:
        data["title"] = shortened(notice.title, _MOST_TITLE)
    if device:
        data["device"] = device[0]
    return Call(
        url="https://api.pushover.net/1/messages.json",
        headers={"content-type": "application/x-www-form-urlencoded"},
        body=urlencode(data).encode(),
    )


def plain_json(address: ServiceAddress, notice: Notice) -> Call:
    """`jsons://HOST/PATH`: the notice as a JSON object, as Apprise sends it."""
    data = {
        "version": "1.0",
        "title": notice.title,
        "message": notice.text,
        "attachments": [],
        "type": "info",
    }
    url = address.server(*(quote(part, safe="") for part in address.path))
    return json_call(url, data, address.login())


def apprise(address: ServiceAddress, notice: Notice) -> Call:
    """`apprises://HOST/KEY`: an Apprise API, which reaches every service that Apprise knows."""
    if not address.path:
        raise address.incomplete
    *above, key = (quote(part, safe="") for part in address.path)
    data = {"title": notice.title, "body": notice.text, "type": "info", "format": "text"}
    if "tags" in address.query:
        data["tag"] = address.query["tags"]
    return json_call(address.server(*above, "notify", key), data, address.login())
