"""The services of `notify`: the functions that make their requests, each declared with the schemes
of its addresses.

Notices are sent as plain text where the service allows it; otherwise their markup is neutralised.
So a customer's words can neither mention people nor hide an address behind a link text.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from automator.http.json_body import dump_json
from automator.http.types import MAIL
from automator.model import WrongValue, record, shortened
from automator.reasons.problems.configuration import notify

# --- Parses service addresses in Apprise's syntax, such as `tgram://TOKEN/CHAT` ---
#
# Also defines the notices to send to them, and the requests that carry notices.


_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?]*)([^?]*)(?:\?(.*))?", re.IGNORECASE)
_PORT = re.compile(r"(.*):([0-9]{1,5})")


@record(kw_only=False)
class Notice:
    """The title and the text of a notice."""

    title: str
    text: str
    #: The idempotency key, which all attempts of the step share.
    key: str
    #: Milliseconds since 1970.
    at: int

    @property
    def whole(self) -> str:
        """Joins title and text on separate lines."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    def together(self, most: int) -> str:
        """Joins title and text, cut to the `most` characters that the service accepts."""
        return shortened(self.whole, most)


@record
class Call:
    """The request that carries a notice."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


def json_call(url: str, data: Any, headers: Mapping[str, str] | None = None) -> Call:
    """Makes a request with a JSON body."""
    return Call(
        url=url,
        headers={"content-type": "application/json", **(headers or {})},
        body=dump_json(data),
    )


@record
class ServiceAddress:
    """The decoded parts of an address."""

    scheme: str
    user: str
    password: str
    #: The host. Some services have another value in this part, such as a token.
    host: str
    port: int | None
    path: tuple[str, ...]
    query: Mapping[str, str]
    example: str

    @property
    def incomplete(self) -> WrongValue:
        """Returns the error for an address with too few or too many parts."""
        return WrongValue(
            notify.notify_address_incomplete(scheme=self.scheme, example=self.example)
        )

    def parts(self, least: int, most: int | None = None) -> tuple[str, ...]:
        """Returns the host and the parts of the path.

        Raises:
            WrongValue: there are fewer than `least` or more than `most` parts.
        """
        found = (self.host, *self.path)
        most = least if most is None else most
        if len(found) < least or not self.host:
            raise self.incomplete
        if len(found) > most:
            raise WrongValue(notify.notify_several_receivers())
        return found

    def server(self, *path: str) -> str:
        """Returns the web address of a self-hosted server: https if the scheme ends with `s`."""
        if not self.host or ":" in self.host:
            raise self.incomplete
        scheme = "https" if self.scheme.endswith("s") else "http"
        port = f":{self.port}" if self.port else ""
        return f"{scheme}://{self.host}{port}/{'/'.join(path)}"

    def login(self) -> dict[str, str]:
        """Returns the header with user and password; empty if the address has neither."""
        if not self.user:
            return {}
        return {"authorization": basic(self.user, self.password)}

    def priority(self, default: int) -> int:
        """Returns the whole number of `?priority=`, or `default`.

        Raises:
            WrongValue: it is not a whole number.
        """
        written = self.query.get("priority", str(default))
        if not re.fullmatch(r"-?[0-9]{1,3}", written):
            raise self.incomplete
        return int(written)


#: Makes the request that carries a notice to an address. Raises WrongValue.
MakeCall = Callable[[ServiceAddress, Notice], Call]


def read_parts(text: str, example: str, keys: frozenset[str]) -> ServiceAddress | None:
    """Reads the parts of an address; None if the text is not an address.

    Raises:
        WrongValue: the address has a parameter that is not one of `keys`.
    """
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    scheme, place, path, query = found.groups()
    login, _, host = place.rpartition("@")
    user, _, password = login.partition(":")
    at_port = _PORT.fullmatch(host)
    pairs = dict(parse_qsl(query or "", keep_blank_values=True))
    for key in pairs:
        if key not in keys:
            known = sorted(keys) or ["-"]
            raise WrongValue(notify.notify_key_unknown(key=key, scheme=scheme, known=known))
    return ServiceAddress(
        scheme=scheme.lower(),
        user=unquote(user),
        password=unquote(password),
        host=unquote(at_port[1] if at_port else host),
        port=int(at_port[2]) if at_port else None,
        path=tuple(unquote(part) for part in path.split("/") if part),
        query=pairs,
        example=example,
    )


def basic(user: str, password: str) -> str:
    """Returns the value of an `authorization` header."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


# --- The request to each service ---


# The longest texts that the services accept.
_MOST_TELEGRAM = 4096
_MOST_SLACK = 12_000
_MOST_DISCORD = 2000
_MOST_ZALO = 2000
_MOST_CHAT = 4000
#: ntfy turns a message of more than 4,096 bytes into a file; one character has up to four bytes.
_MOST_NTFY = 1000
_MOST_PUSHOVER = 1024
_MOST_TITLE = 250
_MOST_PUSH = 10_000
_MOST_SUBJECT = 200
_MOST_MAIL = 100_000
_MOST_RECEIVERS = 20

_SLACK_BOT = "xoxb-"
_PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5}
#: The mail server and port of services whose mail server has another name than their addresses.
_SERVERS = {
    "gmail.com": ("smtp.gmail.com", 587),
    "googlemail.com": ("smtp.gmail.com", 587),
    "yahoo.com": ("smtp.mail.yahoo.com", 465),
    "zoho.com": ("smtp.zoho.com", 587),
    "fastmail.com": ("smtp.fastmail.com", 465),
}
_STARTTLS_PORT = 587
_TLS_PORT = 465
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_SAMPLE = Notice("title", "text", "key", 0)


@record
class Service:
    """One service and the schemes of its addresses."""

    call: MakeCall
    example: str
    #: The allowed parameters after `?`.
    keys: frozenset[str] = frozenset()
    #: Reports whether an answer with a success status means that the notice was refused.
    refuses: Callable[[Mapping[str, Any]], bool] | None = None


MakeBody = Callable[[Notice], Any]
#: The services by the schemes of their addresses.
SERVICES: dict[str, Service] = {}
#: Web addresses that services themselves show for a chat: the end of the host, the beginning of
#: the path, and the function that makes the body.
_SHOWN: list[tuple[str, str, MakeBody, Service]] = []


def call_of(address: str, notice: Notice) -> tuple[Call, Service]:
    """Makes the request that carries a notice to an address; returns it with its service.

    Raises:
        WrongValue: the address is incomplete, or belongs to no known service.
    """
    if address.startswith("https://"):
        return _pasted(address, notice)
    scheme = address.strip().partition("://")[0].lower()
    service = SERVICES.get(scheme)
    if service is None:
        if scheme == address.strip().lower():
            raise WrongValue(notify.notify_not_an_address(known=list(SERVICES)))
        raise WrongValue(notify.notify_service_unknown(scheme=scheme[:32], known=list(SERVICES)))
    parts = read_parts(address, service.example, service.keys)
    if parts is None:
        raise WrongValue(notify.notify_not_an_address(known=list(SERVICES)))
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
        raise WrongValue(notify.notify_not_an_address(known=list(SERVICES))) from None
    host = f".{parts.hostname or ''}"
    for end, path, body, service in _SHOWN:
        if host.endswith(end if end[0] == "." else f".{end}") and parts.path.startswith(path):
            return json_call(address, body(notice)), service
    raise WrongValue(notify.notify_service_unknown(scheme="https", known=list(SERVICES)))


# --- The services ---


def _service(
    *schemes: str,
    example: str,
    keys: tuple[str, ...] = (),
    refuses: Callable[[Mapping[str, Any]], bool] | None = None,
) -> Callable[[MakeCall], MakeCall]:
    """Declares the service whose request the decorated function makes."""

    def register(call: MakeCall) -> MakeCall:
        service = Service(call=call, example=example, keys=frozenset(keys), refuses=refuses)
        SERVICES.update(dict.fromkeys(schemes, service))
        return call

    return register


def _shown_as(scheme: str, path: str, *hosts: str) -> Callable[[MakeBody], MakeBody]:
    """Registers the web addresses that a service shows; the decorated function makes the body of
    their requests.
    """

    def register(body: MakeBody) -> MakeBody:
        _SHOWN.extend((host, path, body, SERVICES[scheme]) for host in hosts)
        return body

    return register


def _says_not_ok(answer: Mapping[str, Any]) -> bool:
    return answer.get("ok") is False


def _has_error_code(answer: Mapping[str, Any]) -> bool:
    return answer.get("code") not in (None, 0)


@_service("tgram", example="tgram://TOKEN/CHAT", refuses=_says_not_ok)
def telegram(address: ServiceAddress, notice: Notice) -> Call:
    """`tgram://TOKEN/CHAT`: the bot must be in the chat."""
    token, chat = address.parts(2)
    name, _, thread = chat.partition(":")
    if ":" not in token:
        raise address.incomplete
    data: dict[str, Any] = {
        "chat_id": int(name) if name.lstrip("-").isdecimal() else f"@{name.lstrip('@')}",
        "text": notice.together(_MOST_TELEGRAM),
        "disable_web_page_preview": True,
    }
    if thread.isdecimal():
        data["message_thread_id"] = int(thread)
    token = quote(token.removeprefix("bot"), safe=":")
    return json_call(f"https://api.telegram.org/bot{token}/sendMessage", data)


@_service("zalo", example="zalo://TOKEN/CHAT", refuses=_says_not_ok)
def zalo(address: ServiceAddress, notice: Notice) -> Call:
    """`zalo://TOKEN/CHAT` of a Zalo bot."""
    token, chat = address.parts(2)
    if ":" not in token:
        raise address.incomplete
    url = f"https://bot-api.zaloplatforms.com/bot{quote(token, safe=':')}/sendMessage"
    return json_call(url, {"chat_id": chat, "text": notice.together(_MOST_ZALO)})


@_service(
    "mailto",
    "mailtos",
    example="mailtos://USER:PASSWORD@HOST?to=ADDRESS",
    keys=("to", "from", "name", "smtp", "mode", "user", "pass"),
)
def mail(address: ServiceAddress, notice: Notice) -> Call:
    """Makes an e-mail from the mailbox of the address, to `?to=` or else to the same mailbox."""
    host = address.host.lower()
    user = address.query.get("user") or address.user
    password = address.query.get("pass") or address.password
    own = user if "@" in user else f"{user}@{host}"
    sender = address.query.get("from") or own
    receivers = [one.strip() for one in (address.query.get("to") or sender).split(",")]
    if not 0 < len(receivers) <= _MOST_RECEIVERS or not all(
        _MAILBOX.fullmatch(one) for one in (sender, *receivers)
    ):
        raise address.incomplete
    server, port = _SERVERS.get(host, (host, _STARTTLS_PORT))
    if "smtp" in address.query:
        server, port = address.query["smtp"].lower(), _STARTTLS_PORT
    if address.query.get("mode") == "ssl":
        port = _TLS_PORT
    if not server or address.path or address.query.get("mode", "ssl") not in ("ssl", "starttls"):
        raise address.incomplete
    port = address.port or port
    login = {}
    if password:
        login = {"authorization": basic(own if host in _SERVERS else user, password)}
    name = address.query.get("name", "Automator")
    return Call(
        method=MAIL,
        url=f"{'smtps' if port == _TLS_PORT else 'smtp'}://{server}:{port}",
        headers={"mail-from": sender, "mail-to": ",".join(receivers), **login},
        body=_letter(notice, sender, name, receivers),
    )


def _letter(notice: Notice, sender: str, name: str, receivers: list[str]) -> bytes:
    # Imported late: building e-mails takes 1.2 MB of memory, and most servers send none.
    from email.headerregistry import Address  # noqa: PLC0415
    from email.message import EmailMessage  # noqa: PLC0415
    from email.policy import SMTP  # noqa: PLC0415
    from email.utils import formatdate  # noqa: PLC0415

    message = EmailMessage(policy=SMTP)
    local, _, domain = sender.rpartition("@")
    first_line = " ".join((notice.title or notice.text).split())
    message["Subject"] = shortened(first_line, _MOST_SUBJECT)
    message["From"] = Address(" ".join(name.split()), local, domain)
    message["To"] = ", ".join(receivers)
    message["Date"] = formatdate(notice.at / 1000)
    # A second attempt has the same id, and many mailboxes show a repeated id only once.
    message["Message-ID"] = f"<{notice.key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(shortened(notice.text, _MOST_MAIL), cte="base64")
    return message.as_bytes()


@_service("slack", example="slack://A/B/C", refuses=_says_not_ok)
def slack(address: ServiceAddress, notice: Notice) -> Call:
    """`slack://A/B/C` of an incoming webhook, or `slack://xoxb-TOKEN/#channel` of a bot."""
    data = _slack_body(notice)
    if address.host.startswith(_SLACK_BOT):
        token, data["channel"] = address.parts(2)
        login = {"authorization": f"Bearer {token}"}
        return json_call("https://slack.com/api/chat.postMessage", data, login)
    keys = address.parts(3, 4)
    if address.user:
        data["username"] = address.user
    if len(keys) > 3:
        data["channel"] = keys[3]
    return json_call(f"https://hooks.slack.com/services/{_joined(keys[:3])}", data)


@_shown_as("slack", "/services/", "hooks.slack.com")
def _slack_body(notice: Notice) -> dict[str, Any]:
    """Makes a body that turns markup off: `<!channel>` in a text would notify everybody."""
    text = notice.together(_MOST_SLACK)
    for letter, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(letter, shown)
    return {"text": text, "mrkdwn": False}


@_service("discord", example="discord://WEBHOOK_ID/TOKEN")
def discord(address: ServiceAddress, notice: Notice) -> Call:
    """`discord://WEBHOOK_ID/TOKEN`."""
    keys = address.parts(2)
    data = _discord_body(notice)
    if address.user:
        data["username"] = address.user
    return json_call(f"https://discord.com/api/webhooks/{_joined(keys)}?wait=true", data)


@_shown_as("discord", "/api/webhooks/", "discord.com", "discordapp.com")
def _discord_body(notice: Notice) -> dict[str, Any]:
    """Makes the body so that `@everyone` in a text notifies nobody."""
    text = shortened(_escaped_markdown(notice.whole), _MOST_DISCORD)
    return {"content": text, "allowed_mentions": {"parse": []}}


@_service("workflow", example="workflow://HOST/WORKFLOW/SIGNATURE", keys=("pa",))
def teams(address: ServiceAddress, notice: Notice) -> Call:
    """`workflow://HOST:443/WORKFLOW/SIGNATURE`; `?pa=yes` means a Power Automate workflow."""
    host, workflow, signature = address.parts(3)
    if "." not in host:
        raise address.incomplete
    is_newer = address.query.get("pa", "no") in ("yes", "true", "1")
    above = "powerautomate/automations/direct/" if is_newer else ""
    version = "2022-03-01-preview" if is_newer else "2016-06-01"
    port = f":{address.port}" if address.port else ""
    url = (
        f"https://{host}{port}/{above}workflows/{quote(workflow, safe='')}/triggers/manual/paths"
        f"/invoke?api-version={version}&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0"
        f"&sig={quote(signature, safe='')}"
    )
    return json_call(url, _teams_body(notice))


@_shown_as("workflow", "/workflows/", ".logic.azure.com")
@_shown_as("workflow", "/powerautomate/", ".powerplatform.com")
def _teams_body(notice: Notice) -> dict[str, Any]:
    """Makes an adaptive card, as the workflows of Teams accept it."""
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": _escaped_markdown(text), "wrap": True, **style}
        for text, style in ((notice.title, {"weight": "Bolder"}), (notice.text[:_MOST_CHAT], {}))
        if text
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


@_service("gchat", example="gchat://SPACE/KEY/TOKEN")
def google_chat(address: ServiceAddress, notice: Notice) -> Call:
    """`gchat://SPACE/KEY/TOKEN`."""
    space, key, token = (quote(part, safe="") for part in address.parts(3))
    url = f"https://chat.googleapis.com/v1/spaces/{space}/messages?key={key}&token={token}"
    return json_call(url, _google_chat_body(notice))


@_shown_as("gchat", "/v1/spaces/", "chat.googleapis.com")
def _google_chat_body(notice: Notice) -> dict[str, Any]:
    """Makes a body with only the text, in which `<users/all>` notifies nobody."""
    return {"text": shortened(_broken_tags(notice.whole), _MOST_CHAT)}


@_service("lark", "feishu", example="lark://TOKEN", refuses=_has_error_code)
def lark(address: ServiceAddress, notice: Notice) -> Call:
    """`lark://TOKEN` of a bot in a group, or `feishu://TOKEN`."""
    (token,) = address.parts(1)
    host = "open.feishu.cn" if address.scheme == "feishu" else "open.larksuite.com"
    url = f"https://{host}/open-apis/bot/v2/hook/{quote(token, safe='')}"
    return json_call(url, _lark_body(notice))


@_shown_as("lark", "/open-apis/bot/v2/hook/", "open.larksuite.com", "open.feishu.cn")
def _lark_body(notice: Notice) -> dict[str, Any]:
    """Makes a body with only the text, in which `<at user_id="all">` notifies nobody."""
    text = shortened(_broken_tags(notice.whole), _MOST_CHAT)
    return {"msg_type": "text", "content": {"text": text}}


@_service("mmost", "mmosts", example="mmosts://HOST/TOKEN", keys=("channel",))
def mattermost(address: ServiceAddress, notice: Notice) -> Call:
    """`mmosts://HOST/TOKEN`."""
    if not address.path:
        raise address.incomplete
    *above, token = (quote(part, safe="") for part in address.path)
    text = _broken_mentions(_escaped_markdown(notice.whole))
    data = {"text": shortened(text, _MOST_CHAT)}
    if address.user:
        data["username"] = address.user
    if "channel" in address.query:
        data["channel"] = address.query["channel"]
    return json_call(address.server(*above, "hooks", token), data)


@_service("ntfy", "ntfys", example="ntfys://HOST/TOPIC", keys=("priority",))
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


@_service("gotify", "gotifys", example="gotifys://HOST/TOKEN", keys=("priority",))
def gotify(address: ServiceAddress, notice: Notice) -> Call:
    """`gotifys://HOST/TOKEN`."""
    if not address.path:
        raise address.incomplete
    *above, token = address.path
    data: dict[str, Any] = {
        "message": shortened(notice.text, _MOST_PUSH),
        "priority": address.priority(5),
    }
    if notice.title:
        data["title"] = shortened(notice.title, _MOST_TITLE)
    url = address.server(*(quote(part, safe="") for part in above), "message")
    return json_call(url, data, {"x-gotify-key": token})


@_service("pover", example="pover://USER@TOKEN", keys=("priority",))
def pushover(address: ServiceAddress, notice: Notice) -> Call:
    """`pover://USER@TOKEN`, with or without a device after it."""
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


@_service("json", "jsons", example="jsons://HOST/PATH")
def plain_json(address: ServiceAddress, notice: Notice) -> Call:
    """`jsons://HOST/PATH`: sends the notice as a JSON object, in the form that Apprise uses."""
    data = {
        "version": "1.0",
        "title": notice.title,
        "message": notice.text,
        "attachments": [],
        "type": "info",
    }
    url = address.server(*(quote(part, safe="") for part in address.path))
    return json_call(url, data, address.login())


@_service("apprise", "apprises", example="apprises://HOST/KEY", keys=("tags",))
def apprise(address: ServiceAddress, notice: Notice) -> Call:
    """`apprises://HOST/KEY`: an Apprise API server, which passes the notice on to any service."""
    if not address.path:
        raise address.incomplete
    *above, key = (quote(part, safe="") for part in address.path)
    data = {"title": notice.title, "body": notice.text, "type": "info", "format": "text"}
    if "tags" in address.query:
        data["tag"] = address.query["tags"]
    return json_call(address.server(*above, "notify", key), data, address.login())


def _joined(parts: tuple[str, ...]) -> str:
    return "/".join(quote(part, safe="") for part in parts)


# --- Texts for services that read markup in every text ---
#
# A notice can contain a customer's words. They must not become a mention, or a link with a
# misleading name.

#: U+2060, the word joiner: an invisible character.
_JOINER = "\u2060"
#: Includes the backslash, because a backslash by the customer would cancel the inserted one.
_MARKDOWN = re.compile(r"[\\\[<]")
_TAG_OR_LINK = re.compile(r"<|\](?=\()")
#: An `@` at the beginning of a name; the `@` inside an e-mail address does not match.
_MENTION = re.compile(r"(?<![^\W_])@")


def _escaped_markdown(text: str) -> str:
    """Puts a backslash before every character that could begin a link or a tag in Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _broken_tags(text: str) -> str:
    """Puts an invisible character into tags and links, for services that have no escape sign."""
    return _TAG_OR_LINK.sub(rf"\g<0>{_JOINER}", text)


def _broken_mentions(text: str) -> str:
    """Puts an invisible character after each `@` that begins a name."""
    return _MENTION.sub(f"@{_JOINER}", text)
