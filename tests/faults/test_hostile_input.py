"""P9 under attack: a good sender does not notice what strangers, editors and viewers send."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.attacks import ATTACKS
from tests.faults.canary import Canary
from tests.faults.figures import report
from tests.faults.sizes import size
from tests.support.page_events import SECRET
from tests.support.process import ServerProgram

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

SECONDS = size(3, 12)
#: Milliseconds that the slowest good answer may take, on a machine that others may share.
SLOWEST_MS = 500
#: Where the slowest takes longer than this without any attack, the machine is busy with something
#: else, and an attack may make it longer by as many times as on a quiet one.
QUIET_MS = 50
QUIET_SECONDS = size(1, 4)
#: Megabytes by which memory and the data folder may grow in one attack.
MOST_MEMORY_MB, MOST_DISK_MB = 120, 64

_SETTINGS = """\
connections:
  shop-page: {{provider: facebook, app_secret: env:SECRET, verify_token: env:SECRET}}
  victim-page: {{provider: facebook, app_secret: env:SECRET, verify_token: env:SECRET}}
  oa: {{provider: zalo, app_id: "36084", oa_id: "38861", oa_secret: env:SECRET}}
  team: {{provider: slack, signing_secret: env:SECRET}}
  meetings: {{provider: zoom, secret: env:SECRET}}
  app: {{provider: discord, public_key: "{key}"}}
  orders: {{provider: generic, verify: {{hmac: sha256, header: x-signature, secret: env:SECRET}}}}
  feed: {{provider: websub, secret: env:SECRET, topics: ["https://blog.example/feed"]}}
""".format(key="d7" * 32)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProgram]:
    (tmp_path / "automator.yaml").write_text(_SETTINGS)
    (tmp_path / "rules").mkdir()
    rules = ("--rules", str(tmp_path / "rules"))
    config = ("--config", str(tmp_path / "automator.yaml"))
    program = ServerProgram(tmp_path, *config, *rules, environ={"SECRET": SECRET})
    yield program
    if not program.has_ended():
        program.kill()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_good_sender_gets_its_answers_during_an_attack(name: str, server: ServerProgram) -> None:
    quiet = Canary(server.url, "/hooks/shop-page", QUIET_SECONDS).result()
    memory, disk = memory_mb(server), disk_mb(server)
    canary = Canary(server.url, "/hooks/shop-page", SECONDS)
    answers = ATTACKS[name](server, SECONDS)
    figures = canary.result()
    grown, written = memory_mb(server) - memory, disk_mb(server) - disk
    counts = "; ".join(f"{answer} x {count}" for answer, count in sorted(answers.items()))
    most_ms = SLOWEST_MS * max(1.0, quiet["slowest"] / QUIET_MS)
    figures["slowest_quiet"] = quiet["slowest"]
    report(name, **figures, memory=f"+{grown} MB", disk=f"+{written} MB", answers=counts)

    assert not server.has_ended(), server.printed[-2000:]
    assert "Traceback" not in server.printed
    assert figures["failed"] == 0
    assert figures["slowest"] <= most_ms
    assert grown <= MOST_MEMORY_MB
    assert written <= MOST_DISK_MB
    if name == "signatures in trailers":
        assert "200" not in answers


def memory_mb(server: ServerProgram) -> int:
    """The most that the process has used so far."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def disk_mb(server: ServerProgram) -> int:
    """What the data folder holds."""
    files = (path for path in server.data.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files) // 1_000_000
