"""Buttons in the payload of each platform, which its simulator accepts, and their limits."""

from collections.abc import Mapping
from typing import Any

import pytest

from automator.model import PermanentError
from automator.plugins import Outgoing, OutgoingKind, Provider
from automator.plugins.buttons import require_buttons
from automator.sandbox import Recorder, sandbox_app
from tests.support.http import ScriptedHttp
from tests.support.providers import a_provider
from tests.support.refused_messages import require_refusal
from tests.support.sandbox import BASE, SandboxHttp
from tests.support.steps import StepBench
from tests.support.words import advice_on, said

PERSON = f"U{71:032x}"
LINK = {"text": "Xem mẫu", "url": "https://shop.example/ao"}
ANSWER = {"text": "Đặt hàng", "payload": "order:1"}
PICTURE = {"type": "image", "url": "https://cdn.example/1.jpg"}
VIDEO = {"type": "video", "url": "https://cdn.example/1.mp4"}
EVENTS: Mapping[str, Mapping[str, Any]] = {
    "facebook": {"page": {"id": "104"}, "comment": {"id": "1_2"}, "actor": {"id": "684"}},
    "instagram": {"page": {"id": "178"}, "comment": {"id": "99"}, "actor": {"id": "125"}},
    "whatsapp": {"phone": {"id": "106"}, "actor": {"id": "84912345678"}},
    "telegram": {"actor": {"id": "77"}, "conversation": {"id": "77", "kind": "private"}},
    "line": {"id": "e1", "actor": {"id": PERSON}, "conversation": {"id": PERSON, "kind": "user"}},
    "zalo": {"actor": {"id": "58"}, "conversation": {"id": "58", "kind": "person"}},
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    **{name: {"graph_url": f"{BASE}/{name}/v26.0"} for name in ("facebook", "instagram")},
    "whatsapp": {"graph_url": f"{BASE}/whatsapp/v26.0"},
    "telegram": {"api_url": f"{BASE}/telegram"},
    "line": {"api_url": f"{BASE}/line"},
    "zalo": {"api_url": f"{BASE}/zalo", "quick_replies": "buttons"},
}
META_BUTTONS = [
    {"type": "web_url", "title": "Xem mẫu", "url": "https://shop.example/ao"},
    {"type": "postback", "title": "Đặt hàng", "payload": "order:1"},
]


def provider_of(name: str) -> Provider:
    return a_provider(name, **OPTIONS[name])


def saying(name: str, kind: OutgoingKind = "message", **more: Any) -> Outgoing:
    given: dict[str, Any] = {"text": "Áo mới ạ", "buttons": (LINK, ANSWER), **more}
    return Outgoing(kind=kind, event=EVENTS[name], idempotency_key="run-1-x", **given)


async def sent(name: str, kind: OutgoingKind = "message", **more: Any) -> list[Any]:
    """The bodies of the messages, which the simulator has accepted."""
    recorder = Recorder()
    outgoing, provider = saying(name, kind, **more), provider_of(name)
    require_buttons(outgoing, provider)
    await provider.send(outgoing, SandboxHttp(sandbox_app(recorder)))
    assert [record.status for record in recorder.records()] == [200] * len(recorder.records())
    return [record.body for record in recorder.records()]


@pytest.mark.parametrize("name", ["facebook", "instagram"])
@pytest.mark.parametrize("kind", ["private_reply", "message"])
async def test_meta_shows_a_text_with_buttons(name: str, kind: OutgoingKind) -> None:
    (body,) = await sent(name, kind)

    payload = {"template_type": "button", "text": "Áo mới ạ", "buttons": META_BUTTONS}
    assert body["message"]["attachment"] == {"type": "template", "payload": payload}
    assert "text" not in body["message"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Áo mới ạ", {"title": "Áo mới ạ"}),
        ("Áo mới ạ\nGiá 250k", {"title": "Áo mới ạ", "subtitle": "Giá 250k"}),
        ("Áo " + "a" * 70 + " rất đẹp", {"title": "Áo " + "a" * 70 + " rất", "subtitle": "đẹp"}),
    ],
)
async def test_meta_makes_a_card_of_a_text_with_buttons_and_one_picture(
    text: str, lines: Mapping[str, str]
) -> None:
    (body,) = await sent("facebook", "private_reply", text=text, attachments=(PICTURE,))

    (element,) = body["message"]["attachment"]["payload"]["elements"]
    assert element == {**lines, "image_url": PICTURE["url"], "buttons": META_BUTTONS}


async def test_other_files_go_out_before_the_buttons() -> None:
    video, buttons = await sent("facebook", attachments=(VIDEO,))

    assert video["message"]["attachment"]["type"] == "video"
    assert buttons["message"]["attachment"]["payload"]["template_type"] == "button"


async def test_a_card_of_a_line_that_is_too_long_is_not_sent() -> None:
    http = ScriptedHttp()
    outgoing = saying("facebook", "private_reply", text="a" * 81, attachments=(PICTURE,))

    await require_refusal(provider_of("facebook").send(outgoing, http), http, "too_much")


@pytest.mark.parametrize("event", ["facebook", "instagram"])
async def test_a_public_reply_has_no_buttons(event: str) -> None:
    http = ScriptedHttp()

    await require_refusal(provider_of(event).send(saying(event, "reply"), http), http, "too_much")


async def test_whatsapp_shows_answers_as_buttons_and_one_address() -> None:
    (answers,) = await sent("whatsapp", buttons=(ANSWER,), attachments=(PICTURE,))
    (link,) = await sent("whatsapp", buttons=(LINK,))

    assert answers["interactive"] == {
        "type": "button",
        "header": {"type": "image", "image": {"link": PICTURE["url"]}},
        "body": {"text": "Áo mới ạ"},
        "action": {"buttons": [{"type": "reply", "reply": {"id": "order:1", "title": "Đặt hàng"}}]},
    }
    assert link["interactive"] == {
        "type": "cta_url",
        "body": {"text": "Áo mới ạ"},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "Xem mẫu", "url": "https://shop.example/ao"},
        },
    }


async def test_telegram_shows_buttons_below_the_message() -> None:
    (body,) = await sent("telegram", attachments=(PICTURE,))

    assert body["caption"] == "Áo mới ạ"
    assert body["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Xem mẫu", "url": "https://shop.example/ao"}],
            [{"text": "Đặt hàng", "callback_data": "order:1"}],
        ]
    }


@pytest.mark.parametrize("attachments", [(), (PICTURE,)])
async def test_line_shows_its_template_of_buttons(attachments: tuple[Any, ...]) -> None:
    (body,) = await sent("line", attachments=attachments)

    picture = {"thumbnailImageUrl": PICTURE["url"]} if attachments else {}
    assert body["messages"] == [
        {
            "type": "template",
            "altText": "Áo mới ạ",
            "template": {
                "type": "buttons",
                "text": "Áo mới ạ",
                "actions": [
                    {"type": "uri", "label": "Xem mẫu", "uri": "https://shop.example/ao"},
                    {
                        "type": "postback",
                        "label": "Đặt hàng",
                        "data": "order:1",
                        "displayText": "Đặt hàng",
                    },
                ],
                **picture,
            },
        }
    ]


async def test_line_shows_no_files_beside_buttons() -> None:
    http = ScriptedHttp()
    outgoing = saying("line", attachments=(VIDEO,))

    await require_refusal(provider_of("line").send(outgoing, http), http, "not_possible")


async def test_zalo_shows_buttons_or_lists_them_as_the_connection_says() -> None:
    (body,) = await sent("zalo")
    recorder = Recorder()
    listed = a_provider("zalo", api_url=f"{BASE}/zalo")
    await listed.send(saying("zalo"), SandboxHttp(sandbox_app(recorder)))

    assert body["message"]["attachment"]["payload"] == {
        "buttons": [
            {
                "title": "Xem mẫu",
                "type": "oa.open.url",
                "payload": {"url": "https://shop.example/ao"},
            },
            {"title": "Đặt hàng", "type": "oa.query.hide", "payload": "order:1"},
        ]
    }
    (record,) = recorder.records()
    assert record.body["message"] == {
        "text": "Áo mới ạ\n• Xem mẫu: https://shop.example/ao\n• Đặt hàng"
    }


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("facebook", {"buttons": (LINK,) * 4}, "too_many_buttons"),
        ("facebook", {"text": "a" * 641}, "button_text_too_long"),
        ("facebook", {"text": "a" * 161, "attachments": (PICTURE,)}, "button_text_too_long"),
        ("facebook", {"buttons": ({**LINK, "text": "a" * 21},)}, "button_title_too_long"),
        ("facebook", {"buttons": ({**ANSWER, "payload": "a" * 1001},)}, "button_answer_too_long"),
        ("whatsapp", {}, "link_stands_alone"),
        ("whatsapp", {"text": "a" * 1025, "buttons": (LINK,)}, "button_text_too_long"),
        ("telegram", {"buttons": ({**ANSWER, "payload": "ạ" * 22},)}, "button_answer_too_long"),
        ("line", {"text": "a" * 161}, "button_text_too_long"),
        ("line", {"text": "a" * 61, "attachments": (PICTURE,)}, "button_text_too_long"),
        ("zalo", {"buttons": (LINK,) * 6}, "too_many_buttons"),
    ],
)
def test_what_a_platform_would_refuse_is_not_sent(
    name: str, more: Mapping[str, Any], code: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        require_buttons(saying(name, **more), provider_of(name))

    assert (caught.value.reason.code, caught.value.code) == (code, "too_much")
    assert advice_on(caught.value.reason)


async def test_a_step_with_buttons_fails_where_the_platform_has_none() -> None:
    bench = StepBench()

    with pytest.raises(PermanentError) as caught:
        await bench.run("message", {"text": "Chọn", "buttons": [{"text": "Xem", "payload": 1}]})

    assert caught.value.code == "not_possible"
    assert said(caught.value.reason) == "messages of recording have no buttons here"
    assert (bench.provider.said, bench.asked) == ([], [])
