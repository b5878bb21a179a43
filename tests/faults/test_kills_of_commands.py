"""kill -9 at the N-th write, sync or move of a command that works on the database by itself.

Whatever it was at: the database is whole, holds what was acknowledged, and the same command, given
again, comes to its end.
"""

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.sizes import new_seed, size
from tests.faults.stored import Stored, read
from tests.faults.target import Target
from tests.faults.test_damage import send
from tests.support.faults import unavailable
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import call

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]

KILLS = size(3, 30)
DELIVERIES = size(60, 600)
#: The person who is erased and exported: `send` has seven.
PERSON = "1003"
_KILLED = -9
#: Calls by name, and about how many of them a command makes.
_CALLS = (("pwrite64", 60), ("fdatasync,fsync", 8), ("rename,unlink,ftruncate", 4))
_READS = (("pread64", 60), ("write", 1))
_GOOD = "good.db"
_NOTHING_KEPT = "retention: {payloads: 0s, log: 0s}\n"


class Shop:
    """An installation whose server has ended, as a copy for each kill, with a backup beside it."""

    def __init__(self, folder: Path, target: Target) -> None:
        self._first = Installation(folder, target)
        server = self._first.start()
        self.acknowledged = send(server, range(DELIVERIES))
        until_idle(server)
        assert server.terminate() == 0
        assert run(self._first, "backup", _GOOD) == 0
        self._target = target

    def copy(self, folder: Path) -> Installation:
        made = Installation(folder, self._target)
        shutil.copytree(self._first.folder / "data", made.folder / "data")
        shutil.copy2(self._first.folder / _GOOD, made.folder)
        return made


def run(home: Installation, *arguments: str, prefix: tuple[str, ...] = ()) -> int:
    """The exit code of `automator …` in the folder of an installation."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "automator", *arguments],
        cwd=home.folder,
        env={**os.environ, **home.environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=120,
        check=False,
    ).returncode


def killed(chance: random.Random, among: tuple[tuple[str, int], ...] = _CALLS) -> tuple[str, ...]:
    """The tracer that kills a command at one of its calls."""
    strace = shutil.which("strace")
    if strace is None:
        unavailable("strace is not installed: apt-get install strace")
        return ()
    calls, highest = chance.choice(among)
    inject = f"inject={calls}:signal=SIGKILL:when={chance.randrange(1, highest + 1)}"
    return (strace, "-D", "-f", "-qq", "--seccomp-bpf", "-o", os.devnull, "-e", inject)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The installation of which every kill gets a copy: no command changes the first."""
    target = Target()
    yield Shop(tmp_path_factory.mktemp("shop"), target)
    target.close()


COMMANDS = {
    "backup": ("backup", "copy.db"),
    "restore": ("restore", _GOOD, "--replace"),
    "erase": ("contact", "erase", "shop-page", PERSON, "--yes"),
    "export": ("contact", "export", "shop-page", PERSON),
    "prune": ("prune", "--config", "prune.yaml"),
}
#: Those that take away what was acknowledged.
_DELETES = ("erase", "prune")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_killed_leaves_a_whole_database_and_can_be_given_again(
    tmp_path: Path, shop: Shop, name: str
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    ends: Counter[str] = Counter()
    lost, calls = 0, _READS if name == "export" else _CALLS
    for number in range(KILLS):
        home = shop.copy(tmp_path / f"copy-{number}")
        (home.folder / "prune.yaml").write_text(_NOTHING_KEPT)
        code = run(home, *COMMANDS[name], prefix=killed(chance, calls))
        ends["killed" if code == _KILLED else "ended before" if code == 0 else f"{code}"] += 1
        left = started(home)
        lost += 0 if name in _DELETES else len(shop.acknowledged - left.events.keys())
        assert left.integrity == "ok"
        if (home.folder / "copy.db").exists():
            check_copy(home, shop)
        # Nobody is left to erase when it was killed after its last commit.
        assert run(home, *COMMANDS[name]) in ((0, 1) if name == "erase" else (0,))
        if name == "erase":
            assert run(home, *COMMANDS["export"]) == 1, "something of the person is left"
        assert read(home.url).integrity == "ok"
        shutil.rmtree(home.folder)
    report(f"kill -9 of {name}", seed=seed, kills=KILLS, **ends, lost=lost)
    assert lost == 0
    assert set(ends) <= {"killed", "ended before"}
    assert ends["killed"] > 0, "vacuous: nothing was killed"


def test_a_move_to_postgresql_that_is_killed_leaves_both_and_is_begun_anew(
    tmp_path: Path, shop: Shop, postgresql: PostgreSQLServer
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    home = shop.copy(tmp_path / "copy")
    ends: Counter[int] = Counter()
    lost = 0
    for _ in range(KILLS):
        url = postgresql.empty_database()
        code = run(home, "store", "copy", "data", url, prefix=killed(chance, (("sendto", 250),)))
        ends[code] += 1
        again = run(home, "store", "copy", "data", url, "--verify")
        assert again == (0 if code == _KILLED else 1)
        lost += len(shop.acknowledged - read(url).events.keys())
        postgresql.drop(url)
    lost += len(shop.acknowledged - read(home.url).events.keys())
    report("kill -9 of a move to PostgreSQL", seed=seed, ends=dict(ends), lost=lost)
    assert lost == 0
    assert ends[_KILLED] > 0, "vacuous: nothing was killed"


def started(home: Installation) -> Stored:
    """What is stored after a start of the server, which also takes a delivery."""
    server = home.start()
    try:
        assert call(server.url, "GET", "/readyz")[0] in (200, 503)
        assert send(server, range(DELIVERIES, DELIVERIES + 1))
    finally:
        code = server.terminate()
    assert code == 0, server.printed
    assert "Traceback" not in server.printed, server.printed
    return read(home.url)


def check_copy(home: Installation, shop: Shop) -> None:
    """A backup that a kill has left is whole; it makes room for the next one."""
    copy = home.folder / "copy.db"
    assert shop.acknowledged <= read(f"sqlite:///{copy}").events.keys()
    copy.unlink()
