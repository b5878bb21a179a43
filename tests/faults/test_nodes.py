"""Three nodes on one PostgreSQL: one is killed, one sleeps for longer than its lease.

What the sleeper did in its last moment may be done again by another node (P3); what it wants to
record afterwards is refused. A sleeper that holds locks holds the others up for seconds.
"""

import contextlib
import itertools
import os
import random
import re
import signal
import threading
import time
from collections import Counter
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path

import pytest

from automator.model import parse_id
from tests.faults.figures import report
from tests.faults.installation import Installation, until_idle
from tests.faults.load import Senders
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read
from tests.faults.target import Target
from tests.support.page_events import comment, delivery, signed
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.process import call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

NODES = 3
PEOPLE = 24
LEASE_S = 3.0
#: The first number of deliveries that start no run.
OTHERS = 1_000_000
UNSURE = re.compile(r"lease_unsure run=(\w+)")
ROUNDS = size(1, 6)
#: Rounds that are added when no late settlement came: the sleeper had got all its answers before.
MORE_ROUNDS = 3
#: Attempts that a node has begun when it is interrupted, at least.
BEGUN = 4
#: Seconds in which it comes to that. A run that was interrupted twice rests half a minute, and its
#: lane with it: the senders wait meanwhile when too many lanes do.
BEGUN_WITHIN_S = 90.0
#: How often a node is stopped until it is stopped in a transaction, at most.
TRIES = 300


class Cluster:
    """Nodes that share a database, and what was seen of their interruptions."""

    def __init__(self, folder: Path, url: str, target: Target) -> None:
        self.url = url
        self._target = target
        lease = f"lease: {LEASE_S:g}s\n"
        self.installations = [
            Installation(folder / f"node-{number}", target, database=url, settings=lease)
            for number in range(NODES)
        ]
        self.running = [installation.start() for installation in self.installations]
        self.in_flight: Counter[tuple[int, int]] = Counter()

    def senders(self, seed: int) -> Senders:
        """Senders to all nodes that have not ended."""
        return Senders(
            self.addresses,
            people=PEOPLE,
            seed=seed,
            pause_s=0.08,
            may_send=lambda count: count - len(self._target.numbers) < 60,
        )

    def addresses(self) -> list[str]:
        return [server.url for server in self.running if not server.has_ended()]

    def name(self, number: int) -> str:
        """As the database knows the node."""
        return str(self.running[number].api("GET", "/api/status")["node"])

    def interrupt(self, number: int, order: signal.Signals) -> int:
        """Sends the signal while the node holds something; says how many attempts were begun."""
        name = self.name(number)
        wait_until(
            lambda: len(self._begun_by(name)) >= BEGUN, "the node to be at work", BEGUN_WITHIN_S
        )
        os.kill(self.running[number].pid, order)
        begun = self._begun_by(name)
        # The server may still be at a commit that was sent just before.
        time.sleep(LEASE_S / 10)
        begun |= self._begun_by(name)
        self.in_flight.update(begun)
        return len(begun)

    def freeze_in_transaction(self, postgresql: PostgreSQLServer) -> str:
        """Stops the first node while it has changed rows and not committed.

        Returns the query that finds its transaction as long as the server has not ended it.
        """
        pid = self.running[0].pid
        # Its writer had connected before the first node was noted; the others started later.
        silent = f"""
            SELECT pid, xact_start::text FROM pg_stat_activity JOIN pg_locks USING (pid)
            WHERE datname = '{name_of(self.url)}' AND state = 'idle in transaction'
            AND backend_start < (SELECT to_timestamp(min(started_at) / 1000.0) FROM nodes)
            AND relation = 'contacts'::regclass AND mode = 'RowExclusiveLock'
        """  # noqa: S608
        for _ in range(TRIES):
            os.kill(pid, signal.SIGSTOP)
            # The server may still be at what was sent just before.
            time.sleep(0.2)
            for backend, began in postgresql.execute(silent, name_of(self.url)):
                return (
                    "SELECT 1 FROM pg_stat_activity"  # noqa: S608
                    f" WHERE pid = {backend} AND xact_start = '{began}'"
                )
            os.kill(pid, signal.SIGCONT)
            time.sleep(random.uniform(0.02, 0.1))  # noqa: S311
        raise AssertionError("it was never caught in a transaction")

    def wake(self, number: int) -> None:
        """Lets a node go on. What it claims now with a lease that is over, it may not begin."""
        os.kill(self.running[number].pid, signal.SIGCONT)

    def refused(self) -> int:
        """Attempts whose record came too late: somebody else had the run by then."""
        attempts = read(self.url).attempts.items()
        return sum(count for (_, _, status), count in attempts if status == "superseded")

    def given_up(self) -> Counter[int]:
        """The runs that nodes claimed and left, because their own leases were not sure any more."""
        found = [parse_id(run) for run in UNSURE.findall(self.printed())]
        return Counter(run for run in found if run is not None)

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
    tmp_path: Path, empty_postgresql_url: str
) -> None:
    seed = new_seed()
    chance = random.Random(seed)  # noqa: S311 - it shall repeat.
    target = Target()
    target.delay_s = 0.2
    cluster = Cluster(tmp_path, empty_postgresql_url, target)
    senders = cluster.senders(seed)
    sometimes = Sometimes(
        "an attempt was under way at a kill",
        "an attempt was under way at a pause",
        "a run was taken over",
        "a late settlement was refused",
        "an effect was repeated",
    )
    rounds = 0
    senders.start()
    try:
        for number in range(ROUNDS + MORE_ROUNDS):
            if number >= ROUNDS and cluster.refused():
                break
            rounds += 1
            dead, asleep, _awake = chance.sample(range(NODES), NODES)
            sometimes.note("an attempt was under way at a kill", cluster.kill(dead))
            sometimes.note(
                "an attempt was under way at a pause", cluster.interrupt(asleep, signal.SIGSTOP)
            )
            time.sleep(2 * LEASE_S)
            cluster.wake(asleep)
            cluster.restart(dead)
        senders.stop()
        until_idle(cluster.running[0])
        # The last one to wake up has something to say as well.
        threading.Event().wait(LEASE_S)
        printed, given_up = cluster.printed(), cluster.given_up()
    finally:
        cluster.stop()
        target.close()
    stored = read(empty_postgresql_url)
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
        in_flight=cluster.in_flight,
        given_up=given_up,
    )
    effects = Counter(effect.key for effect in target.effects)
    refused = cluster.refused()
    sometimes.note("a run was taken over", printed.count("took_over"))
    sometimes.note("a late settlement was refused", refused)
    sometimes.note("an effect was repeated", sum(effects.values()) - len(effects))
    report(
        "three nodes",
        seed=seed,
        rounds=rounds,
        lease=f"{LEASE_S:g} s",
        people=PEOPLE,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        sent_again=len(senders.sent_again),
        effects=sum(effects.values()),
        repeated=sum(effects.values()) - len(effects),
        in_flight=sum(cluster.in_flight.values()),
        claims_given_up=sum(given_up.values()),
        late_settlements_refused=refused,
    )
    assert violations(history, stored) == []
    sometimes.require()


def test_a_node_that_is_frozen_in_a_transaction_holds_the_others_up_for_seconds(
    tmp_path: Path, postgresql: PostgreSQLServer, empty_postgresql_url: str
) -> None:
    seed = new_seed()
    target = Target()
    cluster = Cluster(tmp_path, empty_postgresql_url, target)
    frozen, *awake = cluster.running
    addresses = [server.url for server in awake]
    senders = Senders(lambda: addresses, people=PEOPLE, seed=seed, pause_s=0.05)
    # The same people send to the node that will freeze, without waiting for answers.
    others = itertools.count(OTHERS)
    sends_others = threading.Event()

    def send_others() -> None:
        while not sends_others.wait(0.005):
            number = next(others)
            body = delivery(
                changes=[comment(number, str(1000 + number % PEOPLE), f"chào {number}")]
            )
            with contextlib.suppress(OSError, HTTPException):
                call(frozen.url, "POST", "/hooks/shop-page", body, signed(body), timeout_s=0.5)

    sometimes = Sometimes("the frozen node held locks")
    ready: Counter[int] = Counter()
    in_flight: Counter[tuple[int, int]] = Counter()
    senders.start()
    sending_others = threading.Thread(target=send_others)
    sending_others.start()
    try:
        held = cluster.freeze_in_transaction(postgresql)
        sends_others.set()
        sometimes.note("the frozen node held locks")
        in_flight.update(read(empty_postgresql_url).begun())
        wait_until(lambda: not postgresql.execute(held), "the server to end the transaction")
        before = len(senders.acknowledged)
        until = time.monotonic() + size(7, 31)
        while time.monotonic() < until:
            ready.update(call(server.url, "GET", "/readyz")[0] for server in awake)
            time.sleep(0.5)
        wait_until(lambda: len(senders.acknowledged) - before > 2 * PEOPLE, "the others to go on")
        taken = len(senders.acknowledged) - before
        os.kill(frozen.pid, signal.SIGCONT)
        senders.stop()
        until_idle(awake[0])
    finally:
        sends_others.set()
        sending_others.join()
        cluster.stop()
        target.close()
    stored = read(empty_postgresql_url)
    asked = {event: number for event, number in stored.events.items() if number < OTHERS}
    stored = replace(stored, events=asked)
    history = History(
        people=PEOPLE,
        acknowledged=senders.acknowledged,
        sent=senders.sent,
        effects=target.effects,
        in_flight=in_flight,
        given_up=cluster.given_up(),
    )
    report(
        "a node frozen in a transaction",
        seed=seed,
        acknowledged_meanwhile=taken,
        ready=ready[200],
        not_ready=ready[503],
    )
    assert violations(history, stored) == []
    sometimes.require()
