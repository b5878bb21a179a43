"""The page of how fast people are answered, and the same over the API."""

from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus
from automator.server.web.security import Role
from tests.support.site import Site, open_site
from tests.support.store import Shop

GREETS = """\
rules:
  - id: greet
    trigger: {event: message.received}
    actions: [message: "Dạ còn ạ"]
"""


async def ask_and_answer_one(site: Site) -> None:
    """Two people write, and a rule has answered the first after some milliseconds."""
    for person in ("11", "12"):
        await site.event("Còn hàng không?", sample="message.received", person=person)
    store = site.services.store
    shop = Shop(ManualClock(site.services.clock.now_ms() + 1))
    for claimed in await store.claim(10):
        said = "Dạ còn ạ" if claimed.run.contact == "demo-page:11" else None
        attempt = shop.attempt(claimed, status=AttemptStatus.OK, said=said)
        await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))


async def test_the_page_shows_who_was_answered_and_what_is_counted(tmp_path: Path) -> None:
    async with open_site(tmp_path, GREETS) as site:
        caller = await site.signed_in()
        await ask_and_answer_one(site)

        page = (await caller.get("/contacts/answers")).text

    assert "<strong>100 %</strong><span>of 1 inquiry answered</span>" in page
    assert "1 more waits" in page
    assert page.count("under 1 s") >= 3
    assert "The time runs from a person" in page
    assert 'href="/contacts/answers"' in page or "How fast people are answered" in page


async def test_before_anybody_has_written_the_page_says_what_to_do(site: Site) -> None:
    caller = await site.signed_in()

    page = (await caller.get("/contacts/answers?days=30&connection=demo-oa")).text

    assert "Nobody has sent a private message in this time." in page
    assert "As soon as somebody writes to your Page" in page
    assert 'href="/contacts/answers"' in (await caller.get("/contacts")).text


async def test_the_api_counts_the_same_for_programs_and_for_people(tmp_path: Path) -> None:
    async with open_site(tmp_path, GREETS) as site:
        await ask_and_answer_one(site)
        caller = await site.program_as(Role.VIEWER)

        found = (await caller.get("/api/answers?days=1")).json()
        text = (await caller.get("/api/answers?as=text")).json()["text"]
        elsewhere = (await caller.get("/api/answers?connection=demo-oa")).json()

    assert (found["inquiries"], found["percent"], found["open"]) == (2, 100, 1)
    assert (found["by_rules"]["count"], found["by_people"]["count"]) == (1, 0)
    assert [one["connection"] for one in found["connections"]] == ["demo-page"]
    assert len(found["hours"]) == 24
    assert "2 inquiries, 100 % answered" in text
    assert elsewhere["inquiries"] == 0


async def test_more_events_are_looked_at_when_somebody_asks_for_them(site: Site) -> None:
    for person in ("11", "12", "13"):
        await site.event("Còn hàng không?", sample="message.received", person=person)
    caller = await site.program_as(Role.VIEWER)

    cut = (await caller.get("/api/answers?events=2")).json()

    assert (cut["inquiries"], cut["is_cut"]) == (2, True)
    assert "the newest were looked at" in (await caller.get("/api/answers?events=2&as=text")).text


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=1000", "events=0", "events=-1"])
async def test_a_wrong_number_is_refused_with_what_would_be_right(site: Site, query: str) -> None:
    caller = await site.program_as(Role.VIEWER)

    answer = await caller.get(f"/api/answers?{query}")

    assert answer.status == 400
    assert "is a number from 1 to" in answer.text
