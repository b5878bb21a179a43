"""Requests that are under way while their account is removed or lowered: nothing comes of them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from automator.server.access.account_changes import change_role, remove_account
from automator.server.web.security import Role
from automator.store import TinyDB
from tests.integration.server.access.test_accounts import csrf_headers, second_admin
from tests.support.site import Site


@pytest.mark.parametrize("is_form", [False, True])
@pytest.mark.parametrize(("role", "refusal"), [(None, 401), (Role.VIEWER, 403)])
async def test_who_holds_a_body_back_does_nothing_with_the_role_of_before(
    site: Site, role: Role | None, refusal: int, is_form: bool
) -> None:
    leaver = await second_admin(site)
    form = {"account": "ghost", "role": "admin"}
    path, body = "/api/sign-in-links", orjson.dumps(form)
    headers = {"content-type": "application/json", **await csrf_headers(site, leaver)}
    if is_form:
        path, body = "/settings/invite", urlencode(form).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"

    async def meanwhile() -> None:
        store = site.services.store
        if role is None:
            await remove_account(store, "editor", by="admin")
        else:
            await change_role(store, "editor", role, by="admin")

    reply = await leaver.request("POST", path, body, headers, before_body=meanwhile)

    assert reply.status == refusal
    links = await site.services.store.documents.read("sign_in_links", len)
    assert links == 0


async def test_the_text_of_a_form_is_shown_again_to_whoever_was_removed_meanwhile(
    site: Site,
) -> None:
    leaver = await second_admin(site)
    body = urlencode({"text": "Khách quen", "csrf": await site.csrf(leaver)}).encode()

    async def meanwhile() -> None:
        await remove_account(site.services.store, "editor", by="admin")

    path = "/contacts/demo-page/7/staff-notes"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
    }
    reply = await leaver.request("POST", path, body, headers, before_body=meanwhile)

    assert (reply.status, "\nKhách quen</textarea>" in reply.text) == (401, True)


async def test_a_session_that_is_stored_after_the_removal_is_not_one_of_the_next_account(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = site.services.store
    await site.signed_in()
    await site.signed_in(Role.EDITOR)
    link = await site.link(account="editor")
    create = store.sessions.create

    async def create_late(*arguments: Any, **named: Any) -> None:
        monkeypatch.undo()
        await remove_account(store, "editor", by="admin")
        await site.signed_in(Role.EDITOR)
        await create(*arguments, **named)

    monkeypatch.setattr(store.sessions, "create", create_late)
    caller = site.caller()

    assert (await caller.post("/sign-in", {"token": link})).status == 401
    assert caller.cookies == {}
    assert len(await store.sessions.all()) == 2


@pytest.mark.parametrize(
    ("path", "kept", "body"),
    [
        ("/api/tokens", "tokens", {"name": "ci", "role": "admin"}),
        ("/api/sign-in-links", "sign_in_links", {"account": "ghost", "role": "admin"}),
    ],
)
async def test_nothing_that_is_stored_after_the_removal_of_its_author_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch, path: str, kept: str, body: dict[str, str]
) -> None:
    store = site.services.store
    leaver = await second_admin(site)
    headers = await csrf_headers(site, leaver)
    edit = store.documents.edit

    async def edit_late(name: str, function: Callable[[TinyDB], Any]) -> Any:
        if name == kept:
            monkeypatch.undo()
            await remove_account(store, "editor", by="admin")
        return await edit(name, function)

    monkeypatch.setattr(store.documents, "edit", edit_late)
    reply = await leaver.json("POST", path, body, headers)

    assert reply.status == 401
    assert await store.documents.read(kept, len) == 0
