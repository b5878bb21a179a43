"""People sign in at a real OpenID Connect provider, in Chromium."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_screens import barriers
from tests.support.identities import CLIENT_ID, CLIENT_SECRET, IdentityProvider, installed
from tests.support.process import ServerProgram, free_port
from web.frontend import Node

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]

SETTINGS = """\
sign_in:
  oidc:
    issuer: {issuer}
    client_id: {client}
    client_secret: env:CLIENT_SECRET
    name: Shop account
    scopes: [email, groups]
    roles: {{admin: [owners], editor: [sales], viewer: [staff]}}
    allowed_domains: [shop.vn]
egress: {{allow: ["{place}"]}}
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Node, Path]:
    return installed(tmp_path_factory.mktemp("openid"))


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def provider(packages: tuple[Node, Path], port: int) -> Iterator[IdentityProvider]:
    running = IdentityProvider(*packages, f"http://127.0.0.1:{port}")
    running.person("mai", "mai@shop.vn", "sales")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def server(tmp_path: Path, provider: IdentityProvider, port: int) -> Iterator[ServerProgram]:
    (tmp_path / "rules").mkdir()
    config = tmp_path / "automator.yaml"
    config.write_text(
        SETTINGS.format(issuer=provider.issuer, client=CLIENT_ID, place=provider.place)
    )
    program = ServerProgram(
        tmp_path,
        *("--port", str(port), "--config", str(config), "--rules", str(tmp_path / "rules")),
        environ={"CLIENT_SECRET": CLIENT_SECRET},
    )
    yield program
    program.terminate()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A window that nobody has used before."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def goes_to_the_provider(page: Any, server: ServerProgram, path: str = "/settings") -> None:
    page.goto(f"{server.url}{path}")
    page.get_by_role("link", name="Sign in with Shop account").click()


def signs_in(page: Any, server: ServerProgram, login: str) -> None:
    goes_to_the_provider(page, server)
    page.get_by_placeholder("Enter any login").fill(login)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{server.url}/**")


def accounts(server: ServerProgram) -> dict[str, str]:
    return {one["name"]: one["role"] for one in server.api("GET", "/api/accounts")["items"]}


def test_a_group_gives_the_role_and_signing_in_leads_to_the_wanted_page(
    page: Any, server: ServerProgram
) -> None:
    signs_in(page, server, "mai")

    assert page.url == f"{server.url}/settings"
    assert "You are signed in as mai@shop.vn (editor)." in page.inner_text("main")
    assert accounts(server) == {"mai@shop.vn": "editor"}


def test_another_group_gives_another_role_at_the_next_sign_in(
    page: Any, server: ServerProgram, provider: IdentityProvider
) -> None:
    signs_in(page, server, "mai")
    provider.person("mai", "mai@shop.vn", "staff", "owners")
    page.context.clear_cookies()

    signs_in(page, server, "mai")

    assert accounts(server) == {"mai@shop.vn": "admin"}


def test_a_foreign_domain_and_a_person_without_a_group_get_no_account_and_are_told_why(
    page: Any, server: ServerProgram, provider: IdentityProvider
) -> None:
    provider.person("eve", "eve@elsewhere.example", "owners")
    provider.person("lan", "lan@shop.vn", "guests")

    signs_in(page, server, "eve")
    assert "eve@elsewhere.example may not sign in here" in page.inner_text("main")
    page.context.clear_cookies()
    signs_in(page, server, "lan")
    assert "None of your groups at Shop account has a role here." in page.inner_text("main")

    assert accounts(server) == {}


def test_a_new_signing_key_of_the_provider_is_fetched(
    page: Any, server: ServerProgram, provider: IdentityProvider
) -> None:
    signs_in(page, server, "mai")
    provider.stop()
    provider.start()
    page.context.clear_cookies()

    signs_in(page, server, "mai")

    assert page.url == f"{server.url}/settings"


def test_while_the_provider_is_away_a_link_signs_in(
    page: Any, server: ServerProgram, provider: IdentityProvider
) -> None:
    provider.stop()

    goes_to_the_provider(page, server)
    assert "Shop account cannot sign anybody in at the moment." in page.inner_text("main")
    page.get_by_label("Or paste the link here").fill(server.sign_in_link)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(lambda address: "/sign-in" not in address)
    assert accounts(server) == {"owner": "admin"}


def test_signing_out_leads_to_the_page_on_which_the_provider_signs_out(
    page: Any, server: ServerProgram
) -> None:
    signs_in(page, server, "mai")

    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign out there too").click()
    page.get_by_role("button", name="Yes, sign me out").click()

    page.wait_for_url(f"{server.url}/sign-in")
    goes_to_the_provider(page, server)
    assert page.get_by_placeholder("Enter any login").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_and_in_vietnamese_each_of_these_pages_is_whole(
    browser: Any, server: ServerProgram, provider: IdentityProvider, scheme: str
) -> None:
    provider.person("lan", "lan@shop.vn", "guests")
    look = {"viewport": {"width": 390, "height": 900}, "locale": "vi-VN", "color_scheme": scheme}
    context = browser.new_context(**look)
    page, found = context.new_page(), []

    def is_whole(said: str) -> None:
        assert said in page.inner_text("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found.extend(barriers(page, said))

    page.goto(f"{server.url}/sign-in")
    is_whole("Đăng nhập bằng Shop account")
    for login in ("lan", "mai"):
        page.goto(f"{server.url}/sign-in/openid?next=/settings")
        page.get_by_placeholder("Enter any login").fill(login)
        page.get_by_placeholder("and password").fill("any")
        page.get_by_role("button", name="Sign-in").click()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{server.url}/**")
        if login == "lan":
            is_whole("Không nhóm nào của bạn ở Shop account có quyền ở đây.")
            page.goto(f"{provider.issuer}/session/end")
            page.get_by_role("button", name="Yes, sign me out").click()
    page.locator("main").get_by_role("button", name="Đăng xuất").click()
    is_whole("Bạn đã đăng xuất ở đây")
    context.close()

    assert found == []
