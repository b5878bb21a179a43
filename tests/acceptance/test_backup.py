"""An installation is backed up while it works, loses its disk, and goes on from the backup."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import SandboxProgram, ServerProgram, call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


@pytest.fixture
def sandbox(sandbox_program: SandboxProgram) -> SandboxProgram:
    """A process of its own, which a test kills."""
    return sandbox_program


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `automator …`."""
    return subprocess.run(
        [sys.executable, "-m", "automator", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def order(server: ServerProgram, number: int) -> int:
    body = delivery(changes=[comment(number, str(1000 + number), f"đặt hàng {number}")])
    return call(server.url, "POST", "/hooks/shop-page", body, signed(body))[0]


def test_a_restored_backup_sends_nothing_twice_until_somebody_says_so(
    shop: Shop, tmp_path: Path
) -> None:
    shop.sandbox.control(delay_ms=120_000)
    server = shop.start()
    assert order(server, 1) == 200
    copy = tmp_path / "copy.db"

    made = command("backup", str(copy), "--data", str(server.data))

    assert made.returncode == 0, made.stderr
    assert "1 event, 1 run, verified" in made.stdout
    busy = command("restore", str(copy), "--data", str(server.data), "--replace")
    assert "in use by another process" in busy.stderr
    server.kill()
    shop.sandbox.control(delay_ms=0)
    sent = len(shop.sandbox.records("forward"))
    refused = command("restore", str(copy), "--data", str(server.data))
    assert (refused.returncode, "--replace" in refused.stderr) == (1, True)

    restored = command("restore", str(copy), "--data", str(server.data), "--replace")

    assert restored.returncode == 0, restored.stderr
    assert "1 run due by now" in restored.stdout
    again = shop.start()
    assert order(again, 2) == 200
    wait_until(lambda: len(shop.sandbox.records("forward")) == sent + 1, "the new order")
    assert again.api("GET", "/api/status")["held"] == 1
    assert "held           1 run" in command("status", "--data", str(again.data)).stdout

    released = command("release", "--restored", "--data", str(again.data))

    assert released.stdout == "1 run released\n"
    wait_until(lambda: len(shop.sandbox.records("forward")) == sent + 2, "the released order")
    # It still holds the answer that the first server waited for.
    shop.sandbox.kill()


def test_an_installation_moves_to_postgresql_and_goes_on_there(
    shop: Shop, postgresql: PostgreSQLServer
) -> None:
    url = postgresql.empty_database()
    server = shop.start()
    assert order(server, 1) == 200
    wait_until(lambda: len(shop.sandbox.records("forward")) == 1, "the first order")
    busy = command("store", "copy", str(server.data), url)
    assert "in use by another process" in busy.stderr
    server.terminate()

    moved = command("store", "copy", str(server.data), url, "--verify")

    assert moved.returncode == 0, moved.stderr
    assert "the same rows and the same checksum" in moved.stdout
    again = command("store", "copy", str(server.data), url)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)
    node = shop.start(AUTOMATOR_DATABASE=url)
    assert order(node, 1) == 200
    assert order(node, 2) == 200
    wait_until(lambda: len(shop.sandbox.records("forward")) == 2, "the second order alone")
    assert len(node.everything("events")) == 2
    node.terminate()
    postgresql.drop(url)
