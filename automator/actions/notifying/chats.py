"""Requests to chat services: Telegram, Slack, Discord, Google Chat, Teams, Lark, Zalo, Mattermost.

Texts go out as plain text wherever the service has the choice; elsewhere the markup in them is
broken. A customer's words can neither mention people nor hide an address behind a word.
"""

import re
from typing import Any
from urllib.parse import quote

from automator.actions.notifying.address import Call, Notice, ServiceAddress, json_call
from automator.model import shortened

_MOST_TELEGRAM = 4096
_MOST_SLACK = 12_000
_MOST_DISCORD = 2000
_MOST_ZALO = 2000
_MOST = 4000
_SLACK_BOT = "xoxb-"


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


def slack(address: ServiceAddress, notice: Notice) -> Call:
    """`slack://A/B/C` of an incoming webhook, or `slack://xoxb-TOKEN/#channel` of a bot."""
    data = slack_body(notice)
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


def slack_body(notice: Notice) -> dict[str, Any]:
    """Without markup: `<!channel>` in a text would call everybody."""
    text = notice.together(_MOST_SLACK)
    for letter, shown in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(letter, shown)
    return {"text": text, "mrkdwn": False}


def discord(address: ServiceAddress, notice: Notice) -> Call:
    """`discord://WEBHOOK_ID/TOKEN`."""
    keys = address.parts(2)
    data = discord_body(notice)
    if address.user:
        data["username"] = address.user
    return json_call(f"https://discord.com/api/webhooks/{_joined(keys)}?wait=true", data)


def discord_body(notice: Notice) -> dict[str, Any]:
    """`@everyone` in a text calls nobody."""
    text = shortened(escaped_markdown(notice.whole), _MOST_DISCORD)
    return {"content": text, "allowed_mentions": {"parse": []}}


def google_chat(address: ServiceAddress, notice: Notice) -> Call:
    """`gchat://SPACE/KEY/TOKEN`."""
    space, key, token = (quote(part, safe="") for part in address.parts(3))
    url = f"https://chat.googleapis.com/v1/spaces/{space}/messages?key={key}&token={token}"
    return json_call(url, google_chat_body(notice))


def google_chat_body(notice: Notice) -> dict[str, Any]:
    """The text alone; `<users/all>` in it calls nobody."""
    return {"text": shortened(broken_tags(notice.whole), _MOST)}


def teams_body(notice: Notice) -> dict[str, Any]:
    """An adaptive card, as the workflows of Teams take it."""
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": escaped_markdown(text), "wrap": True, **style}
        for text, style in ((notice.title, {"weight": "Bolder"}), (notice.text[:_MOST], {}))
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


def teams(address: ServiceAddress, notice: Notice) -> Call:
    """`workflow://HOST:443/WORKFLOW/SIGNATURE`; with `?pa=yes` one of Power Automate."""
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
    return json_call(url, teams_body(notice))


def lark(address: ServiceAddress, notice: Notice) -> Call:
    """`lark://TOKEN` of a bot in a group, or `feishu://TOKEN`."""
    (token,) = address.parts(1)
    host = "open.feishu.cn" if address.scheme == "feishu" else "open.larksuite.com"
    url = f"https://{host}/open-apis/bot/v2/hook/{quote(token, safe='')}"
    return json_call(url, lark_body(notice))


def lark_body(notice: Notice) -> dict[str, Any]:
    """The text alone; `<at user_id="all">` in it calls nobody."""
    text = shortened(broken_tags(notice.whole), _MOST)
    return {"msg_type": "text", "content": {"text": text}}


def zalo(address: ServiceAddress, notice: Notice) -> Call:
    """`zalo://TOKEN/CHAT` of a Zalo bot."""
    token, chat = address.parts(2)
    if ":" not in token:
        raise address.incomplete
    url = f"https://bot-api.zaloplatforms.com/bot{quote(token, safe=':')}/sendMessage"
    return json_call(url, {"chat_id": chat, "text": notice.together(_MOST_ZALO)})


def mattermost(address: ServiceAddress, notice: Notice) -> Call:
    """`mmosts://HOST/TOKEN`."""
    if not address.path:
        raise address.incomplete
    *above, token = (quote(part, safe="") for part in address.path)
    text = broken_mentions(escaped_markdown(notice.whole))
    data = {"text": shortened(text, _MOST)}
    if address.user:
        data["username"] = address.user
    if "channel" in address.query:
        data["channel"] = address.query["channel"]
    return json_call(address.server(*above, "hooks", token), data)


def _joined(parts: tuple[str, ...]) -> str:
    return "/".join(quote(part, safe="") for part in parts)


# --- Texts for services that read markup in every text ---
#
# A notice has words of customers in it: none of them may become a link under another name, or a
# mention.

#: A word joiner, which nobody sees.
_JOINER = "\u2060"
#: The backslash too: one of the customer's would undo ours.
_MARKDOWN = re.compile(r"[\\\[<]")
_TAG_OR_LINK = re.compile(r"<|\](?=\()")
#: Not the one inside an e-mail address.
_MENTION = re.compile(r"(?<![^\W_])@")


def escaped_markdown(text: str) -> str:
    """The text with a backslash before what begins a link or a tag in Markdown."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def broken_tags(text: str) -> str:
    """The text with an invisible sign in tags and links, for services without escapes."""
    return _TAG_OR_LINK.sub(rf"\g<0>{_JOINER}", text)


def broken_mentions(text: str) -> str:
    """The text with an invisible sign behind each `@` that begins a name."""
    return _MENTION.sub(f"@{_JOINER}", text)
