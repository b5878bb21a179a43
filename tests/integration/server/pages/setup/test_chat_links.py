"""The link that opens a conversation with an account, on its page, over the API and by command."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from automator.cli.commands import program
from automator.model import UsageError
from automator.server.setup.chat_links import chat_link, refs_of
from automator.server.web.security import Role
from tests.support.providers import a_provider
from tests.support.site import Site, open_site

RULES = """\
rules:
  - id: from-tiktok
    trigger: {event: facebook.referral}
    conditions: ["event.referral.ref == 'tiktok'"]
    actions: [{log: TikTok}]
"""
SETTINGS = """\
connections:
  shop:
    provider: facebook
    app_secret: env:S
    verify_token: env:V
    page_id: "104200000000017"
  oa: {provider: zalo, app_id: "1", oa_id: "219000000000000019", oa_secret: env:Z}
  hub: {provider: github, secret: env:G}
"""
LINK = "https://m.me/104200000000017?ref=tiktok"


async def test_the_page_shows_the_link_its_code_and_what_rules_ask_for(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        caller = await site.signed_in(Role.VIEWER)
        provider = site.services.connections["demo-oa"]

        page = (await caller.get("/connections/demo-oa/link")).text
        unknown = (await caller.get("/connections/demo-github/link")).text

    assert provider.chat_address is not None
    assert provider.chat_address.address in page
    assert "data:image/svg+xml,%3Csvg" in page
    assert "no link to a conversation through demo-github is known" in unknown


async def test_the_refs_that_rules_ask_for_are_known_with_their_rules(tmp_path: Path) -> None:
    async with open_site(tmp_path, RULES) as site:
        found = refs_of(site.services.rulebook.active.rule_set)

    assert found == {"tiktok": ["from-tiktok"]}


async def test_programs_get_the_link_with_its_code(site: Site) -> None:
    caller = await site.program_as(Role.VIEWER)

    found = (await caller.get("/api/connections/demo-oa/link")).json()
    refused = await caller.get("/api/connections/demo-oa/link?ref=x")
    missing = await caller.get("/api/connections/demo-github/link")

    assert found["address"].startswith("https://zalo.me/")
    assert found["svg"].startswith("<svg")
    assert (refused.status, missing.status) == (400, 404)


def test_the_command_writes_the_code_and_needs_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "automator.yaml").write_text(SETTINGS, encoding="utf-8")

    done = CliRunner().invoke(program(), ["chat-link", "shop", "--ref", "tiktok", "--qr", "a.svg"])

    assert done.stdout.strip() == LINK
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("provider", "options", "ref"),
    [
        ("facebook", {"page_id": "104200000000017"}, "một"),
        ("facebook", {"page_id": "104200000000017"}, "a b"),
        ("facebook", {"page_id": "104200000000017"}, "a&b=c"),
        ("facebook", {"page_id": "104200000000017"}, "x" * 251),
        ("instagram", {"username": "my.shop"}, "a.b"),
        ("telegram", {"bot_username": "shop_bot"}, "a.b"),
        ("telegram", {"bot_username": "shop_bot"}, "x" * 65),
    ],
)
def test_a_ref_that_the_platform_does_not_pass_on_is_refused(
    provider: str, options: dict[str, str], ref: str
) -> None:
    with pytest.raises(UsageError, match="no ref"):
        chat_link(a_provider(provider, **options), ref)


@pytest.mark.parametrize(
    ("provider", "options", "bare", "with_ref"),
    [
        ("facebook", {"page_id": "12"}, "https://m.me/12", "?ref=web%2F2"),
        ("instagram", {"username": "my.shop"}, "https://ig.me/m/my.shop", "?ref=web-2"),
        ("telegram", {"bot_username": "shop_bot"}, "https://t.me/shop_bot", "?start=web-2"),
    ],
)
def test_each_platform_that_says_where_somebody_came_from_has_its_link(
    provider: str, options: dict[str, str], bare: str, with_ref: str
) -> None:
    own = a_provider(provider, **options)

    assert chat_link(own).address == bare
    assert chat_link(own, with_ref.partition("=")[2].replace("%2F", "/")).address == bare + with_ref


@pytest.mark.parametrize(
    ("provider", "options", "bare", "with_text"),
    [
        (
            "whatsapp",
            {"phone_number": "84901234567"},
            "https://wa.me/84901234567",
            "https://wa.me/84901234567?text=gi%C3%A1%20%3F",
        ),
        (
            "line",
            {"basic_id": "@123abc"},
            "https://line.me/R/ti/p/%40123abc",
            "https://line.me/R/oaMessage/%40123abc/?gi%C3%A1%20%3F",
        ),
    ],
)
def test_each_platform_that_writes_a_text_for_the_person_has_its_link(
    provider: str, options: dict[str, str], bare: str, with_text: str
) -> None:
    own = a_provider(provider, **options)

    assert chat_link(own).address == bare
    assert chat_link(own, text="giá ?").address == with_text
    with pytest.raises(UsageError, match="200 letters"):
        chat_link(own, text="x" * 201)


def test_a_text_is_refused_where_the_platform_writes_none() -> None:
    with pytest.raises(UsageError, match="writes no text"):
        chat_link(a_provider("facebook", page_id="12"), text="giá ?")


def test_a_further_account_of_instagram_has_the_link_of_its_own_user_name() -> None:
    several = {"2": {"access_token": "t", "username": "my.shop.hue"}, "3": {"access_token": "t"}}
    provider = a_provider("instagram", username="my.shop", account_id="1", accounts=several)

    links = [item.chat_address for item in (provider, *provider.accounts)]

    assert [link and link.address for link in links] == [
        "https://ig.me/m/my.shop",
        "https://ig.me/m/my.shop.hue",
        None,
    ]


def test_a_page_of_facebook_takes_no_user_name() -> None:
    with pytest.raises(ValidationError, match="username"):
        a_provider("facebook", pages={"2": {"username": "my.shop"}})
