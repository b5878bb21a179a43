"""The services that `notify` reaches: the scheme of each, and the function that makes its
request.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from automator.actions.notifying import chats, emails, pushes
from automator.actions.notifying.address import Call, MakeCall, Notice, json_call, read_parts
from automator.model import WrongValue, record
from automator.reasons.problems.configuration.notify import (
    NOTIFY_NOT_AN_ADDRESS,
    NOTIFY_SERVICE_UNKNOWN,
)


def _says_not_ok(answer: Mapping[str, Any]) -> bool:
    return answer.get("ok") is False


def _has_error_code(answer: Mapping[str, Any]) -> bool:
    return answer.get("code") not in (None, 0)


@record
class Service:
    """One service, by the scheme of its addresses."""

    call: MakeCall
    example: str
    #: The parameters that may stand behind `?`.
    keys: frozenset[str] = frozenset()
    #: Whether an answer with a status of success says that the notice was refused.
    refuses: Callable[[Mapping[str, Any]], bool] | None = None


_NTFY = Service(call=pushes.ntfy, example="ntfys://HOST/TOPIC", keys=frozenset({"priority"}))
_GOTIFY = Service(call=pushes.gotify, example="gotifys://HOST/TOKEN", keys=frozenset({"priority"}))
_JSON = Service(call=pushes.plain_json, example="jsons://HOST/PATH")
_APPRISE = Service(call=pushes.apprise, example="apprises://HOST/KEY", keys=frozenset({"tags"}))
_MATTERMOST = Service(
    call=chats.mattermost, example="mmosts://HOST/TOKEN", keys=frozenset({"channel"})
)
_LARK = Service(call=chats.lark, example="lark://TOKEN", refuses=_has_error_code)
_MAIL = Service(
    call=emails.mail,
    example="mailtos://USER:PASSWORD@HOST?to=ADDRESS",
    keys=frozenset({"to", "from", "name", "smtp", "mode", "user", "pass"}),
)
SERVICES: Mapping[str, Service] = {
    "tgram": Service(call=chats.telegram, example="tgram://TOKEN/CHAT", refuses=_says_not_ok),
    "zalo": Service(call=chats.zalo, example="zalo://TOKEN/CHAT", refuses=_says_not_ok),
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "slack": Service(call=chats.slack, example="slack://A/B/C", refuses=_says_not_ok),
    "discord": Service(call=chats.discord, example="discord://WEBHOOK_ID/TOKEN"),
    "workflow": Service(
        call=chats.teams, example="workflow://HOST/WORKFLOW/SIGNATURE", keys=frozenset({"pa"})
    ),
    "gchat": Service(call=chats.google_chat, example="gchat://SPACE/KEY/TOKEN"),
    "lark": _LARK,
    "feishu": _LARK,
    "mmost": _MATTERMOST,
    "mmosts": _MATTERMOST,
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "gotify": _GOTIFY,
    "gotifys": _GOTIFY,
    "pover": Service(
        call=pushes.pushover, example="pover://USER@TOKEN", keys=frozenset({"priority"})
    ),
    "json": _JSON,
    "jsons": _JSON,
    "apprise": _APPRISE,
    "apprises": _APPRISE,
}
#: Addresses as the services themselves show them, by the end of the host and the path.
_PASTED: tuple[tuple[str, str, Callable[[Notice], Any], Service], ...] = (
    ("hooks.slack.com", "/services/", chats.slack_body, SERVICES["slack"]),
    ("discord.com", "/api/webhooks/", chats.discord_body, SERVICES["discord"]),
    ("discordapp.com", "/api/webhooks/", chats.discord_body, SERVICES["discord"]),
    ("chat.googleapis.com", "/v1/spaces/", chats.google_chat_body, SERVICES["gchat"]),
    ("open.larksuite.com", "/open-apis/bot/v2/hook/", chats.lark_body, _LARK),
    ("open.feishu.cn", "/open-apis/bot/v2/hook/", chats.lark_body, _LARK),
    (".logic.azure.com", "/workflows/", chats.teams_body, SERVICES["workflow"]),
    (".powerplatform.com", "/powerautomate/", chats.teams_body, SERVICES["workflow"]),
)
_SAMPLE = Notice("title", "text", "key", 0)


def call_of(address: str, notice: Notice) -> tuple[Call, Service]:
    """The request that carries a notice to an address, and the service behind it.

    Raises:
        WrongValue: the address is none of a service that is known here, or not whole.
    """
    if address.startswith("https://"):
        return _pasted(address, notice)
    scheme = address.strip().partition("://")[0].lower()
    service = SERVICES.get(scheme)
    if service is None:
        if scheme == address.strip().lower():
            raise WrongValue(NOTIFY_NOT_AN_ADDRESS(known=list(SERVICES)))
        raise WrongValue(NOTIFY_SERVICE_UNKNOWN(scheme=scheme[:32], known=list(SERVICES)))
    parts = read_parts(address, service.example, service.keys)
    if parts is None:
        raise WrongValue(NOTIFY_NOT_AN_ADDRESS(known=list(SERVICES)))
    return service.call(parts, notice), service


def require_address(address: str) -> None:
    """Checks that notices can be sent to an address.

    Raises:
        WrongValue: as `call_of`.
    """
    call_of(address, _SAMPLE)


def _pasted(address: str, notice: Notice) -> tuple[Call, Service]:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise WrongValue(NOTIFY_NOT_AN_ADDRESS(known=list(SERVICES))) from None
    host = f".{parts.hostname or ''}"
    for end, path, body, service in _PASTED:
        if host.endswith(end if end[0] == "." else f".{end}") and parts.path.startswith(path):
            return json_call(address, body(notice)), service
    raise WrongValue(NOTIFY_SERVICE_UNKNOWN(scheme="https", known=list(SERVICES)))
