"""The database of three nodes dies, and its standby takes its place: nothing is lost, nothing is
done twice, and each lane keeps its order.

The standby is synchronous, as the start of a server asks for. The nodes find it by their address,
which names both database servers.
"""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.figures import report
from tests.faults.installation import until_idle
from tests.faults.oracle import History, Sometimes, lost_now, violations
from tests.faults.sizes import new_seed, size
from tests.faults.stored import read
from tests.faults.target import Target
from tests.faults.test_nodes import PEOPLE, Cluster
from tests.support.postgresql import both, name_of, running_postgresql, standby_of
from tests.support.process import call, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

#: Seconds of load before the failover, between the loss of the standby's connection and of the
#: primary, and until somebody promotes the standby.
LOAD_S = size(3, 10)
PARTED_S = 0.5
NOTICED_S = 2.0


@pytest.mark.parametrize("_", range(size(1, 4)))
def test_a_failover_to_a_synchronous_standby_loses_nothing_and_keeps_the_order(
    tmp_path: Path, _: int
) -> None:
    seed = new_seed()
    target = Target()
    target.delay_s = 0.2
    sometimes = Sometimes(
        "attempts were under way at the failover", "each node took deliveries afterwards"
    )
    with running_postgresql() as primary, standby_of(primary) as standby:
        url = primary.empty_database()
        cluster = Cluster(tmp_path, both(url, standby), target)
        senders = cluster.senders(seed)
        senders.start()
        try:
            time.sleep(LOAD_S)
            wait_until(lambda: target.under_way > 0, "attempts to be under way")
            sometimes.note("attempts were under way at the failover", target.under_way)
            # The two lose each other first: what is acknowledged from now on would be lost.
            ((receiver,),) = standby.execute("SELECT pid FROM pg_stat_wal_receiver")
            os.kill(receiver, signal.SIGSTOP)
            time.sleep(PARTED_S)
            primary.crash()
            os.kill(receiver, signal.SIGCONT)
            time.sleep(NOTICED_S)
            standby.execute("SELECT pg_promote()")
            began = time.monotonic()
            before = len(senders.acknowledged)
            wait_until(lambda: len(senders.acknowledged) > before, "a delivery to be taken", 60.0)
            taken_after_s = time.monotonic() - began
            wait_until(lambda: _all_are_ready(cluster), "every node to be ready", 60.0)
            sometimes.note("each node took deliveries afterwards")
            time.sleep(LOAD_S)
            senders.stop()
            until_idle(cluster.running[0])
            codes = [server.terminate() for server in cluster.running]
        finally:
            cluster.stop()
            target.close()
        stored = read(standby.url(name_of(url)))
    history = History.of_outage(PEOPLE, senders, target, stored)
    effects = Counter(effect.key for effect in target.effects)
    report(
        "PostgreSQL: failover to a standby",
        seed=seed,
        acknowledged=len(senders.acknowledged),
        lost=len(lost_now(senders.acknowledged, stored)),
        sent_again=len(senders.sent_again),
        taken_after_s=round(taken_after_s, 1),
        effects=len(effects),
        repeated=sum(effects.values()) - len(effects),
    )
    assert codes == [0] * len(codes)
    assert violations(history, stored) == []
    sometimes.require()


def _all_are_ready(cluster: Cluster) -> bool:
    return all(call(address, "GET", "/readyz")[0] == 200 for address in cluster.addresses())
