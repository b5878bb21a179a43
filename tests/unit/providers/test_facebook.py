import json
from typing import Any

import pytest
from pydantic import ValidationError

from automator.http.types import Answer
from automator.model import ParsedEvent, RejectedDelivery, UnparsableDelivery
from automator.providers import BUILTIN
from tests.support.providers import OPTIONS, a_provider, a_request

PAGE = "104200000000017"
PERSON = "6840000000000213"
TOKEN = "verify-token-of-tests"


def events_of(*entries: dict[str, Any], **options: Any) -> list[ParsedEvent]:
    body = json.dumps({"object": "page", "entry": list(entries)}).encode()
    return list(a_provider("facebook", **options).parse(a_request((), body)))


def feed(value: Any, field: str = "feed", time: int = 1795500462) -> ParsedEvent:
    change = {"field": field, "value": value}
    (event,) = events_of({"id": PAGE, "time": time, "changes": [change]})
    return event


def comment(**changes: Any) -> dict[str, Any]:
    return {
        "from": {"id": PERSON, "name": "Ngọc Ánh"},
        "message": "giá?",
        "post_id": f"{PAGE}_1",
        "comment_id": "1_2",
        "created_time": 1795500461,
        "item": "comment",
        "parent_id": f"{PAGE}_1",
        "verb": "add",
        **changes,
    }


def messaging(kind: str = "messaging", sender: Any = PERSON, **item: Any) -> ParsedEvent:
    whole = {
        "sender": {"id": sender},
        "recipient": {"id": PAGE if sender != PAGE else PERSON},
        "timestamp": 1795500470901,
        **item,
    }
    (event,) = events_of({"id": PAGE, "time": 1795500471111, kind: [whole]}, app_id="777")
    return event


# --- The handshake ---


def handshake(query: str, method: str = "GET") -> Answer | None:
    return a_provider("facebook").handshake(a_request((), b"", method=method, query=query))


def test_a_subscription_gets_exactly_its_challenge_back() -> None:
    query = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}"

    assert handshake(query) == Answer(200, "1158201444", "text/plain; charset=utf-8")


@pytest.mark.parametrize(("method", "query"), [("POST", "hub.mode=subscribe"), ("GET", "a=1")])
def test_anything_else_is_no_handshake(method: str, query: str) -> None:
    assert handshake(query, method) is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1", 403),
        ("hub.mode=subscribe&hub.verify_token=&hub.challenge=1", 403),
        ("hub.mode=subscribe&hub.challenge=1", 403),
        ("hub.mode=subscribe&hub.verify_token=%C4%91%FF&hub.challenge=1", 403),
        (f"hub.mode=unsubscribe&hub.verify_token={TOKEN}&hub.challenge=1", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=1&hub.challenge=2", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=%3Cscript%3E", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge=1%0A", 400),
        (f"hub.mode=subscribe&hub.verify_token={TOKEN}&hub.challenge={'1' * 257}", 400),
        ("&".join(f"hub.{number}=1" for number in range(30)), 400),
    ],
)
def test_a_strange_handshake_is_refused_and_nothing_of_it_comes_back(
    query: str, status: int
) -> None:
    with pytest.raises(RejectedDelivery) as caught:
        handshake(query)

    assert caught.value.status == status
    assert "script>" not in str(caught.value)


def test_a_verify_token_that_was_not_looked_up_matches_nothing() -> None:
    cls = BUILTIN["facebook"]
    written = {"provider": "facebook", **OPTIONS["facebook"]}
    options = cls.options_model.model_validate(written, context={"resolve_secrets": False})
    query = "hub.mode=subscribe&hub.verify_token=&hub.challenge=1"

    with pytest.raises(RejectedDelivery):
        cls("shop", options).handshake(a_request((), b"", method="GET", query=query))


# --- The options ---


@pytest.mark.parametrize(
    "changes",
    [
        {"app_secret": "short"},
        {"app_secret": []},
        {"app_secret": ""},
        {"graph_url": "http://graph.facebook.com/v26.0"},
        {"graph_url": "ftp://127.0.0.1"},
        {"unknown": 1},
    ],
)
def test_a_connection_that_would_be_unsafe_is_not_made(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_provider("facebook", **changes)


def test_the_graph_may_stand_on_this_machine_for_trying_things() -> None:
    provider = a_provider("facebook", graph_url="http://127.0.0.1:8080/sandbox/facebook/v26.0/")

    assert getattr(provider.options, "graph_url", "").endswith("/v26.0")


def test_every_secret_is_known_for_redaction() -> None:
    found = [secret.reveal() for secret in a_provider("facebook").secrets()]

    assert sorted(found) == ["0123456789abcdef-secret", "page-token-of-tests", TOKEN]


# --- The feed ---


@pytest.mark.parametrize(
    ("verb", "type_", "key"),
    [
        ("add", "comment.created", "add"),
        ("edited", "comment.edited", "edited:1795500462"),
        ("edit", "comment.edited", "edit:1795500462"),
        ("remove", "comment.deleted", "remove"),
        ("hide", "comment.hidden", "hide:1795500462"),
        ("unhide", "comment.unhidden", "unhide:1795500462"),
    ],
)
def test_what_happens_to_a_comment_has_a_name_and_a_key(verb: str, type_: str, key: str) -> None:
    event = feed(comment(verb=verb))

    assert (event.type, event.dedupe_key) == (type_, f"{PAGE}:1_2:{key}")


def test_a_comment_says_who_what_where_and_when() -> None:
    event = feed(comment())

    assert (event.lane, event.actor_id, event.is_self) == (f"shop:{PERSON}", PERSON, False)
    assert event.occurred_at == 1795500461000
    assert event.body == {
        "text": "giá?",
        "actor": {"id": PERSON, "name": "Ngọc Ánh", "is_self": False},
        "page": {"id": PAGE},
        "comment": {"id": "1_2", "is_reply": False},
        "post": {"id": f"{PAGE}_1"},
        "parent": None,
        "attachments": [],
        "data": comment(),
        "headers": {},
        "query": {},
    }


def test_an_answer_to_a_comment_names_its_parent() -> None:
    body = feed(comment(parent_id="1_9")).body

    assert body["parent"] == {"id": "1_9"}
    assert body["comment"] == {"id": "1_2", "is_reply": True}


#: Below a photo post, `parent_id` names the post by the album instead of the Page.
PHOTO_COMMENT = comment(post_id=f"{PAGE}_555", parent_id="999_555", comment_id="555_777")


@pytest.mark.parametrize(
    "more",
    [
        {},
        # The post itself named by the photo.
        {"post_id": f"{PAGE}_444"},
        {"parent_id": "555"},
        # One of several photos: the comment is on the photo, its parent the post of all of them.
        {"parent_id": f"{PAGE}_444"},
        {"parent_id": f"{PAGE}_444", "post_id": f"{PAGE}_444"},
        # A live video, whose comments are on the video, and whose post has an id of its own.
        {"post_id": f"{PAGE}_333", "parent_id": f"{PAGE}_333", "comment_id": "666_777"},
        {"post_id": f"{PAGE}_333", "parent_id": f"{PAGE}_666", "comment_id": "666_777"},
        {"parent_id": None},
        {"comment_id": "777", "parent_id": f"{PAGE}_555"},
        # As old versions of the Graph API write ids.
        {"comment_id": f"{PAGE}_555_777", "parent_id": f"{PAGE}_555"},
        {"verb": "remove"},
        {"verb": "hide"},
    ],
)
def test_a_comment_on_the_post_itself_is_no_answer(more: dict[str, Any]) -> None:
    event = feed({**PHOTO_COMMENT, **more})

    assert event.body["parent"] is None
    assert event.body["comment"]["is_reply"] is False


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"post_id": f"{PAGE}_444"},
        {"verb": "edited"},
        {"verb": "remove", "message": None},
        {"parent_id": f"{PAGE}_555_777", "comment_id": f"{PAGE}_555_888"},
    ],
)
def test_an_answer_to_a_comment_names_its_parent_whatever_it_is_on(more: dict[str, Any]) -> None:
    answer = {**PHOTO_COMMENT, "parent_id": "555_777", "comment_id": "555_888", **more}

    body = feed(answer).body

    assert body["parent"] == {"id": answer["parent_id"]}
    assert body["comment"]["is_reply"] is True


def test_a_comment_lists_the_people_and_other_pages_that_it_names() -> None:
    tags = [
        {"id": "7", "name": "Minh Châu", "type": "user", "offset": 0, "length": 9},
        {"id": "7", "name": "Minh Châu", "type": "user", "offset": 20, "length": 9},
        {"id": 8, "name": "Thu Hà"},
        {"id": PAGE, "name": "Shop", "type": "page"},
        {"id": "9", "name": "Another shop", "type": "page"},
        {"id": "10", "name": "Sale", "type": "group"},
        {"id": "11", "name": "#sale"},
        {"name": "nobody"},
        "odd",
    ]

    assert feed(comment(message_tags=tags)).body["tagged"] == [
        {"id": "7", "name": "Minh Châu", "type": "user"},
        {"id": "8", "name": "Thu Hà", "type": "user"},
        {"id": "9", "name": "Another shop", "type": "page"},
    ]
    assert feed(comment(message_tags="odd")).body["tagged"] == []
    assert "tagged" not in feed(comment()).body


@pytest.mark.parametrize(
    ("post", "is_ad"),
    [
        ({"is_published": True, "promotion_status": "inactive"}, False),
        ({"is_published": True, "promotion_status": "active"}, True),
        ({"is_published": False, "promotion_status": "ineligible"}, True),
        ({}, False),
    ],
)
def test_a_comment_under_an_ad_is_told_apart(post: dict[str, Any], is_ad: bool) -> None:
    assert feed(comment(post=post)).body["post"]["is_ad"] is is_ad


def test_a_like_on_a_comment_without_its_post_is_a_reaction_to_the_comment() -> None:
    like = {"item": "like", "verb": "add", "comment_id": "1_2", "from": {"id": PERSON}}

    event = feed(like)

    assert (event.type, event.actor_id) == ("reaction.added", PERSON)
    assert (event.body["comment"], event.body["post"]) == ({"id": "1_2"}, None)
    assert feed({**like, "verb": "remove"}).type == "reaction.removed"


def test_a_comment_of_our_own_page_is_marked_so_that_it_starts_nothing() -> None:
    event = feed(comment(**{"from": {"id": PAGE, "name": "Áo Đẹp"}}))

    assert event.is_self
    assert event.body["actor"]["is_self"] is True
    assert event.lane == f"shop:{PAGE}_1"


def test_a_comment_without_a_person_keeps_its_order_by_the_post() -> None:
    value = comment()
    del value["from"]

    event = feed(value)

    assert (event.actor_id, event.lane, event.is_self) == (None, f"shop:{PAGE}_1", False)
    assert event.body["actor"] == {"id": None, "name": None, "is_self": False}


def test_ids_written_as_numbers_become_text() -> None:
    event = feed(comment(**{"from": {"id": 6840000000000213}}, comment_id=12))

    assert (event.actor_id, event.body["comment"]["id"]) == (PERSON, "12")


def test_a_page_that_writes_its_id_as_a_number_still_knows_itself() -> None:
    value = comment(**{"from": {"id": PAGE}})
    change = {"field": "feed", "value": value}

    (event,) = events_of({"id": int(PAGE), "time": 1, "changes": [change]})

    assert event.is_self


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (comment(item="post", verb="add"), "post.created"),
        (comment(item="status", verb="edited"), "post.edited"),
        (comment(item="photo", verb="remove"), "post.deleted"),
        (comment(item="reaction", reaction_type="love"), "reaction.added"),
        (comment(item="reaction", verb="remove"), "reaction.removed"),
        (comment(item="like"), "reaction.added"),
        ({"item": "like", "verb": "add", "user_id": 42}, "facebook.feed.like.add"),
        (comment(item="event", verb="add"), "facebook.feed.event.add"),
        (comment(verb="pin"), "facebook.feed.comment.pin"),
        (comment(item="Đồ lạ!", verb="x y"), "facebook.feed._l_.x_y"),
        ({"item": "comment", "verb": "add"}, "facebook.feed.comment.add"),
        ({}, "facebook.feed"),
    ],
)
def test_every_change_of_the_feed_has_a_type(value: dict[str, Any], type_: str) -> None:
    assert feed(value).type == type_


def test_two_reactions_of_one_person_are_two_events() -> None:
    first = feed(comment(item="reaction", reaction_type="love"))
    second = feed(comment(item="reaction", reaction_type="haha", verb="edit"))

    assert first.dedupe_key != second.dedupe_key


@pytest.mark.parametrize(
    ("field", "value", "type_"),
    [
        ("mention", comment(), "mention.created"),
        ("mention", comment(verb="edited"), "facebook.mention.edited"),
        ("ratings", {"item": "rating", "verb": "add", "reviewer_id": "5"}, "review.created"),
        ("ratings", {"item": "rating", "verb": "edit"}, "facebook.ratings.rating.edit"),
        ("leadgen", {"leadgen_id": "8", "form_id": "9"}, "lead.created"),
        ("some_new_field", {"x": 1}, "facebook.some_new_field"),
        ("feed", None, "facebook.feed"),
        ("feed", ["odd"], "facebook.feed"),
    ],
)
def test_every_field_has_a_type_and_an_unknown_one_does_no_harm(
    field: str, value: Any, type_: str
) -> None:
    assert feed(value, field).type == type_


# --- Messages ---


def test_a_message_says_who_what_and_in_which_conversation() -> None:
    event = messaging(message={"mid": "m_1", "text": "Còn hàng không?"})

    assert (event.type, event.dedupe_key) == ("message.received", f"{PAGE}:m_1")
    assert (event.lane, event.actor_id) == (f"shop:{PERSON}", PERSON)
    assert event.occurred_at == 1795500470901
    assert event.body["text"] == "Còn hàng không?"
    assert event.body["message"] == {"id": "m_1"}
    assert event.body["conversation"] == {"id": PERSON}


@pytest.mark.parametrize(
    ("message", "by"),
    [
        ({"app_id": 777}, "us"),
        ({"app_id": 263902037430900}, "human"),
        ({"metadata": "automator:run-1-reply"}, "us"),
        ({"metadata": "automator:run-1-reply", "app_id": 263902037430900}, "us"),
        ({"metadata": "flow:42", "app_id": 12}, "app"),
        ({"app_id": 12}, "app"),
        ({}, "human"),
    ],
)
def test_an_echo_says_who_sent_it(message: dict[str, Any], by: str) -> None:
    event = messaging(sender=PAGE, message={"mid": "m_2", "is_echo": True, **message})

    assert (event.type, event.is_self) == ("message.sent", True)
    assert event.body["message"]["sent_by"] == by
    assert event.body["conversation"] == {"id": PERSON}
    assert event.lane == f"shop:{PERSON}"


@pytest.mark.parametrize(
    ("item", "type_", "key"),
    [
        ({"message": {"mid": "m", "is_deleted": True}}, "message.deleted", "m:deleted"),
        ({"message_edit": {"mid": "m", "num_edit": "1"}}, "message.edited", f"m:edit:1:{PERSON}"),
        ({"read": {"watermark": 5}}, "message.read", f"{PERSON}:message.read:5"),
        ({"delivery": {"watermark": 5}}, "message.delivered", f"{PERSON}:message.delivered:5"),
        ({"postback": {"mid": "m", "payload": "P"}}, "button.clicked", "m"),
        ({"postback": {"payload": "P"}}, "button.clicked", f"{PERSON}:1795500470901:postback:P"),
        (
            {"reaction": {"mid": "m", "action": "react", "emoji": "❤"}},
            "reaction.added",
            f"m:{PERSON}:react:❤:1795500470901",
        ),
        (
            {"reaction": {"mid": "m", "action": "unreact"}},
            "reaction.removed",
            f"m:{PERSON}:unreact:None:1795500470901",
        ),
    ],
)
def test_every_kind_of_item_has_a_type_and_a_key(
    item: dict[str, Any], type_: str, key: str
) -> None:
    event = messaging(**item)

    assert (event.type, event.dedupe_key) == (type_, f"{PAGE}:{key}")


def test_unknown_kinds_keep_the_senders_own_name() -> None:
    assert messaging(optin={"ref": "FORM"}).type == "facebook.optin"
    assert messaging(**{"policy-enforcement": {"action": "block"}}).type == (
        "facebook.policy_enforcement"
    )
    assert messaging().type == "facebook.unknown"


@pytest.mark.parametrize(
    ("status", "is_on"),
    [
        ({}, True),
        ({"notification_messages_status": "RESUME_NOTIFICATIONS"}, True),
        ({"notification_messages_status": "STOP NOTIFICATIONS"}, False),
    ],
)
def test_an_opt_in_to_marketing_messages_has_its_token_and_until_when_it_counts(
    status: dict[str, str], is_on: bool
) -> None:
    given = {
        "type": "notification_messages",
        "notification_messages_token": "7345",
        "token_expiry_timestamp": 1_893_456_000,
        "title": "Khuyến mãi",
        "payload": "SALE",
        **status,
    }

    optin = messaging(optin=given).body["optin"]

    assert (optin["token"], optin["expires_at"]) == ("7345", "2030-01-01T00:00:00.000Z")
    assert (optin["title"], optin["payload"], optin["is_on"]) == ("Khuyến mãi", "SALE", is_on)


@pytest.mark.parametrize("odd", [None, "soon", -1, 10**30, {}, 4_102_444_800_000_000])
def test_an_opt_in_whose_end_cannot_be_read_has_none(odd: Any) -> None:
    given = {"type": "notification_messages", "token_expiry_timestamp": odd}

    assert messaging(optin=given).body["optin"]["expires_at"] is None


def test_a_tapped_quick_reply_and_a_button_carry_their_payload() -> None:
    tapped = messaging(message={"mid": "m", "text": "Xem giá", "quick_reply": {"payload": "PRICE"}})
    button = messaging(postback={"mid": "n", "title": "Bắt đầu", "payload": "START"})

    assert tapped.body["button"] == {"id": "PRICE", "title": "Xem giá"}
    assert button.body["button"] == {"id": "START", "title": "Bắt đầu"}
    assert button.body["text"] == "Bắt đầu"


@pytest.mark.parametrize(
    ("message", "attachment"),
    [
        (
            {"attachments": [{"type": "image", "payload": {"url": "https://cdn.example/1.jpg"}}]},
            {"id": None, "type": "image", "url": "https://cdn.example/1.jpg"},
        ),
        (
            {"attachments": [{"type": "sticker", "payload": {"sticker_id": 369239263222822}}]},
            {"id": "369239263222822", "type": "sticker", "url": None},
        ),
        (
            {"attachments": [{"type": "image", "payload": {"sticker_id": 5, "url": "https://x"}}]},
            {"id": "5", "type": "sticker", "url": "https://x"},
        ),
        (
            {"attachments": [{"type": "fallback", "url": "https://y", "payload": None}]},
            {"id": None, "type": "fallback", "url": "https://y"},
        ),
    ],
)
def test_attachments_of_every_age_are_read(message: Any, attachment: Any) -> None:
    event = messaging(message={"mid": "m", **message})

    assert event.body["attachments"] == [attachment]


def test_what_another_app_answers_starts_nothing_here() -> None:
    event = messaging("standby", message={"mid": "m", "text": "chào"})

    assert (event.type, event.is_self, event.body["standby"]) == ("message.received", True, True)


# --- The envelope ---


def test_a_delivery_of_several_pages_gives_every_event_in_order() -> None:
    changes = [{"field": "feed", "value": comment(comment_id=f"1_{n}")} for n in (1, 2)]
    item = {"sender": {"id": "9"}, "recipient": {"id": "88"}, "message": {"mid": "m"}}

    events = events_of(
        {"id": PAGE, "time": 1, "changes": changes},
        {"id": "88", "time": 2, "messaging": [item], "standby": [item]},
    )

    assert [event.dedupe_key for event in events] == [
        f"{PAGE}:1_1:add",
        f"{PAGE}:1_2:add",
        "88:m",
        "88:m",
    ]


def test_an_entry_may_hold_its_field_and_value_itself() -> None:
    (event,) = events_of({"id": PAGE, "time": 1, "field": "comments", "value": {"id": "3"}})

    assert (event.type, event.body["data"]) == ("facebook.comments", {"id": "3"})


@pytest.mark.parametrize(
    ("provider", "object_", "type_"),
    [
        ("facebook", "instagram", "facebook.other_object"),
        ("facebook", "user", "facebook.other_object"),
        ("instagram", "page", "instagram.other_object"),
        ("whatsapp", "page", "whatsapp.other_object"),
    ],
)
def test_what_is_about_another_object_is_no_message_of_this_connection(
    provider: str, object_: str, type_: str
) -> None:
    message = {"sender": {"id": PERSON}, "message": {"mid": "m1", "text": "giá?"}}
    changes = [{"field": "messages", "value": {"messages": [{"from": "84", "id": "w"}]}}]
    entry = {"id": PAGE, "time": 1, "messaging": [message], "changes": changes}
    body = json.dumps({"object": object_, "entry": [entry, entry]}).encode()

    first, again = a_provider(provider).parse(a_request((), body))

    assert (first.type, first.actor_id, first.is_self) == (type_, None, False)
    assert first.body["object"] == {"id": PAGE, "type": object_}
    assert (first.body["data"], first.dedupe_key) == (entry, again.dedupe_key)


@pytest.mark.parametrize(
    ("provider", "object_"),
    [
        ("facebook", "page"),
        ("instagram", "instagram"),
        ("whatsapp", "whatsapp_business_account"),
        ("facebook", None),
    ],
)
def test_what_is_about_the_right_object_or_names_none_is_read(
    provider: str, object_: str | None
) -> None:
    named = {} if object_ is None else {"object": object_}
    body = json.dumps({**named, "entry": [{"id": PAGE, "changes": [{"field": "x"}]}]}).encode()

    (event,) = a_provider(provider).parse(a_request((), body))

    assert event.type == f"{provider}.x"


@pytest.mark.parametrize("body", [b"{}", b"[]", b'"page"', b'{"entry":{}}', b'{"entry":null}'])
def test_a_body_without_entries_is_unparsable(body: bytes) -> None:
    with pytest.raises(UnparsableDelivery):
        a_provider("facebook").parse(a_request((), body))


def test_the_fallback_time_is_that_of_the_entry_in_seconds_or_milliseconds() -> None:
    value = comment()
    del value["created_time"]

    assert feed(value, time=1795500462).occurred_at == 1795500462000
    assert feed(value, time=1795500462123).occurred_at == 1795500462123
