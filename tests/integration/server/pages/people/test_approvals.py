"""What waits for approval, on its page, over the API and in the navigation."""

from collections.abc import Mapping
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.model import Proposal, RunState, Waits, parse_id
from automator.model.speech import APPROVALS
from automator.reasons.attempts.approvals import awaits_approval
from automator.server.pages.people import approvals
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site
from tests.support.store import Shop

HOUR_MS = 3_600_000
TEXT = "Dạ 250k ạ"
SHOWN = {
    "kind": "reply",
    "text": TEXT,
    "to": "11",
    "via": "",
    "attachments": [{"type": "image", "url": "https://shop.example/ao.jpg"}],
    "quick_replies": ["S", "M"],
    "buttons": [],
    "template": None,
    "is_private": False,
}
REQUEST = {
    "action": "moderate",
    "does": "hide",
    "request": {"method": "POST", "url": "https://graph.example/x", "body": "is_hidden=1"},
}


async def waiting(
    site: Site, shown: Mapping[str, Any] | None = None, text: str = TEXT, **more: Any
) -> str:
    """A run whose step waits for approval."""
    store, now_ms = site.services.store, site.services.clock.now_ms()
    _, run = await site.event()
    (claimed,) = await store.claim(1)
    until = now_ms + 2 * HOUR_MS
    inputs = {} if shown else {"text": text}
    proposal = Proposal(inputs=inputs, shown=shown or SHOWN, at=now_ms, until=until, **more)
    settlement = Shop(ManualClock(now_ms)).settlement(
        claimed,
        RunState.QUEUED,
        owner=store.node,
        step=0,
        attempt=0,
        attempts=(),
        reason=awaits_approval(step="reply", until=until),
        run_at=until,
        waits_for=Waits.APPROVAL,
        leaves_lane=True,
        data={"steps": {}, "vars": {}, APPROVALS: {"reply": proposal.as_data()}},
    )
    assert await store.settle(settlement)
    return run


def decided(site: Site, run: str) -> dict[str, Any]:
    """What was decided about the step of a run."""
    detail = site.services.store.log.run(parse_id(run) or 0)
    assert detail is not None
    return dict(detail.run.proposals["reply"].decided)


async def decide(site: Site, caller: Caller, run: str, **fields: str) -> str:
    reply = await site.press(caller, f"/approvals/{run}", **{"step": "reply", **fields})
    assert reply.status == 303, reply.text
    return reply.headers["location"]


async def test_the_page_shows_what_would_be_sent_and_the_navigation_counts_it(site: Site) -> None:
    run = await waiting(site, ends_at=site.services.clock.now_ms() + HOUR_MS)
    await waiting(site, REQUEST)
    caller = await site.signed_in(Role.EDITOR)

    page = (await caller.get("/approvals")).text

    assert f'id="run-{run}"' in page
    for known in (TEXT, "https://shop.example/ao.jpg", "Giá bao nhiêu vậy shop?", "is_hidden=1"):
        assert known in page
    assert "The platform takes it only until" in page
    log = (await caller.get("/log")).text
    # In the menu, and on the button that opens it on a phone.
    assert 'To approve</span><span class="count">2' in log
    assert 'More</span><span class="count">2' in log
    assert f'<a href="/approvals?from={run}#run-{run}">Approve or decline' in log
    assert "to approve" in log
    assert "2 messages wait for somebody who approves them." in (await caller.get("/overview")).text


async def test_a_link_to_a_run_leads_to_it_behind_any_number_of_newer_ones(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(approvals, "_PAGE_SIZE", 2)
    runs = [await waiting(site) for _ in range(4)]
    caller = await site.signed_in(Role.EDITOR)

    found = (await caller.get(f"/approvals?from={runs[1]}")).text

    assert [run for run in runs if f'id="run-{run}"' in found] == runs[:2]
    assert '<a href="/approvals">Show all</a>' in found


@pytest.mark.parametrize(
    ("fields", "did", "was", "because"),
    [
        ({"choice": "approve", "text": TEXT}, "approve", None, ""),
        ({"choice": "approve", "text": "Dạ\r\n240k"}, "approve", TEXT, ""),
        ({"choice": "decline", "because": " sai  giá "}, "decline", None, "sai giá"),
    ],
)
async def test_the_first_decision_counts(
    site: Site, fields: dict[str, str], did: str, was: str | None, because: str
) -> None:
    run = await waiting(site)
    caller = await site.signed_in(Role.EDITOR)

    first = await decide(site, caller, run, **fields)
    second = await decide(site, caller, run, choice="decline")

    assert first == f"/approvals?done={did}&run={run}"
    assert second == f"/approvals?done=late&run={run}"
    kept = decided(site, run)
    assert (kept["did"], kept["by"], kept["was"]) == (did, "editor", was)
    assert kept["because"] == because
    assert f'id="run-{run}"' not in (await caller.get(first)).text
    assert "by editor" in (await caller.get(f"/runs/{run}")).text


async def test_another_text_is_as_long_as_its_platform_counts(site: Site) -> None:
    run = await waiting(site, longest=20, unit="bytes")
    caller = await site.signed_in(Role.EDITOR)

    refused = await site.press(
        caller, f"/approvals/{run}", step="reply", choice="approve", text="ạ" * 7
    )
    await decide(site, caller, run, choice="approve", text="ạ" * 6)

    assert refused.status == 400
    assert "21 bytes" in refused.text


@pytest.mark.parametrize("text", ["", "  ", "x" * 21, "Dạ\0", "Dạ \x1b[2J"])
async def test_a_text_that_cannot_be_sent_comes_back_in_its_field(site: Site, text: str) -> None:
    run = await waiting(site, longest=20)
    await waiting(site)
    caller = await site.signed_in(Role.EDITOR)

    reply = await site.press(caller, f"/approvals/{run}", step="reply", choice="approve", text=text)

    assert reply.status == 400
    assert not decided(site, run)
    card = reply.text.partition(f'id="run-{run}"')[2].partition("</article>")[0]
    assert 'role="alert"' in card
    assert f"required aria-invalid=true>\n{text}</textarea>" in card
    # The list begins with it, and a text of another step stays as it is.
    assert reply.text.count("<article") == 1
    assert (await caller.get("/approvals")).text.count("aria-invalid") == 0


async def test_a_text_for_what_was_decided_meanwhile_is_shown_and_sent_nowhere(site: Site) -> None:
    run, other = await waiting(site), await waiting(site)
    caller = await site.signed_in(Role.EDITOR)
    await decide(site, caller, run, choice="decline")
    form = {"csrf": await site.csrf(caller), "step": "reply", "choice": "approve"}

    late = await caller.post(f"/approvals/{run}", {**form, "text": "Dạ <b>240k</b>"})
    of_next = await caller.post(f"/approvals/{other}", {**form, "step": "first", "text": "Dạ 9k"})

    assert (late.status, of_next.status) == (409, 409)
    assert "readonly>\nDạ &lt;b&gt;240k&lt;/b&gt;</textarea>" in late.text
    assert "readonly>\nDạ 9k</textarea>" in of_next.text
    assert f"required>\n{TEXT}</textarea>" in of_next.text
    assert decided(site, run)["did"] == "decline"


async def test_a_text_with_other_line_ends_is_the_shown_one(site: Site) -> None:
    run = await waiting(site, text="một\rhai\r\nba")
    caller = await site.signed_in(Role.EDITOR)

    await decide(site, caller, run, choice="approve", text="một\r\nhai\r\nba")

    assert decided(site, run)["was"] is None


async def test_what_a_request_hides_is_shown(site: Site) -> None:
    body = "is_hidden=1\x1b[2J\u202e"
    await waiting(site, {**REQUEST, "request": {**REQUEST["request"], "body": body}})
    caller = await site.signed_in(Role.EDITOR)

    page = (await caller.get("/approvals")).text

    assert "is_hidden=1\\u001b[2J\\u202e" in page


async def test_another_step_than_the_one_that_was_seen_is_not_decided_about(site: Site) -> None:
    run = await waiting(site)
    caller = await site.signed_in(Role.EDITOR)

    assert "late" in await decide(site, caller, run, choice="approve", step="another")
    assert not decided(site, run)


async def test_a_viewer_sees_it_and_decides_nothing(site: Site) -> None:
    run = await waiting(site)
    caller = await site.signed_in(Role.VIEWER)

    page = (await caller.get("/approvals")).text

    assert TEXT in page
    assert 'name="choice"' not in page
    answer = await site.press(caller, f"/approvals/{run}", step="reply", choice="approve")
    assert answer.status == 403
    assert not decided(site, run)


async def test_the_page_is_in_vietnamese_too(site: Site) -> None:
    await waiting(site)
    caller = await site.signed_in(Role.EDITOR)

    page = (await caller.get("/approvals", headers={"accept-language": "vi"})).text

    assert "Duyệt và gửi" in page
    assert "Approve" not in page


async def test_programs_list_and_decide(site: Site) -> None:
    run, other = await waiting(site), await waiting(site)
    viewer, editor = await site.program_as(Role.VIEWER), await site.program_as(Role.EDITOR)

    items = (await viewer.get("/api/approvals")).json()["items"]
    refused = await viewer.post(f"/api/approvals/{run}/approve")
    wrong = await editor.json("POST", f"/api/approvals/{run}/approve", {"text": 1})
    approved = await editor.json("POST", f"/api/approvals/{run}/approve", {"text": "Dạ"})
    again = await editor.post(f"/api/approvals/{run}/approve")
    declined = await editor.json("POST", f"/api/approvals/{other}/decline", {"because": "sai"})

    assert [item["id"] for item in items] == [other, run]
    assert items[0]["approval"]["text"] == TEXT
    assert items[0]["approval"]["step"] == "reply"
    assert (refused.status, wrong.status, again.status) == (403, 400, 409)
    assert (approved.status, declined.status) == (200, 200)
    assert decided(site, run)["was"] == TEXT
    assert decided(site, other)["because"] == "sai"
    assert (await viewer.get("/api/approvals")).json()["items"] == []


async def test_several_are_decided_about_at_once_and_each_line_says_what_became_of_it(
    site: Site,
) -> None:
    first, second, third = [await waiting(site) for _ in range(3)]
    caller = await site.signed_in(Role.EDITOR)
    page = (await caller.get("/approvals")).text
    for run in (first, second, third):
        assert f'name="run-{run}" value="reply"' in page
    await decide(site, caller, second, choice="decline")

    form = {"csrf": await site.csrf(caller), "choice": "approve"}
    ticked = {f"run-{first}": "reply", f"run-{second}": "reply"}
    reply = await caller.post("/approvals", {**form, **ticked})

    assert reply.headers["location"] == f"/approvals?done=approve&runs={first}&late={second}"
    assert decided(site, first)["did"] == "approve"
    assert decided(site, second)["did"] == "decline"
    assert not decided(site, third)
    shown = (await caller.get(reply.headers["location"])).text
    assert "Approved: it is sent now." in shown
    assert "It does not wait any more" in shown
    assert f'href="/runs/{second}"' in shown


async def test_several_are_declined_with_one_reason(site: Site) -> None:
    runs = [await waiting(site) for _ in range(2)]
    caller = await site.signed_in(Role.EDITOR)
    form = {"csrf": await site.csrf(caller), "choice": "decline", "because": "sai giá"}

    await caller.post("/approvals", {**form, **{f"run-{run}": "reply" for run in runs}})

    assert [decided(site, run)["because"] for run in runs] == ["sai giá", "sai giá"]


@pytest.mark.parametrize("choice", ["approve", "keep", ""])
async def test_nothing_ticked_and_no_such_decision_are_refused(site: Site, choice: str) -> None:
    caller = await site.signed_in(Role.EDITOR)

    assert (await site.press(caller, "/approvals", choice=choice)).status == 400


async def test_a_viewer_ticks_nothing(site: Site) -> None:
    runs = [await waiting(site) for _ in range(2)]
    caller = await site.signed_in(Role.VIEWER)
    form = {"csrf": await site.csrf(caller), "choice": "approve", f"run-{runs[0]}": "reply"}

    assert 'type="checkbox"' not in (await caller.get("/approvals")).text
    assert (await caller.post("/approvals", form)).status == 403
    assert not decided(site, runs[0])


async def test_a_program_decides_about_several_at_once(site: Site) -> None:
    runs = [await waiting(site) for _ in range(2)]
    program = site.program()
    named = [runs[0], {"id": runs[1], "step": "another"}, runs[0], "0000000000000"]

    reply = await program.json("POST", "/api/approvals/approve", {"runs": named})

    assert reply.status == 200
    items = reply.json()["items"]
    assert [(item["id"], item["done"]) for item in items] == [
        (runs[0], True),
        (runs[1], False),
        ("0000000000000", False),
    ]
    assert "does not wait for approval" in items[1]["problem"]["message"]
    assert items[2]["problem"]["fix"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"runs": []},
        {"runs": "all"},
        {"runs": [5]},
        {"runs": ["x"]},
        {"runs": [{"id": "0f3k2m9qz81aa", "text": "x"}]},
        {"runs": ["0f3k2m9qz81aa"], "text": "x"},
        {"runs": ["0f3k2m9qz81aa"], "because": 5},
        {"runs": [f"{number:013d}" for number in range(101)]},
    ],
)
async def test_a_body_that_names_no_runs_or_too_many_is_refused(
    site: Site, body: dict[str, Any]
) -> None:
    reply = await site.program().json("POST", "/api/approvals/approve", body)

    assert reply.status == 400
    assert reply.json()["fix"]
