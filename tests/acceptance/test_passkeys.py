"""People add passkeys and sign in with them, in Chromium with a virtual device."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_screens import barriers
from tests.support.process import ServerProgram

pytestmark = [pytest.mark.browser, pytest.mark.acceptance, pytest.mark.long]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    folder: Path = tmp_path_factory.mktemp("passkeys")
    program = ServerProgram(folder, "--demo", "--rules", str(folder / "rules"))
    yield program
    program.terminate()


@pytest.fixture
def here(server: ServerProgram) -> str:
    """The address at which browsers have passkeys without https."""
    return server.url.replace("127.0.0.1", "localhost")


class Window:
    """A window that nobody has used before, beside a device that people unlock, or do not."""

    def __init__(self, context: Any) -> None:
        self.page = context.new_page()
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("WebAuthn.enable")
        device = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self._devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})
        self._device = {"authenticatorId": added["authenticatorId"]}

    def unlock(self, *, with_success: bool) -> None:
        chosen = {**self._device, "isUserVerified": with_success}
        self._devtools.send("WebAuthn.setUserVerified", chosen)

    def passkeys(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._devtools.send("WebAuthn.getCredentials", self._device)[
            "credentials"
        ]
        return found

    def add(self, credential: dict[str, Any]) -> None:
        self._devtools.send("WebAuthn.addCredential", {**self._device, "credential": credential})


@pytest.fixture
def window(browser: Any) -> Iterator[Window]:
    context = browser.new_context()
    yield Window(context)
    context.close()


def comes_by_link(page: Any, server: ServerProgram, here: str) -> None:
    page.goto(here + "/sign-in/" + server.sign_in_link.rpartition("/")[2])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.goto(f"{here}/settings")


def adds_a_passkey(page: Any, name: str) -> None:
    page.get_by_label("Name of the device").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def removes_it(page: Any, here: str) -> None:
    page.goto(f"{here}/settings")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("main .row").get_by_role("button", name="Remove").first.click()
    page.wait_for_url(f"{here}/settings")


def test_a_person_adds_a_passkey_signs_in_with_it_and_removes_it(
    window: Window, server: ServerProgram, here: str
) -> None:
    page = window.page
    comes_by_link(page, server, here)
    adds_a_passkey(page, "Laptop")
    page.locator(".row", has_text="Laptop").get_by_text("never used").wait_for()
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{here}/sign-in")

    page.goto(f"{here}/settings")
    page.get_by_role("button", name="Sign in with a passkey").click()

    # The page that asked for a sign-in has the same address.
    page.get_by_text("You are signed in as owner (admin).").wait_for()
    assert page.url == f"{here}/settings"
    assert "You are signed in as owner (admin)." in page.inner_text("main")
    page.locator(".row", has_text="Laptop").get_by_text("last used").wait_for()
    assert window.passkeys()[0]["signCount"] >= 1

    adds_a_passkey(page, "Laptop again")
    page.get_by_text("This device has a passkey of this account already.").wait_for()
    page.locator(".row", has_text="Laptop").get_by_role("button", name="Remove").wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".row", has_text="Laptop").get_by_role("button", name="Remove").click()
    page.locator(".row", has_text="Laptop").wait_for(state="detached")
    page.context.clear_cookies()
    page.goto(f"{here}/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This server does not know the passkey").wait_for()


def test_a_copy_of_the_device_signs_in_no_more_once_the_device_went_on(
    browser: Any, window: Window, server: ServerProgram, here: str
) -> None:
    comes_by_link(window.page, server, here)
    adds_a_passkey(window.page, "Key")
    window.page.locator(".row", has_text="Key").wait_for()
    (stolen,) = window.passkeys()
    for _ in range(2):
        window.page.context.clear_cookies()
        window.page.goto(f"{here}/sign-in")
        window.page.get_by_role("button", name="Sign in with a passkey").click()
        window.page.wait_for_url(lambda address: "/sign-in" not in address)
    context = browser.new_context()
    thief = Window(context)
    thief.add(stolen)

    thief.page.goto(f"{here}/sign-in")
    thief.page.get_by_role("button", name="Sign in with a passkey").click()

    thief.page.get_by_text("The proof of the passkey is not valid.").wait_for()
    context.close()


def test_who_does_not_unlock_the_device_is_told_and_tries_again(
    window: Window, server: ServerProgram, here: str
) -> None:
    page = window.page
    comes_by_link(page, server, here)
    adds_a_passkey(page, "Phone")
    page.locator(".row", has_text="Phone").wait_for()
    page.context.clear_cookies()
    page.goto(f"{here}/sign-in")
    window.unlock(with_success=False)

    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("The browser gave no passkey.").wait_for()
    window.unlock(with_success=True)
    page.get_by_role("button", name="Sign in with a passkey").click()

    page.wait_for_url(lambda address: "/sign-in" not in address)


def test_at_an_address_without_passkeys_only_the_settings_speak_of_them(
    window: Window, server: ServerProgram
) -> None:
    page = window.page
    page.goto(f"{server.url}/sign-in")
    page.get_by_role("button", name="Sign in").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0

    page.goto(server.sign_in_link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.goto(f"{server.url}/settings")
    page.get_by_text("Passkeys do not work here").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_and_in_vietnamese_both_pages_are_whole(
    browser: Any, server: ServerProgram, here: str, scheme: str
) -> None:
    look = {"viewport": {"width": 390, "height": 900}, "locale": "vi-VN", "color_scheme": scheme}
    context = browser.new_context(**look)
    page, found = Window(context).page, []

    def is_whole(said: str) -> None:
        assert said in page.inner_text("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        found.extend(barriers(page, said))

    page.goto(f"{here}/sign-in")
    is_whole("Đăng nhập bằng passkey")
    page.goto(here + "/sign-in/" + server.sign_in_link.rpartition("/")[2])
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda address: "/sign-in" not in address)
    page.goto(f"{here}/settings")
    page.get_by_label("Tên thiết bị").fill(scheme)
    page.get_by_role("button", name="Thêm passkey").click()
    page.locator(".row", has_text=scheme).wait_for()
    is_whole("Passkey của bạn")
    context.close()

    assert found == []
