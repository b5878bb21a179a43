"""PostgreSQL fails for a while under a server: nothing is lost, and nothing is done twice.

Its connection is cut in the midst of commits, so that nobody knows whether they were made; its
processes are killed and it recovers; it is a standby that only reads; it cancels statements; others
have all its connections. In none of them the server that sends was interrupted, so each effect has
to come once.
"""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read
from tests.faults.target import Target
from tests.faults.wire import Wire
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.process import ServerProgram, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

PEOPLE = 16
TIMES = size(2, 15)
#: Seconds that a fault lasts, and of load between two.
_FAULT_S, _LOAD_S = 1.5, 0.5
LEASE_S = 3.0


class Failing:
    """The database, its wire, and what can be done to both."""

    def __init__(self, postgresql: PostgreSQLServer, url: str, wire: Wire, seed: int) -> None:
        self.wire = wire
        self._postgresql = postgresql
        self._url = url
        self._chance = random.Random(seed)  # noqa: S311 - it shall repeat.

    def cut_commits(self) -> None:
        """The answer to a commit is lost, or the commit itself."""
        for reaches in (True, False):
            self.wire.cut_at_commit(self._chance.randrange(1, 12), reaches=reaches)
            wait_until(lambda: not self.wire.is_armed, "a commit to be cut")

    def cut_all(self) -> None:
        """Every connection is cut, whatever it is at."""
        self.wire.cut()

    def crash(self) -> None:
        """A process of the database server is killed: it ends all others, and recovers."""
        found = self._postgresql.execute(
            f"SELECT pid FROM pg_stat_activity WHERE datname = '{name_of(self._url)}'"  # noqa: S608
        )
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._chance.choice(found)[0], signal.SIGKILL)
        wait_until(self._is_up, "the database to have recovered")

    def only_read(self) -> None:
        """It can only be read, as a standby can; connections from before are ended."""
        with self._set("default_transaction_read_only = on"):
            time.sleep(_FAULT_S)

    def cancel_statements(self) -> None:
        """It cancels statements, as it does when they take longer than it allows."""
        until = time.monotonic() + _FAULT_S
        cancelled = f"""
            SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE datname = '{name_of(self._url)}' AND state <> 'idle'
        """  # noqa: S608
        while time.monotonic() < until:
            self._postgresql.execute(cancelled)

    def be_full(self) -> None:
        """Others have all its connections."""
        elsewhere = self._postgresql.url("postgres").replace("+psycopg", "")
        others: list[psycopg.Connection[object]] = []
        self._postgresql.disconnect(self._url)
        until = time.monotonic() + _FAULT_S
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError):
                others.append(psycopg.connect(elsewhere))
        for other in others:
            other.close()

    @contextlib.contextmanager
    def _set(self, setting: str) -> Iterator[None]:
        name = name_of(self._url)
        self._postgresql.execute(f"ALTER DATABASE {name} SET {setting}")
        self._postgresql.disconnect(self._url)
        yield
        self._postgresql.execute(f"ALTER DATABASE {name} RESET ALL")

    def _is_up(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            self._postgresql.execute("SELECT 1")
            return True
        return False


FAULTS: list[Callable[[Failing], None]] = [
    Failing.cut_commits,
    Failing.cut_all,
    Failing.crash,
    Failing.only_read,
    Failing.cancel_statements,
    Failing.be_full,
]


def wired(url: str) -> tuple[Wire, str]:
    """A wire to the database, and the address of its near end."""
    folder = parse_qs(urlsplit(url).query)["host"][0]
    (path,) = [str(one) for one in Path(folder).glob(".s.PGSQL.*") if one.suffix != ".lock"]
    wire = Wire(path)
    return wire, f"postgresql+psycopg://postgres@127.0.0.1:{wire.port}/{name_of(url)}"


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_a_database_server_that_fails_for_a_while_costs_nothing(
    tmp_path: Path,
    postgresql: PostgreSQLServer,
    empty_postgresql_url: str,
    fault: Callable[[Failing], None],
) -> None:
    seed = new_seed()
    target = Target()
    wire, near = wired(empty_postgresql_url)
    failing = Failing(postgresql, empty_postgresql_url, wire, seed)
    sometimes = Sometimes("something was acknowledged after each fault")
    with wire.open():
        server = Installation(tmp_path, target, database=near).start()
        senders = Senders(
            lambda: [server.url],
            people=PEOPLE,
            seed=seed,
            pause_s=0.03,
            may_send=lambda count: count - len(target.numbers) < 60,
        )
        senders.start()
        try:
            for _ in range(TIMES):
                time.sleep(_LOAD_S)
                fault(failing)
                _goes_on(server, senders)
                sometimes.note("something was acknowledged after each fault")
            senders.stop()
            until_idle(server)
        finally:
            code = server.terminate()
            target.close()
    assert code == 0, server.printed[-3000:]
    assert "Traceback" not in server.printed, server.printed.partition("Traceback")[2][:6000]
    stored = read(empty_postgresql_url)
    history = History.of_outage(PEOPLE, senders, target, stored)
    effects = Counter(effect.key for effect in target.effects)
    report(
        f"PostgreSQL: {fault.__name__}",
        seed=seed,
        times=TIMES,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        sent_again=len(senders.sent_again),
        duplicates=stored.duplicates,
        effects=len(effects),
        repeated=sum(effects.values()) - len(effects),
        claims_without_an_answer=sum(history.given_up.values()),
    )
    assert violations(history, stored) == []
    sometimes.require()


def test_an_outage_that_is_longer_than_a_lease_repeats_nothing(
    tmp_path: Path, empty_postgresql_url: str
) -> None:
    """Nodes that come back at different moments, and one that has just started, wait for the others
    to settle what they hold.
    """
    target = Target()
    target.delay_s = 1.0
    wire, near = wired(empty_postgresql_url)
    lease = f"lease: {LEASE_S:g}s\n"
    held = 0
    with wire.open():
        folders = [tmp_path / f"node-{number}" for number in range(3)]
        nodes = [Installation(folder, target, database=near, settings=lease) for folder in folders]
        servers = [node.start() for node in nodes[:2]]
        senders = Senders(
            lambda: [server.url for server in servers],
            people=PEOPLE,
            seed=new_seed(),
            pause_s=0.03,
            may_send=lambda count: count - len(target.numbers) < 60,
        )
        senders.start()
        try:
            for number in range(size(1, 5)):
                # Until the nodes take over what others leave, as they do long after their start.
                time.sleep(2 * LEASE_S)
                wait_until(lambda: target.under_way > PEOPLE // 2, "attempts to be under way")
                with wire.away():
                    held += len(read(empty_postgresql_url).begun())
                    time.sleep(2 * LEASE_S)
                if number == 0:
                    servers.append(nodes[2].start())
            senders.stop()
            until_idle(servers[0])
        finally:
            codes = [server.terminate() for server in servers]
            target.close()
    stored = read(empty_postgresql_url)
    effects = Counter(effect.key for effect in target.effects)
    history = History.of_outage(PEOPLE, senders, target, stored)
    report(
        "PostgreSQL: away for two leases",
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        held_meanwhile=held,
        effects=len(effects),
        repeated=sum(effects.values()) - len(effects),
    )
    assert codes == [0, 0, 0]
    assert held > PEOPLE // 2
    assert violations(history, stored) == []


def _goes_on(server: ServerProgram, senders: Senders) -> None:
    before = len(senders.acknowledged)
    wait_until(
        lambda: server.has_ended() or len(senders.acknowledged) > before,
        "a delivery to be taken",
        60.0,
    )
    assert not server.has_ended(), server.printed[-3000:]
