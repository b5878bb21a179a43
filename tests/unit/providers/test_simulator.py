import json
from typing import Any

import pytest

from automator.model import NotFoundError, ParsedEvent, UsageError
from automator.providers.simulator import (
    build_sample,
    describe_sample,
    load_sample,
    sample_names,
    signed_query,
    signed_request,
)
from automator.resources import samples_folder
from tests.support.batches import facebook_batch
from tests.support.errors import raises_code
from tests.support.providers import ALL_PROVIDERS, NOW_MS, a_provider, a_request
from tests.support.words import error_said

NAMES = sample_names()


def events(name: str, serial: int, **more: Any) -> list[ParsedEvent]:
    provider = a_provider(name.partition("/")[0])
    sample = build_sample(name, serial=serial, now_ms=NOW_MS, **more)
    headers, body = signed_request(provider, sample, NOW_MS, f"delivery-{serial}")
    query = signed_query(provider, sample, NOW_MS, f"delivery-{serial}")
    request = a_request(headers, body, query=query)
    provider.verify(request)
    return list(provider.parse(request))


def test_every_provider_has_samples_and_each_says_what_it_is() -> None:
    assert {name.partition("/")[0] for name in NAMES} == set(ALL_PROVIDERS)
    assert sample_names("github") == [name for name in NAMES if name.startswith("github/")]
    assert all(describe_sample(name).endswith(".") for name in NAMES)


@pytest.mark.parametrize("provider", ["*", "face*", "**", "..", "", "a\x00b"])
def test_what_is_asked_for_as_a_provider_is_no_pattern_of_paths(provider: str) -> None:
    assert sample_names(provider) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_believed_and_is_a_new_event_each_time(name: str) -> None:
    keys = [[event.dedupe_key for event in events(name, serial)] for serial in (1, 2, 1)]

    assert keys[0] == keys[2]
    assert not set(keys[0]) & set(keys[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_happens_now(name: str) -> None:
    times = {event.occurred_at for event in events(name, 1)}

    assert times <= {NOW_MS, None}


def test_text_and_person_are_what_the_caller_wants() -> None:
    (event,) = events("facebook/comment.created", 1, text="gia bao nhieu", actor="42")

    assert (event.body["text"], event.actor_id) == ("gia bao nhieu", "42")


def test_changes_are_named_as_rules_name_them_or_by_the_path_in_the_body() -> None:
    changes = {
        "event.actor.name": "Hoa",
        "event.data.message": "ib",
        "event.data.post.promotion_status": "active",
        "entry.0.id": "999",
    }

    (event,) = events("facebook/comment.created", 1, changes=changes)

    assert event.body["actor"]["name"] == "Hoa"
    assert event.body["text"] == "ib"
    assert event.body["post"]["promotion_status"] == "active"
    assert event.body["page"] == {"id": "999"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("facebook/comment.deleted", "event.text"),
        ("facebook/comment.created", "entry.5.id"),
        ("facebook/comment.created", "entry.x"),
        ("facebook/comment.created", "nothing.here.at.all"),
        ("generic/order", "event.data.items.7.sku"),
    ],
)
def test_a_path_that_is_not_there_is_said(name: str, path: str) -> None:
    with raises_code(UsageError, "sample_path"):
        build_sample(name, serial=1, now_ms=NOW_MS, changes={path: "x"})


@pytest.mark.parametrize("name", ["facebook/none", "none/none", "../options", "facebook/../x", ""])
def test_a_sample_that_is_not_there_is_said(name: str) -> None:
    with pytest.raises(NotFoundError):
        build_sample(name, serial=1, now_ms=NOW_MS)


def test_facebook_writes_its_letters_as_escapes() -> None:
    body = build_sample("facebook/comment.created", serial=1, now_ms=NOW_MS, text="giá").body

    assert body.isascii()
    assert rb"gi\u00e1" in body


def test_a_batch_holds_many_comments_each_by_a_person_of_their_own() -> None:
    sample = facebook_batch("facebook/comment.created", 50, serial=100, now_ms=NOW_MS, text="giá?")

    found = a_provider("facebook").parse(a_request((), sample.body))

    assert len({event.dedupe_key for event in found}) == 50
    assert len({event.lane for event in found}) == 50
    assert {event.body["text"] for event in found} == {"giá?"}


def test_a_sample_does_not_change_by_being_built() -> None:
    before = build_sample("github/issues.opened", serial=0, now_ms=NOW_MS)
    build_sample("github/issues.opened", serial=5, now_ms=NOW_MS, text="khác")

    after = build_sample("github/issues.opened", serial=0, now_ms=NOW_MS)

    assert json.loads(before.body) == json.loads(after.body)


def test_the_paths_of_a_sample_are_the_shared_ones_that_its_body_has() -> None:
    text, button = load_sample("line/message.received"), load_sample("line/button.clicked")

    assert text["paths"]["text"] == "events.0.message.text"
    assert text["paths"]["ids"] == [
        "events.0.webhookEventId",
        "events.0.replyToken",
        "events.0.message.id",
    ]
    assert button["paths"]["text"] == "events.0.postback.data"
    assert "actor_name" not in text["paths"]


def test_a_sample_says_itself_what_is_different_from_the_shared_paths() -> None:
    assert load_sample("facebook/message.read")["paths"]["ids"] == ["entry.0.messaging.0.sender.id"]
    # The page itself writes an echo, so that it has no person to change.
    with raises_code(UsageError, "sample_path"):
        build_sample("facebook/message.echo", serial=1, now_ms=NOW_MS, actor="42")


def test_every_shared_path_is_one_of_some_sample() -> None:
    for shared in samples_folder().glob("*.json"):
        used = {
            path
            for name in sample_names(shared.stem)
            for paths in load_sample(name)["paths"].values()
            for path in ([paths] if isinstance(paths, str) else paths or ())
        }
        listed = {path for paths in json.loads(shared.read_text()).values() for path in paths}
        assert listed - used == set(), shared.name


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        (
            "zalo/message.recieved",
            "Did you mean 'zalo/message.received'? The samples are: ",
        ),
        ("facebok/comment.created", "Did you mean 'facebook'? The senders with samples are: "),
    ],
)
def test_who_misspells_a_sample_is_told_the_nearest(name: str, fix: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        describe_sample(name)

    said_fix = error_said(caught.value)[1]
    assert said_fix.startswith(fix)
    assert "stripe/" not in said_fix


@pytest.mark.parametrize("name", sample_names("zalo"))
def test_a_sample_of_zalo_is_of_the_app_and_the_account_of_the_connection(name: str) -> None:
    provider = a_provider("zalo", app_id="777000000000000001", oa_id="888000000000000002")
    sample = build_sample(name, serial=1, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "delivery-1")
    request = a_request(headers, body)

    provider.verify(request)
    (event,) = provider.parse(request)
    (at_the_demo,) = events(name, 1)

    assert (event.type, event.actor_id is None) == (
        at_the_demo.type,
        at_the_demo.actor_id is None,
    )
    assert b"431000000000000071" not in body
    assert b"219000000000000019" not in body


@pytest.mark.parametrize("name", sample_names("whatsapp"))
def test_a_sample_of_whatsapp_comes_through_the_number_of_the_connection(name: str) -> None:
    provider = a_provider("whatsapp", phone_number_id="9990001")
    sample = build_sample(name, serial=1, now_ms=NOW_MS)
    headers, body = signed_request(provider, sample, NOW_MS, "delivery-1")
    request = a_request(headers, body)

    provider.verify(request)

    assert [event.type for event in provider.parse(request)] == [e.type for e in events(name, 1)]


def test_the_ids_of_a_sample_stay_where_the_connection_names_none() -> None:
    provider = a_provider("whatsapp")
    sample = build_sample("whatsapp/message.received", serial=1, now_ms=NOW_MS)

    _, body = signed_request(provider, sample, NOW_MS, "delivery-1")

    assert body == sample.body
