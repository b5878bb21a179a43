"""P1 when the power goes under the whole program, whose system calls were traced.

The trace says what was written, synced and answered, in which order. So each cut leaves what a disk
can hold at that moment, and the answers before it must be on it.
"""

import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from automator.store.database.damage import damage_of
from tests.faults.figures import report
from tests.faults.installation import Installation
from tests.faults.load import Senders
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read
from tests.faults.target import Target
from tests.faults.test_kills_while_copying import _WRITER
from tests.faults.traced_disk import TracedDisk, replay, tracing
from tests.support.process import wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(size(300, 1_800))]

CUTS = size(40, 250)
CONTROL_CUTS = size(20, 60)
#: Of so many cuts one is followed by a start of the server.
STARTED_EVERY = size(20, 25)
ROWS = size(300, 600)
SECONDS = size(3, 5)
PEOPLE = 16
_EVENT = re.compile(rb'"events": ?\["([^"]+)"')
_ROW = re.compile(rb"(\d+) \d+\n")


_ON_THE_DISK = re.compile(rb"\d+ +(<\.\.\. )?(pwrite64|fdatasync|fsync|rename|unlink)\b")


def cuts_in(log: Path, count: int, chance: random.Random) -> list[int]:
    """Lines of a trace at which something happens on the disk, in order."""
    with log.open("rb") as lines:
        found = [number for number, line in enumerate(lines) if _ON_THE_DISK.match(line)]
    return sorted(chance.sample(found, min(count, len(found))))


def test_a_power_cut_under_the_server_takes_nothing_that_it_answered(tmp_path: Path) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    log, target, home = tmp_path / "trace", Target(), tmp_path / "shop"
    installation = Installation(home, target)
    server = installation.start(*tracing(log))
    senders = Senders(lambda: [server.url], people=PEOPLE, seed=seed, pause_s=0.03)
    senders.start()
    threading.Event().wait(SECONDS)
    senders.stop()
    assert server.terminate() == 0
    target.close()
    answered: set[str] = set()
    disk = TracedDisk(home / "data", lambda said: answered.update(_events_in(said)))
    cuts = cuts_in(log, CUTS, chance)
    lost = damaged = alarms = unsynced = acknowledged = started = 0
    for number, _ in enumerate(replay(log, disk, cuts)):
        place = tmp_path / "cut"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        disk.leave_in(place, chance)
        unsynced += bool(disk.waits)
        acknowledged += len(answered)
        if not (place / "automator.db").exists():
            lost += len(answered)
            continue
        alarms += damage_of(place / "automator.db-wal") is not None
        if number % STARTED_EVERY == 0:
            _start_on(installation, place)
            started += 1
        stored = read(f"sqlite:///{place / 'automator.db'}")
        lost += len(answered - stored.events.keys())
        damaged += stored.integrity != "ok"

    report(
        "power cuts under the server",
        seed=seed,
        cuts=len(cuts),
        acknowledged=acknowledged,
        lost=lost,
        damaged=damaged,
        taken_for_damage=alarms,
        with_unsynced_writes=unsynced,
        starts_afterwards=started,
    )
    assert answered >= {*senders.acknowledged.values()}
    assert (lost, damaged, alarms) == (0, 0, 0)
    assert unsynced > 0, "vacuous: nothing waited at any cut"


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_a_power_cut_while_the_log_is_copied_beside_the_writer_takes_nothing(
    tmp_path: Path, synchronous: str
) -> None:
    """With NORMAL it is the control: rows must be lost."""
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    log, home = tmp_path / "trace", tmp_path / "disk"
    home.mkdir()
    _write_rows(home / "automator.db", log, synchronous)
    said = [0]

    def note(written: bytes) -> None:
        found = _ROW.fullmatch(written)
        said[0] = int(found[1]) if found else said[0]

    disk = TracedDisk(home, note)
    count = CUTS if synchronous == "FULL" else CONTROL_CUTS
    cuts = cuts_in(log, count, chance)
    lost = losing = damaged = within = acknowledged = 0
    for _ in replay(log, disk, cuts):
        place = tmp_path / "cut"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        disk.leave_in(place, chance)
        within += "automator.db" in disk.waits
        rows, integrity = _rows_in(place / "automator.db")
        acknowledged += said[0]
        lost += max(0, said[0] - rows)
        losing += rows < said[0]
        damaged += integrity != "ok"

    report(
        f"power cuts while the log is copied, {synchronous}",
        seed=seed,
        cuts=len(cuts),
        rows=said[0],
        lost=lost,
        losing_cuts=losing,
        damaged=damaged,
        within_a_copy=within,
    )
    assert damaged == 0
    assert within > 0 or synchronous == "NORMAL", "vacuous: no cut fell into a copy"
    assert (lost > 0) == (synchronous == "NORMAL")


def _events_in(said: bytes) -> list[str]:
    """The events that an answer acknowledges."""
    is_answer = said.startswith(b"HTTP/1.1 200")
    return [found.decode() for found in _EVENT.findall(said)] if is_answer else []


def _start_on(installation: Installation, left: Path) -> None:
    """The next start of the server on what a cut has left, which says that it is ready."""
    data = installation.folder / "data"
    shutil.rmtree(data)
    shutil.copytree(left, data)
    server = installation.start()
    wait_until(lambda: server.api("GET", "/api/status")["node"], "the server to be ready")
    server.kill()


def _write_rows(file: Path, log: Path, synchronous: str) -> None:
    program = _WRITER.replace("synchronous=FULL", f"synchronous={synchronous}")
    command = [*tracing(log), sys.executable, "-c", program, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(ROWS):
            writer.stdout.readline()
        writer.kill()


def _rows_in(file: Path) -> tuple[int, str]:
    """How many rows a cut has left, and what the database says about itself."""
    if not file.exists():
        return 0, "ok"
    with closing(sqlite3.connect(file)) as database:
        try:
            (integrity,) = database.execute("PRAGMA integrity_check").fetchone()
            is_made = database.execute(
                "SELECT 1 FROM sqlite_schema WHERE name = 'notes'"
            ).fetchone()
            rows = is_made and database.execute("SELECT count(*) FROM notes").fetchone()
        except sqlite3.Error as error:
            return 0, str(error)
    return rows[0] if rows else 0, str(integrity)
