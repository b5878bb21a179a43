"""Connections are added, changed and removed in the page; their secrets are never shown again."""

import re
import unicodedata
from pathlib import Path

import pytest

from automator.language import Translator
from automator.providers import BUILTIN
from automator.server.setup.connection_changes import name_from, written_connections
from automator.server.setup.connection_fields import CHECKS, option_fields
from automator.server.web.security import Role
from tests.support.asgi import Caller
from tests.support.site import RULES, Site, open_site

SETTINGS = """\
# The shop.
connections:
  shop-page:
    provider: facebook
    app_secret: "a-literal-app-secret-0123456789"   # to be moved
    verify_token: verify-0123456789
vars: {shop: Áo Đẹp}
"""
APP_SECRET = "the-app-secret-that-nobody-sees-0123"
TOKEN = "the-page-token-that-nobody-sees-0123"


def secret_files(site: Site) -> dict[str, str]:
    folder = site.services.data / "secrets"
    return {path.name: path.read_text().strip() for path in sorted(folder.glob("*"))}


def restarts(site: Site) -> bool:
    assert site.services.settings_file
    return site.services.settings_file.restart.is_set()


async def test_a_connection_is_added_with_its_secrets_in_files_of_their_own(shop: Site) -> None:
    owner = await shop.signed_in()
    assert "Facebook Page" in (await owner.get("/connections/new")).text
    assert "App secret" in (await owner.get("/connections/new/facebook")).text

    made = await shop.press(
        owner,
        "/connections/new/facebook",
        name="second-page",
        o_app_secret=APP_SECRET,
        o_page_access_token=TOKEN,
    )

    assert made.status == 200
    assert "/hooks/second-page" in made.text
    text = shop.settings_text()
    assert text.startswith(SETTINGS[: SETTINGS.index("vars:")])
    assert text.endswith(SETTINGS[SETTINGS.index("vars:") :])
    assert re.search(r"  second-page:\n    provider: facebook\n    app_secret: file:/", text)
    kept = secret_files(shop)
    assert APP_SECRET in kept.values()
    assert TOKEN in kept.values()
    (verify,) = set(kept.values()) - {APP_SECRET, TOKEN}
    assert verify in made.text
    assert not any(value in text for value in kept.values())
    for name in kept:
        path = shop.services.data / "secrets" / name
        assert path.stat().st_mode & 0o777 == 0o600
    assert (shop.services.data / "secrets").stat().st_mode & 0o777 == 0o700
    assert restarts(shop)


async def test_no_page_shows_a_secret_and_an_empty_field_keeps_it(shop: Site) -> None:
    owner = await shop.signed_in()

    page = await owner.get("/connections/shop-page")

    assert "a-literal-app-secret" not in page.text
    assert "verify-0123456789" not in page.text
    assert "is set; leave empty to keep it" in page.text
    assert "missing" in page.text
    given = {"o_app_secret": "", "o_look_up_names": "1", "o_look_up_posts": "1"}
    saved = await shop.press(owner, "/connections/shop-page", **given)
    assert saved.status == 303
    assert shop.settings_text() == SETTINGS
    assert secret_files(shop) == {}


async def test_a_new_secret_takes_the_place_of_the_old_one(shop: Site) -> None:
    owner = await shop.signed_in()

    await shop.press(owner, "/connections/shop-page", o_app_secret=APP_SECRET)
    (first,) = secret_files(shop)
    await shop.press(owner, "/connections/shop-page", o_app_secret=f"{APP_SECRET}-2")

    assert list(secret_files(shop).values()) == [f"{APP_SECRET}-2"]
    assert first not in shop.settings_text()
    assert "   # to be moved\n" in shop.settings_text()
    assert "a-literal-app-secret" not in shop.settings_text()


async def test_what_is_wrong_is_said_and_nothing_stays_behind(shop: Site) -> None:
    owner = await shop.signed_in()

    short = await shop.press(
        owner, "/connections/new/facebook", name="second", o_app_secret="short"
    )

    assert short.status == 422
    assert "the secret App secret has fewer than 16 bytes" in short.text
    # Where the server would have kept it says nothing to people.
    assert "file:" not in short.text
    assert shop.settings_text() == SETTINGS
    assert secret_files(shop) == {}
    assert not restarts(shop)
    for name in ("Shop Page", "shop-page", "schedule", "new", "…", ""):
        reply = await shop.press(
            owner,
            "/connections/new/facebook",
            name=name,
            o_app_secret=APP_SECRET,
            o_app_id="1234567",
        )
        assert reply.status == 422, name
        assert 'role="alert"' in reply.text
        # What was typed is still there, but for secrets.
        assert 'value="1234567"' in reply.text
        assert APP_SECRET not in reply.text
    assert shop.settings_text() == SETTINGS
    assert (await owner.get("/connections/new/nobody")).status == 404


def kept_under(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    return found[1] if found else ""


async def refused_once(shop: Site, owner: Caller) -> str:
    """The key in the page of a form whose name could not be."""
    reply = await shop.press(
        owner,
        "/connections/new/facebook",
        name="schedule",
        o_app_secret=APP_SECRET,
        o_page_access_token=TOKEN,
    )
    assert reply.status == 422
    assert APP_SECRET not in reply.text
    assert TOKEN not in reply.text
    return kept_under(reply.text)


async def test_what_is_wrong_is_said_with_the_field_in_which_it_stands(shop: Site) -> None:
    owner = await shop.signed_in()

    refused = await shop.press(
        owner,
        "/connections/new/zalo",
        name="oa",
        o_oa_secret="an-oa-secret-0123456789",
        o_app_id="abc",
        o_oa_id="12",
    )

    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", refused.text))
    assert "App id: &#39;abc&#39; is expected to have digits only" in said


async def test_the_secrets_of_a_refused_form_need_not_be_typed_again(shop: Site) -> None:
    owner = await shop.signed_in()
    kept = await refused_once(shop, owner)

    again = await shop.press(owner, "/connections/new/facebook", name="shop-page", kept=kept)
    made = await shop.press(
        owner,
        "/connections/new/facebook",
        name="second",
        kept=kept_under(again.text),
        o_page_access_token=f"{TOKEN}-mended",
    )

    assert again.status == 422
    assert again.text.count("as you typed it; type here to change it") == 2
    assert re.search(r'name="o_app_secret"[^>]*>', again.text)
    assert "required" not in str(re.findall(r'<input[^>]*name="o_app_secret"[^>]*>', again.text))
    assert made.status == 200
    assert {APP_SECRET, f"{TOKEN}-mended"} < set(secret_files(shop).values())


async def test_kept_secrets_are_of_one_session_and_one_kind_of_sender(shop: Site) -> None:
    owner, other = await shop.signed_in(), await shop.signed_in()
    kept = await refused_once(shop, owner)

    elsewhere = await shop.press(other, "/connections/new/facebook", name="second", kept=kept)
    instagram = await shop.press(owner, "/connections/new/instagram", name="second", kept=kept)

    assert (elsewhere.status, instagram.status) == (422, 422)
    assert kept_under(elsewhere.text) == kept_under(instagram.text) == ""
    assert secret_files(shop) == {}


def ticked(page: str) -> set[str]:
    return {
        name
        for name, more in re.findall(r'<input type="checkbox" name="o_([^"]+)"([^>]*)>', page)
        if "checked" in more
    }


async def test_a_tick_that_is_taken_away_stays_away(shop: Site) -> None:
    owner = await shop.signed_in()
    form = "/connections/new/instagram"
    every = {"appsecret_proof", "look_up_names", "look_up_posts", "tag_messages"}
    assert ticked((await owner.get(form)).text) == every
    typed = {"o_app_secret": APP_SECRET, "o_tag_messages": "1"}

    refused = await shop.press(owner, form, name="schedule", **typed)
    await shop.press(owner, form, name="insta", **typed)
    written = written_connections(shop.settings_text())["insta"]

    assert ticked(refused.text) == {"tag_messages"}
    assert written["appsecret_proof"] is False
    shown = option_fields(BUILTIN["instagram"], written)
    ticks = {one.name for one in shown if one.kind == "check" and one.is_ticked}
    assert ticks == {"tag_messages"}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Trang Áo Đẹp", "trang-ao-dep"),
        (unicodedata.normalize("NFD", "Trang Áo Đẹp"), "trang-ao-dep"),
        (" Shop_2  (mới!) ", "shop_2-moi"),
        ("../x", "x"),
        ("店", ""),
    ],
)
def test_a_connection_is_named_as_people_call_it(typed: str, name: str) -> None:
    assert name_from(typed) == name


async def test_what_a_connection_still_lacks_is_not_told_as_if_it_were_there(shop: Site) -> None:
    owner = await shop.signed_in()

    page = await owner.get("/connections/shop-page")

    assert "No event has arrived yet." in page.text
    assert "It lacks the token with which it answers." in page.text
    assert "An event has arrived." not in page.text
    assert "It has the token" not in page.text


def test_a_secret_is_made_up_only_where_the_sender_takes_one_of_ours() -> None:
    made = {
        name
        for name, provider in BUILTIN.items()
        if any(option.is_own and option.name == "secret" for option in option_fields(provider, {}))
    }

    assert made == {"github", "gitlab", "twitch", "websub"}


@pytest.mark.parametrize("provider", ["dropbox", "shopify", "standard_webhooks", "stripe", "zoom"])
async def test_a_sender_that_shows_a_secret_is_not_connected_without_it(
    shop: Site, provider: str
) -> None:
    owner = await shop.signed_in()

    refused = await shop.press(owner, f"/connections/new/{provider}", name="payments")

    assert refused.status == 422
    assert "payments" not in shop.settings_text()
    assert secret_files(shop) == {}


async def test_a_connection_is_removed_with_its_secrets(shop: Site) -> None:
    owner = await shop.signed_in()
    await shop.press(owner, "/connections/new/facebook", name="second", o_app_secret=APP_SECRET)

    gone = await shop.press(owner, "/connections/second/remove")

    assert gone.status == 303
    assert shop.settings_text() == SETTINGS
    assert secret_files(shop) == {}
    assert (await shop.press(owner, "/connections/second/remove")).status == 404


async def test_the_public_address_is_set_and_taken_away(shop: Site) -> None:
    owner = await shop.signed_in()

    await shop.press(owner, "/connections/public-url", public_url="https://hooks.example.com/")
    assert shop.settings_text() == SETTINGS + "public_url: https://hooks.example.com\n"
    await shop.press(owner, "/connections/public-url", public_url="")
    assert shop.settings_text() == SETTINGS
    await shop.press(owner, "/connections/public-url", public_url="hooks.example.com")
    assert shop.settings_text() == SETTINGS + "public_url: https://hooks.example.com\n"
    bad = await shop.press(owner, "/connections/public-url", public_url="javascript:alert(1)")
    assert bad.status == 422
    assert "this is no address" in bad.text
    assert 'value="javascript:alert(1)"' in bad.text


async def test_an_address_without_https_is_not_told_as_one_that_facebook_reaches(
    tmp_path: Path,
) -> None:
    settings = f"public_url: http://hooks.example.com\n{SETTINGS}"
    async with open_site(tmp_path, RULES, settings_text=settings) as site:
        owner = await site.signed_in()

        list_of_all = (await owner.get("/connections")).text
        new = (await owner.get("/connections/new")).text

    assert "This address has no https: Facebook" in list_of_all
    assert "cannot reach this server yet" in new


async def test_a_field_of_one_secret_does_not_ask_for_a_list(shop: Site) -> None:
    owner = await shop.signed_in()

    page = (await owner.get("/connections/new/facebook")).text
    in_vietnamese = await owner.get("/connections/new/facebook", {"accept-language": "vi"})

    assert "The app&#39;s secret, under App settings → Basic." in page
    assert "a list while" not in page
    assert "danh sách" not in in_vietnamese.text
    # What a connection can do without, and what it cannot, is said in every language.
    assert "Cần để trả lời" in in_vietnamese.text


@pytest.mark.parametrize("name", ["facebook", "instagram", "whatsapp", "zalo", "telegram", "line"])
def test_every_field_of_a_shops_connection_is_explained_in_vietnamese(name: str) -> None:
    vietnamese = Translator("vi")

    for option in option_fields(BUILTIN[name], {}):
        assert option.label != option.name, f"{option.name} has no label in words"
        assert vietnamese(option.description) != option.description, option.name


async def test_only_an_admin_changes_connections(shop: Site) -> None:
    editor = await shop.signed_in(Role.EDITOR)

    assert "o_app_secret" not in (await editor.get("/connections/shop-page")).text
    assert "/connections/new" not in (await editor.get("/connections")).text
    for address in ("/connections/new", "/connections/new/facebook"):
        assert (await editor.get(address)).status == 403
    for address in (
        *("/connections/new/facebook", "/connections/shop-page", "/connections/public-url"),
        "/connections/shop-page/remove",
    ):
        assert (await shop.press(editor, address, name="x")).status == 403
    assert shop.settings_text() == SETTINGS


async def test_the_demo_has_no_settings_to_change(site: Site) -> None:
    owner = await site.signed_in()

    page = await owner.get("/connections/demo-page")

    assert page.status == 200
    assert "o_app_secret" not in page.text
    assert (await site.press(owner, "/connections/demo-page")).status == 404


async def test_waiting_ends_when_the_server_has_started_anew(shop: Site) -> None:
    owner = await shop.signed_in()
    saved = await shop.press(owner, "/connections/shop-page", o_app_secret=APP_SECRET)

    waiting = await owner.get(saved.headers["location"])
    assert waiting.status == 200
    assert "http-equiv" in waiting.text
    after = await owner.get("/connections/applying?since=another&to=/connections/shop-page")
    assert after.headers["location"] == "/connections/shop-page"
    elsewhere = await owner.get("/connections/applying?since=another&to=//evil.example")
    assert elsewhere.headers["location"] == "/"


async def test_each_sender_is_offered_once_and_any_other_by_each_of_its_checks(
    shop: Site,
) -> None:
    owner = await shop.signed_in()

    offered = re.findall(
        r'href="/connections/new/([^"]+)"', (await owner.get("/connections/new")).text
    )

    assert len(offered) == len(set(offered))
    assert {"facebook", "zalo", "github", "stripe"} < set(offered)
    assert [name for name in offered if "?" in name] == [
        f"generic?check={check}" for check in CHECKS
    ]


async def test_any_sender_is_connected_by_the_way_in_which_it_proves_itself(shop: Site) -> None:
    owner = await shop.signed_in()
    offered = (await owner.get("/connections/new")).text
    form = (await owner.get("/connections/new/generic?check=hmac")).text

    made = await shop.press(
        owner,
        "/connections/new/generic",
        check="hmac",
        name="orders",
        **{
            "o_verify.hmac": "sha256",
            "o_verify.header": "x-signature",
            "o_verify.prefix": "sha256=",
            "o_allow_from": "192.0.2.0/24\n198.51.100.7",
            "o_event.type": "body.kind",
        },
    )

    for check in ("hmac", "token", "basic"):
        assert f'href="/connections/new/generic?check={check}"' in offered
    assert 'name="o_verify.header"' in form
    assert 'name="o_verify.basic"' not in form
    assert made.status == 200
    (secret,) = secret_files(shop).values()
    assert secret in made.text
    written = written_connections(shop.settings_text())["orders"]
    assert written.pop("verify").items() >= {
        "hmac": "sha256", "header": "x-signature", "prefix": "sha256=",
    }.items()  # fmt: skip
    assert written == {
        "provider": "generic",
        "allow_from": ["192.0.2.0/24", "198.51.100.7"],
        "event": {"type": "body.kind"},
    }


GENERIC = """\
connections:
  orders:
    provider: generic
    verify: {token: "a-literal-token-0123456789", header: x-token}   # as agreed
    headers: [x-shop]
"""


async def test_options_within_a_check_are_changed_where_they_stand(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES, settings_text=GENERIC) as site:
        owner = await site.signed_in()
        page = (await owner.get("/connections/orders")).text
        await site.press(
            owner,
            "/connections/orders",
            **{
                "o_verify.header": "x-key",
                "o_verify.mode": "enforce",
                "o_headers": "x-shop\nx-area",
                "o_signed": "{body}",
            },
        )

        assert 'value="x-token"' in page
        assert "a-literal-token" not in page
        assert site.settings_text() == GENERIC.replace("x-token", "x-key").replace(
            "[x-shop]", "[x-shop, x-area]"
        )


async def test_a_check_that_a_form_does_not_know_is_refused(shop: Site) -> None:
    owner = await shop.signed_in()

    refused = await shop.press(
        owner, "/connections/new/generic", check="none", name="open", o_signed="{body}"
    )

    assert refused.status == 422
    assert shop.settings_text() == SETTINGS
