from collections.abc import Mapping
from typing import Any

import pytest
from starlette.applications import Starlette

from automator.clock import ManualClock
from automator.http.types import QuotaReport
from automator.model import PermanentError, StepError
from automator.plugins import Outgoing, OutgoingKind, Sent
from automator.providers.meta.graph import read_quota
from automator.reasons.connections import permissions_missing, token_of_another
from automator.sandbox import Recorder, sandbox_app
from automator.sandbox.meta.echoes import APP_ID
from automator.sandbox.meta.graph import POST_TEXT, TOKENS
from automator.sandbox.meta.messenger import refusal
from tests.support import words
from tests.support.errors import raises_code
from tests.support.providers import NOW_MS, a_provider
from tests.support.sandbox import BASE, SandboxHttp, plan_faults

INSTAGRAM: Mapping[str, Any] = {
    "page": {"id": "178"},
    "comment": {"id": "99"},
    "actor": {"id": "125"},
}
WHATSAPP: Mapping[str, Any] = {"phone": {"id": "106"}, "actor": {"id": "84912345678"}}


async def test_an_answer_says_on_demand_how_much_is_used(app: Starlette) -> None:
    await plan_faults(app, {"usage": 87})
    http = SandboxHttp(app)
    replies = [
        await http.request(
            "POST",
            f"{BASE}/instagram/v26.0/99/replies",
            headers={"authorization": "Bearer token", "content-type": "application/json"},
            body=b'{"message": "ok"}',
        )
        for _ in range(2)
    ]

    assert [reply.status for reply in replies] == [200, 200]
    assert [read_quota(reply.headers) for reply in replies] == [QuotaReport(87), None]


async def send(
    app: Starlette, provider: str, kind: OutgoingKind, text: str = "Dạ còn ạ", **more: Any
) -> Sent:
    event = INSTAGRAM if provider == "instagram" else WHATSAPP
    outgoing = Outgoing(kind=kind, event=event, text=text, idempotency_key="run-7-x", **more)
    return await a_provider(provider, graph_url=f"{BASE}/{provider}/v26.0").send(
        outgoing, SandboxHttp(app)
    )


async def test_everything_that_instagram_can_do_is_recorded(
    app: Starlette, recorder: Recorder
) -> None:
    for kind in ("reply", "private_reply", "message", "hide", "unhide", "delete"):
        await send(app, "instagram", kind)

    assert [(item.kind, item.status) for item in recorder.records()] == [
        ("public_reply", 200),
        ("private_reply", 200),
        ("message", 200),
        ("moderation", 200),
        ("moderation", 200),
        ("moderation", 200),
    ]
    assert [item.text for item in recorder.records("moderation")] == ["hide", "unhide", "delete"]


async def test_a_comment_of_instagram_gets_one_private_reply(app: Starlette) -> None:
    first = await send(app, "instagram", "private_reply")
    second = await send(app, "instagram", "private_reply")

    assert first.alias is not None
    assert (second.alias, "already" in words.said(second.summary)) == (None, True)


async def test_a_message_and_a_template_of_whatsapp_are_recorded(
    app: Starlette, recorder: Recorder
) -> None:
    sent = await send(app, "whatsapp", "message", quick_replies=("Có", "Không"))
    await send(app, "whatsapp", "message", "", template={"name": "ready", "language": "vi"})

    texts = [(item.to, item.text) for item in recorder.records("message")]
    assert texts == [("84912345678", "Dạ còn ạ"), ("84912345678", "ready")]
    assert str(sent.output["message_id"]).startswith("wamid.")


async def test_a_utility_message_of_messenger_is_recorded(
    app: Starlette, recorder: Recorder
) -> None:
    await send(app, "facebook", "message", "", template={"name": "paid", "language": "vi"})

    assert [item.text for item in recorder.records("message")] == ["paid"]


async def test_a_text_that_is_too_long_for_whatsapp_is_refused(app: Starlette) -> None:
    with raises_code(PermanentError, "provider_refused"):
        await send(app, "whatsapp", "message", "a" * 4097)


def a_button(title: str = "Xem", **more: Any) -> dict[str, Any]:
    return {"type": "web_url", "title": title, "url": "https://shop.example", **more}


def a_template(**payload: Any) -> dict[str, Any]:
    return {"attachment": {"type": "template", "payload": payload}}


@pytest.mark.parametrize(
    "message",
    [
        {"text": "a", "quick_replies": [{"content_type": "text", "title": "S", "payload": "S"}]},
        {"text": "a", "quick_replies": [{"content_type": "user_email"}]},
        {"attachment": {"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}},
        a_template(template_type="button", text="a", buttons=[a_button()] * 3),
        a_template(template_type="generic", elements=[{"title": "a", "buttons": [a_button()]}]),
        a_template(template_type="media", elements=[{}]),
        {"template": {"name": "paid", "language": {"code": "vi"}, "components": []}},
    ],
)
def test_what_messenger_takes_is_taken(message: Mapping[str, Any]) -> None:
    assert refusal({"message": message}) == ""


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({"text": "a", "attachment": {"type": "image"}}, "both text and attachment"),
        ({"text": "a", "quick_replies": [{}] * 14}, "at most 13"),
        ({"text": "a", "quick_replies": [{"content_type": "text", "title": "a" * 21}]}, "20"),
        (a_template(template_type="button", text="a", buttons=[]), "1 to 3"),
        (a_template(template_type="button", text="a", buttons=[a_button()] * 4), "1 to 3"),
        (a_template(template_type="button", text="a" * 641, buttons=[a_button()]), "640"),
        (a_template(template_type="button", text="a", buttons=[a_button("a" * 21)]), "20"),
        (a_template(template_type="button", text="a", buttons=[a_button(url="shop")]), "URL"),
        (a_template(template_type="button", text="a", buttons=[a_button(type="x")]), "one of"),
        (
            a_template(
                template_type="button", text="a", buttons=[{"type": "postback", "title": "a"}]
            ),
            "payload",
        ),
        (a_template(template_type="generic", elements=[]), "1 to 10"),
        ({"template": {"language": {"code": "vi"}}}, "template[name]"),
        ({"template": {"name": "paid"}}, "template[language][code]"),
        ({"text": "a", "template": {"name": "paid", "language": {"code": "vi"}}}, "beside"),
        ({"template": {"name": "p", "language": {"code": "vi"}, "components": 1}}, "an array"),
        (a_template(template_type="generic", elements=[{"title": "a" * 81}]), "80"),
        (
            a_template(template_type="generic", elements=[{"title": "a", "subtitle": "a" * 81}]),
            "80",
        ),
    ],
)
def test_what_messenger_refuses_is_refused(message: Mapping[str, Any], says: str) -> None:
    assert says in refusal({"message": message})


async def test_a_token_says_whose_it_is_and_writes_for_no_other_page() -> None:
    http = SandboxHttp(sandbox_app(accounts={"token-1": "104", "token-2": "105"}))
    pages = {"105": {"access_token": "token-1"}}
    front = a_provider(
        "facebook", page_access_token=None, pages=pages, graph_url=f"{BASE}/facebook/v26.0"
    )
    (page,) = front.accounts
    outgoing = Outgoing(
        kind="message", event={"page": {"id": "105"}}, text="Dạ", to="7", idempotency_key="k"
    )

    problem = await page.check_subscription(http, lambda *_: True)

    assert problem == token_of_another(account="105", other="104")
    with pytest.raises(PermanentError):
        await page.send(outgoing, http)


@pytest.mark.parametrize("app_id", [APP_ID, None])
@pytest.mark.parametrize(
    ("kind", "lacks"),
    [
        ("facebook", "pages_manage_engagement"),
        ("instagram", "instagram_business_manage_comments"),
    ],
)
async def test_the_permissions_of_a_token_are_told_to_its_app_and_to_itself(
    monkeypatch: pytest.MonkeyPatch, app_id: str | None, kind: str, lacks: str
) -> None:
    token_type, scopes = TOKENS[kind]
    rest = [scope for scope in scopes if scope != lacks]
    provider = a_provider(kind, app_id=app_id, graph_url=f"{BASE}/{kind}/v26.0")
    http = SandboxHttp(sandbox_app())

    full = await provider.check_subscription(http, lambda one, *_: one == "comment.created")
    monkeypatch.setitem(TOKENS, kind, (token_type, rest))
    answer = await provider.check_subscription(http, lambda one, *_: one == "comment.created")

    assert full is None
    assert answer == permissions_missing(names=[lacks])


async def test_the_token_of_whatsapp_is_asked_for_its_permissions_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = a_provider("whatsapp", graph_url=f"{BASE}/whatsapp/v26.0")
    http = SandboxHttp(sandbox_app())

    full = await provider.check_subscription(http, lambda *_: True)
    monkeypatch.setitem(TOKENS, "whatsapp", ("SYSTEM_USER", ["whatsapp_business_management"]))
    answer = await provider.check_subscription(http, lambda *_: True)

    assert full is None
    assert answer == permissions_missing(names=["whatsapp_business_messaging"])


@pytest.mark.parametrize("kind", ["facebook", "instagram"])
async def test_everybody_who_writes_has_a_name(app: Starlette, kind: str) -> None:
    event = {"actor": {"id": "125"}, "conversation": {"id": "125"}}
    provider = a_provider(kind, graph_url=f"{BASE}/{kind}/v26.0")

    names = [await provider.name_of(event, SandboxHttp(app), NOW_MS) for _ in range(2)]

    assert names[0] == names[1] != ""


@pytest.mark.parametrize("kind", ["facebook", "instagram"])
async def test_every_post_has_a_text(app: Starlette, kind: str) -> None:
    provider = a_provider(kind, graph_url=f"{BASE}/{kind}/v26.0")

    found = await provider.find("post", {"post": {"id": "104_7"}}, SandboxHttp(app))

    assert found == {"message": POST_TEXT}


async def test_every_lead_has_answers_that_stay(app: Starlette) -> None:
    provider = a_provider("facebook", graph_url=f"{BASE}/facebook/v26.0")
    lead = {"lead": {"id": "1636129430026801"}}

    found, again = [await provider.find("lead", lead, SandboxHttp(app)) for _ in range(2)]

    assert found == again
    assert {"full_name", "phone_number", "email", "bạn_cần_size_nào?"} == set(found["answers"])
    assert (found["platform"], found["is_organic"]) == ("fb", False)


async def test_a_sandbox_that_knows_of_no_pages_does_not_say_whose_a_token_is() -> None:
    headers = {"authorization": "Bearer token"}
    answers = [
        await SandboxHttp(sandbox_app(Recorder(clock=ManualClock(NOW_MS)), **known)).request(
            "GET", f"{BASE}/facebook/v26.0/me", headers=headers
        )
        for known in ({}, {"accounts": {"token": "1029"}}, {"accounts": {"another": "1029"}})
    ]

    assert [(one.status, one.json().get("id")) for one in answers] == [
        (200, None),
        (200, "1029"),
        (401, None),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("restricted", "page_blocked"),
        ("not_repliable", "not_repliable"),
        ("unknown_person", "id_unknown"),
        ("takes_no_messages", "takes_no_such_messages"),
        ("attachment", "attachment_refused"),
        ("led_by_another", "led_by_another"),
        ("messages_shut", "messages_shut"),
        ("only_testers", "talks_to_testers"),
        ("said_before", "said_before"),
    ],
)
async def test_each_error_that_meta_has_a_reason_for_can_be_rehearsed(
    app: Starlette, error: str, reason: str
) -> None:
    await plan_faults(app, {"error": error})
    provider = a_provider("facebook", graph_url=f"{BASE}/facebook/v26.0")
    event = {"page": {"id": "1"}, "conversation": {"id": "24"}}
    outgoing = Outgoing(kind="message", event=event, text="Dạ", idempotency_key="run-1-x")

    with pytest.raises(StepError) as failed:
        await provider.send(outgoing, SandboxHttp(app))

    assert failed.value.reason is not None
    assert failed.value.reason.code == reason
