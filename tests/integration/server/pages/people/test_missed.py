"""The page of missed buyers, and the same over the API."""

from datetime import timedelta
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.server.web.security import Role
from tests.support.site import Site, open_site

ORDERS = """\
rules:
  - id: orders
    name: Answer orders
    trigger: {event: comment.created}
    conditions: ["keywords(event.text, ['đơn'])"]
    actions: [reply: "Dạ"]
"""


async def an_hour_after(site: Site, *texts: str, sample: str = "comment.created") -> None:
    """Somebody has written each of these an hour before now."""
    for number, text in enumerate(texts):
        await site.event(text, sample=sample, person=f"1{number}")
    later = site.services.clock.now_ms() + round(timedelta(hours=1).total_seconds() * 1000)
    site.services.clock = ManualClock(later)  # type: ignore[misc]


async def test_a_missed_buyer_has_the_reason_and_what_can_be_done(tmp_path: Path) -> None:
    async with open_site(tmp_path, ORDERS) as site:
        caller = await site.signed_in()
        viewer = await site.signed_in(Role.VIEWER)
        await an_hour_after(site, "Giá bao nhiêu vậy shop?", "Đẹp quá!")

        page = (await caller.get("/contacts/missed")).text
        seen = (await viewer.get("/contacts/missed")).text

    assert page.count('class="row run"') == 1
    assert "Giá bao nhiêu vậy shop?" in page
    assert "asks the price" in page
    assert "no answer yet" in page
    assert "Answer orders: " in page
    assert 'href="/contacts/demo-page/10#write"' in page
    assert 'href="/rules/new?event=' in page
    assert "https://www.facebook.com/" in page
    assert "#write" not in seen


async def test_nobody_is_missed_where_nobody_wants_to_buy(site: Site) -> None:
    caller = await site.signed_in()
    await an_hour_after(site, "Đẹp quá!")

    page = (await caller.get("/contacts/missed?days=1&minutes=5&connection=demo-page")).text

    assert "Nobody who wants to buy was left waiting in this time." in page
    assert 'href="/contacts/missed"' in (await caller.get("/contacts")).text


async def test_programs_get_the_same_as_data_and_as_text(tmp_path: Path) -> None:
    async with open_site(tmp_path, ORDERS) as site:
        caller = await site.program_as(Role.VIEWER)
        await an_hour_after(site, "còn hàng không", sample="message.received")

        found = (await caller.get("/api/missed?minutes=10")).json()
        text = (await caller.get("/api/missed?as=text")).json()["text"]
        few = (await caller.get("/api/missed?minutes=90")).json()

    (one,) = found["items"]
    assert (one["contact"], one["signs"], one["answered_at"]) == ("demo-page:10", ["stock"], None)
    assert one["why"] == []
    assert found["minutes"] == 10
    assert "no rule listens to it" in text
    assert few["items"] == []


@pytest.mark.parametrize("query", ["days=0", "minutes=x", "minutes=1441", "events=0", "limit=201"])
async def test_a_wrong_number_is_refused_with_what_would_be_right(site: Site, query: str) -> None:
    caller = await site.program_as(Role.VIEWER)

    answer = await caller.get(f"/api/missed?{query}")

    assert answer.status == 400
    assert "is a number from 1 to" in answer.text
