import json
from typing import Any

import pytest

from automator.model import ParsedEvent
from tests.support.providers import a_provider, a_request

PROJECT = {"path_with_namespace": "aodep/cua-hang"}


def parsed(data: Any, **headers: str) -> ParsedEvent:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    provider = a_provider("gitlab", login="shop-bot")
    (event,) = provider.parse(a_request(given, json.dumps(data).encode()))
    return event


@pytest.mark.parametrize(
    ("login", "is_self"),
    [
        ("shop-bot", True),
        ("project_12_bot", True),
        ("group_3_bot_ab12", True),
        ("project_12_botanist.", False),
        ("lan", False),
    ],
)
def test_what_our_own_accounts_do_is_marked(login: str, is_self: bool) -> None:
    event = parsed({"object_kind": "issue", "user": {"id": 1, "username": login}})

    assert event.is_self is is_self
    assert event.body["actor"] == {"id": "1", "name": login, "is_self": is_self}


def test_a_comment_on_a_merge_request_belongs_to_it() -> None:
    event = parsed(
        {
            "object_kind": "note",
            "project": PROJECT,
            "object_attributes": {"id": 5, "note": "ok", "created_at": "2026-11-24 06:01:10 UTC"},
            "merge_request": {"iid": 7, "title": "Fix"},
        }
    )

    assert event.body["post"]["id"] == "aodep/cua-hang!7"
    assert event.body["comment"] == {"id": "5"}
    assert (event.body["text"], event.occurred_at) == ("ok", 1795500070000)


@pytest.mark.parametrize(
    ("attributes", "type_"),
    [
        ({"id": 5}, "gitlab.note.create"),
        ({"id": 5, "action": "create"}, "gitlab.note.create"),
        ({"id": 5, "action": "update"}, "gitlab.note.update"),
    ],
)
def test_a_comment_has_one_name_whether_gitlab_says_that_it_is_new_or_not(
    attributes: dict[str, Any], type_: str
) -> None:
    assert parsed({"object_kind": "note", "object_attributes": attributes}).type == type_


@pytest.mark.parametrize(
    ("data", "person"),
    [
        ({"object_kind": "note", "object_attributes": {"id": 5, "author_id": 12}}, "12"),
        ({"object_kind": "note", "object_attributes": {"id": 5}}, "an"),
        ({"object_kind": "issue", "object_attributes": {"id": 5, "author_id": 12}}, "an"),
    ],
)
def test_somebody_whom_an_older_gitlab_names_without_an_id_is_known(
    data: dict[str, Any], person: str
) -> None:
    event = parsed({**data, "user": {"name": "An", "username": "an"}})

    assert (event.actor_id, event.body["actor"]["name"]) == (person, "an")


def test_events_that_share_an_event_id_are_told_apart_by_their_bodies() -> None:
    keys = {
        parsed({"object_kind": kind}, x_gitlab_event_uuid="u").dedupe_key for kind in ("a", "b")
    }

    assert len(keys) == 2


def test_a_retry_has_the_key_of_the_first() -> None:
    assert parsed({"a": 1}, idempotency_key="k", x_gitlab_event_uuid="u").dedupe_key == "k"


def test_a_push_has_no_subject_and_its_pusher_at_the_top() -> None:
    event = parsed({"object_kind": "push", "project": PROJECT, "user_id": 4, "user_username": "an"})

    assert (event.type, event.actor_id) == ("gitlab.push", "4")
    assert (event.body["post"], event.lane) == (None, "shop:aodep/cua-hang")
