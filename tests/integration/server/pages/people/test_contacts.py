"""The list of contacts, its search, and what was said on both sides."""

import re

import pytest

from automator.clock import ManualClock
from automator.model import AttemptStatus
from tests.support.site import Site
from tests.support.store import Shop


def names(page: str) -> list[str]:
    return re.findall(r'<a href="/contacts/[^"]+"><bdi>([^<]*)</bdi>', page)


async def test_the_list_shows_who_wrote_last_with_their_words(site: Site) -> None:
    caller = await site.signed_in()
    assert "Nobody has written yet." in (await caller.get("/contacts")).text
    await site.event("Giá bao nhiêu?", "Nguyễn Thị Lan")

    page = (await caller.get("/contacts")).text

    assert names(page) == ["Nguyễn Thị Lan"]
    assert '<span class="face face-' in page
    assert ">TL</span>" in page
    assert "<bdi>Giá bao nhiêu?</bdi>" in page


@pytest.mark.parametrize(
    ("text", "is_found"), [("lan", True), ("bao nhieu", True), ("someone else", False)]
)
async def test_people_are_found_by_their_names_and_words(
    site: Site, text: str, is_found: bool
) -> None:
    await site.event("Giá bao nhiêu?", "Nguyễn Thị Lan")

    page = (await (await site.signed_in()).get(f"/contacts?text={text}")).text

    assert bool(names(page)) is is_found
    assert ("Nobody is found." in page) is not is_found


async def test_people_are_found_by_their_ids(site: Site) -> None:
    await site.event()
    caller = await site.signed_in()
    found = re.search(r'href="/contacts/demo-page/([^"]+)"', (await caller.get("/contacts")).text)
    assert found

    assert names((await caller.get(f"/contacts?text={found[1]}")).text) == ["Lan"]


async def test_the_page_of_a_person_shows_what_both_sides_have_said(site: Site) -> None:
    await site.event("Giá bao nhiêu?")
    store = site.services.store
    (claimed,) = await store.claim(1)
    shop = Shop(ManualClock(site.services.clock.now_ms() + 1))
    attempt = shop.attempt(claimed, status=AttemptStatus.OK, said="Dạ 250k ạ")
    await store.settle(shop.settlement(claimed, owner=store.node, attempts=(attempt,)))
    caller = await site.signed_in()
    found = re.search(r'href="(/contacts/demo-page/[^"]+)"', (await caller.get("/contacts")).text)
    assert found

    page = (await caller.get(found[1])).text

    talk = page.partition('<ol class="talk">')[2].partition("</ol>")[0]
    assert re.findall(r'class="(ours|theirs)"', talk) == ["theirs", "ours"]
    assert "<bdi>Giá bao nhiêu?</bdi>" in talk
    assert "<bdi>Dạ 250k ạ</bdi>" in talk
    assert "Answer price questions" in talk
