"""The profile of a Page on the page of its connection: written, set, and what nobody answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.sandbox import Recorder, sandbox_app
from automator.server.setup.connection_changes import written_connections
from automator.server.web.security import Role
from tests.support.providers import NOW_MS
from tests.support.sandbox import BASE, SandboxHttp, plan_faults
from tests.support.site import RULES, Site, open_site

TAPS = """\
  - id: prices
    trigger: {event: button.clicked, connection: shop-page}
    conditions:
      - event.button.id == 'PRICE'
    actions:
      - message: "Giá 250k ạ."
"""
SETTINGS = f"""\
connections:
  shop-page:
    provider: facebook
    app_secret: the-app-secret-of-these-tests-0123
    verify_token: verify-0123456789
    page_access_token: the-first-token-0123
    graph_url: {BASE}/facebook/v26.0
"""
PROFILE = """\
    profile:
      greeting: Chào bạn!
      get_started: START
      menu:
        - {text: Xem giá, payload: PRICE}
        - {text: Cửa hàng, url: "https://shop.example"}
"""
ADDRESS = "/connections/shop-page"


@pytest.fixture
def meta() -> SandboxHttp:
    """The other side."""
    return SandboxHttp(sandbox_app(Recorder(clock=ManualClock(NOW_MS))))


@pytest.fixture
async def shop(
    tmp_path: Path, meta: SandboxHttp, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Site]:
    """A server whose Page has a profile."""
    async with open_site(tmp_path, RULES + TAPS, settings_text=SETTINGS + PROFILE) as opened:
        monkeypatch.setattr(opened.services.profiles, "_http", meta)
        yield opened


async def test_the_page_shows_the_profile_whether_it_is_set_and_what_nobody_answers(
    shop: Site,
) -> None:
    owner = await shop.signed_in()

    before = (await owner.get(ADDRESS)).text
    await shop.services.watchdog.check_connections()
    after = (await owner.get(ADDRESS)).text

    for shown in ("Chào bạn!", "Xem giá", "https://shop.example", "is set within a minute"):
        assert shown in before
    assert "event.button.id == &#39;START&#39;" in before
    assert "event.button.id == &#39;PRICE&#39;" not in before
    assert "set at" in after
    assert "is set within a minute" not in after


async def test_what_the_platform_refuses_is_told_where_people_look_and_the_button_mends_it(
    shop: Site, meta: SandboxHttp
) -> None:
    owner, program = await shop.signed_in(), shop.program()
    await plan_faults(meta.app, {"error": "permission"}, {"error": "permission"})
    await shop.services.watchdog.check_connections()

    page, status = (await owner.get(ADDRESS)).text, (await program.get("/api/status")).json()
    (watched,) = [item for item in status["watch"] if item["warnings"]]
    refused = await shop.press(owner, f"{ADDRESS}/profile")
    pressed = await shop.press(owner, f"{ADDRESS}/profile")

    assert "The platform did not take the profile" in page
    assert "The platform did not take the profile" in watched["warnings"][0]["text"]
    assert (refused.status, pressed.status) == (502, 303)
    shown = (await owner.get(pressed.headers["location"].partition("#")[0])).text
    assert "the profile of shop-page is set" in shown
    assert "did not take the profile" not in shown


async def test_a_program_asks_what_differs_before_it_sets_it(shop: Site) -> None:
    program, editor = shop.program(), await shop.program_as(Role.EDITOR)
    address = "/api/connections/shop-page/profile"

    plan = (await program.get(address)).json()
    done = (await program.json("POST", address, {})).json()
    then = (await program.get(address)).json()

    assert [change["part"] for change in plan["accounts"][0]["changes"]] == [
        "greeting",
        "get_started",
        "menu",
    ]
    assert done == plan
    assert then == {"accounts": [{"connection": "shop-page", "changes": []}]}
    assert (await editor.get(address)).status == 403
    assert (await editor.json("POST", address, {})).status == 403


async def test_the_form_writes_a_menu_line_by_line_and_takes_it_away_again(shop: Site) -> None:
    owner = await shop.signed_in()
    written = "Xem giá | PRICE\nCửa hàng | https://shop.example"
    assert written in (await owner.get(ADDRESS)).text

    lines = "Xem giá | PRICE\r\nCòn hàng? | STOCK\r\n"
    form = {
        "csrf": await shop.csrf(owner),
        "o_profile.menu": lines,
        "o_profile.get_started": "START",
        "o_profile.greeting": "Xin chào!",
        "o_profile.ice_breakers": "",
    }
    assert (await owner.post(ADDRESS, form)).status == 303
    profile = written_connections(shop.settings_text())["shop-page"]["profile"]
    assert profile == {
        "greeting": "Xin chào!",
        "get_started": "START",
        "menu": [
            {"text": "Xem giá", "payload": "PRICE"},
            {"text": "Còn hàng?", "payload": "STOCK"},
        ],
    }

    refused = await owner.post(ADDRESS, {**form, "o_profile.menu": "x" * 31 + " | A"})
    assert refused.status == 422
    assert "longer than 30" in refused.text

    empty = {**form, "o_profile.menu": "", "o_profile.get_started": "", "o_profile.greeting": ""}
    assert (await owner.post(ADDRESS, empty)).status == 303
    assert not written_connections(shop.settings_text())["shop-page"]["profile"]


async def test_the_page_shows_other_languages_and_the_form_keeps_them(tmp_path: Path) -> None:
    english = "      locales:\n        en_US: {greeting: Hi!}\n"
    async with open_site(tmp_path, RULES, settings_text=SETTINGS + PROFILE + english) as site:
        owner = await site.signed_in()
        page = (await owner.get(ADDRESS)).text
        form = {
            "csrf": await site.csrf(owner),
            "o_profile.menu": "Xem giá | PRICE",
            "o_profile.get_started": "START",
            "o_profile.greeting": "Xin chào!",
        }

        assert "Greeting (<bdi>en_US</bdi>)" in page
        assert (await owner.post(ADDRESS, form)).status == 303
        profile = written_connections(site.settings_text())["shop-page"]["profile"]
        assert (profile["greeting"], profile["locales"]) == (
            "Xin chào!",
            {"en_US": {"greeting": "Hi!"}},
        )


async def test_only_admins_set_a_profile_and_other_senders_have_none(shop: Site) -> None:
    editor, viewer = await shop.signed_in(Role.EDITOR), await shop.signed_in(Role.VIEWER)

    for reader in (editor, viewer):
        assert "Set the profile</button>" not in (await reader.get(ADDRESS)).text
    assert (await shop.press(editor, f"{ADDRESS}/profile")).status == 403


async def test_a_page_whose_id_is_known_leads_to_its_link(tmp_path: Path) -> None:
    settings = f"{SETTINGS}    page_id: '104200000000017'\n"
    async with open_site(tmp_path, RULES, settings_text=settings) as site:
        owner = await site.signed_in()

        assert f'href="{ADDRESS}/link"' in (await owner.get(ADDRESS)).text
