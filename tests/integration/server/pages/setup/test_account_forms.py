"""The Pages of a connection are added, changed and removed on its page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from automator.server.bootstrap.welcome_facts import ready_of
from automator.server.reading.config import load_config
from automator.server.setup.connection_changes import written_connections
from automator.server.web.security import Role
from tests.support.site import RULES, Site, open_site

HANOI, SAIGON, DANANG = "1029384756", "5647382910", "777"
ALONE = """\
# The shop.
connections:
  shop-page:
    provider: facebook
    app_secret: the-app-secret-of-these-tests-0123
    verify_token: verify-0123456789
    page_access_token: the-first-token-0123
"""
SEVERAL = f"""\
connections:
  shop-page:
    provider: facebook
    app_secret: the-app-secret-of-these-tests-0123
    verify_token: verify-0123456789
    pages:
      "{HANOI}": {{name: Shop Hà Nội, access_token: a-literal-token-0123}}
      "{SAIGON}": {{name: Shop Sài Gòn}}
"""
TOKEN = "the-page-token-that-nobody-sees-0123"


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Site]:
    """A server with one Page."""
    async with open_site(tmp_path, RULES, settings_text=ALONE) as opened:
        yield opened


@pytest.fixture
async def several(tmp_path: Path) -> AsyncIterator[Site]:
    """A server with a connection that names two Pages."""
    async with open_site(tmp_path, RULES, settings_text=SEVERAL) as opened:
        yield opened


def settings_of(site: Site) -> str:
    assert site.services.settings_file
    return site.services.settings_file.path.read_text(encoding="utf-8")


def secrets_of(site: Site) -> list[str]:
    folder = site.services.data / "secrets"
    return [path.read_text().strip() for path in sorted(folder.glob("*"))]


async def test_the_second_page_is_added_and_the_first_keeps_its_name_and_its_people(
    alone: Site,
) -> None:
    owner = await alone.signed_in()
    shown = await owner.get("/connections/shop-page")
    assert "The id of the Page that is connected already" in shown.text

    saved = await alone.press(
        owner,
        "/connections/shop-page/accounts",
        own_id=HANOI,
        account=SAIGON,
        account_name="Shop Sài Gòn",
        token=TOKEN,
    )

    assert saved.status == 303
    text = settings_of(alone)
    assert text.startswith(ALONE)
    assert TOKEN not in text
    assert secrets_of(alone) == [TOKEN]
    written = written_connections(text)["shop-page"]
    assert written["page_id"] == HANOI
    assert written["pages"][SAIGON]["name"] == "Shop Sài Gòn"
    assert written["pages"][SAIGON]["access_token"].startswith("file:/")


async def test_a_page_shows_its_own_settings_and_never_its_token(several: Site) -> None:
    owner = await several.signed_in()

    front = await owner.get("/connections/shop-page")
    one = await owner.get(f"/connections/shop-page.{HANOI}")
    all_of_them = await owner.get("/connections")

    assert "Shop Hà Nội" in front.text
    assert "has no token" in front.text
    assert "The id of the Page that is connected already" not in front.text
    for page in (front, one, all_of_them):
        assert "a-literal-token-0123" not in page.text
        assert f"/hooks/shop-page.{HANOI}" not in page.text
    assert "/hooks/shop-page" in one.text
    assert "is set; leave empty to keep it" in one.text


async def test_the_welcome_names_the_one_address_of_all_pages(several: Site) -> None:
    assert several.services.settings_file
    path = several.services.settings_file.path
    config = load_config(path, several.services.data, demo=False)

    ready = await ready_of(several.services, config)

    outside = several.services.outside_url
    assert ready.connections == [("shop-page", "facebook", f"{outside}/hooks/shop-page")]


async def test_name_and_token_of_a_page_are_changed_in_their_places(several: Site) -> None:
    owner = await several.signed_in()
    address = f"/connections/shop-page.{HANOI}/accounts"

    await several.press(owner, address, account=HANOI, account_name="Hà Nội 2", token="")
    assert written_connections(settings_of(several))["shop-page"]["pages"][HANOI] == {
        "name": "Hà Nội 2",
        "access_token": "a-literal-token-0123",
    }
    await several.press(owner, address, account=HANOI, account_name="Hà Nội 2", token=TOKEN)

    assert "a-literal-token-0123" not in settings_of(several)
    assert secrets_of(several) == [TOKEN]


async def test_a_page_is_removed_with_its_token_and_the_last_one_with_the_list(
    several: Site,
) -> None:
    owner = await several.signed_in()
    await several.press(
        owner,
        "/connections/shop-page/accounts",
        account=DANANG,
        account_name="",
        token=TOKEN,
    )
    assert secrets_of(several) == [TOKEN]

    for number in (DANANG, SAIGON, HANOI):
        gone = await several.press(owner, f"/connections/shop-page/accounts/{number}/remove")
        assert gone.status == 303

    assert secrets_of(several) == []
    assert "pages" not in written_connections(settings_of(several))["shop-page"]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"own_id": HANOI, "account": "shop", "token": TOKEN}, "this cannot be the id"),
        ({"own_id": HANOI, "account": HANOI, "token": TOKEN}, "stands here already"),
        ({"own_id": HANOI, "account": SAIGON, "token": ""}, "the access token is missing"),
        ({"own_id": "", "account": SAIGON, "token": TOKEN}, "it is unclear to which of them"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_stays_behind(
    alone: Site, form: dict[str, str], says: str
) -> None:
    owner = await alone.signed_in()

    refused = await alone.press(owner, "/connections/shop-page/accounts", **form)

    assert refused.status == 422
    assert says in refused.text
    assert TOKEN not in refused.text
    assert settings_of(alone) == ALONE
    assert secrets_of(alone) == []


async def test_only_admins_add_pages_and_only_where_a_connection_can_have_several(
    several: Site,
) -> None:
    editor = await several.signed_in(Role.EDITOR)

    reply = await several.press(editor, "/connections/shop-page/accounts", account="1", token=TOKEN)

    assert reply.status == 403
    assert settings_of(several) == SEVERAL
