"""Finding pages, rules, people and ids by one field."""

import html
import re
from collections.abc import Sequence

import pytest

from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import Site


async def found(caller: Caller, text: str) -> Sequence[str]:
    """The addresses of what is found, as the script of a page asks for it."""
    page = (await caller.get(f"/find?q={text}", {"x-fragment": "1"})).text
    assert "<html" not in page
    return [
        html.unescape(one) for one in re.findall(r'<span class="title"><a href="([^"]+)"', page)
    ]


async def test_pages_rules_people_and_ids_are_found(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    event, run = await site.event("Giá bao nhiêu?")
    (row,) = site.services.store.log.events()
    person = (row.contact or "").partition(":")[2]

    assert await found(viewer, "deliv") == ["/deliveries"]
    assert await found(viewer, "answer+price") == ["/rules/prices.yaml?near=2"]
    assert await found(viewer, "PRICE-quest") == ["/rules/prices.yaml?near=2"]
    assert f"/contacts/demo-page/{person}" in await found(viewer, "nhieu")
    assert (await found(viewer, run))[0] == f"/runs/{run}"
    assert (await found(viewer, event))[0] == f"/events/{event}"
    assert await found(viewer, "zqxj") == []


async def test_without_a_text_it_is_the_pages_in_the_readers_language(site: Site) -> None:
    viewer = await site.signed_in(Role.VIEWER)

    assert "/settings" in await found(viewer, "")
    page = (await viewer.get("/find?q=nhat+ky", {"accept-language": "vi"})).text
    assert '<a href="/log"><bdi>Nhật ký</bdi></a>' in page


@pytest.mark.parametrize("text", ["%3Cscript%3E", "%00", "a" * 5_000, "%F0%9F%98%80", "'--"])
async def test_nothing_that_is_typed_means_anything_else(site: Site, text: str) -> None:
    answer = await (await site.signed_in(Role.VIEWER)).get(f"/find?q={text}")

    assert answer.status == 200
    assert "<script>" not in answer.text


async def test_nobody_finds_anything_without_signing_in(site: Site) -> None:
    assert (await site.caller().get("/find?q=a")).status == 401
