"""A server lives on through everything by which the program changes its own files."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import delivery, message, signed
from tests.support.process import ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

RULES = """\
rules:
  - id: order
    trigger: {event: message.received, connection: shop-page}
    actions: [{forward: crm}]
"""
#: Seconds within which the words of the erased are merged, the log is emptied, and the files are
#: looked at afterwards.
_MERGED_WITHIN_S = 120.0
#: Seconds in which the server looks at its files three times.
_LOOKED_AT_S = 6.0


def command(*arguments: str) -> str:
    """Runs `automator …`; returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "automator", *arguments],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def says(server: ServerProgram, number: int) -> None:
    """A new person writes."""
    body = delivery(messaging=[message(number, str(1000 + number), f"đặt hàng {number}")])
    assert call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0] == 200


def test_a_server_lives_on_when_people_are_erased_data_are_pruned_and_backups_are_made(
    shop: Shop, tmp_path: Path
) -> None:
    (shop.rules / "shop.yaml").write_text(RULES)
    with shop.config.open("a") as config:
        config.write("retention: {payloads: 1s, log: 2s, contacts: 3s}\n")
    server = shop.start()
    data = ("--data", str(server.data))
    log = server.data / "automator.db-wal"
    numbers = iter(range(1, 100_000))
    for _ in range(60):
        says(server, next(numbers))
    server.api("DELETE", "/api/contacts/shop-page/1001")
    command("contact", "erase", "shop-page", "1002", "--yes", *data)
    command("prune", *data)
    command("backup", str(tmp_path / "copy.db"), *data)
    sizes = [log.stat().st_size]

    def is_emptied() -> bool:
        assert not server.has_ended(), server.printed[-2000:]
        says(server, next(numbers))
        sizes.append(log.stat().st_size)
        return sizes[-1] < sizes[-2]

    wait_until(is_emptied, "the log to be emptied", _MERGED_WITHIN_S)
    ends_at = time.monotonic() + _LOOKED_AT_S
    while time.monotonic() < ends_at:
        assert not server.has_ended(), server.printed[-2000:]
        says(server, next(numbers))

    assert server.terminate() == 0, server.printed[-2000:]
