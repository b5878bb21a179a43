"""POST /api/try: a dry run in production, for whoever may read."""

import asyncio

from automator.server.web.security import Role
from tests.support.site import RULES, Site


async def test_a_viewer_tries_a_stored_event_and_nothing_changes(site: Site) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.program_as(Role.VIEWER)

    trial = (await caller.json("POST", "/api/try", {"event": event})).json()

    assert trial["event"]["id"] == event
    assert trial["rules"][0]["matched"]
    step = trial["runs"][0]["steps"][0]
    assert step["said"]["text"] == "Chào Lan, shop đã nhắn tin cho bạn ạ."
    assert step["requests"][0]["method"] == "POST"
    runs = await asyncio.to_thread(site.services.store.log.runs)
    assert [item.run.attempt for item in runs] == [0]


async def test_a_file_that_somebody_is_writing_is_tried_in_place_of_the_saved_one(
    site: Site,
) -> None:
    event, _ = await site.event("Giá bao nhiêu")
    caller = await site.program_as(Role.VIEWER)
    text = RULES.replace("Chào {{", "Xin chào {{")

    body = {"event": event, "file": "prices.yaml", "text": text, "as": "text"}
    shown = (await caller.json("POST", "/api/try", body)).json()["text"]

    assert "“Xin chào Lan, shop" in shown
    assert "Nothing is sent" in shown


async def test_rules_with_errors_are_refused_with_their_places(site: Site) -> None:
    event, _ = await site.event()
    caller = await site.program_as(Role.VIEWER)

    body = {"event": event, "file": "prices.yaml", "text": RULES.replace("trigger", "tirgger")}
    reply = await caller.json("POST", "/api/try", body)

    assert reply.status == 422
    assert reply.json()["problems"][0]["line"] == 4


NEWCOMERS = """
rules:
  - id: newcomers
    trigger: {event: message.received}
    conditions: ["contact.last_inbound_at == `null`"]
    actions: [{reply: Chào}]
"""


async def test_a_first_message_stays_the_first_one_when_it_is_tried_later(site: Site) -> None:
    first, _ = await site.event("alo", sample="message.received", person="2001")
    # Both would carry the same time otherwise.
    await asyncio.sleep(0.01)
    second, _ = await site.event("alo", sample="message.received", person="2001")
    caller = await site.program_as(Role.VIEWER)

    def body(event: str, text: str) -> dict[str, object]:
        return {"event": event, "file": "prices.yaml", "text": text}

    for text in (NEWCOMERS, NEWCOMERS.replace("last_inbound_at", "first_seen")):
        tried = [
            (await caller.json("POST", "/api/try", body(event, text))).json()
            for event in (first, second)
        ]
        assert [trial["rules"][0]["matched"] for trial in tried] == [True, False]


#: What cannot be tried, each for another reason.
WRONG: tuple[dict[str, object], ...] = (
    {},
    {"event": "x"},
    {"event": "0r3kq5v5z0000"},
    {"event": 5},
    {"sample": "facebook/comment.created", "event": "0r3kq5v5z0000"},
    {"sample": "facebook/nothing"},
    {"sample": "nothing"},
    {"written": {}},
    {"written": {"type": "comment.created", "actor": 5}, "connection": "demo-page"},
    {"written": {"type": "comment.created"}, "connection": "nobody"},
    {"delivery": "x", "connection": "demo-page"},
    {"delivery": {}, "connection": "demo-page"},
    {"sample": "facebook/comment.created", "at": "never"},
    {"sample": "facebook/comment.created", "contact": {"id": "5"}},
    {"sample": "facebook/comment.created", "with": {"text": 5}},
    {"sample": "facebook/comment.created", "file": "prices.yaml"},
    {"sample": "facebook/comment.created", "files": 5},
    {"sample": "facebook/comment.created", "nothing": 5},
)


async def test_what_cannot_be_tried_is_said_with_a_status_and_a_fix(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    for body in WRONG:
        reply = await caller.json("POST", "/api/try", body)

        assert reply.status in (400, 404), (body, reply.text)
        assert reply.json()["message"]
        assert reply.json()["fix"], (body, reply.text)


async def test_a_stranger_may_not_try(site: Site) -> None:
    assert (await site.caller().json("POST", "/api/try", {})).status == 401
