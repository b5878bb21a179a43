"""SIGTERM to a server that has nothing to do; tests/faults stops one under load."""

import pytest

from tests.acceptance.conftest import Shop

pytestmark = pytest.mark.acceptance


def test_a_stopped_server_leaves_no_control_file_behind(shop: Shop) -> None:
    server = shop.start()

    server.terminate()

    assert not (server.data / "control.json").exists()


def test_an_idle_server_stops_within_a_few_seconds(shop: Shop) -> None:
    server = shop.start()

    assert server.terminate(8.0) == 0
