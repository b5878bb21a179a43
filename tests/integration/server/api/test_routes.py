"""The JSON API with a bearer token, as programs and the local command line use it."""

import re
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.server.access.tokens import create_token, list_tokens, use_token
from automator.server.web.security import Role
from tests.support.site import Site, open_site


async def test_runs_are_pages_that_name_the_next_one(site: Site) -> None:
    runs = [(await site.event(f"giá {number}"))[1] for number in range(5)][::-1]
    caller = site.program()

    first = (await caller.get("/api/runs?limit=3")).json()
    second = (await caller.get(f"/api/runs?limit=3&cursor={first['next']}")).json()

    assert [item["id"] for item in first["items"] + second["items"]] == runs
    assert second["next"] is None
    assert first["items"][0]["state"] == "queued"
    assert first["items"][0]["text"] == "giá 4"


async def test_an_event_its_run_and_the_reason_belong_together(site: Site) -> None:
    event, run = await site.event()
    caller = site.program()

    found = (await caller.get(f"/api/events/{event}")).json()
    detail = (await caller.get(f"/api/runs/{run}")).json()
    why = (await caller.get(f"/api/events/{event}/why")).json()

    text = (await caller.get(f"/api/events/{event}/why?as=text&rule=price-question")).json()

    assert "✓ price-question" in text["text"]
    assert detail["revision"] == detail["active_revision"] == 1
    assert found["body"]["text"] == "Giá bao nhiêu vậy shop?"
    assert [item["id"] for item in found["runs"]] == [run]
    assert detail["event"]["id"] == event
    assert detail["attempts"] == []
    assert (why["rules"][0]["rule"], why["rules"][0]["matched"]) == ("price-question", True)
    assert why["rules"][0]["runs"][0]["id"] == run


async def test_events_and_deliveries_are_listed(site: Site) -> None:
    event, _ = await site.event("Đẹp quá!")
    caller = site.program()

    events = (await caller.get("/api/events?matched=no&type=comment.created")).json()["items"]
    deliveries = (await caller.get("/api/deliveries?verdict=accepted")).json()["items"]

    assert [item["id"] for item in events] == [event]
    assert [item["id"] for item in deliveries] == [events[0]["delivery_id"]]
    assert (await caller.get("/api/follow-ups")).json() == {"items": [], "next": None}


async def test_a_run_is_cancelled_retried_and_its_event_replayed(site: Site) -> None:
    event, run = await site.event()
    caller = site.program()

    cancelled = await caller.json("POST", f"/api/runs/{run}/cancel")
    retried = await caller.json("POST", f"/api/runs/{run}/retry")
    refused = await caller.json("POST", f"/api/runs/{run}/retry")
    replayed = await caller.json("POST", f"/api/events/{event}/replay")

    assert cancelled.json()["state"] == "cancelled"
    assert cancelled.json()["reason"] == {
        "code": "cancelled_by_person",
        "params": {"who": "command line"},
    }
    assert retried.json()["state"] == "queued"
    assert (refused.status, refused.json()["error"]) == (409, "conflict")
    assert replayed.status == 201
    assert len(replayed.json()["runs"]) == 1


@pytest.mark.parametrize(
    "path",
    ["/api/runs?limit=0", "/api/runs?limit=x", "/api/runs?limit=" + "9" * 400, "/api/runs?state=no",
     "/api/runs?cursor=x", "/api/runs?since=x", "/api/events?until=x",
     "/api/events?matched=perhaps", "/api/deliveries?verdict=no"],
)  # fmt: skip
async def test_a_wrong_parameter_is_named_and_not_a_fault(site: Site, path: str) -> None:
    reply = await site.program().get(path)

    assert reply.status == 400
    assert set(reply.json()) == {"error", "params", "message", "fix"}
    assert reply.json()["fix"]


async def test_an_error_has_its_values_and_is_said_in_the_language_of_the_reader(
    site: Site,
) -> None:
    english = await site.program().get("/api/runs?limit=x")
    vietnamese = await site.program().get("/api/runs?limit=x", {"accept-language": "vi, en;q=0.5"})

    assert english.json() == {
        "error": "usage",
        "params": {"name": "limit", "most": 200},
        "message": "limit is a number from 1 to 200",
        "fix": "Leave it out for the usual.",
    }
    assert vietnamese.json() == {
        "error": "usage",
        "params": {"name": "limit", "most": 200},
        "message": "limit là số từ 1 đến 200",
        "fix": "Bỏ trống thì dùng giá trị thông thường.",
    }


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"name": "x"', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"name": "x"}', "text/plain", 415),
        (b'{"name": ""}', "application/json", 400),
        (b'{"name": 5}', "application/json", 400),
        (b'{"name": "x", "role": "root"}', "application/json", 400),
        (b'{"name": "x", "days": true}', "application/json", 400),
        (b'{"name": "x", "days": 9999}', "application/json", 400),
        (b"{" + b" " * 1_100_000 + b"}", "application/json", 413),
    ],
)
async def test_a_wrong_body_is_refused(site: Site, body: bytes, kind: str, status: int) -> None:
    reply = await site.program().request("POST", "/api/tokens", body, {"content-type": kind})

    assert reply.status == status, reply.text


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer wrong", "Bearer am_" + "x" * 1_000_000,
     "am_abc", "Bearer é"],
)  # fmt: skip
async def test_a_wrong_token_gets_nothing(site: Site, authorization: str) -> None:
    reply = await site.caller().get("/api/status", {"authorization": authorization})

    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.json()["error"] == "sign_in_needed"


async def test_a_token_is_no_way_into_the_pages(site: Site) -> None:
    assert (await site.program().get("/log")).status == 401


async def test_tokens_are_made_listed_and_deleted(site: Site) -> None:
    caller = site.program()
    made = (await caller.json("POST", "/api/tokens", {"name": "crm", "role": "editor"})).json()
    secret = made.pop("token")

    assert re.fullmatch(r"am_[\w-]{43}", secret)
    assert (await caller.get("/api/tokens")).json()["items"] == [made]
    assert (await site.program(secret).get("/api/status")).status == 200
    assert (await caller.request("DELETE", f"/api/tokens/{made['id']}")).status == 204
    assert (await caller.request("DELETE", f"/api/tokens/{made['id']}")).status == 404
    assert (await site.program(secret).get("/api/status")).status == 401


async def test_a_token_ends_after_ninety_days(timed_site: Site, clock: ManualClock) -> None:
    _, secret = await create_token(
        timed_site.services.store, name="crm", role=Role.VIEWER, now_ms=clock.now_ms()
    )
    clock.advance(90 * 86_400 - 1)
    assert (await timed_site.program(secret).get("/api/status")).status == 200
    clock.advance(1)

    assert (await timed_site.program(secret).get("/api/status")).status == 401


async def test_the_last_use_is_kept_by_the_hour_and_the_secret_is_not(site: Site) -> None:
    store = site.services.store
    _, secret = await create_token(store, name="crm", role=Role.VIEWER, now_ms=1_000_000)
    for minute in range(3):
        assert await use_token(store, secret, now_ms=2_000_000 + minute * 60_000)

    assert [token.last_used_at for token in await list_tokens(store)] == [2_000_000]
    await use_token(store, secret, now_ms=2_000_000 + 3_600_000)
    assert [token.last_used_at for token in await list_tokens(store)] == [5_600_000]
    kept = await store.documents.read("tokens", lambda documents: str(documents.all()))
    assert secret not in kept


async def test_the_local_command_gets_a_sign_in_link(site: Site) -> None:
    link = (await site.program().json("POST", "/api/sign-in-links")).json()["url"]

    assert link.startswith(f"{site.services.url}/sign-in/")
    reply = await site.caller().post("/sign-in", {"token": link})
    assert reply.status == 303


async def test_a_link_of_the_public_address_has_another_for_this_machine(tmp_path: Path) -> None:
    async with open_site(tmp_path / "public", public_url="https://bot.example") as site:
        made = (await site.program().json("POST", "/api/sign-in-links")).json()

        assert made["url"].startswith("https://bot.example/sign-in/")
        assert made["local_url"].startswith(f"{site.services.url}/sign-in/")
        reply = await site.caller().post("/sign-in", {"token": made["local_url"]})
        assert reply.status == 303


async def test_the_status_counts_what_happened(site: Site) -> None:
    await site.event()

    status = (await site.program().get("/api/status")).json()

    assert status["rules"] == {
        "revision": 1,
        "count": 1,
        "loaded_at": status["rules"]["loaded_at"],
        "problems": 0,
    }
    assert status["last_24_hours"]["events"] == 1
    assert status["last_24_hours"]["runs"]["queued"] == 1
    assert status["store_available"] is True


async def test_runs_are_found_and_counted_by_the_code_of_their_reason(site: Site) -> None:
    caller = site.program()
    _, run = await site.event()
    await caller.json("POST", f"/api/runs/{run}/cancel", {})
    await site.event()

    status = (await caller.get("/api/status")).json()
    found = (await caller.get("/api/runs?reason=cancelled_by_person")).json()["items"]
    misspelt = await caller.get("/api/runs?reason=canceled_by_person")

    assert status["last_24_hours"]["reasons"] == {"cancelled_by_person": 1}
    assert [item["id"] for item in found] == [run]
    assert misspelt.status == 400
    assert "Did you mean 'cancelled_by_person'?" in misspelt.text


async def test_the_hours_tell_what_came_in_and_what_became_of_it(site: Site) -> None:
    _, run = await site.event()
    await site.program().json("POST", f"/api/runs/{run}/cancel", {})

    (hour,) = (await site.program().get("/api/hours?hours=2")).json()["items"]
    refused = await site.program().get("/api/hours?hours=0")

    assert (hour["events"], hour["started"], hour["ended"]["cancelled"]) == (1, 1, 1)
    assert hour["hour"].endswith(":00:00.000Z")
    assert refused.status == 400


async def test_the_api_can_be_used_by_our_own_pages(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)
    body = {"file": "prices.yaml", "text": "rules: []"}

    with_token = await caller.json(
        "POST", "/api/check", body, {"x-csrf-token": csrf, "sec-fetch-site": "same-origin"}
    )
    without = await caller.json("POST", "/api/check", body, {"sec-fetch-site": "same-origin"})

    assert (with_token.status, without.status) == (200, 403)
