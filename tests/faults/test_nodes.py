"""Three nodes on one PostgreSQL: one is killed, one sleeps for longer than its lease.

What the sleeper did in its last moment may be done again by another node (P3); what it wants to
record afterwards is refused.
"""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read
from tests.faults.target import Target
from tests.support.postgresql import PostgreSQLServer
from tests.support.process import wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

NODES = 3
PEOPLE = 24
LEASE_S = 3.0
ROUNDS = size(1, 6)


@pytest.fixture
def shared_url(postgresql: PostgreSQLServer) -> Iterator[str]:
    url = postgresql.empty_database()
    yield url
    postgresql.drop(url)


class Cluster:
    """Nodes that share a database, and what was seen of their interruptions."""

    def __init__(self, folder: Path, url: str, target: Target) -> None:
        self.url = url
        lease = f"lease: {LEASE_S:g}s\n"
        self.installations = [
            Installation(folder / f"node-{number}", target, database=url, settings=lease)
            for number in range(NODES)
        ]
        self.running = [installation.start() for installation in self.installations]
        self.in_flight: Counter[tuple[int, int]] = Counter()

    def addresses(self) -> list[str]:
        return [server.url for server in self.running if not server.has_ended()]

    def name(self, number: int) -> str:
        """As the database knows the node."""
        return str(self.running[number].api("GET", "/api/status")["node"])

    def interrupt(self, number: int, order: signal.Signals) -> int:
        """Sends the signal while the node holds something; says how many attempts were begun."""
        name = self.name(number)
        wait_until(lambda: self._begun_by(name), "the node to hold something", 30.0)
        os.kill(self.running[number].pid, order)
        begun = self._begun_by(name)
        # The server may still be at a commit that was sent just before.
        time.sleep(LEASE_S / 10)
        begun |= self._begun_by(name)
        self.in_flight.update(begun)
        return len(begun)

    def kill(self, number: int) -> int:
        begun = self.interrupt(number, signal.SIGKILL)
        self.running[number].kill()
        return begun

    def restart(self, number: int) -> None:
        self.running[number] = self.installations[number].start()

    def _begun_by(self, name: str) -> set[tuple[int, int]]:
        return {
            (run.id, run.step)
            for run in read(self.url).claimed()
            if run.owner == name and run.begun_at is not None
        }

    def printed(self) -> str:
        return "\n".join(server.printed for server in self.running)

    def stop(self) -> None:
        for server in self.running:
            if not server.has_ended():
                os.kill(server.pid, signal.SIGCONT)
                server.kill()


def test_nodes_that_die_and_nodes_that_sleep_lose_nothing_and_keep_the_order(
    tmp_path: Path, shared_url: str
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    target.delay_s = 0.1
    cluster = Cluster(tmp_path, shared_url, target)
    senders = Senders(
        cluster.addresses,
        people=PEOPLE,
        seed=seed,
        pause_s=0.08,
        may_send=lambda count: count - len(target.numbers) < 60,
    )
    sometimes = Sometimes(
        "an attempt was under way at a kill",
        "an attempt was under way at a pause",
        "a run was taken over",
        "a late settlement was refused",
        "an effect was repeated",
    )
    senders.start()
    try:
        for _ in range(ROUNDS):
            dead, asleep, _awake = chance.sample(range(NODES), NODES)
            sometimes.note("an attempt was under way at a kill", cluster.kill(dead))
            sometimes.note(
                "an attempt was under way at a pause", cluster.interrupt(asleep, signal.SIGSTOP)
            )
            time.sleep(2 * LEASE_S)
            os.kill(cluster.running[asleep].pid, signal.SIGCONT)
            cluster.restart(dead)
        senders.stop()
        until_idle(cluster.running[0])
        # The last one to wake up has something to say as well.
        threading.Event().wait(LEASE_S)
        printed = cluster.printed()
    finally:
        cluster.stop()
        target.close()
    stored = read(shared_url)
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
        in_flight=cluster.in_flight,
    )
    effects = Counter(effect.key for effect in target.effects)
    refused = sum(n for (_, _, status), n in stored.attempts.items() if status == "superseded")
    sometimes.note("a run was taken over", printed.count("took_over"))
    sometimes.note("a late settlement was refused", refused)
    sometimes.note("an effect was repeated", sum(effects.values()) - len(effects))
    report(
        "three nodes",
        seed=seed,
        rounds=ROUNDS,
        lease=f"{LEASE_S:g} s",
        people=PEOPLE,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        sent_again=len(senders.sent_again),
        effects=sum(effects.values()),
        repeated=sum(effects.values()) - len(effects),
        in_flight=sum(cluster.in_flight.values()),
        late_settlements_refused=refused,
    )
    assert violations(history, stored) == []
    sometimes.require()
