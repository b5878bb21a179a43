"""SIGTERM to a server that has nothing to do; tests/faults stops one under load."""

import json
import os
import signal

import pytest

from automator import __version__
from tests.acceptance.conftest import Shop
from tests.support.process import wait_until

pytestmark = pytest.mark.acceptance


def test_a_stopped_server_leaves_no_control_file_behind(shop: Shop) -> None:
    server = shop.start()

    server.terminate()

    assert not (server.data / "control.json").exists()


def test_the_log_says_when_a_server_starts_and_stops(shop: Shop) -> None:
    server = shop.start()
    node = server.api("GET", "/api/status")["node"]

    server.terminate()

    lines = [line for line in server.printed.splitlines() if " INFO server." in line]
    assert [line.partition(" INFO ")[2] for line in lines] == [
        f"server.started version={__version__} url={server.url} node={node}",
        "server.stopping signal=SIGTERM",
        "server.stopped exit_code=0",
    ]


def test_an_idle_server_stops_within_a_few_seconds(shop: Shop) -> None:
    server = shop.start()

    assert server.terminate(8.0) == 0


def test_signals_that_mean_something_to_other_servers_are_logged_and_end_nothing(
    shop: Shop,
) -> None:
    server = shop.start()
    names = ("SIGUSR1", "SIGUSR2", "SIGPIPE")

    for name in names:
        os.kill(server.pid, signal.Signals[name])
    for name in names[:-1]:
        line = f" WARNING server.signal_ignored signal={name}"
        wait_until(lambda line=line: line in server.printed or server.has_ended(), line)

    assert server.api("GET", "/api/status")["node"]
    assert server.terminate() == 0


def test_sigquit_drains_as_sigterm_does(shop: Shop) -> None:
    server = shop.start()

    os.kill(server.pid, signal.SIGQUIT)
    wait_until(server.has_ended, "the end of the server")

    assert "server.stopping signal=SIGQUIT" in server.printed
    assert server.terminate() == 0


def test_the_log_is_json_from_the_level_on_that_the_settings_name(shop: Shop) -> None:
    shop.config.write_text(shop.config.read_text() + "log: {format: json}\n")
    server = shop.start()
    server.terminate()
    printed = server.printed
    shop.config.write_text(shop.config.read_text().replace("json}", "json, level: error}"))
    quiet = shop.start()
    quiet.terminate()

    said = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    found = {one["code"]: one["values"] for one in said}
    assert found["server.started"]["url"] == server.url
    assert found["server.stopped"] == {"exit_code": 0}
    assert " INFO " not in printed
    assert "server.started" not in quiet.printed.removeprefix(printed)
