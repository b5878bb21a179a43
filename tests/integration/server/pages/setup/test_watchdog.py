"""What the watchdog says, where people look."""

from automator.cli.inspection.status import status_text
from automator.store import EventFilter
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
    caller.headers["authorization"] = f"Bearer {site.services.control_token}"
    status = (await caller.get("/api/status")).json()

    assert "3 deliveries that look like the sender" in english
    assert "3 lần gửi đến giống của chính bên gửi đã bị từ chối" in vietnamese
    assert "demo-page: 3 deliveries that look like the sender's own were refused" in status_text(
        "", status
    )
    (watched,) = [item for item in status["watch"] if item["warnings"]]
    assert (watched["connection"], watched["refusals"]) == ("demo-page", 3)
    (told,) = site.services.store.log.events(EventFilter(connection="schedule"))
    assert told.type == "connection.rejecting"
