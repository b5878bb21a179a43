"""Several Pages, or Instagram accounts, of one app in one connection."""

import json
from typing import Any

import pytest

from automator.http.json_body import dump_json
from automator.model import ParsedEvent, PermanentError
from automator.plugins import Outgoing, Provider
from automator.providers.simulator import build_sample, signed_request
from automator.reasons.attempts.platform import account_not_named
from automator.reasons.connections import token_of_another
from tests.support.http import ScriptedHttp, a_reply
from tests.support.providers import NOW_MS, a_provider, a_request

HANOI, SAIGON, STRANGE = "1029384756", "5647382910", "999"
PAGES = {
    HANOI: {"name": "Shop Hà Nội", "access_token": "token-of-hanoi"},
    SAIGON: {"name": "Shop Sài Gòn", "access_token": "token-of-saigon"},
}
SENT = b'{"id":"1","message_id":"m_1","recipient_id":"77"}'


def shops(**changes: Any) -> Provider:
    options = {"page_access_token": None, "pages": PAGES, **changes}
    return a_provider("facebook", "shops", **options)


def comment(page: str, person: str = "77") -> dict[str, Any]:
    value = {
        "from": {"id": person, "name": "Lan"},
        "message": "giá bao nhiêu",
        "post_id": f"{page}_1",
        "comment_id": "1_5",
        "parent_id": f"{page}_1",
        "item": "comment",
        "verb": "add",
    }
    return {"id": page, "time": 1, "changes": [{"field": "feed", "value": value}]}


def message(page: str, person: str = "77") -> dict[str, Any]:
    said = {"mid": f"m_{page}", "text": "xin chào"}
    item = {"sender": {"id": person}, "recipient": {"id": page}, "timestamp": 1, "message": said}
    return {"id": page, "time": 1, "messaging": [item]}


def read(provider: Provider, *entries: dict[str, Any]) -> list[ParsedEvent]:
    body = dump_json({"object": provider.webhook_object, "entry": list(entries)})  # type: ignore[attr-defined]
    return list(provider.parse(a_request(body=body)))


def test_each_entry_of_one_delivery_is_of_the_connection_of_its_page() -> None:
    hanoi, saigon = read(shops(), comment(HANOI), comment(SAIGON))

    assert [hanoi.connection, saigon.connection] == [f"shops.{HANOI}", f"shops.{SAIGON}"]
    assert [hanoi.lane, saigon.lane] == [f"shops.{HANOI}:77", f"shops.{SAIGON}:77"]
    assert hanoi.body["page"] == {"id": HANOI, "name": "Shop Hà Nội"}


def test_a_page_with_the_token_of_the_connection_keeps_the_connections_own_name() -> None:
    mixed = shops(page_access_token="token-of-hanoi", page_id=HANOI, pages={SAIGON: PAGES[SAIGON]})

    hanoi, saigon = read(mixed, comment(HANOI), comment(SAIGON))

    assert (hanoi.connection, hanoi.lane) == (None, "shops:77")
    assert saigon.connection == f"shops.{SAIGON}"


def test_a_connection_that_names_no_page_reads_the_entries_of_every_page_as_its_own() -> None:
    (event,) = read(a_provider("facebook", "shop-page"), comment(STRANGE))

    assert (event.type, event.connection, event.lane) == ("comment.created", None, "shop-page:77")
    assert event.body["page"] == {"id": STRANGE}


@pytest.mark.parametrize("changes", [{}, {"page_access_token": "t", "page_id": HANOI, "pages": {}}])
def test_what_a_page_sends_that_is_not_named_is_kept_and_triggers_no_rule_for_comments(
    changes: dict[str, Any],
) -> None:
    provider = shops(**changes)
    entry = comment(STRANGE)

    (event,) = read(provider, entry)

    assert event.type == "facebook.unnamed_account"
    assert (event.actor_id, event.lane, event.connection) == (None, None, None)
    assert event.body["page"] == {"id": STRANGE, "is_named": False}
    assert event.body["data"] == entry
    assert (provider.take_unnamed(), provider.take_unnamed()) == ([STRANGE], [])


def test_the_test_button_of_an_app_is_no_page_that_is_missing() -> None:
    provider = shops()

    read(provider, comment("0"))

    assert provider.take_unnamed() == []


def test_the_same_event_of_two_pages_is_two_events() -> None:
    keys = {event.dedupe_key for event in read(shops(), message(HANOI), message(SAIGON))}

    assert len(keys) == 2


def test_an_echo_is_that_of_its_own_page_alone() -> None:
    (by_hanoi,) = read(shops(), comment(HANOI, person=HANOI))
    (by_guest,) = read(shops(), comment(SAIGON, person=HANOI))

    assert (by_hanoi.is_self, by_guest.is_self) == (True, False)


@pytest.mark.parametrize(
    ("page", "token"), [(HANOI, "token-of-hanoi"), (SAIGON, "token-of-saigon")]
)
async def test_each_page_answers_with_its_own_token(page: str, token: str) -> None:
    of_page = next(item for item in shops().accounts if item.connection == f"shops.{page}")
    (event,) = read(shops(), message(page))
    http = ScriptedHttp(script=[a_reply(200, SENT)])

    await of_page.send(Outgoing(kind="message", event=event.body, text="Dạ"), http)

    assert http.last.headers["authorization"] == f"Bearer {token}"
    assert f"/{page}/messages" in http.last.url


@pytest.mark.parametrize(
    "provider",
    [
        shops(),
        shops(page_access_token="t", page_id=HANOI, pages={}),
        next(iter(shops().accounts)),
    ],
)
async def test_no_event_of_another_page_is_ever_answered(provider: Provider) -> None:
    event = {"page": {"id": STRANGE}, "comment": {"id": "1_2"}}
    http = ScriptedHttp()

    with pytest.raises(PermanentError) as caught:
        await provider.send(Outgoing(kind="reply", event=event, text="Dạ"), http)

    wanted = account_not_named(account=STRANGE, connection=provider.connection)
    assert caught.value.reason == wanted
    assert http.requests == []


async def test_a_refused_token_is_named_with_its_page() -> None:
    hanoi = next(iter(shops().accounts))
    dead = dump_json({"error": {"code": 190, "message": "expired"}})
    http = ScriptedHttp(script=[a_reply(401, dead)])

    with pytest.raises(PermanentError) as caught:
        await hanoi.check_subscription(http, lambda *_: True)

    params = caught.value.reason.params
    assert params["connection"] == f"shops.{HANOI} (Shop Hà Nội)"


async def test_a_token_that_is_of_another_page_is_found_before_anything_is_said_with_it() -> None:
    hanoi = next(iter(shops().accounts))
    owner = a_reply(200, dump_json({"id": SAIGON, "name": "Shop Sài Gòn"}))
    http = ScriptedHttp(script=[owner, owner])

    problem = await hanoi.check_subscription(http, lambda *_: True)

    assert problem == token_of_another(account=HANOI, other=f"{SAIGON} (Shop Sài Gòn)")
    with pytest.raises(PermanentError):
        await hanoi.subscribe(http, lambda *_: True)


def test_secrets_of_all_pages_are_known_for_redaction() -> None:
    known = {secret.reveal() for secret in shops().secrets()}

    assert {"token-of-hanoi", "token-of-saigon"} <= known


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"page_id": HANOI}, "option_account_named_twice"),
        ({"page_access_token": "t"}, "option_account_of_token_unknown"),
    ],
)
def test_it_must_be_clear_whose_token_each_is(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shops(**changes)


def test_a_sample_comes_from_the_account_of_the_connection() -> None:
    hanoi, saigon = shops().accounts
    sample = build_sample("facebook/comment.created", serial=1, now_ms=NOW_MS)

    for provider, page in ((shops(), HANOI), (hanoi, HANOI), (saigon, SAIGON)):
        headers, body = signed_request(provider, sample, NOW_MS, "1")
        (event,) = provider.parse(a_request(headers, body))
        assert (event.type, event.body["page"]["id"]) == ("comment.created", page)
        assert json.loads(body)["entry"][0]["id"] == page


def test_instagram_accounts_of_one_app_are_told_apart_in_the_same_way() -> None:
    accounts = {HANOI: {"access_token": "a"}, SAIGON: {"access_token": "b"}}
    provider = a_provider("instagram", "gram", access_token=None, accounts=accounts)

    events = read(provider, message(HANOI), message(SAIGON), message(STRANGE))

    assert [event.connection for event in events] == [f"gram.{HANOI}", f"gram.{SAIGON}", None]
    assert events[2].type == "instagram.unnamed_account"


def test_a_page_without_a_name_is_called_by_its_id_in_rules() -> None:
    (event,) = read(shops(pages={HANOI: {"access_token": "t"}}), comment(HANOI))

    assert event.body["page"] == {"id": HANOI, "name": HANOI}
