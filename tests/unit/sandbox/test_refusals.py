"""The sandbox refuses what the platforms refuse, with their own codes."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from starlette.applications import Starlette

from automator.sandbox import sandbox_app
from tests.support.asgi import Reply
from tests.support.sandbox import call

TOKEN, SECRET = "token-of-tests", "app-secret-of-tests"
BEARER = {"authorization": f"Bearer {TOKEN}"}
FACEBOOK, INSTAGRAM = "/facebook/v26.0/me/messages", "/instagram/v26.0/me/messages"
WHATSAPP = "/whatsapp/v26.0/106/messages"
SLACK, LINE = "/slack/api/chat.postMessage", "/line/v2/bot/message/push"
TELEGRAM = f"/telegram/bot{TOKEN}/sendMessage"
DISCORD, GITHUB = "/discord/api/v10/channels/{}/messages", "/github/repos/a/b/issues/1/comments"
ZALO, ZNS = "/zalo/v3.0/oa/message/cs", "/zalo/message/template"
PERSON = f"U{71:032x}"
EMOJI = "\U0001f600"


async def ask(app: Starlette, path: str, body: Any, *, method: str = "POST", **more: str) -> Reply:
    headers = {**BEARER, "access_token": TOKEN}
    if "/discord/" in path:
        headers["authorization"] = f"Bot {TOKEN}"
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return await call(app, method, path, headers=headers, body=body)


def code_of(reply: Reply) -> Any:
    """The platform's own code, or its words where it has none; None = it was taken."""
    body = reply.json()
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        return error.get("error_subcode") or error["code"]
    if reply.status < 300:
        return error or None
    return body.get("description") or body.get("code") or body["message"]


def message(text: str = "a", to: str = "684", **more: Any) -> dict[str, Any]:
    return {"recipient": {"id": to}, "message": {"text": text}, **more}


def whatsapp(to: str = "84912345678", **more: Any) -> dict[str, Any]:
    text = {"type": "text", "text": {"body": "a"}}
    return {"messaging_product": "whatsapp", "to": to, **text, **more}


def line(to: str = PERSON, **more: Any) -> dict[str, Any]:
    return {"to": to, "messages": [{"type": "text", "text": "a", **more}]}


def zalo(to: str = "58200", text: str = "a") -> dict[str, Any]:
    return {"recipient": {"user_id": to}, "message": {"text": text}}


def zns(phone: str = "84912345678", template: str = "9") -> dict[str, Any]:
    return {"phone": phone, "template_id": template, "template_data": {}}


@pytest.mark.parametrize(
    ("path", "taken", "refused", "code"),
    [
        (FACEBOOK, message("a" * 2000), message("a" * 2001), 100),
        (FACEBOOK, message(messaging_type="UPDATE"), message(messaging_type="FOO"), 100),
        (
            FACEBOOK,
            message(messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT"),
            message(messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE"),
            100,
        ),
        (FACEBOOK, message(), message(to="nobody"), 2018001),
        (
            "/facebook/v26.0/1_2/comments",
            {"message": "a" * 8000},
            {"message": "a" * 8001},
            100,
        ),
        (INSTAGRAM, message("é" * 500), message("é" * 501), 100),
        (WHATSAPP, whatsapp("VN.71"), whatsapp("nobody"), 100),
        (
            SLACK,
            {"channel": "C1", "text": "a" * 40_000},
            {"channel": "C1", "text": "a" * 40_001},
            "msg_too_long",
        ),
        (
            SLACK,
            {"channel": "#shop", "text": "a"},
            {"channel": "the shop", "text": "a"},
            "channel_not_found",
        ),
        (
            SLACK,
            {"channel": "C1", "blocks": [{}] * 50},
            {"channel": "C1", "blocks": [{}] * 51},
            "invalid_blocks",
        ),
        (
            TELEGRAM,
            {"chat_id": -5, "text": EMOJI * 2048},
            {"chat_id": -5, "text": EMOJI * 2049},
            "Bad Request: message is too long",
        ),
        (
            TELEGRAM,
            {"chat_id": "@the_shop", "text": "a"},
            {"chat_id": "shop", "text": "a"},
            "Bad Request: chat not found",
        ),
        (
            TELEGRAM.replace("Message", "Photo"),
            {"chat_id": 5, "photo": "x", "caption": "a" * 1024},
            {"chat_id": 5, "photo": "x", "caption": "a" * 1025},
            "Bad Request: message caption is too long",
        ),
        (DISCORD.format(4), {"content": "a" * 2000}, {"content": "a" * 2001}, 50035),
        (DISCORD.format(4), {"embeds": [{}] * 10}, {"embeds": [{}] * 11}, 50035),
        (GITHUB, {"body": "a" * 65_536}, {"body": "a" * 65_537}, "Validation Failed"),
        (
            LINE,
            line(text=EMOJI * 2500),
            line(text=EMOJI * 2501),
            "A message (messages[0]) in the request body is invalid",
        ),
        (LINE, line(), line("U71"), "The property, 'to', in the request body is invalid"),
        (ZALO, zalo(text="a" * 2000), zalo(text="a" * 2001), -201),
        (ZNS, zns(), zns("0912345678"), -108),
        (ZNS, zns(), zns("8491234"), -108),
        (ZNS, zns(), zns(template="welcome"), -109),
    ],
)
async def test_a_limit_is_the_last_that_is_taken(
    path: str, taken: Any, refused: Any, code: Any
) -> None:
    app = sandbox_app()

    answers = [code_of(await ask(app, path, body)) for body in (taken, refused)]

    assert answers == [None, code]


@pytest.mark.parametrize(
    ("platform", "known", "path", "bodies", "code"),
    [
        ("facebook", "684", FACEBOOK, (message(), message(to="685")), 2018001),
        ("whatsapp", "84912345678", WHATSAPP, (whatsapp(), whatsapp("84912345679")), 131026),
        ("slack", "C1", SLACK, ({"channel": "C1", "text": "a"}, {"channel": "C2", "text": "a"}),
         "channel_not_found"),
        (
            "telegram",
            "-5",
            TELEGRAM,
            ({"chat_id": -5, "text": "a"}, {"chat_id": -6, "text": "a"}),
            "Bad Request: chat not found",
        ),
        ("line", PERSON, LINE, (line(), line(f"U{72:032x}")),
         "The property, 'to', in the request body is invalid"),
        ("zalo", "58200", ZALO, (zalo(), zalo("58201")), -213),
        ("zalo", "84912345678", ZNS, (zns(), ), -109),
    ],
)  # fmt: skip
async def test_only_those_exist_of_whom_the_sandbox_was_told(
    platform: str, known: str, path: str, bodies: Any, code: Any
) -> None:
    app = sandbox_app()
    before = [code_of(await ask(app, path, body)) for body in bodies]
    await call(app, "POST", "/control", body={"known": {platform: [known]}})

    after = [code_of(await ask(app, path, body)) for body in bodies]

    assert before == [None] * len(bodies)
    assert after == [None] * (len(bodies) - 1) + [code]


async def test_a_template_that_was_never_approved_is_refused() -> None:
    app = sandbox_app()
    known = {"whatsapp": ["84912345678", "paid"], "facebook": ["684", "paid"]}
    await call(app, "POST", "/control", body={"known": known})

    def utility(name: str) -> dict[str, Any]:
        template = {"name": name, "language": {"code": "vi"}}
        return message(messaging_type="UTILITY") | {"message": {"template": template}}

    def approved(name: str) -> dict[str, Any]:
        return whatsapp(type="template", template={"name": name, "language": {"code": "vi"}})

    bodies = [(FACEBOOK, utility), (WHATSAPP, approved)]
    answers = [
        code_of(await ask(app, path, make(name)))
        for path, make in bodies
        for name in ("paid", "gone")
    ]

    assert answers == [None, 100, None, 132001]


async def test_a_channel_of_discord_that_is_not_there_has_its_own_code() -> None:
    answers = [
        (reply.status, code_of(reply))
        for channel in ("4", "shop")
        for reply in [await ask(sandbox_app(), DISCORD.format(channel), {"content": "a"})]
    ]

    assert answers == [(200, None), (404, 10003)]


@pytest.mark.parametrize("secrets", [(), (SECRET,)])
async def test_a_token_is_proved_by_the_app_secret_alone(secrets: tuple[str, ...]) -> None:
    app = sandbox_app(app_secrets=secrets)
    right = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    wrong = hmac.new(b"another", TOKEN.encode(), hashlib.sha256).hexdigest()

    answers = [
        code_of(await ask(app, f"{FACEBOOK}?appsecret_proof={proof}", message()))
        for proof in (right, wrong, "x", "")
    ]

    assert answers == [None, 100 if secrets else None, 100, 100]


async def test_nothing_can_be_done_with_a_comment_that_was_deleted() -> None:
    app = sandbox_app()
    base = "/facebook/v26.0"
    private = {"recipient": {"comment_id": "1_2"}, "message": {"text": "a"}}

    first = code_of(await ask(app, f"{base}/1_2", b"", method="DELETE"))
    later = [
        code_of(await ask(app, f"{base}/1_2", b"", method="DELETE")),
        code_of(await ask(app, f"{base}/1_2", {"is_hidden": True})),
        code_of(await ask(app, f"{base}/1_2/comments", {"message": "a"})),
        code_of(await ask(app, f"{base}/me/messages", private)),
        code_of(await ask(app, f"{base}/1_3/comments", {"message": "a"})),
    ]

    assert (first, later) == (None, [33, 33, 33, 2018292, None])


@pytest.mark.parametrize(("key", "is_taken"), [(str(UUID(int=7)), True), ("run-1", False)])
async def test_a_retry_key_of_line_is_a_uuid(key: str, is_taken: bool) -> None:
    reply = await ask(sandbox_app(), LINE, line(), x_line_retry_key=key)

    assert (reply.status == 200) is is_taken
