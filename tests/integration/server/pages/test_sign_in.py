import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.server.access.accounts import find_account
from automator.server.bootstrap.app import create_app
from automator.server.pages.sign_in import ATTEMPTS_PER_MINUTE
from automator.server.web.security import Role
from tests.support.site import Site, open_site

HOUR = 3600.0
PUBLIC = "https://bot.example.vn"


async def token_for(site: Site) -> str:
    return (await site.link()).rpartition("/")[2]


async def test_the_first_link_makes_the_owner(site: Site) -> None:
    assert await find_account(site.services.store, "owner") is None
    link = await site.link()
    caller = site.caller()

    page = await caller.get(link.removeprefix(site.services.url))
    reply = await caller.post("/sign-in", {"token": link, "next": "/rules"})

    assert page.status == 200
    assert (reply.status, reply.headers["location"]) == (303, "/rules")
    assert (await caller.get("/log")).status == 200
    account = await find_account(site.services.store, "owner")
    assert account is not None
    assert account.role is Role.ADMIN


async def test_looking_at_a_link_does_not_use_it_up(site: Site) -> None:
    token = await token_for(site)
    caller = site.caller()

    for _ in range(3):
        await caller.get(f"/sign-in/{token}")

    assert (await caller.post("/sign-in", {"token": token})).status == 303


async def test_fifty_at_once_sign_in_one(site: Site) -> None:
    token = await token_for(site)
    callers = [site.caller() for _ in range(ATTEMPTS_PER_MINUTE)]

    replies = await asyncio.gather(*(item.post("/sign-in", {"token": token}) for item in callers))

    assert [reply.status for reply in replies].count(303) == 1


async def test_a_link_ends_after_an_hour(timed_site: Site, clock: ManualClock) -> None:
    token = await token_for(timed_site)
    clock.advance(HOUR + 1)

    reply = await timed_site.caller().post("/sign-in", {"token": token})

    assert reply.status == 401
    assert "older than an hour" in reply.text


async def test_another_site_cannot_sign_somebody_in(site: Site) -> None:
    token = await token_for(site)

    reply = await site.caller().post("/sign-in", {"token": token}, {"sec-fetch-site": "cross-site"})

    assert reply.status == 403


async def test_guessing_is_slowed_down(site: Site) -> None:
    caller = site.caller()

    statuses = [
        (await caller.post("/sign-in", {"token": f"guess-{number}"})).status
        for number in range(ATTEMPTS_PER_MINUTE + 1)
    ]

    assert statuses == [401] * ATTEMPTS_PER_MINUTE + [429]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    reply = await site.caller().post("/sign-in", {"token": await token_for(site)})

    cookie = reply.headers["set-cookie"]
    assert re.match(r"sid=[\w-]{43};", cookie)
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    async with open_site(tmp_path, public_url="https://bot.example.vn/") as site:
        link = await site.link()
        caller = site.caller()
        caller.headers["host"] = "bot.example.vn"

        reply = await caller.post("/sign-in", {"token": link})
        page = await caller.get("/log")

    assert link.startswith("https://bot.example.vn/sign-in/")
    assert reply.headers["set-cookie"].startswith("__Host-sid=")
    assert "Secure" in reply.headers["set-cookie"]
    assert page.status == 200
    assert page.headers["strict-transport-security"] == "max-age=31536000"


async def test_who_sets_the_https_address_stays_signed_in_where_the_server_runs(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path) as site:
        caller = await site.signed_in()
        settings = site.services.settings.model_copy(update={"public_url": PUBLIC})
        caller.app = create_app(replace(site.services, settings=settings))

        here = await caller.get("/log")
        caller.headers["host"] = "bot.example.vn"
        outside = await caller.get("/log")

    assert here.status == 200
    # Under the public name a cookie that any host of the domain can set is worth nothing.
    assert outside.status == 401


async def test_over_plain_http_no_cookie_is_one_that_browsers_keep_only_over_https(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, public_url=PUBLIC) as site:
        caller = site.caller()

        chosen = await caller.post("/language", {"lang": "vi"})
        signed_in = await caller.post("/sign-in", {"token": await site.link()})
        page = await caller.get("/log")

    assert signed_in.headers["set-cookie"].startswith("sid=")
    assert "Secure" not in signed_in.headers["set-cookie"] + chosen.headers["set-cookie"]
    assert page.status == 200


async def test_behind_a_proxy_that_hides_the_name_the_cookie_is_bound_to_the_host(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, public_url=PUBLIC) as site:
        caller = site.caller()
        caller.headers["origin"] = PUBLIC

        reply = await caller.post("/sign-in", {"token": await site.link()})
        del caller.headers["origin"]

        assert reply.headers["set-cookie"].startswith("__Host-sid=")
        assert (await caller.get("/log")).status == 200
        form = {"csrf": await site.csrf(caller)}
        await caller.post("/sign-out", form, {"origin": PUBLIC})

    assert caller.cookies == {}


async def test_who_is_signed_in_can_open_another_link(site: Site) -> None:
    caller = await site.signed_in(Role.VIEWER)
    old = dict(caller.cookies)

    reply = await caller.post("/sign-in", {"token": await token_for(site)})

    assert reply.status == 303
    assert (await caller.get("/connections")).status == 200
    assert "owner" in (await caller.get("/settings")).text
    caller.cookies = old
    assert (await caller.get("/log")).status == 401


async def test_a_browser_that_names_only_its_origin_can_use_forms(site: Site) -> None:
    caller = await site.signed_in()
    form = {"csrf": await site.csrf(caller), "lang": "vi"}
    headers = {"sec-fetch-site": None, "origin": "http://127.0.0.1:8080"}

    assert (await caller.post("/language", form, headers)).status == 303


async def test_the_database_holds_no_usable_id(site: Site) -> None:
    caller = await site.signed_in()
    raw = caller.cookies["sid"].encode()

    folder = site.services.data
    assert not any(raw in file.read_bytes() for file in folder.iterdir() if file.is_file())


async def test_a_session_ends_after_twelve_idle_hours(timed_site: Site, clock: ManualClock) -> None:
    caller = await timed_site.signed_in()
    clock.advance(12 * HOUR + 60)

    assert (await caller.get("/log")).status == 401


async def test_a_session_that_is_used_ends_after_seven_days(
    timed_site: Site, clock: ManualClock
) -> None:
    caller = await timed_site.signed_in()
    for _ in range(15):
        clock.advance(11 * HOUR)
        assert (await caller.get("/log")).status == 200
    clock.advance(4 * HOUR)

    assert (await caller.get("/log")).status == 401


async def test_signing_out_makes_the_old_id_worthless(site: Site) -> None:
    caller = await site.signed_in()
    old = dict(caller.cookies)
    await site.press(caller, "/sign-out")

    assert caller.cookies == {}
    caller.cookies = old
    assert (await caller.get("/log")).status == 401


async def test_signing_in_again_gives_a_new_id(site: Site) -> None:
    caller = site.caller()
    caller.cookies["sid"] = "chosen-by-somebody-else"

    await caller.post("/sign-in", {"token": await token_for(site)})

    assert caller.cookies["sid"] != "chosen-by-somebody-else"


async def test_who_is_not_signed_in_reads_how_to_and_comes_back(site: Site) -> None:
    reply = await site.caller().get("/log?state=dead")

    assert reply.status == 401
    assert "automator link" in reply.text
    assert 'name="next" value="/log?state=dead"' in reply.text


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_an_invited_person_gets_the_named_role(site: Site, role: Role) -> None:
    admin = await site.signed_in()
    page = (await site.press(admin, "/settings/invite", account="Lan", role=role.label)).text
    found = re.search(r"/sign-in/([\w-]+)", page)
    assert found

    await site.caller().post("/sign-in", {"token": found[1]})

    account = await find_account(site.services.store, "lan")
    assert account is not None
    assert account.role is role


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Trang Nguyễn 🌸", "trang-nguyen"), (" Lan@Shop.vn ", "lan@shop.vn"), ("lan.", "lan.")],
)
async def test_an_invited_person_is_named_as_people_call_them(
    site: Site, typed: str, name: str
) -> None:
    admin = await site.signed_in()

    page = (await site.press(admin, "/settings/invite", account=typed, role="viewer")).text

    assert f"This link signs in as {name} once" in page


async def test_the_language_is_remembered(site: Site) -> None:
    caller = site.caller()
    await caller.post("/language", {"lang": "vi", "next": "/log"})

    reply = await caller.get("/log")

    assert '<html lang="vi"' in reply.text
    assert "Đăng nhập" in reply.text


@pytest.mark.parametrize("token", ["http://[::1", "//[", "https://[x]/sign-in/a"])
async def test_a_pasted_text_that_is_no_address_is_an_unknown_link(site: Site, token: str) -> None:
    assert (await site.caller().post("/sign-in", {"token": token})).status == 401


@pytest.mark.parametrize("origin", ["http://[::1", "http://[x]", "null", "", "http://"])
async def test_an_origin_that_is_no_address_is_another_site(site: Site, origin: str) -> None:
    headers = {"sec-fetch-site": None, "origin": origin}

    assert (await site.caller().post("/sign-in", {"token": "a"}, headers)).status == 403


async def test_what_somebody_wrote_who_was_signed_out_meanwhile_is_shown_again(site: Site) -> None:
    caller = site.caller()
    note, rule = (
        {"text": "Khách <b>quen</b>", "csrf": "x"},
        {"text": "rules:", "a0-0.text": "Giá 199k"},
    )
    secret = {"o_app_secret": "app-secret-0123456789"}

    noted = await caller.post("/contacts/demo-page/7/staff-notes", note)
    formed = await caller.post("/rules/form", rule)
    foreign = await caller.post("/rules/form", rule, {"sec-fetch-site": "cross-site"})
    long = await caller.post("/rules/form", {"text": "w" * 70_000})
    secrets = await caller.post("/connections/demo-page", secret)

    replies = (noted, formed, foreign, long, secrets)
    assert [reply.status for reply in replies] == [401] * 5
    assert all("this was not saved" in reply.text for reply in replies)
    assert "\nKhách &lt;b&gt;quen&lt;/b&gt;</textarea>" in noted.text
    assert "\nGiá 199k</textarea>" in formed.text
    assert "rules:" not in formed.text
    assert [reply for reply in replies[2:] if "<textarea" in reply.text] == []
    assert "app-secret" not in secrets.text
