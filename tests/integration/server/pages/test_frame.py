"""The frame of every page: navigation with what waits, language, colours, and health."""

import re
from pathlib import Path

import pytest

from automator.model import RunState
from automator.reasons.attempts.platform import permission, token_expired
from automator.reasons.database import disk_full
from automator.reasons.runs import step
from automator.server.web.navigation import TABS
from tests.support.site import RULES, Site, open_site
from tests.support.stopped_runs import stopped


def counts_beside(page: str, path: str) -> list[str]:
    """The numbers beside the links to a page, in the menu and in the bar of phones."""
    links = re.findall(rf'<a href="{path}"[^>]*>.*?</a>', page)
    return [found[1] for link in links if (found := re.search(r'class="count">([0-9+]+)', link))]


async def test_the_navigation_says_how_many_runs_wait_for_a_decision(site: Site) -> None:
    caller = await site.signed_in()
    before = (await caller.get("/settings")).text
    for state in (RunState.DEAD, RunState.UNKNOWN, RunState.DONE):
        await stopped(site, state)

    page = (await caller.get("/settings")).text

    assert counts_beside(before, "/review") == []
    assert counts_beside(page, "/review") == ["2", "2"]


async def test_a_broken_rule_file_shows_on_every_page(site: Site) -> None:
    caller = await site.signed_in()
    assert ">Running<" in (await caller.get("/log")).text
    rulebook = site.services.rulebook
    (rulebook.folder / "broken.yaml").write_text("rules: [", encoding="utf-8")
    await rulebook.reload_if_changed()

    for path in ("/log", "/settings", "/nowhere"):
        page = (await caller.get(path)).text
        assert counts_beside(page, "/rules") == ([] if path == "/nowhere" else ["1", "1"])
    assert "Look at this" in (await caller.get("/log")).text


async def test_a_connection_whose_token_is_refused_shows_on_every_page(site: Site) -> None:
    caller = await site.signed_in()
    await stopped(site, RunState.DEAD, "timeout")
    before = (await caller.get("/settings")).text
    await stopped(site, RunState.DEAD, token_expired.code)

    page = (await caller.get("/settings")).text

    assert ">Running<" in before
    assert counts_beside(before, "/connections") == []
    assert ">Running<" not in page
    assert "Look at this" in page
    assert counts_beside(page, "/connections") == ["1"]
    home = (await caller.get("/overview")).text
    assert "demo-page" in home[home.index('id="needs-you"') :].partition("</section>")[0]


async def test_a_refused_token_is_a_matter_of_the_connection_with_what_to_do(site: Site) -> None:
    caller = await site.signed_in()
    refused = token_expired(connection="demo-page", told="It is old.")
    because = step(step="public", because=refused)
    await stopped(site, RunState.DEAD, token_expired.code, because)

    for path in ("/connections", "/connections/demo-page"):
        page = (await caller.get(path)).text
        assert "the access of demo-page is no longer accepted. It is old." in page
        assert "public:" not in page
        assert "save it on the page of the connection" in page
        assert "automator.yaml)" not in page
    home = (await caller.get("/overview")).text
    assert home.count("the access of demo-page is no longer accepted. It is old.") == 1
    assert home.count("save it on the page of the connection") == 1
    assert 'href="/connections/demo-page">Mend it' in (await caller.get("/review")).text
    # The words of the attempt, which are those of the connection when a platform refuses.
    assert "no answer within" not in home


async def test_a_missing_permission_is_mended_at_the_connection_too(site: Site) -> None:
    caller = await site.signed_in()
    await stopped(site, RunState.DEAD, "timeout")
    before = (await caller.get("/review")).text
    await stopped(site, RunState.DEAD, permission.code)

    page = (await caller.get("/review")).text

    assert "Mend it" not in before
    assert page.count('href="/connections/demo-page">Mend it') == 1


async def test_the_list_of_rules_gives_the_reason_once_for_all_rules_that_cannot_answer(
    tmp_path: Path,
) -> None:
    one = RULES.replace("comment.created}", "comment.created, connection: demo-page}")
    other = one.replace("rules:\n", "").replace("price-question", "second")
    other = other.replace("comment.created", "message.received")
    refused = token_expired(connection="demo-page", told="It is old.")
    async with open_site(tmp_path, one + other) as site:
        await stopped(site, RunState.DEAD, token_expired.code, refused)
        page = (await (await site.signed_in()).get("/rules")).text

    assert page.count("the access of demo-page is no longer accepted. It is old.") == 1
    assert page.count("cannot answer now: demo-page") == 2


async def test_every_page_says_why_nothing_is_taken_in_and_what_to_do(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = await site.signed_in()
    assert "Nothing new is taken in" not in (await caller.get("/log")).text

    full = disk_full(database="/data/automator.db")
    monkeypatch.setattr(type(site.services.store), "trouble", full)

    for path in ("/log", "/settings", "/rules"):
        page = (await caller.get(path)).text
        assert "the disk of /data/automator.db is full. Make room;" in page
    assert "Out of order" in (await caller.get("/log")).text
    page = (await caller.get("/log", {"accept-language": "vi"})).text
    assert "ổ đĩa của /data/automator.db đã đầy. Hãy dọn chỗ trống" in page


async def test_the_page_that_is_open_is_marked_in_the_menu_and_in_the_bar(site: Site) -> None:
    caller = await site.signed_in()
    event, run = await site.event()

    for path, home in (
        ("/log", "/log"),
        (f"/runs/{run}", "/log"),
        (f"/events/{event}", "/events"),
        ("/rules/history", "/rules"),
        ("/settings", "/settings"),
    ):
        page = (await caller.get(path)).text
        marked = re.findall(r'<a href="([^"]+)" aria-current="page"', page)
        assert set(marked) == {home}
        assert len(marked) == (2 if home in {item.path for item in TABS} else 1)


async def test_only_a_demo_has_the_sandbox_in_its_navigation(site: Site) -> None:
    assert 'href="/demo"' in (await (await site.signed_in()).get("/log")).text


async def test_who_is_not_signed_in_sees_no_navigation(site: Site) -> None:
    page = (await site.caller().get("/sign-in")).text

    assert 'id="menu"' not in page
    assert 'class="tabs"' not in page
    assert 'action="/language"' in page


@pytest.mark.parametrize(
    ("theme", "scheme"), [("light", "light"), ("dark", "dark"), ("system", "light dark")]
)
async def test_the_server_writes_the_colours_that_a_person_chose_into_the_page(
    site: Site, theme: str, scheme: str
) -> None:
    caller = site.caller()

    reply = await caller.post("/theme", {"theme": theme, "next": "/rules"})

    assert reply.headers["location"] == "/rules"
    page = (await caller.get("/sign-in")).text
    assert f'data-theme="{theme}"' in page
    assert f'<meta name="color-scheme" content="{scheme}">' in page
    assert re.search(rf'value="{theme}"[^>]*aria-pressed="true"', page)


async def test_other_colours_are_refused_and_a_foreign_cookie_changes_nothing(site: Site) -> None:
    caller = site.caller()
    assert (await caller.post("/theme", {"theme": "red"})).status == 400

    caller.cookies["theme"] = '"><script>'

    assert 'data-theme="system"' in (await caller.get("/sign-in")).text


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://127.0.0.1:8080/rules?page=1", '"/rules?page=1"'),
        ("https://evil.example//rules", '"/"'),
        ("", '"/"'),
    ],
)
async def test_a_page_of_an_error_leads_back_to_where_somebody_came_from(
    site: Site, referer: str, back: str
) -> None:
    caller = await site.signed_in()

    page = await caller.get("/runs/nothing", headers={"referer": referer})

    assert page.status == 404
    main = page.text.partition('<main id="main"')[2]
    assert f"<a href={back}>" in main


async def test_the_bar_of_a_phone_marks_its_menu_on_the_pages_that_only_the_menu_has(
    site: Site,
) -> None:
    caller = await site.signed_in()

    events, log = (await caller.get("/events")).text, (await caller.get("/log")).text

    assert 'popovertarget="menu" class=here>' in events
    assert 'popovertarget="menu">' in log


async def test_an_empty_list_says_what_fills_it(site: Site) -> None:
    caller = await site.signed_in()

    for page in ("/events", "/log", "/rules/coverage"):
        shown = (await caller.get(page)).text
        assert '<a href="/demo">Send a test event</a>' in shown, page
    filtered = (await caller.get("/events?text=nobody")).text
    assert '<a href="/events">Show everything</a>' in filtered
