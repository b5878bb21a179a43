"""SIGTERM: what is under way is finished, nothing acknowledged is lost, nothing is done twice."""

import threading
from collections import Counter

import pytest

from tests.acceptance.conftest import Shop
from tests.acceptance.test_kill import all_events, all_runs, send_all
from tests.support.process import wait_until

pytestmark = pytest.mark.acceptance

SENDERS = 4
DELIVERIES = 400
#: P11: how long a server may take to stop, in seconds.
STOP_S = 25.0


@pytest.mark.timeout(180)
def test_a_server_that_is_told_to_stop_finishes_what_it_began_and_repeats_nothing(
    shop: Shop,
) -> None:
    server = shop.start()
    shop.sandbox.control(delay_ms=50)
    acknowledged: dict[int, str] = {}
    senders = [
        threading.Thread(
            target=send_all, args=(server, list(range(first, DELIVERIES, SENDERS)), acknowledged)
        )
        for first in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) >= 80, "enough acknowledged deliveries")

    exit_code = server.terminate(STOP_S)
    for sender in senders:
        sender.join()
    again = shop.start()

    def unfinished() -> int:
        states = again.api("GET", "/api/status")["last_24_hours"]["runs"]
        return int(states["queued"]) + int(states["running"])

    wait_until(lambda: unfinished() == 0, "every run to finish", 60.0)
    assert exit_code == 0
    assert set(acknowledged.values()) <= {item["id"] for item in all_events(again)}
    assert all(run["state"] == "done" for run in all_runs(again))
    effects = Counter(record["idempotency_key"] for record in shop.sandbox.records("forward"))
    assert set(effects.values()) == {1}


def test_a_stopped_server_leaves_no_control_file_behind(shop: Shop) -> None:
    server = shop.start()

    server.terminate()

    assert not (server.data / "control.json").exists()


def test_an_idle_server_stops_within_a_few_seconds(shop: Shop) -> None:
    server = shop.start()

    assert server.terminate(8.0) == 0
