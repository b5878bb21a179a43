"""Whether a Page still sends here, as the watchdog asks; and having it do so."""

import json

import pytest

from automator.http.json_body import dump_json
from automator.model import PermanentError, Reason
from automator.reasons.connections import page_fields_missing, page_unsubscribed
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import a_provider

_APP = "431000000000000071"


def wanted(event_type: str) -> bool:
    """What the rules of a shop name."""
    return event_type in ("comment.created", "message.received")


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
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": apps}))])

    problem = await provider.check_subscription(http, wanted)

    assert provider.can_check_subscription
    assert problem == wrong
    assert http.last.url.partition("?")[0] == "https://graph.facebook.com/v26.0/me/subscribed_apps"


async def test_a_page_need_not_send_what_no_rule_names() -> None:
    apps = [{"id": _APP, "subscribed_fields": ["feed"]}]
    http = ScriptedHttp(script=[a_reply(200, dump_json({"data": apps}))])

    problem = await a_provider("facebook").check_subscription(
        http, lambda event_type: event_type == "comment.created"
    )

    assert problem is None


async def test_an_answer_without_a_list_of_apps_says_nothing_about_them() -> None:
    http = ScriptedHttp(script=[a_reply(200, b"{}")])

    assert await a_provider("facebook").check_subscription(http, wanted) is None


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
