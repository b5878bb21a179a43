"""The log as a file, pages of it by id and time, kept views, and what is done with ticked runs."""

import csv
import html
import io
import json
import re

from automator.model import parse_id
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site

FORMULA = '=HYPERLINK("http://evil.example","giá")'


async def test_no_cell_of_the_csv_file_is_a_formula(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    for text in (FORMULA, "+84 giá", "-giá", "@giá", "＝giá", "giá, “hai”\nba"):
        await site.event(text, actor_name="=1+1")

    reply = await caller.get("/log/export.csv")
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))

    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in reply.headers["content-disposition"]
    assert [row["text"] for row in rows] == [
        "giá, “hai”\nba", "'＝giá", "'@giá", "'-giá", "'+84 giá", f"'{FORMULA}"
    ]  # fmt: skip
    assert {row["name"] for row in rows} == {"'=1+1"}
    assert {row["rule_name"] for row in rows} == {"Answer price questions"}


async def test_the_ndjson_file_has_what_the_filter_finds_over_all_pages(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    runs = [(await site.event(f"giá {number}"))[1] for number in range(230)]
    await site.event("giá của ai khác", actor_name="Minh")

    reply = await caller.get("/log/export.ndjson?text=lan")
    lines = [json.loads(line) for line in reply.text.splitlines()]

    assert [line["run"] for line in lines] == runs[::-1]
    assert lines[0]["text"] == "giá 229"
    assert lines[0]["said"] == []


def runs_in(page: str) -> list[str]:
    return re.findall(r'data-run="([0-9a-z]+)"', page)


async def test_the_oldest_runs_and_those_of_a_time_are_one_click_away(site: Site) -> None:
    caller = await site.signed_in()
    runs = [(await site.event(f"giá {number}"))[1] for number in range(55)]
    page = html.unescape((await caller.get("/log")).text)
    (oldest,) = re.findall(r'href="(/log\?after=[^"]+)">⇊', page)

    last = html.unescape((await caller.get(oldest)).text)
    (newer,) = re.findall(r'rel="prev" href="([^"]+)"', last)
    rest = (await caller.get(newer)).text
    before_all = (await caller.get("/log?at=2020-01-01T08:00")).text
    nonsense = (await caller.get("/log?at=soon")).text

    assert runs_in(page) == runs[:4:-1]
    assert runs_in(last) == runs[49::-1]
    assert runs_in(rest) == runs[:49:-1]
    assert runs_in(before_all) == []
    assert "No runs here." in before_all
    assert runs_in(nonsense) == runs[:4:-1]


async def test_a_filter_is_kept_as_a_view_of_ones_own(site: Site) -> None:
    owner, other = await site.signed_in(), await site.signed_in(Role.VIEWER)
    csrf = await site.csrf(owner)
    kept = {"csrf": csrf, "name": " My <b> view ", "query": "rule=price-question&before=x&limit=9"}

    reply = await owner.post("/log/views", kept)
    page = (await owner.get("/log?rule=price-question")).text
    others = (await other.get("/log")).text
    (view,) = re.findall(r'name="id" value="([0-9a-f]+)"', page)
    await site.press(other, "/log/views/delete", id=view)
    still = (await owner.get("/log")).text
    await owner.post("/log/views/delete", {"csrf": csrf, "id": view})
    gone = (await owner.get("/log")).text

    assert reply.headers["location"] == "/log?rule=price-question"
    assert "My &lt;b&gt; view" in page
    assert "Keep as a view" not in page
    assert "My &lt;b&gt; view" not in others
    assert view in still
    assert view not in gone


async def test_a_view_without_a_filter_or_with_a_wrong_one_is_not_kept(site: Site) -> None:
    owner = await site.signed_in()
    csrf = await site.csrf(owner)

    for query in ("", "nothing=1", "state=nonsense"):
        reply = await owner.post("/log/views", {"csrf": csrf, "name": "x", "query": query})
        assert reply.status == 400, query


async def ticked(caller: Caller, site: Site, what: str, *runs: str, **more: str) -> str:
    form = {"csrf": await site.csrf(caller), "what": what, **{f"run-{run}": "1" for run in runs}}
    reply = await caller.post("/log/selected", {**form, **more})
    return html.unescape(reply.text) if reply.status == 200 else reply.headers.get("location", "")


async def test_ticked_runs_are_planned_before_anything_is_done(site: Site) -> None:
    caller = await site.signed_in()
    (_, one), (_, two) = await site.event("giá một"), await site.event("giá hai")
    log = site.services.store.log

    plan = await ticked(caller, site, "cancel", one, two)
    states = [row.run.state.label for row in log.runs()]
    confirmed = await caller.post(
        "/log/selected/confirm",
        {"csrf": await site.csrf(caller), "what": "cancel", "runs": f"{one},{two}"},
    )
    again = await ticked(caller, site, "retry", runs=f"{one},{two}")

    assert "2 runs would be cancelled. Nothing has been done yet." in plan
    assert states == ["queued", "queued"]
    assert confirmed.headers["location"] == "/log?decided=2&failed=0"
    assert [row.run.state.label for row in log.runs()] == ["cancelled", "cancelled"]
    assert "2 runs would be tried again" in again
    assert [parse_id(run) for run in runs_in(again)] == [parse_id(two), parse_id(one)]


async def test_what_cannot_be_done_with_a_ticked_run_is_left_out_of_the_plan(site: Site) -> None:
    caller = await site.signed_in()
    _, run = await site.event()

    plan = await ticked(caller, site, "retry", run)

    assert "0 runs would be tried again" in plan
    assert "Their state does not allow it." in plan
    assert runs_in(plan.partition("<h2>Left out</h2>")[2]) == [run]
    assert 'button class="main"' not in plan


async def test_a_replay_of_ticked_runs_has_the_plan_of_replays(site: Site) -> None:
    caller = await site.signed_in()
    (_, one), (_, two) = await site.event("giá một"), await site.event("giá hai")
    await site.event("giá ba")
    for run in (one, two):
        await site.press(caller, f"/runs/{run}/cancel")

    address = await ticked(caller, site, "replay", one, two)
    plan = (await caller.get(address)).text

    assert address.startswith("/replays/new?run=")
    assert "2 fit, 2 runs would be started." in plan


async def test_a_viewer_ticks_nothing(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    _, run = await site.event()

    reply = await viewer.post(
        "/log/selected", {"csrf": await site.csrf(viewer), "what": "cancel", f"run-{run}": "1"}
    )

    assert reply.status == 403
    assert "data-pick" not in (await viewer.get("/log")).text
