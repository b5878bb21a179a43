"""The page of the log: filters in the address, and counts that lead to them."""

import html
import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from automator.configuration.settings import Settings
from automator.model import id_time_ms, parse_id
from automator.server.pages.activity import log as log_page
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.store.log import event_log
from automator.store.search import search
from tests.integration.server.pages.rules.test_rule_editor import CHANGED, etag_in, submit
from tests.support.site import RULES, Site


async def test_the_log_counts_reasons_and_finds_runs_by_one(site: Site) -> None:
    caller = await site.signed_in()
    _, stopped = await site.event()
    page = (await caller.get("/log")).text
    assert "reason=" not in page
    await site.press(caller, f"/runs/{stopped}/cancel")
    _, other = await site.event()

    page = html.unescape((await caller.get("/log")).text)
    found = (await caller.get("/log?reason=cancelled_by_person")).text
    wrong = html.unescape((await caller.get("/log?reason=canceled")).text)

    assert 'href="/log?reason=cancelled_by_person&since=24h" title="cancelled_by_person"' in page
    assert "1 cancelled by …</a>" in page
    assert '<option value="cancelled_by_person">cancelled by …</option>' in page
    assert f"/runs/{stopped}" in found
    assert f"/runs/{other}" not in found
    assert '<option value="cancelled_by_person" selected>' in found
    assert "there is no reason 'canceled'" in wrong


async def test_a_replayed_run_names_whoever_replayed_it_and_the_first_run_nobody(
    site: Site,
) -> None:
    event, first = await site.event()
    editor = await site.signed_in(Role.EDITOR)
    again = (await site.press(editor, f"/events/{event}/replay")).headers["location"]

    rows = (await editor.get("/log")).text.split('<li class="row run"')[1:]

    by_id = {row: "replayed by editor" in row for row in rows}
    assert [shown for row, shown in by_id.items() if again in row] == [True]
    assert [shown for row, shown in by_id.items() if first in row] == [False]
    (listed, _) = (await site.program().get("/api/runs")).json()["items"]
    assert listed["replay"]["by"] == "editor"


async def test_a_run_keeps_the_name_of_a_rule_that_is_gone(site: Site) -> None:
    caller, book = await site.signed_in(), site.services.rulebook
    _, run = await site.event()
    etag = book.files()["prices.yaml"].etag
    await book.delete("prices.yaml", if_match=etag, author="test")

    log = (await caller.get("/log")).text

    assert f'<a href="/runs/{run}"><bdi>Answer price questions</bdi></a>' in log


async def test_rows_sentences_and_filters_are_in_the_zone_of_the_server(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    monkeypatch.setattr(Settings, "zone", property(lambda _: zone))
    caller = await site.signed_in()
    _, run = await site.event()
    # An hour may begin while the test runs, so that the hour is the run's own.
    now = datetime.fromtimestamp(id_time_ms(parse_id(run) or 0) / 1000, UTC)
    local = now.astimezone(zone)
    hour = f"{local:%Y-%m-%dT%H:00}"

    found = (await caller.get(f"/log?since={hour}")).text
    earlier = (await caller.get(f"/log?until={hour}")).text

    assert 'data-zone="Asia/Ho_Chi_Minh"' in found
    assert re.search(rf'<time datetime="{now:%Y-%m-%dT}[^"]+">{local:%Y-%m-%d %H:}', found)
    assert f'<input type="datetime-local" name="since" value="{hour}">' in found
    assert f"/runs/{run}" in found
    assert f"/runs/{run}" not in earlier


async def test_a_length_of_time_in_the_address_is_shown_as_the_moment_that_it_means(
    site: Site,
) -> None:
    caller = await site.signed_in()

    page = (await caller.get("/log?since=2d")).text

    assert re.search(r'name="since" value="\d{4}-\d\d-\d\dT\d\d:\d\d"', page)


async def test_a_wrong_filter_is_told_in_the_language_of_the_reader(site: Site) -> None:
    caller = await site.signed_in()
    await site.press(caller, "/language", lang="vi", next="/log")

    page = html.unescape((await caller.get("/log?reason=throtled")).text)
    missing = html.unescape((await caller.get("/runs/0000000000000")).text)

    assert "không có lý do 'throtled'. Có phải ý bạn là 'throttled'?" in page
    assert "không có lần xử lý 0000000000000" in missing


async def test_an_empty_log_says_whether_something_has_come_in(site: Site) -> None:
    caller = await site.signed_in()
    before = (await caller.get("/log")).text
    await site.event("Đẹp quá")

    after = (await caller.get("/log")).text

    assert "Nothing has happened yet" in before
    assert "Nothing has happened yet" not in after
    assert "no rule has acted on it yet" in after


async def test_changes_of_the_rules_stand_between_the_runs_before_and_after_them(
    site: Site,
) -> None:
    caller = await site.signed_in()
    _, before = await site.event("Giá một?")
    before_it = etag_in(await caller.get("/rules/prices.yaml"))
    await submit(site, caller, CHANGED, before_it, do="save_anyway")
    on_top = (await caller.get("/log")).text
    _, after = await site.event("Giá hai?")
    between = (await caller.get("/log")).text
    filtered = (await caller.get("/log?connection=demo-page")).text

    def order(page: str) -> list[str]:
        return re.findall(r'<li class="[^"]*" id="((?:run|rules)-[^"]+)"', page)

    assert order(on_top) == ["rules-2", f"run-{before}"]
    assert order(between) == [f"run-{after}", "rules-2", f"run-{before}"]
    assert 'href="/rules/history#revision-2"' in between
    assert order(filtered) == [f"run-{after}", f"run-{before}"]


async def test_a_change_of_the_rules_stands_on_one_page_of_the_log(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_page, "PAGE_SIZE", 1)
    caller = await site.signed_in()
    _, oldest = await site.event("Giá không?")
    _, before = await site.event("Giá một?")
    before_it = etag_in(await caller.get("/rules/prices.yaml"))
    await submit(site, caller, CHANGED, before_it, do="save_anyway")
    _, after = await site.event("Giá hai?")

    newest = (await caller.get("/log")).text
    older = (await caller.get(f"/log?before={after}")).text
    last = (await caller.get(f"/log?before={before}")).text

    assert f'id="run-{after}"' in newest
    assert "rules-2" not in newest
    assert f'id="run-{before}"' in older
    assert older.count('id="rules-2"') == 1
    assert f'id="run-{oldest}"' in last
    assert "rules-2" not in last


async def test_what_stands_within_a_word_is_found_where_the_index_finds_nothing(
    site: Site,
) -> None:
    caller = await site.signed_in()
    event, _ = await site.event("Mã đơn XQ4567Z, giá?")
    await site.event("Giá khác?")

    for address in ("/log?text=q4567", "/events?text=q4567", "/events?text=Q4567"):
        page = (await caller.get(address)).text
        assert "Within words, of the newest 2,000 events" in page, address
        assert page.count('class="row run" id="event-') == 1, address
        assert f'href="/events/{event}"' in page, address
    for address in ("/log?text=56", "/events?text=qqqqq", "/log?rule=none", "/events"):
        assert "Within words" not in (await caller.get(address)).text, address


async def test_only_the_newest_events_are_looked_through(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MOST_LOOKED_THROUGH", 2)
    for text in ("xưaxưa", "mộtmột", "haihai"):
        await site.event(text)
    log = site.services.store.log

    assert [row.text for row in log.events_with_part("otmo")] == ["mộtmột"]
    assert log.events_with_part("uaxu") == []


@pytest.mark.parametrize("page", ["/log", "/events", "/contacts"])
async def test_a_search_for_signs_alone_says_why_it_finds_nothing(site: Site, page: str) -> None:
    await site.event("giá ❤️")
    caller = await site.signed_in()

    hearts = await caller.get(f"{page}?text=%E2%9D%A4")
    words = await caller.get(f"{page}?text=nowhere")

    assert "A search finds letters and digits" in hearts.text
    assert "A search finds letters and digits" not in words.text


async def test_a_text_cannot_turn_the_direction_of_what_stands_beside_it(site: Site) -> None:
    caller = await site.signed_in()
    await site.event("giá\u2029\u202eabc\x1c\u202eabc\x85\u202eabc", "Lan\u2029\u202eabc")
    text = f"# a\u2029b\n{RULES}"
    (site.services.rulebook.folder / "prices.yaml").write_text(text, encoding="utf-8")
    await site.services.rulebook.reload_if_changed()

    for path in ("/log", "/events", "/contacts"):
        page = (await caller.get(path)).text
        assert "\u202eabc" in page
        assert not re.search(r"<bdi>[^<]*[\x1c-\x1e\x85\u2029][^<]*</bdi>", page), path
    assert "# a\u2029b" in (await caller.get("/rules/prices.yaml?view=text")).text


async def test_a_search_while_many_entries_wait_says_so_and_goes_on_with_the_next_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, program = await site.signed_in(), site.program()
    runs = [(await site.event())[1] for _ in range(3)]
    monkeypatch.setattr(search, "MOST_WAITING_READ", 1)

    first = html.unescape((await caller.get("/log?text=zzzqq")).text)
    answer = json.loads((await program.get("/api/runs?text=zzzqq")).text)
    events = json.loads((await program.get("/api/events?text=zzzqq")).text)

    assert "entries wait to be put into the words index" in first
    assert f'rel="next" href="/log?text=zzzqq&before={runs[-1]}"' in first
    assert (answer["items"], answer["next"]) == ([], runs[-1])
    assert answer["looked_until"] == answer["next"]
    assert events["looked_until"] == events["next"] is not None
    monkeypatch.undo()
    whole = json.loads((await program.get("/api/runs?text=zzzqq")).text)
    assert (whole["next"], whole["looked_until"]) == (None, None)
    assert "words index" not in (await caller.get("/log?text=zzzqq")).text


@pytest.mark.parametrize("path", ["/log", "/api/runs", "/api/events"])
async def test_a_search_for_somebody_who_has_gone_reads_no_texts(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    caller = await site.signed_in() if path == "/log" else site.program()
    await site.event()
    read: list[object] = []
    as_it_is = search.documents

    def counted(*asked: Any) -> Any:
        read.append(asked)
        return as_it_is(*asked)

    monkeypatch.setattr(search, "documents", counted)
    await caller.get(f"{path}?text=zzzqq")
    assert read
    read.clear()
    monkeypatch.setattr(RequestContext, "is_awaited", lambda _: False)

    await caller.get(f"{path}?text=zzzqq")

    assert read == []
