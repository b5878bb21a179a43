"""2xx means stored: the process is killed in the middle of its work, and nothing is lost."""

import json
import threading
from collections import Counter
from http.client import HTTPException

import pytest

from automator.settings import Settings
from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

DELIVERIES = 500
SENDERS = 8
#: Runs that the server does side by side by default: what can be in flight at a kill.
WORKERS = Settings().workers


def send_all(server: ServerProgram, numbers: list[int], acknowledged: dict[int, str]) -> None:
    """Posts deliveries one after another until the server is gone."""
    for number in numbers:
        body = delivery(changes=[comment(number, str(1000 + number), f"đặt hàng {number}")])
        try:
            status, answer = call(server.url, "POST", "/hooks/shop-page", body, signed(body))
        except (OSError, HTTPException):
            return
        if status == 200:
            acknowledged[number] = json.loads(answer)["events"][0]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kill_after", [60, 250])
def test_after_a_kill_every_acknowledged_event_is_stored_and_every_run_finished(
    shop: Shop, kill_after: int
) -> None:
    server = shop.start()
    acknowledged: dict[int, str] = {}
    senders = [
        threading.Thread(
            target=send_all, args=(server, list(range(first, DELIVERIES, SENDERS)), acknowledged)
        )
        for first in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) >= kill_after, "enough acknowledged deliveries")

    server.kill()
    for sender in senders:
        sender.join()
    again = shop.start()

    def unfinished() -> int:
        states = again.api("GET", "/api/status")["last_24_hours"]["runs"]
        return int(states.get("queued", 0)) + int(states.get("running", 0))

    wait_until(lambda: unfinished() == 0, "every run to finish", 60.0)
    events = {item["id"] for item in all_events(again)}
    assert set(acknowledged.values()) <= events
    assert all(run["state"] == "done" for run in all_runs(again))
    effects = Counter(record["idempotency_key"] for record in shop.sandbox.records("forward"))
    assert len(effects) == len(events)
    repeated = sum(count - 1 for count in effects.values())
    print(
        f"killed after {len(acknowledged)} acknowledged: {len(events)} stored, "
        f"{len(effects)} forwarded, {repeated} repeated (at most {WORKERS} were in flight)"
    )
    assert repeated <= WORKERS
    assert max(effects.values()) <= 2


def all_events(server: ServerProgram) -> list[dict[str, str]]:
    return everything(server, "events")


def all_runs(server: ServerProgram) -> list[dict[str, str]]:
    return everything(server, "runs")


def everything(server: ServerProgram, what: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    before = ""
    while True:
        page = server.api("GET", f"/api/{what}?limit=100{before}")
        found += page["items"]
        if page["next"] is None:
            return found
        before = f"&before={page['next']}"
