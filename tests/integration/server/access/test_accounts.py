"""Accounts: listed, given another role, removed; and everything of theirs ends with them."""

import asyncio
import re

import pytest

from automator.clock import ManualClock
from automator.model import ConflictError
from automator.server.access.account_changes import remove_account
from automator.server.access.accounts import find_account
from automator.server.pages.activity import live
from automator.server.web.security import Role
from tests.integration.server.pages.activity.test_live import watching
from tests.support.asgi import Caller
from tests.support.site import Site


async def csrf_headers(site: Site, caller: Caller) -> dict[str, str]:
    return {"x-csrf-token": await site.csrf(caller), "sec-fetch-site": "same-origin"}


async def call(site: Site, caller: Caller, method: str, path: str, value: object = None) -> int:
    reply = await caller.json(method, path, value, await csrf_headers(site, caller))
    return reply.status


async def token_of(site: Site, caller: Caller, role: str = "admin") -> Caller:
    """A program with a token that this person made."""
    headers = await csrf_headers(site, caller)
    made = await caller.json("POST", "/api/tokens", {"name": "ci", "role": role}, headers)
    return site.program(made.json()["token"])


async def second_admin(site: Site) -> Caller:
    editor = await site.signed_in(Role.EDITOR)
    admin = await site.signed_in()
    assert await call(site, admin, "POST", "/api/accounts/editor/role", {"role": "admin"}) == 200
    return editor


async def test_every_account_is_listed_with_its_role_and_its_sessions(site: Site) -> None:
    admin = await site.signed_in()
    await site.signed_in(Role.VIEWER)
    await site.signed_in(Role.VIEWER)

    items = (await admin.get("/api/accounts")).json()["items"]
    page = (await admin.get("/settings")).text

    assert [(item["name"], item["role"], item["sessions"]) for item in items] == [
        ("admin", "admin", 1),
        ("viewer", "viewer", 2),
    ]
    assert all(item["created_at"] and item["last_seen_at"] for item in items)
    assert 'action="/settings/accounts/viewer/role"' in page
    assert 'action="/settings/accounts/viewer/remove"' in page


async def test_a_changed_role_takes_effect_in_open_sessions_at_once(site: Site) -> None:
    admin = await site.signed_in()
    editor = await site.signed_in(Role.EDITOR)
    assert (await editor.get("/rules/new")).status == 303

    reply = await site.press(admin, "/settings/accounts/editor/role", role="viewer")

    assert reply.status == 303
    assert (await editor.get("/rules/new")).status == 403
    assert (await editor.get("/log")).status == 200


async def test_a_removed_account_can_do_nothing_more(site: Site) -> None:
    leaver = await second_admin(site)
    program = await token_of(site, leaver)
    child = await token_of_token(site, program)
    own_link = await link_for(site, leaver, "editor")
    back_door = await link_for(site, leaver, "mallory")
    admin = await site.signed_in()

    reply = await site.press(admin, "/settings/accounts/editor/remove")

    assert reply.status == 303
    assert (await leaver.get("/log")).status == 401
    assert (await program.get("/api/status")).status == 401
    assert (await child.get("/api/status")).status == 401
    for link in (own_link, back_door):
        assert (await site.caller().post("/sign-in", {"token": link})).status == 401
    assert await find_account(site.services.store, "editor") is None
    assert (await admin.get("/api/tokens")).json()["items"] == []


async def token_of_token(site: Site, program: Caller) -> Caller:
    made = await program.json("POST", "/api/tokens", {"name": "child", "role": "viewer"})
    child = site.program(made.json()["token"])
    assert (await child.get("/api/status")).status == 200
    return child


async def link_for(site: Site, caller: Caller, account: str) -> str:
    headers = await csrf_headers(site, caller)
    made = await caller.json("POST", "/api/sign-in-links", {"account": account}, headers)
    assert made.status == 201, made.text
    return str(made.json()["url"])


async def test_who_is_invited_again_does_not_get_the_old_sessions_back(site: Site) -> None:
    admin = await site.signed_in()
    old = await site.signed_in(Role.EDITOR)
    await call(site, admin, "DELETE", "/api/accounts/editor")

    await site.signed_in(Role.EDITOR)

    assert (await old.get("/log")).status == 401


async def test_a_token_can_never_do_more_than_the_account_that_made_it(site: Site) -> None:
    editor = await second_admin(site)
    program = await token_of(site, editor)
    assert (await program.get("/api/tokens")).status == 200
    admin = await site.signed_in()

    assert await call(site, admin, "POST", "/api/accounts/editor/role", {"role": "viewer"}) == 200

    assert (await program.get("/api/tokens")).status == 403
    assert (await program.get("/api/status")).status == 200
    listed = (await admin.get("/api/tokens")).json()["items"]
    assert [(item["role"], item["account"]) for item in listed] == [("viewer", "editor")]


async def test_an_open_stream_ends_before_a_row_that_comes_after_the_removal(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.02)
    admin = await site.signed_in()
    viewer = await site.signed_in(Role.VIEWER)
    async with watching(viewer, "/log/live") as stream:
        await stream.until("retry:")
        await call(site, admin, "DELETE", "/api/accounts/viewer")
        _, run = await site.event("giá một")

        seen = await stream.until("event: end")
        await stream.end()

    assert f"run-{run}" not in seen


async def test_an_open_stream_begins_anew_with_a_changed_role(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.02)
    admin = await site.signed_in()
    editor = await site.signed_in(Role.EDITOR)
    async with watching(editor, "/log/live") as stream:
        await stream.until("retry:")
        await call(site, admin, "POST", "/api/accounts/editor/role", {"role": "viewer"})

        await stream.end()


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("DELETE", "/api/accounts/admin", None),
        ("POST", "/api/accounts/admin/role", {"role": "editor"}),
    ],
)
async def test_the_last_admin_stays_unless_somebody_insists(
    site: Site, method: str, path: str, value: dict[str, str] | None
) -> None:
    admin = await site.signed_in()
    await site.signed_in(Role.EDITOR)
    headers = await csrf_headers(site, admin)

    refused = await admin.json(method, path, value, headers)
    assert refused.status == 409
    assert refused.json()["error"] == "last_admin"
    assert "automator link" in refused.json()["fix"]
    assert (await admin.get("/api/accounts")).status == 200

    assert (await admin.json(method, f"{path}?force=true", value, headers)).status in {200, 204}
    assert (await admin.get("/api/accounts")).status in {401, 403}


async def test_the_page_says_why_the_last_admin_stays(site: Site) -> None:
    admin = await site.signed_in()

    form = {"csrf": await site.csrf(admin)}
    reply = await admin.post("/settings/accounts/admin/remove", form)
    vietnamese = await admin.post(
        "/settings/accounts/admin/remove", form, {"accept-language": "vi"}
    )

    assert reply.status == 409
    assert "the last admin" in reply.text
    assert "admin cuối cùng" in vietnamese.text
    assert "Hãy cho một tài khoản khác" in vietnamese.text


async def test_a_link_for_an_account_with_another_role_is_refused_with_what_to_do(
    site: Site,
) -> None:
    admin = await site.signed_in()
    await site.signed_in(Role.EDITOR)
    headers = await csrf_headers(site, admin)

    body = {"account": "editor", "role": "viewer"}
    refused = await admin.json("POST", "/api/sign-in-links", body, headers)

    assert refused.status == 400
    assert "automator account role NAME ROLE" in refused.json()["fix"]
    same = await admin.json("POST", "/api/sign-in-links", {"account": "editor"}, headers)
    assert same.status == 201


async def test_the_page_says_that_a_link_changes_no_role(site: Site) -> None:
    admin = await site.signed_in()
    await site.signed_in(Role.EDITOR)

    form = {"csrf": await site.csrf(admin), "account": "editor", "role": "viewer"}
    reply = await admin.post("/settings/invite", form, {"accept-language": "vi"})

    assert reply.status == 400
    assert "liên kết không đổi vai trò" in reply.text


async def test_a_link_without_a_role_never_makes_an_admin_of_a_stranger(site: Site) -> None:
    admin = await site.signed_in()
    link = await link_for(site, admin, "lan")

    await site.caller().post("/sign-in", {"token": link})

    account = await find_account(site.services.store, "lan")
    assert account is not None
    assert account.role is Role.VIEWER


async def test_every_change_of_access_leaves_a_line_in_the_servers_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "automator")
    admin = await site.signed_in()
    await site.signed_in(Role.EDITOR)
    await token_of(site, admin, "viewer")
    token = (await admin.get("/api/tokens")).json()["items"][0]["id"]
    await call(site, admin, "DELETE", f"/api/tokens/{token}")
    await call(site, admin, "POST", "/api/accounts/editor/role", {"role": "viewer"})
    await call(site, admin, "DELETE", "/api/accounts/editor")

    for line in (
        r"link\.created account=editor role=editor by='command line'",
        rf"token\.created id={token} name='ci' role=viewer by='admin'",
        rf"token\.deleted id={token} by='admin'",
        r"account\.role_changed account=editor from=editor to=viewer by='admin'",
        r"account\.removed account=editor role=viewer by='admin' sessions=1",
    ):
        assert re.search(line, caplog.text), line


async def test_an_account_that_is_not_there_is_said_so(site: Site) -> None:
    admin = await site.signed_in()

    assert await call(site, admin, "DELETE", "/api/accounts/nobody") == 404
    assert await call(site, admin, "POST", "/api/accounts/nobody/role", {"role": "viewer"}) == 404
    assert await call(site, admin, "POST", "/api/accounts/admin/role", {"role": "king"}) == 400


async def test_two_admins_who_remove_each_other_leave_one(site: Site) -> None:
    await second_admin(site)
    store = site.services.store

    results = await asyncio.gather(
        remove_account(store, "admin", by="editor"),
        remove_account(store, "editor", by="admin"),
        return_exceptions=True,
    )

    assert [isinstance(result, ConflictError) for result in results].count(True) == 1


async def test_who_is_invited_and_has_not_come_is_in_the_list_and_can_be_revoked(
    site: Site,
) -> None:
    admin = await site.signed_in()
    link = await site.link(account="lan", role=Role.EDITOR)

    (lan,) = await invited(site)
    page = (await admin.get("/settings")).text
    revoked = await site.press(admin, "/settings/accounts/lan/remove")

    assert (lan["name"], lan["role"], lan["sessions"]) == ("lan", "editor", 0)
    assert "has not come" in page
    assert 'action="/settings/accounts/lan/role"' not in page
    assert revoked.status == 303
    assert await invited(site) == []
    assert (await site.caller().post("/sign-in", {"token": link})).status == 401
    assert await find_account(site.services.store, "lan") is None


async def test_whoever_comes_is_invited_no_more(site: Site) -> None:
    first, second = [await site.link(account="lan") for _ in range(2)]
    assert len(await invited(site)) == 1
    await site.caller().post("/sign-in", {"token": second})

    assert await invited(site) == []
    assert first != second


async def test_an_invitation_stays_in_the_list_for_a_month_after_its_link_has_ended(
    timed_site: Site, clock: ManualClock
) -> None:
    link = await timed_site.link(account="lan")
    clock.advance(2 * 3600)
    assert (await timed_site.caller().post("/sign-in", {"token": link})).status == 401
    assert [one["name"] for one in await invited(timed_site)] == ["lan"]

    clock.advance(31 * 86_400)
    await timed_site.link(account="mai")
    assert [one["name"] for one in await invited(timed_site)] == ["mai"]


async def invited(site: Site) -> list[dict[str, object]]:
    items = (await site.program().get("/api/accounts")).json()["items"]
    return [one for one in items if one["invited_until"] is not None]
