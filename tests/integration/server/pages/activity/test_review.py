"""The pages of replays and of the review: a plan first, each decision once, with who made it."""

import html
import re

import pytest

from automator.clock import ManualClock
from automator.model import RunState, format_id, parse_id
from automator.model.log_filters import RunFilter
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site
from tests.support.stopped_runs import NO_ANSWER, stopped
from tests.support.store import Shop


def state_of(site: Site, run: str) -> RunState:
    detail = site.services.store.log.run(parse_id(run) or 0)
    assert detail is not None
    return detail.run.state


async def decide(site: Site, caller: Caller, **fields: str) -> str:
    reply = await site.press(caller, "/review", **fields)
    assert reply.status == 303, reply.text
    return reply.headers["location"]


async def test_the_review_shows_what_is_known_of_each_run(site: Site) -> None:
    run = await stopped(site)

    page = (await (await site.signed_in()).get("/review")).text

    assert f'id="run-{run}"' in page
    for known in (NO_ANSWER, "timeout", "POST https://graph.example/x", "Giá bao nhiêu vậy shop?"):
        assert known in page
    assert "The platform has sent no echo" in page


async def test_an_echo_of_what_was_sent_is_shown(site: Site) -> None:
    from tests.support.page_events import delivery

    run = await stopped(site)
    key = f"run-{parse_id(run)}-reply"
    store = site.services.store
    shop = Shop(ManualClock(site.services.clock.now_ms()))
    parcel = shop.delivery(connection="demo-page", body=delivery(messaging=[]))
    from automator.store import EventPlan

    echo = shop.event(
        parcel,
        type="message.sent",
        is_self=True,
        body={"type": "message.sent", "message": {"metadata": f"automator:{key}"}},
    )
    await store.ingest(parcel, [EventPlan(echo, (), 1)])
    caller = await site.signed_in()

    for address in ("/review", f"/runs/{run}"):
        page = (await caller.get(address)).text

        assert "The platform has sent an echo: the message arrived." in page
        assert f'href="/events/{format_id(echo.id)}"' in page


@pytest.mark.parametrize(
    ("choice", "state"),
    [("done", RunState.DONE), ("retry", RunState.QUEUED), ("cancel", RunState.CANCELLED)],
)
async def test_each_decision_is_done_once_and_kept(
    site: Site, choice: str, state: RunState
) -> None:
    run = await stopped(site)
    caller = await site.signed_in(Role.EDITOR)

    first = await decide(site, caller, choice=f"{choice}:{run}")
    second = await decide(site, caller, choice=f"{choice}:{run}")

    assert (first, second) == ("/review?decided=1&failed=0", "/review?decided=0&failed=1")
    assert state_of(site, run) is state
    assert f'id="run-{run}"' not in (await caller.get("/review")).text
    page = (await caller.get(f"/runs/{run}")).text
    assert "by editor" in page
    assert f"unknown: reply: {NO_ANSWER}" in page


async def test_all_that_are_ticked_are_decided_about(site: Site) -> None:
    runs = [await stopped(site, state) for state in (RunState.DEAD, RunState.UNKNOWN)]
    other = await stopped(site)
    caller = await site.signed_in()

    await decide(site, caller, choice="cancel", **{f"run-{run}": "1" for run in runs})

    assert [state_of(site, run) for run in runs] == [RunState.CANCELLED] * 2
    assert state_of(site, other) is RunState.UNKNOWN


async def test_a_viewer_sees_the_review_and_decides_nothing(site: Site) -> None:
    run = await stopped(site)
    caller = await site.signed_in(Role.VIEWER)

    page = (await caller.get("/review")).text
    reply = await site.press(caller, "/review", choice=f"done:{run}")

    assert f'id="run-{run}"' in page
    assert 'name="choice"' not in page
    assert reply.status == 403
    assert (await caller.get("/replays/new?state=dead")).status == 403
    assert state_of(site, run) is RunState.UNKNOWN


async def test_a_filtered_log_leads_to_a_plan_and_the_plan_is_done_once(site: Site) -> None:
    runs = [await stopped(site, RunState.DEAD) for _ in range(3)]
    caller = await site.signed_in(Role.EDITOR)
    log = (await caller.get("/log?state=dead")).text
    assert 'href="/replays/new?state=dead"' in log

    plan = (await caller.get("/replays/new?state=dead")).text
    found = re.search(r'name="request" value="([^"]+)"', plan)
    assert found
    first, second = [
        await site.press(caller, "/replays", request=html.unescape(found[1])) for _ in range(2)
    ]

    assert "3 fit, 3 runs would be started" in plan
    assert "Answer price questions" in plan
    assert first.headers["location"] == second.headers["location"]
    page = (await caller.get(first.headers["location"])).text
    assert "3 of 3 looked at, 3 runs started." in page
    replay_id = parse_id(first.headers["location"].rpartition("/")[2])
    started = site.services.store.log.runs(RunFilter(replay_id=replay_id))
    assert [row.run.replay["of"] for row in started] == runs[::-1]
    assert "Nothing waits for a decision" in (await caller.get("/review")).text
    shown = (await caller.get(f"/runs/{format_id(started[0].id)}")).text
    assert "Replayed from" in shown
    assert "by editor" in shown
    assert "Replayed as" in (await caller.get(f"/runs/{runs[-1]}")).text
    assert first.headers["location"] in (await caller.get("/replays")).text


async def test_events_of_a_filter_are_planned_too(site: Site) -> None:
    await site.event("Đẹp quá!")
    caller = await site.signed_in()

    address = "/replays/new?over=events&matched=no&since=1d"
    page = (await caller.get(address)).text
    vietnamese = (await caller.get(address, {"accept-language": "vi"})).text

    assert "1 × không quy tắc nào khớp" in vietnamese
    assert "1 fit, 0 runs would be started" in page
    assert "no rule matches" in page
    assert 'name="request"' not in page


async def test_a_plan_of_everything_or_of_nonsense_is_refused(site: Site) -> None:
    caller = await site.signed_in()
    csrf = await site.csrf(caller)

    assert (await caller.get("/replays/new")).status == 400
    assert (await caller.get("/replays/new?state=failed")).status == 400
    for text in ("", "[]", "{", '{"filters": {}}'):
        assert (await caller.post("/replays", {"csrf": csrf, "request": text})).status == 400
    assert (await caller.post("/review", {"csrf": csrf, "choice": "explode"})).status == 400


async def test_an_event_is_replayed_once_however_often_its_button_is_pressed(site: Site) -> None:
    event, _ = await site.event()
    caller = await site.signed_in()
    found = re.search(
        r'name="planned_at" value="(\d+)"', (await caller.get(f"/events/{event}")).text
    )
    assert found

    answers = [
        await site.press(caller, f"/events/{event}/replay", planned_at=found[1]) for _ in range(2)
    ]
    places = [answer.headers["location"] for answer in answers]

    assert places[0] == places[1]
    assert len(site.services.store.log.runs(RunFilter(event_id=parse_id(event)))) == 2
