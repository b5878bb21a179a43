"""SIGHUP applies a changed automator.yaml, and without a change only says what is in force."""

import os
import re
import signal

import pytest

from tests.acceptance.conftest import Shop
from tests.support.process import wait_until

pytestmark = pytest.mark.acceptance


def test_sighup_applies_automator_yaml_and_a_broken_one_keeps_what_is_in_force(shop: Shop) -> None:
    server = shop.start()
    good = shop.config.read_text()

    shop.config.write_text(f"{good}colour: red\n")
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: "settings.not_applied" in server.printed, "the line about the mistake")
    kept = server.api("GET", "/api/status")["connections"]
    shop.config.write_text(good.replace("shop-page:", "second-page:"))
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: "settings.applied connections=" in server.printed, "the new settings")
    wait_until(lambda: server.printed.count("server.started") == 2, "the restart")

    assert list(kept) == ["shop-page"]
    named = list(server.api("GET", "/api/status")["connections"])
    assert named == ["second-page"]
    assert server.terminate() == 0


def test_sighup_without_a_change_only_says_which_rules_are_in_force(shop: Shop) -> None:
    server = shop.start()
    known, line = server.control_token, "server.reloaded rules=2 revision=1"

    for count in (1, 2, 3):
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda count=count: server.printed.count(line) == count, line)
        # A server that restarts makes another token.
        assert server.api("GET", "/api/status")["node"]

    assert server.control_token == known
    assert server.printed.count("server.started") == 1
    assert server.terminate() == 0


def test_sighup_applies_a_secret_whose_file_has_another_content(shop: Shop) -> None:
    secret = shop.folder / "app-secret"
    secret.write_text("app-secret-0123456789")
    secret.chmod(0o600)
    text = re.sub(
        r"app_secret: \S+", f"app_secret: file:{secret}", shop.config.read_text(), count=1
    )
    shop.config.write_text(text)
    server = shop.start()

    secret.write_text("another-secret-9876543210")
    os.kill(server.pid, signal.SIGHUP)
    wait_until(lambda: server.printed.count("server.started") == 2, "the restart")

    assert "settings.applied connections=" in server.printed
    assert server.terminate() == 0
