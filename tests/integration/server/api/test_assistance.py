"""Completion, explanations and quick fixes over the API, with the events of the server."""

import asyncio
import threading
from typing import Any

from automator.files import MAX_BYTES
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site

CONDITION = "rules:\n  - id: a\n    trigger: {event: comment.created}\n    conditions:\n      - "


async def completed(caller: Caller, text: str) -> list[dict[str, Any]]:
    body = {"text": text, "position": len(text)}
    options: list[dict[str, Any]] = (await caller.json("POST", "/api/complete", body)).json()[
        "options"
    ]
    return options


async def test_completion_offers_what_stored_events_really_had(site: Site) -> None:
    await site.event("Giá bao nhiêu vậy shop?")
    caller = await site.program_as(Role.VIEWER)

    (text,) = [
        one for one in await completed(caller, CONDITION + "event.") if one["label"] == "text"
    ]

    assert text["detail"] == '"Giá bao nhiêu vậy shop?"'
    assert text["info"] == 'For example: `"Giá bao nhiêu vậy shop?"`'


async def test_the_names_of_the_server_are_offered(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)

    connections = await completed(caller, "rules:\n  - trigger: {connection: ")

    assert site.services.connections.keys() == {one["label"] for one in connections}


async def test_explanations_are_in_the_language_of_the_reader(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    caller.headers["accept-language"] = "vi"
    body = {"text": "rules:\n  - id: a\n    mode: live\n", "position": 23}

    about = (await caller.json("POST", "/api/hover", body)).json()

    assert about["title"] == "mode"
    assert "không gửi gì" in about["text"]
    assert "`live`" in about["text"]


async def test_a_check_gives_the_fixes_with_their_edits(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)
    body = {"file": "new.yaml", "text": "ruls: []\n"}

    problems = (await caller.json("POST", "/api/check", body)).json()["problems"]

    assert problems[0]["fixes"] == [
        {"label": "Change to rules", "edits": [{"start": 0, "end": 4, "insert": "rules"}]}
    ]


async def test_what_is_asked_is_bounded_and_checked(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)

    for path in ("/api/complete", "/api/hover"):
        for body in ({}, {"text": "x"}, {"text": 5, "position": 0}, {"text": "x", "position": "0"}):
            assert (await caller.json("POST", path, body)).status == 400
        too_long = {"text": "x" * (MAX_BYTES + 1), "position": 0}
        assert (await caller.json("POST", path, too_long)).status == 400
        assert (await caller.json("POST", path, {"text": "x", "position": 99})).status == 200
    assert (await site.caller().json("POST", "/api/complete", {})).status == 401


async def test_a_place_outside_of_the_text_is_that_of_its_end(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)

    for position, place in ((-5, 0), (10**9, 3)):
        body = {"text": "rul", "position": position}
        found = (await caller.json("POST", "/api/complete", body)).json()
        assert (found["start"], found["end"]) == (0, place)


async def test_help_with_writing_is_given_to_a_few_at_a_time(site: Site) -> None:
    caller, other = await site.program_as(Role.VIEWER), await site.signed_in(Role.VIEWER)
    goes_on = threading.Event()
    waiting = [
        asyncio.create_task(site.services.assistance.run(goes_on.wait, of="token desk-viewer"))
        for _ in range(4)
    ]
    await asyncio.sleep(0)
    body = {"text": "rules:\n  - id: a\n", "position": 3}
    sent = {"x-csrf-token": await site.csrf(other), "sec-fetch-site": "same-origin"}

    refused = [await caller.json("POST", f"/api/{what}", body) for what in ("complete", "hover")]
    answered = asyncio.create_task(other.json("POST", "/api/complete", body, sent))
    await asyncio.sleep(0.05)
    goes_on.set()

    assert [reply.json()["error"] for reply in refused] == ["too_many_checks"] * 2
    assert (await answered).status == 200
    assert await asyncio.gather(*waiting) == [True] * 4
