"""A change is made on a running server, found by the command, forged, and the forgery is named."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shop

pytestmark = pytest.mark.acceptance


def audit(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `automator audit …`."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "automator",
            "--lang",
            "en",
            "audit",
            "--data",
            str(data),
            *arguments,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_forged_row_is_named_and_an_honest_chain_is_whole(shop: Shop) -> None:
    server, data = shop.start(), shop.folder / "data"
    secret = server.api("POST", "/api/tokens", {"name": "reports", "role": "viewer"})["token"]

    shown = audit(data, "--what", "token_made")
    assert "command line  127.0.0.1  made the API token reports" in shown.stdout, shown.stderr
    assert secret not in audit(data, "--json").stdout
    whole = audit(data, "--verify")
    assert whole.returncode == 0
    assert "the chain is whole" in whole.stdout

    shop.stop()
    with closing(sqlite3.connect(data / "automator.db")) as db:
        (number,) = db.execute("SELECT id FROM audit WHERE code = 'token_made'").fetchone()
        db.execute("UPDATE audit SET author = 'lan' WHERE id = ?", (number,))
        db.commit()
    forged = audit(data, "--verify")
    assert forged.returncode == 1
    assert f"the chain is broken: row {number} " in forged.stdout
