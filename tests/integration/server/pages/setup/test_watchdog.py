"""What the watchdog says, where people look."""

import pytest

from automator.cli.inspection.status import status_text
from automator.model import PermanentError, quoted
from automator.model.log_filters import EventFilter
from automator.server.web.security import Role
from tests.support.site import Site


async def test_refusals_in_a_row_are_on_the_page_and_in_the_status(site: Site) -> None:
    caller = site.caller()
    wrong = {"x-hub-signature-256": f"sha256={'0' * 64}"}
    for _ in range(3):
        reply = await caller.request("POST", "/hooks/demo-page", b"{}", headers=wrong)
        assert reply.status == 401
    await site.services.watchdog.check_connections()

    reader = await site.signed_in()
    english = (await reader.get("/connections")).text
    reader.headers["accept-language"] = "vi"
    vietnamese = (await reader.get("/connections")).text
    status = (await site.program().get("/api/status")).json()

    assert "3 deliveries that look like the sender" in english
    assert "3 gói dữ liệu giống của chính bên gửi đã bị từ chối" in vietnamese
    assert "demo-page: 3 deliveries that look like the sender's own were refused" in status_text(
        "", status
    )
    (watched,) = [item for item in status["watch"] if item["warnings"]]
    assert (watched["connection"], watched["refusals"]) == ("demo-page", 3)
    (told,) = site.services.store.log.events(EventFilter(connection="schedule"))
    assert told.type == "connection.rejecting"


async def test_an_admin_has_a_page_subscribed_and_others_see_no_button(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed = []

    async def subscribe(name: str) -> None:
        subscribed.append(name)

    monkeypatch.setattr(site.services.watchdog, "subscribe", subscribe)
    admin, editor = await site.signed_in(), await site.signed_in(Role.EDITOR)

    page = (await admin.get("/connections/demo-page")).text
    pressed = await site.press(admin, "/connections/demo-page/subscribe")

    assert "Subscribe the Page" in page
    assert pressed.status == 303
    assert (
        "demo-page sends this server the events that its rules need"
        in (await admin.get(pressed.headers["location"])).text
    )
    assert subscribed == ["demo-page"]
    for address in ("/connections/demo-page", "/connections/demo-stripe"):
        reader = editor if address.endswith("page") else admin
        assert "Subscribe the Page</button>" not in (await reader.get(address)).text


async def test_a_page_that_facebook_refuses_to_subscribe_says_why(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(name: str) -> None:
        raise PermanentError(quoted("Requires pages_manage_metadata"))

    monkeypatch.setattr(site.services.watchdog, "subscribe", refuse)
    admin, program = await site.signed_in(), site.program()

    page = await site.press(admin, "/connections/demo-page/subscribe")
    answer = await program.json("POST", "/api/connections/demo-page/subscribe", {})

    assert (page.status, answer.status) == (422, 502)
    assert "Subscribe the Page</button>" in page.text
    assert "Requires pages_manage_metadata" in page.text
    assert "Requires pages_manage_metadata" in answer.json()["message"]
