"""Signing in with a passkey, and all that a device, a stranger or a colleague may try with one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automator.clock import ManualClock
from automator.server.access import passkeys
from automator.server.access.account_changes import remove_account
from automator.server.access.accounts import find_or_make_account
from automator.server.access.passkeys import MOST, list_passkeys
from automator.server.pages.sign_in import ATTEMPTS_PER_MINUTE
from automator.server.web.security import Role
from automator.store.log.audit_log import AuditFilter
from automator.store.transfer.restore import restore
from tests.support.asgi import Caller, Reply
from tests.support.passkeys import PRESENT, Device
from tests.support.site import Site, open_site

HERE = "localhost:8080"


@pytest.fixture
async def site(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Site]:
    async with open_site(tmp_path, clock=clock) as opened:
        yield opened


def at_localhost(caller: Caller) -> Caller:
    caller.headers["host"] = HERE
    return caller


async def member(site: Site, role: Role = Role.VIEWER) -> Caller:
    return at_localhost(await site.signed_in(role))


async def added(site: Site, caller: Caller, device: Device, name: str = "Điện thoại") -> Reply:
    """The person adds the passkey of a device."""
    options = await caller.get("/settings/passkeys")
    assert options.status == 200, options.text
    credential = device.create(options.json())
    reply = await site.press(caller, "/settings/passkeys", name=name, credential=credential)
    advance(site)
    return reply


def advance(site: Site, seconds: float = 1) -> None:
    clock = site.services.clock
    assert isinstance(clock, ManualClock)
    clock.advance(seconds)


async def options_of(caller: Caller) -> Any:
    reply = await caller.get("/sign-in/passkey")
    assert reply.status == 200, reply.text
    return reply.json()


async def sent(caller: Caller, credential: str, to: str = "/rules") -> Reply:
    return await caller.post("/sign-in/passkey", {"credential": credential, "next": to})


async def signed_in_by(site: Site, device: Device) -> Reply:
    """Somebody in a new browser signs in with a device."""
    advance(site)
    caller = at_localhost(site.caller())
    return await sent(caller, device.get(await options_of(caller)))


def audited(site: Site, what: str) -> list[dict[str, Any]]:
    rows = site.services.store.log.audit(AuditFilter(what=what), limit=100)
    return [{"who": row.who, "after": row.after, **dict(row.what.params)} for row in rows]


@pytest.mark.parametrize("role", Role)
async def test_whoever_adds_a_passkey_signs_in_with_it_and_has_the_role_of_the_account(
    site: Site, role: Role
) -> None:
    person, device, browser = await member(site, role), Device(), at_localhost(site.caller())
    assert (await added(site, person, device)).status == 303
    assert "never used" in (await person.get("/settings")).text

    reply = await sent(browser, device.get(await options_of(browser)))

    assert (reply.status, reply.headers["location"]) == (303, "/rules")
    page = (await browser.get("/settings")).text
    assert f"You are signed in as {role.label} ({role.label})." in page
    assert "Điện thoại" in page
    assert "last used" in page
    assert "never used" not in page


async def test_the_trail_has_who_added_used_and_removed_which_passkey(site: Site) -> None:
    person, device = await member(site), Device()
    await added(site, person, device)
    assert (await signed_in_by(site, device)).status == 303
    (passkey,) = await list_passkeys(site.services.store, "viewer")
    await site.press(person, f"/settings/passkeys/{passkey.id}/remove")
    assert (await signed_in_by(site, device)).status == 403

    assert audited(site, "passkey_added") == [{"who": "viewer", "after": {}, "name": "Điện thoại"}]
    assert {"who": "viewer", "after": {"passkey": "Điện thoại"}} in audited(site, "signed_in")
    assert audited(site, "passkey_removed") == [
        {"who": "viewer", "after": {}, "passkey": "Điện thoại"}
    ]
    (refused,) = audited(site, "sign_in_refused")
    assert refused["code"] == "passkey_unknown"


async def test_what_a_device_signs_is_asked_for_with_its_owner_verified(site: Site) -> None:
    person = await member(site)
    new, used = (await person.get("/settings/passkeys")).json(), await options_of(person)

    assert new["authenticatorSelection"] == {
        "residentKey": "required",
        "userVerification": "required",
    }
    assert used["userVerification"] == "required"
    assert (new["rp"]["id"], used["rpId"]) == ("localhost", "localhost")
    assert "allowCredentials" not in used
    assert new["challenge"] != used["challenge"] != (await options_of(person))["challenge"]
    assert "viewer" not in new["user"]["id"]


async def test_an_answer_signs_in_once(site: Site) -> None:
    device = Device()
    await added(site, await member(site), device)
    browser = at_localhost(site.caller())
    options = await options_of(browser)
    advance(site)
    newer = await options_of(browser)
    credential = device.get(options)

    assert (await sent(browser, credential)).status == 303
    for again in (credential, device.get(options)):
        reply = await sent(at_localhost(site.caller()), again)
        assert reply.status == 403
        assert "has answered already" in reply.text
    assert (await sent(browser, device.get(newer))).status == 303


async def test_of_the_same_answer_at_the_same_time_one_signs_in(site: Site) -> None:
    device = Device()
    await added(site, await member(site), device)
    browser = at_localhost(site.caller())
    credential = device.get(await options_of(browser))

    replies = await asyncio.gather(
        *(sent(at_localhost(site.caller()), credential) for _ in range(5))
    )

    assert sorted(reply.status for reply in replies) == [303, 403, 403, 403, 403]


async def test_an_answer_is_too_late_after_five_minutes(site: Site) -> None:
    device = Device()
    await added(site, await member(site), device)
    browser = at_localhost(site.caller())
    options = await options_of(browser)
    advance(site, 301)

    reply = await sent(browser, device.get(options))

    assert reply.status == 403
    assert "more than five minutes ago" in reply.text


@pytest.mark.parametrize(
    "lie",
    [
        lambda device: setattr(device, "origin", "https://evil.example"),
        lambda device: setattr(device, "origin", "http://localhost:8081"),
        lambda device: setattr(device, "host", "evil.example"),
        lambda device: setattr(device, "flags", PRESENT),
        lambda device: setattr(device, "flags", 0),
        lambda device: setattr(device, "key", Device().key),
        lambda device: setattr(device, "user", Device().key.__class__.__name__),
        lambda device: setattr(device, "id", Device().id),
    ],
    ids=["site", "port", "host", "not verified", "not there", "key", "user", "unknown"],
)
async def test_who_proves_something_else_is_not_signed_in(
    site: Site, lie: Callable[[Device], None]
) -> None:
    device = Device()
    await added(site, await member(site), device)
    lie(device)

    assert (await signed_in_by(site, device)).status == 403


async def test_a_challenge_of_another_purpose_session_or_server_is_none(site: Site) -> None:
    person, other, device = await member(site), await member(site, Role.EDITOR), Device()
    await added(site, person, device)
    browser = at_localhost(site.caller())
    for challenge in (
        (await person.get("/settings/passkeys")).json()["challenge"],
        "",
        "AAAA" * 12,
        "ä",
        7,
    ):
        assert (await sent(browser, device.get({"challenge": challenge}))).status == 403
    theirs = (await other.get("/settings/passkeys")).json()
    credential = Device().create(theirs)

    reply = await site.press(person, "/settings/passkeys", name="x", credential=credential)

    assert reply.status == 403
    assert len(await list_passkeys(site.services.store, "viewer")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "7",
        '{"id": [], "response": []}',
        '{"response": {"clientDataJSON": 7}}',
        '{"response": {"clientDataJSON": "ä"}}',
        '{"response": {"clientDataJSON": "W10"}}',
        "[" * 20_000,
    ],
)
async def test_a_made_up_answer_is_refused_in_words(site: Site, text: str) -> None:
    person = await member(site)

    for path, form in (("/sign-in/passkey", {}), ("/settings/passkeys", {"name": "x"})):
        reply = await site.press(person, path, credential=text, **form)
        assert reply.status == 403
        assert "The proof of the passkey is not valid." in reply.text


async def test_a_whole_answer_with_a_wrong_part_is_refused_in_words(site: Site) -> None:
    person, device = await member(site), Device()
    await added(site, person, device)
    for path, make, parts in (
        ("/settings/passkeys", Device().create, ("attestationObject",)),
        ("/sign-in/passkey", device.get, ("authenticatorData", "signature", "userHandle")),
    ):
        for part in parts:
            for wrong in ("", "ä", 7, None, "AAAA", "n" * 3000, "gYGB" * 2000):
                answer = json.loads(make((await person.get(path)).json()))
                answer["response"][part] = wrong
                reply = await site.press(person, path, name="x", credential=json.dumps(answer))
                assert reply.status in (403, 429), (part, wrong)
                advance(site, 60)
    assert len(await list_passkeys(site.services.store, "viewer")) == 1


async def test_a_device_whose_count_does_not_grow_is_refused(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    device = Device(count=7)
    await added(site, await member(site), device)
    assert (await signed_in_by(site, device)).status == 303
    copy = replace(device, count=5)

    assert (await signed_in_by(site, copy)).status == 403
    assert "passkey.not_proved" in caplog.text
    assert "sign count" in caplog.text
    assert (await signed_in_by(site, device)).status == 303


async def test_of_a_device_and_its_copy_at_the_same_time_one_signs_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device(count=7)
    await added(site, await member(site), device)
    copy, proved = replace(device), passkeys._proved

    async def proved_meanwhile(*arguments: Any) -> Any:
        found = await proved(*arguments)
        monkeypatch.undo()
        assert (await sent(browser, device.get(older))).status == 303
        return found

    browser = at_localhost(site.caller())
    older = await options_of(browser)
    monkeypatch.setattr(passkeys, "_proved", proved_meanwhile)

    assert (await signed_in_by(site, copy)).status == 403


async def test_an_account_has_ten_passkeys_and_each_device_one(site: Site) -> None:
    person, first = await member(site), Device()
    await added(site, person, first)
    reply = await added(site, person, first)
    assert (reply.status, "was added already" in reply.text) == (400, True)
    for _ in range(MOST - 1):
        assert (await added(site, person, Device())).status == 303
    options = (await person.get("/settings/passkeys")).json()
    assert len(options["excludeCredentials"]) == MOST

    reply = await added(site, person, Device())

    assert (reply.status, "at most 10 passkeys" in reply.text) == (400, True)
    assert len(await list_passkeys(site.services.store, "viewer")) == MOST
    assert "Add a passkey" not in (await person.get("/settings")).text


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\nb"])
async def test_a_passkey_needs_a_name(site: Site, name: str) -> None:
    reply = await added(site, await member(site), Device(), name)

    assert (reply.status, "needs a name of 1 to 64" in reply.text) == (400, True)


async def test_a_key_that_is_too_long_is_not_stored(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "_LONGEST", 120)

    assert (await added(site, await member(site), Device())).status == 403
    assert await list_passkeys(site.services.store, "viewer") == []


async def test_the_passkeys_of_a_removed_account_go_with_it(site: Site) -> None:
    device, store = Device(), site.services.store
    await added(site, await member(site), device)

    await remove_account(store, "viewer", by="admin")

    assert await list_passkeys(store, "viewer") == []
    assert (await signed_in_by(site, device)).status == 403
    # Even if one was added while the account was being removed.
    advance(site)
    await member(site)
    assert (await signed_in_by(site, device)).status == 403


async def test_a_passkey_of_an_earlier_account_of_the_name_signs_nobody_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, store = Device(), site.services.store
    await added(site, await member(site), device)

    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr("automator.server.access.account_changes.delete_passkeys_of", nothing)
    await remove_account(store, "viewer", by="admin")
    await member(site)

    assert len(await list_passkeys(store, "viewer")) == 1
    assert (await signed_in_by(site, device)).status == 403


async def test_a_passkey_that_is_stored_after_the_removal_is_deleted_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, device, store = await member(site), Device(), site.services.store
    proved = passkeys._proved

    async def removed_meanwhile(*arguments: Any) -> Any:
        found = await proved(*arguments)
        await remove_account(store, "viewer", by="admin")
        return found

    monkeypatch.setattr(passkeys, "_proved", removed_meanwhile)

    assert (await added(site, person, device)).status == 401
    assert await list_passkeys(store, "viewer") == []


async def test_nobody_removes_the_passkey_of_somebody_else(site: Site) -> None:
    device = Device()
    await added(site, await member(site), device)
    (passkey,) = await list_passkeys(site.services.store, "viewer")

    admin = await member(site, Role.ADMIN)
    reply = await site.press(admin, f"/settings/passkeys/{passkey.id}/remove")

    assert reply.status == 404
    assert (await signed_in_by(site, device)).status == 303


async def test_a_lowered_role_holds_for_the_next_sign_in_too(site: Site) -> None:
    device = Device()
    await added(site, await member(site, Role.EDITOR), device)
    path = "/api/accounts/editor/role"
    await site.program().json("POST", path, {"role": "viewer"})
    browser = at_localhost(site.caller())

    assert (await sent(browser, device.get(await options_of(browser)))).status == 303
    assert (await browser.get("/rules/new")).status == 403


async def test_who_signs_in_at_the_provider_has_no_passkey_here(site: Site) -> None:
    person, store = await member(site), site.services.store
    await remove_account(store, "viewer", by="admin")
    now_ms = site.services.clock.now_ms()
    await find_or_make_account(store, "viewer", "viewer", now_ms, subject="7")
    link = await site.link(account="viewer")
    await person.post("/sign-in", {"token": link.rpartition("/")[2]})

    assert (await person.get("/settings/passkeys")).status == 403
    reply = await site.press(person, "/settings/passkeys", name="x", credential="{}")
    assert (reply.status, "has no passkeys here" in reply.text) == (403, True)
    page = (await person.get("/settings")).text
    assert "Make a passkey there." in page
    assert "Add a passkey" not in page


async def test_a_browser_that_was_signed_in_gets_another_session(site: Site) -> None:
    person, device = await member(site), Device()
    await added(site, person, device)
    before = person.cookies["sid"]

    assert (await sent(person, device.get(await options_of(person)))).status == 303

    assert person.cookies["sid"] != before
    assert len(await site.services.store.sessions.all()) == 1


async def test_attempts_are_limited_for_each_address(site: Site) -> None:
    browser = at_localhost(site.caller())
    for path in ("/sign-in/passkey", "/settings"):
        assert (await browser.get(path)).status in (200, 401)
    for _ in range(ATTEMPTS_PER_MINUTE - 1):
        assert (await browser.get("/sign-in/passkey")).status == 200
    assert (await browser.get("/sign-in/passkey")).status == 429
    for _ in range(ATTEMPTS_PER_MINUTE):
        assert (await sent(browser, "{}")).status == 403
    assert (await sent(browser, "{}")).status == 429


async def test_a_page_of_another_site_signs_nobody_in_and_adds_nothing(site: Site) -> None:
    person, device = await member(site), Device()
    await added(site, person, device)
    credential = device.get(await options_of(person))
    elsewhere = {"sec-fetch-site": "cross-site"}

    form = {"credential": credential}
    assert (await person.post("/sign-in/passkey", form, elsewhere)).status == 403
    new = Device().create((await person.get("/settings/passkeys")).json())
    form = {"name": "x", "credential": new}
    assert (await person.post("/settings/passkeys", form)).status == 403
    assert len(await list_passkeys(site.services.store, "viewer")) == 1


async def test_strangers_make_nothing_grow(site: Site) -> None:
    browser = at_localhost(site.caller())
    for _ in range(5):
        await sent(browser, Device(user="x").get(await options_of(browser)))

    assert await site.services.store.documents.read("passkeys", len) == 0


@pytest.mark.parametrize("public_url", ["", "http://shop.example", "https://192.0.2.7"])
async def test_where_browsers_have_no_passkeys_only_the_settings_speak_of_them(
    tmp_path: Path, public_url: str
) -> None:
    async with open_site(tmp_path, public_url=public_url) as site:
        stranger, person = site.caller(), await site.signed_in()
        assert "asskey" not in (await stranger.get("/sign-in")).text.replace("passkey.js", "")
        said = (await person.get("/settings")).text
        assert "Passkeys do not work here: they need an https" in said
        assert (await stranger.get("/sign-in/passkey")).status == 400
        assert (await person.get("/settings/passkeys")).status == 400
        reply = await sent(stranger, "{}")
        assert (reply.status, "Passkeys do not work at this address." in reply.text) == (400, True)


async def test_behind_https_passkeys_are_those_of_the_public_address(tmp_path: Path) -> None:
    async with open_site(tmp_path, public_url="https://Shop.example:443/") as site:
        person, device = await site.signed_in(), Device("https://shop.example", "shop.example")
        options = (await person.get("/settings/passkeys")).json()
        assert options["rp"]["id"] == "shop.example"
        form = {"name": "x", "credential": device.create(options)}
        assert (await site.press(person, "/settings/passkeys", **form)).status == 303
        page = (await site.caller().get("/sign-in")).text
        assert "Passkeys work only at https://shop.example, in a browser that has them." in page

        browser = site.caller()
        credential = device.get((await browser.get("/sign-in/passkey")).json())
        origin = {"origin": "https://shop.example"}
        reply = await browser.post("/sign-in/passkey", {"credential": credential}, origin)

        assert reply.status == 303
        assert "__Host-sid" in browser.cookies


async def test_a_restored_backup_has_the_passkeys(tmp_path: Path, clock: ManualClock) -> None:
    device = Device()
    async with open_site(tmp_path / "one", clock=clock) as site:
        await added(site, await member(site), device)
        backups = site.services.backups
        assert backups
        made = await asyncio.to_thread(backups.make, clock.now_ms(), 1)
    restore(made.file, tmp_path / "other" / "data" / "automator.db", now_ms=clock.now_ms())

    async with open_site(tmp_path / "other", clock=clock) as site:
        assert (await signed_in_by(site, device)).status == 303


async def test_what_one_node_asks_another_takes_once(
    tmp_path: Path,
    clock: ManualClock,
    postgresql_store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUTOMATOR_SEALING_KEY", "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=")
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                open_site(tmp_path / name, clock=clock, database=postgresql_store_url)
            )
            for name in ("one", "other")
        ]
        device = Device()
        await added(one, await member(one), device)
        browsers = [at_localhost(site.caller()) for site in (one, other, one, other)]
        credential = device.get(await options_of(browsers[0]))

        replies = await asyncio.gather(*(sent(browser, credential) for browser in browsers))

        assert sorted(reply.status for reply in replies) == [303, 403, 403, 403]
        assert (await signed_in_by(other, device)).status == 303
