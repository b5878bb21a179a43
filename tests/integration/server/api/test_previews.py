"""POST /api/preview: what a text would do about the latest events, while somebody types."""

import asyncio

import pytest

from automator.server.tryout import recent_events
from automator.server.web.security import Role
from tests.support.site import RULES, Site


async def test_a_viewer_sees_the_messages_that_would_go_out_and_nothing_is_done(
    site: Site,
) -> None:
    await site.event("Giá bao nhiêu")
    await site.event("có ship không", "Minh")
    caller = await site.program_as(Role.VIEWER)
    before = await asyncio.to_thread(site.services.store.log.runs)

    text = RULES.replace("'bao nhiêu'", "'bao nhiêu', 'ship'")
    body = {"file": "prices.yaml", "text": text, "limit": 50}
    found = (await caller.json("POST", "/api/preview", body)).json()

    preview = found["preview"]
    assert (found["ok"], found["samples"]) == (True, False)
    assert (preview["count"], preview["matching"], preview["new"]) == (2, 2, 1)
    first = preview["cards"][0]
    assert (first["change"], first["event"]["actor_name"]) == ("new", "Minh")
    said = first["runs"][0]["steps"][0]["said"]["text"]
    assert said == "Chào Minh, shop đã nhắn tin cho bạn ạ."
    assert await asyncio.to_thread(site.services.store.log.runs) == before


async def test_the_preview_greets_whoever_has_written_for_the_first_time(site: Site) -> None:
    await site.event("alo", sample="message.received", person="2001")
    caller = await site.program_as(Role.VIEWER)
    text = """
rules:
  - id: newcomers
    trigger: {event: message.received}
    conditions: ["contact.last_inbound_at == `null`"]
    actions: [{reply: Chào}]
"""
    found = (await caller.json("POST", "/api/preview", {"file": "new.yaml", "text": text})).json()

    assert found["preview"]["new"] == 1


async def test_a_broken_text_gets_located_problems(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    body = {"file": "prices.yaml", "text": RULES.replace("trigger", "tirgger")}
    found = (await caller.json("POST", "/api/preview", body)).json()

    assert (found["ok"], found["preview"]) == (False, None)
    assert found["problems"][0]["line"] == 4


async def test_without_events_samples_stand_in(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    text = RULES.replace("keywords(event.text, ['giá', 'bao nhiêu'])", "event.text != null")
    text = text.replace("id: price-question", "id: another")
    found = (await caller.json("POST", "/api/preview", {"file": "new.yaml", "text": text})).json()

    assert found["samples"]
    assert found["preview"]["new"] == found["preview"]["matching"] > 0


async def test_events_that_come_meanwhile_are_seen(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_events, "_FRESH_S", 0.0)
    monkeypatch.setattr(recent_events, "MOST_EVENTS", 3)
    caller = await site.program_as(Role.VIEWER)
    body = {"file": "prices.yaml", "text": RULES, "limit": 3}
    counts = []
    for number in range(5):
        await site.event(f"giá {number}")
        preview = (await caller.json("POST", "/api/preview", body)).json()["preview"]
        counts.append((preview["count"], preview["cards"][0]["event"]["text"]))

    assert counts == [(1, "giá 0"), (2, "giá 1"), (3, "giá 2"), (3, "giá 3"), (3, "giá 4")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"file": "prices.yaml"}, 400),
        ({"file": 5, "text": ""}, 400),
        ({"file": "../x", "text": RULES}, 400),
        ({"file": "prices.yaml", "text": RULES, "limit": 0}, 400),
        ({"file": "prices.yaml", "text": RULES, "limit": 501}, 400),
        ({"file": "prices.yaml", "text": RULES, "limit": True}, 400),
    ],
)
async def test_wrong_requests_are_refused(site: Site, body: dict[str, object], status: int) -> None:
    reply = await (await site.program_as(Role.VIEWER)).json("POST", "/api/preview", body)

    assert reply.status == status, reply.text


async def test_a_stranger_sees_no_preview(site: Site) -> None:
    assert (await site.caller().json("POST", "/api/preview", {})).status == 401


async def test_a_text_as_it_is_saved_changes_nothing_about_samples(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    body = {"file": "prices.yaml", "text": RULES}
    for _again in range(2):
        found = (await caller.json("POST", "/api/preview", body)).json()

        preview = found["preview"]
        assert found["samples"]
        assert preview["matching"] > 0
        assert (preview["new"], preview["gone"]) == (0, 0)


async def test_a_change_of_a_snippet_shows_what_the_rules_that_use_it_would_do(site: Site) -> None:
    shared = "snippets: {hi: {actions: [{reply: Chào}]}}\n"
    rule = RULES.partition("    actions:")[0] + "    actions: [{use: hi}]\n"
    book = site.services.rulebook
    etag = book.files()["prices.yaml"].etag
    await book.change(
        {"_shared.yaml": shared, "prices.yaml": f"include: _shared.yaml\n{rule}"},
        {"_shared.yaml": None, "prices.yaml": etag},
        author="lan",
    )
    await site.event("Giá bao nhiêu")
    caller = await site.program_as(Role.VIEWER)

    body = {"file": "_shared.yaml", "text": shared.replace("Chào", "Dạ chào")}
    found = (await caller.json("POST", "/api/preview", body)).json()

    (card,) = found["preview"]["cards"]
    assert card["change"] == "other"
    assert card["runs"][0]["steps"][0]["said"]["text"] == "Dạ chào"
