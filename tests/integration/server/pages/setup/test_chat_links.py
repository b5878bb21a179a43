"""The link that opens a conversation with an account, on its page, over the API and by command."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from automator.cli.commands import app
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

    assert provider.chat_address in page
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

    done = CliRunner().invoke(app, ["chat-link", "shop", "--ref", "tiktok", "--qr", "a.svg"])

    assert done.stdout.strip() == LINK
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("ref", ["một", "a b", "a&b=c", "x" * 251])
def test_a_ref_that_meta_does_not_pass_on_is_refused(ref: str) -> None:
    provider = a_provider("facebook", page_id="104200000000017")

    with pytest.raises(Exception, match="no ref"):
        chat_link(provider, ref)

    assert chat_link(provider, "").address == "https://m.me/104200000000017"
    assert chat_link(provider, "tiktok").address == LINK
