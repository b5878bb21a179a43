"""A colleague is told when they get a person, and a removed account has none any more."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from automator.engine.intake.intake import Accepted
from automator.engine.outbound.destinations import EVERYTHING
from automator.http.types import InboundRequest
from automator.model import Remember
from automator.server.web.security import Role
from tests.support.asgi import Caller, Reply
from tests.support.notices import a_service
from tests.support.page_events import comment as comment_of
from tests.support.page_events import delivery, signed
from tests.support.site import RULES, Site, open_site

SETTINGS = """\
connections:
  shop-page:
    provider: facebook
    app_secret: a-literal-app-secret-0123456789
    verify_token: verify-0123456789
notify:
  editor: json://127.0.0.1:{port}/mai
egress: {{allow: ["127.0.0.1:{port}"]}}
"""
PERSON = "shop-page/4711"


@contextlib.asynccontextmanager
async def told_site(
    folder: Path, reply: bytes = b"200 OK"
) -> AsyncIterator[tuple[Site, list[bytes]]]:
    """A site with one contact and a receiver of notices, and what the receiver was told."""
    async with a_service(reply) as (port, told):
        settings = SETTINGS.format(port=port)
        async with open_site(folder, RULES, settings_text=settings) as site:
            await site.services.gate.run_once()
            await known(site)
            yield site, told


async def known(site: Site, assignee: str = "", *tags: str) -> None:
    values = {"assignee": assignee} if assignee else {}
    kept = Remember(values=values, add_tags=tags)
    await site.services.store.contacts.assume("shop-page", "4711", kept, name="Lan Phạm")


async def handed_to(site: Site, caller: Caller, to: str, text: str = "") -> Reply:
    return await site.press(caller, f"/contacts/{PERSON}/hand-on", to=to, text=text)


async def test_the_receiver_with_the_name_of_the_account_is_told_of_the_person(
    tmp_path: Path,
) -> None:
    async with told_site(tmp_path) as (site, told):
        await site.signed_in(Role.EDITOR)
        admin = await site.signed_in()

        answer = await handed_to(site, admin, "editor", "Sắp cọc")

    assert "changed=untold" not in answer.headers["location"]
    (notice,) = told
    said = orjson.loads(notice.partition(b"\r\n\r\n")[2])["message"].split("\n")
    assert notice.startswith(b"POST /mai ")
    assert said[0] == "admin has handed Lan Phạm on to you."
    assert said[1] == "Sắp cọc"
    assert said[2].endswith(f"/contacts/{PERSON}")


async def wrote(site: Site, comment: str) -> None:
    """The person writes a comment."""
    body = delivery(changes=[comment_of(1, "4711", comment)])
    headers = signed(body, "a-literal-app-secret-0123456789")
    request = InboundRequest("POST", "", tuple(headers.items()), body, 0, "127.0.0.1")
    provider = site.services.connections["shop-page"]
    assert isinstance(await site.services.intake.receive(provider, request), Accepted)


async def test_the_notice_leads_to_the_newest_line_of_the_inbox_or_to_the_one_that_was_open(
    tmp_path: Path,
) -> None:
    async with told_site(tmp_path) as (site, told):
        await wrote(site, "giá bao nhiêu")
        await site.signed_in(Role.EDITOR)
        admin = await site.signed_in()

        await handed_to(site, admin, "editor")
        await handed_to(site, admin, "")
        back = "/inbox/messages/shop-page/4711?state=unanswered"
        answer = await site.press(
            admin, f"/contacts/{PERSON}/hand-on", to="editor", text="", next=back
        )

    pages = [re.search(rb"http://[^/]+(/[^\\\"]+)", notice) for notice in told]
    found = [page[1] for page in pages if page]
    assert found == [b"/inbox/comments/shop-page/700_1", b"/inbox/messages/shop-page/4711"]
    assert answer.headers["location"] == f"{back}#staff"


async def test_nobody_is_told_who_has_no_receiver_takes_the_person_or_gets_none(
    tmp_path: Path,
) -> None:
    async with told_site(tmp_path) as (site, told):
        editor, admin = await site.signed_in(Role.EDITOR), await site.signed_in()

        answers = [
            await handed_to(site, editor, "editor"),
            await handed_to(site, editor, "admin"),
            await handed_to(site, admin, ""),
        ]

    assert ["untold" in answer.headers["location"] for answer in answers] == [False] * 3
    assert told == []


@pytest.mark.parametrize("fault", ["refuses", "paused"])
async def test_a_person_is_handed_on_even_if_the_colleague_cannot_be_told(
    tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with told_site(tmp_path, b"401 Unauthorized") as (site, _):
        await wrote(site, "giá bao nhiêu")
        if fault == "paused":
            await site.services.gate.pause(EVERYTHING, "hoa")
        await site.signed_in(Role.EDITOR)
        admin = await site.signed_in()

        answer = await handed_to(site, admin, "editor")
        page = (await admin.get(answer.headers["location"].partition("#")[0])).text
        await handed_to(site, admin, "")
        back = "/inbox/comments/shop-page/700_1"
        in_inbox = await site.press(
            admin, f"/contacts/{PERSON}/hand-on", to="editor", text="", next=back
        )
        opened = await admin.get(in_inbox.headers["location"].partition("#")[0])
        contact = await site.services.store.contacts.find("shop-page", "4711")

    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"changed": ["untold"]}
    assert "the colleague could not be told" in page
    assert in_inbox.headers["location"] == f"{back}?changed=untold#staff"
    assert "the colleague could not be told" in opened.text
    assert contact["state"] == {"assignee": "editor"}
    assert "contact.handed_on_untold receiver=editor" in caplog.text


async def test_a_removed_account_looks_after_nobody(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES, settings_text=SETTINGS.format(port=9)) as site:
        await known(site, "Editor", "Editor", "vip")
        kept = Remember(values={"assignee": "admin"})
        await site.services.store.contacts.assume("shop-page", "4712", kept)
        await site.signed_in(Role.EDITOR)
        admin = await site.signed_in()

        await site.press(admin, "/settings/accounts/editor/remove")
        free = await site.services.store.contacts.find("shop-page", "4711")
        other = await site.services.store.contacts.find("shop-page", "4712")

    assert (free["state"], free["tags"]) == ({}, ["vip"])
    assert other["state"] == {"assignee": "admin"}
