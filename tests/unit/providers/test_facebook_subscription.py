"""Whether a Page still sends here, as the watchdog asks; and having it do so."""

import json

import pytest

from automator.http.json_body import dump_json
from automator.http.types import HttpReply
from automator.model import PermanentError, Reason
from automator.reasons.connections import (
    page_fields_missing,
    page_unsubscribed,
    permissions_missing,
)
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider

_APP = "431000000000000071"


def wanted(event_type: str, *actions: str) -> bool:
    """What the rules of a shop name: comments, which they answer, and messages."""
    is_named = event_type in ("comment.created", "message.received")
    return is_named and (not actions or "reply" in actions)


def reads_comments(event_type: str, *actions: str) -> bool:
    return event_type == "comment.created" and not actions


def token_with(*scopes: str) -> HttpReply:
    """What Meta tells of a token with these permissions."""
    told = {"app_id": _APP, "type": "PAGE", "is_valid": True, "scopes": list(scopes)}
    return a_reply(200, dump_json({"data": told}))


_SUBSCRIBED = a_reply(
    200, dump_json({"data": [{"id": _APP, "subscribed_fields": ["feed", "messages"]}]})
)
_NEEDED = (
    *("pages_read_engagement", "pages_read_user_content"),
    *("pages_manage_engagement", "pages_messaging"),
)


@pytest.mark.parametrize(
    ("apps", "wrong"),
    [
        ([{"id": _APP, "subscribed_fields": ["feed", "messages", "mention"]}], None),
        ([{"id": _APP, "subscribed_fields": ["feed"]}], page_fields_missing(names=["messages"])),
        ([{"id": _APP}], page_fields_missing(names=["feed", "messages"])),
        ([{"id": "1", "subscribed_fields": ["feed", "messages"]}], page_unsubscribed()),
        ([], page_unsubscribed()),
    ],
)
async def test_a_page_that_does_not_send_here_is_told(
    apps: list[object], wrong: Reason | None
) -> None:
    provider = a_provider("facebook", app_id=_APP)
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": apps})), token_with(*_NEEDED)])

    problem = await provider.check_subscription(http, wanted)

    assert provider.can_check_subscription
    assert problem == wrong
    asked = http.requests[0].url.partition("?")[0]
    assert asked == "https://graph.facebook.com/v26.0/me/subscribed_apps"


async def test_a_page_need_not_send_what_no_rule_names() -> None:
    apps = [{"id": _APP, "subscribed_fields": ["feed"]}]
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": apps})), token_with(*_NEEDED)])

    problem = await a_provider("facebook").check_subscription(
        http, lambda event_type, *_: event_type == "comment.created"
    )

    assert problem is None


async def test_an_answer_without_a_list_of_apps_says_nothing_about_them() -> None:
    http = ScriptedHttp(script=[a_reply(200, b"{}"), a_reply(200, b"{}")])

    assert await a_provider("facebook").check_subscription(http, wanted) is None


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ([], []),
        (["pages_manage_engagement"], ["pages_manage_engagement"]),
        (["pages_read_user_content", "pages_messaging"],) * 2,
        # No rule names leads.
        (["leads_retrieval"], []),
    ],
)
async def test_a_permission_that_rules_need_and_the_token_lacks_is_told(
    lacks: list[str], told: list[str]
) -> None:
    http = ScriptedHttp(
        script=[_SUBSCRIBED, token_with(*{*_NEEDED, "leads_retrieval"}.difference(lacks))]
    )

    problem = await a_provider("facebook", app_id=_APP).check_subscription(http, wanted)

    assert problem == (permissions_missing(names=told) if told else None)
    assert http.last.url.startswith("https://graph.facebook.com/v26.0/debug_token?input_token=")
    assert dict(http.last.headers)["authorization"].startswith(f"Bearer {_APP}|")


async def test_rules_that_only_read_comments_need_no_permission_to_answer_them() -> None:
    reads = {"pages_read_engagement", "pages_read_user_content"}
    http = ScriptedHttp(script=[_SUBSCRIBED, token_with(*reads)])

    assert await a_provider("facebook").check_subscription(http, reads_comments) is None


@pytest.mark.parametrize(
    "answer",
    [
        a_reply(400, dump_json({"error": {"code": 190, "message": "not of this app"}})),
        a_reply(400, dump_json({"error": {"code": 100, "message": "no such call"}})),
        a_reply(500, b""),
        a_reply(200, b"{}"),
        a_reply(200, dump_json({"data": {"is_valid": True}})),
    ],
)
async def test_without_an_answer_about_permissions_none_is_said_to_be_missing(
    answer: HttpReply,
) -> None:
    http = ScriptedHttp(script=[_SUBSCRIBED, answer])

    assert await a_provider("facebook", app_id=_APP).check_subscription(http, wanted) is None


async def test_what_cannot_be_asked_is_an_error_and_without_a_token_nothing_is_asked() -> None:
    body = dump_json({"error": {"code": 190, "message": "expired"}})
    http = ScriptedHttp(script=[a_reply(401, body)])

    with pytest.raises(PermanentError, match="expired"):
        await a_provider("facebook").check_subscription(http, wanted)
    assert not a_provider("facebook", page_access_token=None).can_check_subscription


async def test_a_page_is_subscribed_to_what_rules_need_and_goes_on_with_what_it_sends() -> None:
    apps = [
        {"id": "1", "subscribed_fields": ["ratings"]},
        {"id": _APP, "subscribed_fields": ["feed", "mention"]},
    ]
    http = ScriptedHttp(
        script=[a_reply(200, dump_json({"data": apps})), a_reply(200, b'{"success":true}')]
    )

    await a_provider("facebook", app_id=_APP).subscribe(http, lambda one: one == "message.sent")

    asked = http.last
    assert asked.method == "POST"
    assert asked.url.partition("?")[0] == "https://graph.facebook.com/v26.0/me/subscribed_apps"
    assert json.loads(asked.body) == {"subscribed_fields": "feed,messages,message_echoes,mention"}


async def test_a_page_that_may_not_be_subscribed_says_which_permission_is_missing() -> None:
    body = dump_json({"error": {"code": 200, "message": "Requires pages_manage_metadata"}})
    http = ScriptedHttp(script=[a_reply(200, b'{"data":[]}'), a_reply(403, body)])

    with pytest.raises(PermanentError, match="pages_manage_metadata"):
        await a_provider("facebook").subscribe(http, wanted)


@pytest.mark.parametrize(
    ("graph_url", "told"),
    [
        ("https://graph.instagram.com/v26.0", "instagram_business_manage_messages"),
        ("https://graph.facebook.com/v26.0", "instagram_manage_messages"),
    ],
)
async def test_a_permission_of_instagram_has_the_name_of_the_login_that_made_the_token(
    graph_url: str, told: str
) -> None:
    others = told.replace("messages", "comments"), told.replace("manage_messages", "basic")
    http = ScriptedHttp(script=[token_with(*others)] * 2)
    provider = a_provider("instagram", graph_url=graph_url)

    problem = await provider.check_subscription(http, wanted)

    assert problem == permissions_missing(names=[told])
    assert http.last.url.startswith(f"{graph_url}/debug_token?input_token=")
    assert await provider.check_subscription(http, reads_comments) is None


@pytest.mark.parametrize("kind", ["instagram", "whatsapp"])
async def test_a_connection_that_can_be_checked_is_not_therefore_one_to_subscribe(
    kind: str,
) -> None:
    provider = a_provider(kind)

    assert provider.can_check_subscription
    assert not provider.can_subscribe
    assert not a_provider(kind, access_token=None).can_check_subscription
